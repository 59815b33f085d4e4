"""The whole platform's definitions: its own, its plugins', the organisation's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from core.kernel.errors import InvalidDefinitions, Problem
from core.metadata.definitions import EMPTY
from core.metadata.documents import ORGANISATION, Document
from core.metadata.linker import build_snapshot
from core.metadata.loader import LoadedDocuments, load_folders, shown
from core.metadata.locations import definition_roots
from core.metadata.snapshot import Snapshot

CORE = "core"
GLOSSARY = "glossary.yaml"

Plugins = Sequence[tuple[str, Path | None]]
"""Each plugin's name and the folder of its definitions; None for a built-in one, whose folder bears its name."""


def platform_roots(plugins: Plugins) -> list[tuple[str, Path]]:
    """Give owner and place of everything that the platform and its plugins define."""
    metadata = definition_roots()[0]
    roots = [(CORE, metadata / GLOSSARY), (CORE, metadata / CORE)]
    roots += [(name, folder if folder is not None else metadata / name) for name, folder in plugins]
    return [(owner, path) for owner, path in roots if path.exists()]


def load_platform(
    plugins: Plugins,
    extra: Sequence[Path] = (),
    *,
    prefixes: Mapping[str, str] = EMPTY,
    revision: int = 0,
) -> Snapshot:
    """Load the platform's definitions, its plugins' and those of the organisation.

    Args:
        plugins: Each plugin's name and the folder of its definitions, None for the built-in ones.
        extra: Files and folders of the organisation's layer.
        prefixes: Registered prefix of each partner's plugin, by plugin name.
        revision: Number of the revision.

    Raises:
        InvalidDefinitions: Something is wrong; every fault found is listed with its place.
    """
    loaded = load_folders([*platform_roots(plugins), *_organisation(extra)])
    if loaded.problems:
        raise InvalidDefinitions(loaded.problems)
    return build_snapshot(loaded.documents, revision, prefixes=prefixes)


def validate_paths(
    paths: Sequence[Path], plugins: Plugins = (), *, prefixes: Mapping[str, str] = EMPTY
) -> list[Problem]:
    """Check files and folders of definitions together with the platform's own, without a database.

    Files that belong to the platform or a plugin are checked as theirs, all others as the organisation's.

    Args:
        paths: What to check; nothing checks the platform's own definitions alone.
        plugins: The plugins whose definitions count.
        prefixes: Registered prefix of each partner's plugin, by plugin name.

    Returns:
        Every problem, sorted by place; empty where all is well.
    """
    roots = platform_roots(plugins)
    missing = [
        Problem(shown(path), 1, 1, "yaml.unreadable", {"reason": "-"})
        for path in paths
        if not path.exists()
    ]
    known = {path.resolve() for _, path in roots}
    extra = [
        path for path in paths if path.exists() and not any(_covers(root, path) for root in known)
    ]
    loaded = load_folders([*roots, *_organisation(extra)])
    problems = [*missing, *loaded.problems]
    try:
        build_snapshot(_without_copies(loaded), prefixes=prefixes)
    except InvalidDefinitions as error:
        problems += error.problems
    return list(InvalidDefinitions(problems).problems)


def _organisation(paths: Sequence[Path]) -> list[tuple[str, Path]]:
    return [(ORGANISATION, path) for path in paths]


def _covers(root: Path, path: Path) -> bool:
    resolved = path.resolve()
    return resolved == root or root in resolved.parents


def _without_copies(loaded: LoadedDocuments) -> list[Document]:
    """Drop documents that were given twice, by a folder above and by name."""
    seen: set[tuple[str, str]] = set()
    kept = []
    for document in loaded.documents:
        if (document.file, document.key) not in seen:
            seen.add((document.file, document.key))
            kept.append(document)
    return kept
