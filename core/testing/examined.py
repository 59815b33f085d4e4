"""A plugin as the platform sees it, with what the conformance suite wants to know of it."""

from __future__ import annotations

import ast
import functools
import importlib.metadata
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from core.app.platform import CORE, VERSION, sources_of
from core.app.texts import FLOOR_TEXTS
from core.changes.apply import candidate
from core.hooks.host import ENTRY_POINTS, PluginHost, discover
from core.hooks.manifest import Plugin
from core.kernel.errors import InvalidDefinitions
from core.kernel.messages import Catalogue
from core.metadata.definitions import ObjectDef
from core.metadata.documents import Document
from core.metadata.loader import load_folders
from core.metadata.locations import definition_roots
from core.metadata.snapshot import Snapshot


@dataclass(frozen=True)
class Examined:
    """One plugin among all that are installed.

    Attributes:
        plugin: Its manifest.
        host: Every installed plugin.
        package: Folder of its Python package.
        module: Name of the package.
        snapshot: The definitions of the platform and of every installed plugin.
        documents: The plugin's own definition files.
    """

    plugin: Plugin
    host: PluginHost
    package: Path
    module: str
    snapshot: Snapshot
    documents: tuple[Document, ...]

    @property
    def objects(self) -> Mapping[str, ObjectDef]:
        """The objects that the plugin brings."""
        found = self.snapshot.objects.items()
        return {name: one for name, one in found if one.owner == self.plugin.name}

    def sources(self) -> Iterator[tuple[Path, ast.Module]]:
        """Iterate over the package's Python files, its tests left out."""
        for path in sorted(self.package.rglob("*.py")):
            parts = path.relative_to(self.package).parts
            if "tests" not in parts and not path.name.startswith("test_"):
                yield path, ast.parse(path.read_text(encoding="utf-8"), str(path))

    def texts(self) -> Iterator[str]:
        """Iterate over every text that stands in its code, keys of mappings left out, or in its definitions."""
        for _, tree in self.sources():
            keys = {id(k) for n in ast.walk(tree) if isinstance(n, ast.Dict) for k in n.keys}
            for node in ast.walk(tree):
                if isinstance(node, ast.Constant) and id(node) not in keys:
                    yield from _strings(node.value)
        for document in self.documents:
            yield from _strings(document.data)


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _strings(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _strings(each)


@functools.cache
def examine(name: str) -> Examined:
    """Load every installed plugin and look at one of them.

    Raises:
        AssertionError: It isn't installed, can't be loaded, or its definitions are broken; the text says what is wrong.
    """
    host = discover(VERSION)
    catalogue = Catalogue(*FLOOR_TEXTS)
    failure = host.failures.get(name)
    if failure is not None:
        raise AssertionError(catalogue.text(failure.message_id, "en", failure.params))
    plugin = next((p for p in host.plugins if p.name == name), None)
    if plugin is None:
        known = ", ".join(sorted(p.name for p in host.plugins))
        raise AssertionError(
            f"no installed package offers a plugin named {name!r}; there are: {known}"
        )
    try:
        snapshot = candidate(sources_of(host.plugins), ())
    except InvalidDefinitions as fault:
        told = [
            f"{p.file}:{p.line}:{p.column}: {catalogue.text(p.message_id, 'en', p.params)}"
            for p in fault.problems
        ]
        raise AssertionError("\n".join(["the definitions are broken:", *told])) from None
    host.link(snapshot)
    package, module = _package(name)
    return Examined(plugin, host, package, module, snapshot, _documents(plugin))


def _package(name: str) -> tuple[Path, str]:
    """Give folder and name of the package that the plugin's entry point leads to."""
    [entry] = importlib.metadata.entry_points(group=ENTRY_POINTS, name=name)
    file = sys.modules[entry.module].__file__
    assert file is not None
    module = entry.module if Path(file).name == "__init__.py" else entry.module.rpartition(".")[0]
    return Path(file).parent, module


def _documents(plugin: Plugin) -> tuple[Document, ...]:
    assert plugin.name != CORE
    places = [Path(plugin.definitions)] if plugin.definitions else []
    places = places or [root / plugin.name for root in definition_roots()]
    return load_folders([(plugin.name, place) for place in places]).documents
