"""The project's own source, read once."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LEAST_CORE_FILES = 20


@dataclass(frozen=True)
class Source:
    """One Python file."""

    name: str
    """Path from the top of the checkout, with forward slashes."""
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        """The parsed file."""
        return ast.parse(self.text, self.name)

    def at(self, node: ast.AST, what: str) -> str:
        """A finding as an editor opens it."""
        return f"{self.name}:{getattr(node, 'lineno', 1)}: {what}"


def read_sources(folder: str) -> list[Source]:
    """Every Python file below a top folder, in order."""
    paths = sorted((ROOT / folder).rglob("*.py"))
    return [Source(p.relative_to(ROOT).as_posix(), p.read_text(encoding="utf-8")) for p in paths]


@pytest.fixture(scope="session")
def core_sources() -> list[Source]:
    """Every Python file of `core`."""
    found = read_sources("core")
    assert len(found) > LEAST_CORE_FILES, "the tests of the architecture look at the wrong folder"
    return found


@pytest.fixture(scope="session")
def plugin_sources() -> list[Source]:
    """Every Python file of the built-in plugins."""
    return read_sources("plugins")


@pytest.fixture(scope="session")
def sources(core_sources: list[Source], plugin_sources: list[Source]) -> list[Source]:
    """Every Python file that users get."""
    return core_sources + plugin_sources


@pytest.fixture(scope="session")
def make_source() -> type[Source]:
    """A file (name, text) that never was, to show that a check sees what it forbids."""
    return Source


@pytest.fixture(scope="session")
def root() -> Path:
    """The top of the checkout."""
    return ROOT
