"""Applying definitions: what ships with the platform and its plugins, plus the organisation's own, become live."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import delete, insert, select

from core.db.engine import Database
from core.db.migrate import Authorship, Upgrade, upgrade
from core.db.platform_tables import META
from core.db.revisions import current_revision, is_set_up, load_documents
from core.db.unit_of_work import UnitOfWork, run_command
from core.kernel.errors import InvalidDefinitions
from core.metadata.assemble import platform_roots
from core.metadata.definitions import ImportMappingDef
from core.metadata.documents import ORGANISATION, Document, document_from_data
from core.metadata.linker import build_snapshot
from core.metadata.loader import load_folders
from core.metadata.snapshot import Snapshot

_GUARDS = "plugin guards"


@dataclass(frozen=True, slots=True)
class Sources:
    """Where definitions come from, beside what the organisation has made its own.

    Attributes:
        plugins: Each plugin's name and the folder of its definitions, None for a built-in one.
        prefixes: Registered prefix of each partner's plugin, by plugin name.
    """

    plugins: tuple[tuple[str, Path | None], ...]
    prefixes: Mapping[str, str] = field(default_factory=dict)


def stored_snapshot(database: Database, prefixes: Mapping[str, str]) -> Snapshot | None:
    """Give the live snapshot as the database keeps it; None where it was never set up."""
    found = _stored(database)
    return None if found is None else build_snapshot(found[1], found[0], prefixes=prefixes)


def organisation_documents(
    database: Database, others: Collection[str] = ()
) -> tuple[Document, ...]:
    """Give the documents of the organisation's layer that are live, and those of ``others``.

    Args:
        database: Where they are kept.
        others: Owners whose files can't be found now, such as plugins that failed to load.
    """
    found = _stored(database)
    owners = {ORGANISATION, *others}
    return () if found is None else tuple(d for d in found[1] if d.owner in owners)


def remember_guards(database: Database, guards: Mapping[str, Sequence[str]]) -> None:
    """Keep which objects each plugin guards, for the day when one can't be loaded and doesn't say."""
    known = known_guards(database)
    if all(known.get(name) == list(objects) for name, objects in guards.items()):
        return
    text = json.dumps({**known, **guards}, sort_keys=True)

    def step(uow: UnitOfWork) -> None:
        uow.connection.execute(delete(META).where(META.c.key == _GUARDS))
        uow.connection.execute(insert(META).values(key=_GUARDS, value=text))

    run_command(database, step)


def known_guards(database: Database) -> Mapping[str, list[str]]:
    """Give which objects each plugin guarded when it was last in order."""
    with database.read() as connection:
        if not is_set_up(connection):
            return {}
        text = connection.execute(select(META.c.value).where(META.c.key == _GUARDS)).scalar()
    found: Mapping[str, list[str]] = json.loads(text or "{}")
    return found


def _stored(database: Database) -> tuple[int, tuple[Document, ...]] | None:
    with database.read() as connection:
        if not is_set_up(connection):
            return None
        revision, _ = current_revision(connection)
        if revision == 0:
            return None
        stored = load_documents(connection, revision)
    documents = (
        document_from_data(key.split("/")[2], data) for key, data in sorted(stored.items())
    )
    return revision, tuple(documents)


def candidate(
    sources: Sources,
    organisation: Sequence[Document],
    paths: Sequence[Path] = (),
    revision: int = 0,
) -> Snapshot:
    """Link what ships, the organisation's documents and those at ``paths`` (which replace others of their key).

    Raises:
        InvalidDefinitions: Something is broken; every problem is listed.
    """
    shipped = load_folders(platform_roots(sources.plugins))
    added = load_folders([(ORGANISATION, path) for path in paths])
    problems = (*shipped.problems, *added.problems)
    if problems:
        raise InvalidDefinitions(problems)
    own = {d.key: d for d in organisation} | {d.key: d for d in added.documents}
    return build_snapshot((*shipped.documents, *own.values()), revision, prefixes=sources.prefixes)


def mapping_from_file(
    sources: Sources, organisation: Sequence[Document], path: Path
) -> ImportMappingDef | None:
    """Give the import mapping that a file holds, checked against the live definitions; None where it holds none."""
    document = next(iter(load_folders([(ORGANISATION, path)]).documents), None)
    snapshot = candidate(sources, organisation, [path])
    return snapshot.import_mappings.get(document.name) if document is not None else None


def apply(database: Database, snapshot: Snapshot, *, author: str, title: str = "") -> Upgrade:
    """Make a snapshot live; applying the live one again changes nothing."""
    return upgrade(database, snapshot, by=Authorship(author=author, title=title))
