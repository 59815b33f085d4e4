"""Bringing a database to a snapshot: prepare unseen, switch at once, clean up after."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy import exc as sa_exc

from core.db import ddl
from core.db.ddl import Phase, Step
from core.db.elements import load_elements, record_new, settle
from core.db.engine import Database
from core.db.faults import fault_of
from core.db.live_schema import read_schema
from core.db.names import Element
from core.db.platform_tables import META, REVISION
from core.db.revisions import LOCK_FUNCTION, current_revision, lock_for_switch
from core.db.sql_expressions_postgresql import DIVISION
from core.db.tables import Tables
from core.db.unit_of_work import SchemaSession, pause, schema_session
from core.kernel.clock import Clock, SystemClock
from core.kernel.errors import Conflict, InvalidSettings, Unavailable
from core.metadata.documents import thaw
from core.metadata.snapshot import Snapshot

T = TypeVar("T")

POSTGRESQL_FUNCTIONS: tuple[str, ...] = (LOCK_FUNCTION, DIVISION)
"""Functions that statements on PostgreSQL call."""

_ATTEMPTS = 40
_STEP_WAIT = "100ms"
_SWITCH_WAIT = "1s"


@dataclass(frozen=True, slots=True)
class Upgrade:
    """What an upgrade did.

    Attributes:
        revision: The revision that is live now.
        is_changed: Whether it is a new one.
        steps: The steps that were carried out, in order.
    """

    revision: int
    is_changed: bool
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Authorship:
    """Who changes the definitions and why.

    Attributes:
        author: Name of the person or program.
        title: What the change is about.
        inverse: The changeset that takes it back, as plain data.
    """

    author: str = "system"
    title: str = ""
    inverse: Any = None


def upgrade(
    database: Database,
    snapshot: Snapshot,
    *,
    by: Authorship | None = None,
    expected_revision: int | None = None,
    revive: bool = False,
    clock: Clock | None = None,
) -> Upgrade:
    """Bring the tables to the snapshot and make it the live revision.

    Safe to repeat and to run from several hosts at once. A crash leaves the old revision or the new one; what was
    prepared and not used is found again by the next run.

    Args:
        database: The database.
        snapshot: What is to be live.
        by: Who changes the definitions and why.
        expected_revision: The live revision that the change was made for; None accepts any.
        revive: Whether fields that were dropped come back with their values (a rollback) or empty.
        clock: Gives the moment that is recorded.

    Raises:
        Conflict: Existing values stand against it (two records share a value that must be unique), or another change
            came first.
        Unavailable: The tables were in use all the time, or the database is away.
        InvalidSettings: The database can't hold every text.
    """
    moment = (clock or SystemClock()).now()
    with schema_session(database) as session:
        platform = _prepare_platform(session)
        with session.transaction() as connection:
            _check_expected(connection, expected_revision)
            change = _name_everything(
                connection, replace(snapshot, revision=0), moment, revive=revive
            )
        _carry_out(session, change.steps_of("prepare"))

        def switch(connection: sa.Connection) -> tuple[int, bool]:
            lock_for_switch(connection)
            _check_expected(connection, expected_revision)
            change.compute_values(connection)
            stored = _store_revision(connection, snapshot, by or Authorship(), moment)
            settle(connection, change.tables.names, change.recorded, stored[0])
            return stored

        revision, is_changed = _patiently(session, switch, _SWITCH_WAIT)
        _carry_out(session, change.steps_of("clean"))
    return Upgrade(revision, is_changed, (*platform, *change.steps))


@dataclass(frozen=True, slots=True)
class _Change:
    """What an upgrade is about to do: tables under their final names, the record of names, and the steps."""

    tables: Tables
    recorded: tuple[Element, ...]
    steps: tuple[Step, ...]

    def steps_of(self, phase: Phase) -> list[Step]:
        return [step for step in self.steps if step.phase == phase]

    def compute_values(self, connection: sa.Connection) -> None:
        for step in self.steps_of("switch"):
            if step.work is not None:
                step.work(connection)


def _name_everything(
    connection: sa.Connection, snapshot: Snapshot, moment: datetime, *, revive: bool
) -> _Change:
    # Names are recorded before anything is made under them, so a run that continues a crashed one finds them again.
    before = load_elements(connection)
    tables = Tables(snapshot, connection.dialect.name, before, revive=revive)
    record_new(connection, tables.names, before, moment)
    steps = ddl.steps(tables, read_schema(connection), before, connection.dialect)
    return _Change(tables, load_elements(connection), tuple(steps))


def _check_expected(connection: sa.Connection, expected: int | None) -> None:
    revision, _ = current_revision(connection)
    if expected is not None and expected != revision:
        raise Conflict("revision.moved", revision=revision)


def load_tables(database: Database, snapshot: Snapshot) -> Tables:
    """Give the tables of a snapshot under the names that the database knows."""
    with database.read() as connection:
        return Tables(snapshot, database.dialect_name, load_elements(connection))


def _prepare_platform(session: SchemaSession) -> list[Step]:
    with session.transaction() as connection:
        if not session.is_sqlite:
            encoding = connection.exec_driver_sql("SHOW server_encoding").scalar_one()
            if encoding != "UTF8":
                raise InvalidSettings("database.encoding", encoding=encoding)
        steps = ddl.platform_steps(connection.dialect, read_schema(connection))
    _carry_out(session, steps)
    if not session.is_sqlite:
        _prepare_functions(session)
    return steps


def _prepare_functions(session: SchemaSession) -> None:
    digest = hashlib.sha256("\x00".join(POSTGRESQL_FUNCTIONS).encode()).hexdigest()
    with session.transaction(lock_timeout=_SWITCH_WAIT) as connection:
        stored = connection.execute(sa.select(META.c.value).where(META.c.key == "functions"))
        if stored.scalar_one_or_none() == digest:
            return
        for text in POSTGRESQL_FUNCTIONS:
            connection.exec_driver_sql(text)
        connection.execute(sa.delete(META).where(META.c.key == "functions"))
        connection.execute(sa.insert(META).values(key="functions", value=digest))


def _carry_out(session: SchemaSession, steps: Sequence[Step]) -> None:
    # Tables that nobody can see yet are made together; whatever waits for others gets a short transaction of its own.
    unseen = [step for step in steps if step.is_new_table]
    if unseen:
        _patiently(session, partial(_run_all, steps=unseen), _STEP_WAIT)
    for step in steps:
        if step.is_new_table or not step.sql:
            continue
        if _needs_concurrency(session, step):
            _index_concurrently(session, step)
        else:
            _patiently(session, partial(_run_all, steps=[step]), _STEP_WAIT)


def _run_all(connection: sa.Connection, steps: Iterable[Step]) -> None:
    for step in steps:
        try:
            connection.exec_driver_sql(step.sql)
        except sa_exc.IntegrityError as exc:
            raise _duplicates(step) from exc


def _duplicates(step: Step) -> Conflict:
    return Conflict("ddl.duplicates", table=step.table, columns=", ".join(step.columns))


def _needs_concurrency(session: SchemaSession, step: Step) -> bool:
    if session.is_sqlite or step.kind != "create_index":
        return False
    table = sa.table(step.table)
    some = sa.select(sa.literal(1)).select_from(table).limit(1)
    return session.connection.execute(some).first() is not None


def _index_concurrently(session: SchemaSession, step: Step) -> None:
    connection = session.connection
    name = connection.dialect.identifier_preparer.quote_identifier(step.index)
    drop = f"DROP INDEX CONCURRENTLY IF EXISTS {name}"
    # It blocks nobody but waits for every older transaction, so a short limit would only make it fail half-way.
    connection.exec_driver_sql("SET lock_timeout = 0")
    connection.exec_driver_sql(drop)
    try:
        connection.exec_driver_sql(step.sql.replace(" INDEX ", " INDEX CONCURRENTLY ", 1))
    except sa_exc.IntegrityError as exc:
        connection.exec_driver_sql(drop)
        raise _duplicates(step) from exc


def _patiently(session: SchemaSession, work: Callable[[sa.Connection], T], lock_timeout: str) -> T:
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            with session.transaction(lock_timeout=lock_timeout) as connection:
                return work(connection)
        except sa_exc.DBAPIError as exc:
            # On SQLite every step is part of one transaction, which can't go on after an error.
            if session.is_sqlite or fault_of(exc) != "retry":
                raise
            if attempt == _ATTEMPTS:
                raise Unavailable("ddl.busy", retry_after=30) from exc
            pause(attempt)
    raise AssertionError("the loop returns or raises")


def _store_revision(
    connection: sa.Connection,
    snapshot: Snapshot,
    by: Authorship,
    moment: datetime,
) -> tuple[int, bool]:
    revision, checksum = current_revision(connection)
    if checksum == snapshot.checksum and revision:
        return revision, False
    documents: Mapping[str, Any] = {
        key: thaw(snapshot.documents[key]) for key in sorted(snapshot.documents)
    }
    connection.execute(
        sa.insert(REVISION).values(
            revision=revision + 1,
            checksum=snapshot.checksum,
            created_at=moment,
            author=by.author,
            title=by.title,
            documents=documents,
            inverse=None if by.inverse is None else thaw(by.inverse),
        )
    )
    return revision + 1, True
