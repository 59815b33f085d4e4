"""Folders of YAML files to documents."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.kernel.errors import InvalidDefinitions, Problem
from core.metadata.documents import Document
from core.metadata.yaml_loader import MAX_BYTES, load_document

MAX_FILES = 20_000


@dataclass(frozen=True, slots=True)
class LoadedDocuments:
    """What was read: the documents that could be read and the problems of the others."""

    documents: tuple[Document, ...]
    problems: tuple[Problem, ...]


def load_folders(roots: Sequence[tuple[str, Path]]) -> LoadedDocuments:
    """Read every definition below the given files and folders.

    Args:
        roots: Pairs of owner (``core``, a plugin's name, ``organisation``) and a YAML file or a folder that is searched
            at every depth for ``*.yaml``. A folder that doesn't exist counts as empty.

    Returns:
        The documents in the order of roots and, below them, of path; and what couldn't be read.
    """
    documents: list[Document] = []
    problems: list[Problem] = []
    for owner, root in roots:
        for path in _files(root):
            try:
                documents.append(load_document(owner, shown(path), _read(path)))
            except InvalidDefinitions as error:
                problems.extend(error.problems)
    return LoadedDocuments(tuple(documents), tuple(problems))


def shown(path: Path) -> str:
    """Give the file name as a person wants to read it: relative to the working folder where it lies below."""
    try:
        return path.resolve().relative_to(Path.cwd()).as_posix()
    except ValueError:
        return path.as_posix()


def _files(root: Path) -> Iterator[Path]:
    if root.is_file():
        yield root
        return
    found = sorted(p for pattern in ("*.yaml", "*.yml") for p in root.rglob(pattern) if p.is_file())
    yield from found[:MAX_FILES]


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            # One byte more than allowed is enough to know that the file is too big.
            return stream.read(MAX_BYTES + 1)
    except OSError as error:
        problem = Problem(shown(path), 1, 1, "yaml.unreadable", {"reason": error.strerror or ""})
        raise InvalidDefinitions([problem]) from None
