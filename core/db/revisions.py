"""Revisions of the definitions as the database knows them, and the lock that keeps writers on the live one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from core.db.platform_tables import REVISION
from core.db.unit_of_work import UnitOfWork
from core.kernel.errors import NotFound

LOCK_FUNCTION = """
CREATE OR REPLACE FUNCTION tl_lock_revision() RETURNS bigint LANGUAGE plpgsql VOLATILE AS $body$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(29804, hashtext(current_schema()));
    RETURN (SELECT coalesce(max(revision), 0) FROM tl_revision);
END
$body$
"""
"""Waits for a switch of definitions that is under way and then reads the revision, in one round trip.

An advisory lock, not a row: waiting switches aren't overtaken by ever new writers, and nothing is written to the table.
"""


def revision_lock(uow: UnitOfWork) -> int:
    """Keep the definitions from changing until the unit ends; the first statement of every write.

    Returns:
        The live revision; a writer that was prepared for another one starts again.
    """
    if uow.is_sqlite:
        # BEGIN IMMEDIATE has already shut out every other writer, a switch included.
        newest = sa.select(sa.func.coalesce(sa.func.max(REVISION.c.revision), 0))
        return int(uow.connection.execute(newest).scalar_one())
    return int(uow.connection.exec_driver_sql("SELECT tl_lock_revision()").scalar_one())


def lock_for_switch(connection: sa.Connection) -> None:
    """Wait until no write is under way and keep new ones waiting until the transaction ends."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(
            "SELECT pg_advisory_xact_lock(29804, hashtext(current_schema()))"
        )


def is_set_up(connection: sa.Connection) -> bool:
    """Tell whether the platform's tables are there at all."""
    return sa.inspect(connection).has_table(REVISION.name)


def current_revision(connection: sa.Connection) -> tuple[int, str]:
    """Give number and checksum of the live revision; ``(0, "")`` where there is none yet."""
    row = connection.execute(
        sa.select(REVISION.c.revision, REVISION.c.checksum)
        .order_by(REVISION.c.revision.desc())
        .limit(1)
    ).first()
    return (0, "") if row is None else (int(row[0]), str(row[1]))


def load_documents(connection: sa.Connection, revision: int) -> Mapping[str, Mapping[str, Any]]:
    """Give the documents of a revision by ``kind/name/layer``, as :attr:`Snapshot.documents` holds them.

    Raises:
        NotFound: There is no such revision.
    """
    found = connection.execute(
        sa.select(REVISION.c.documents).where(REVISION.c.revision == revision)
    ).scalar_one_or_none()
    if found is None:
        raise NotFound("revision.unknown", revision=revision)
    documents: Mapping[str, Mapping[str, Any]] = found
    return documents
