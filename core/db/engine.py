"""The database: connections set up alike everywhere, on SQLite and on PostgreSQL."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
import weakref
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import psycopg
import sqlalchemy as sa
from sqlalchemy import exc as sa_exc
from sqlalchemy.engine import URL, make_url
from sqlalchemy.pool import ConnectionPoolEntry

from core.db import sqlite_file, sqlite_functions
from core.db.faults import platform_error
from core.db.unit_of_work import WRITES, UnitOfWork, unit_of_work
from core.kernel.errors import InvalidSettings, Unavailable

POSTGRESQL_OPTIONS = (
    "-c statement_timeout=10s",
    "-c idle_in_transaction_session_timeout=30s",
    "-c lock_timeout=5s",
    "-c timezone=UTC",
)
"""What every session on PostgreSQL starts with (DDL uses a shorter lock_timeout of its own)."""

_POOL_WAIT = 10
_IDLE = 2.0
"""Seconds after which a pooled connection is looked at before it is used."""
_COMPILED_STATEMENTS = 2_000
_PREPARED_STATEMENTS = 256

_open_databases: weakref.WeakSet[Database] = weakref.WeakSet()


class Database:
    """One database and its pool of connections; safe to share between threads.

    Attributes:
        url: Where it is.
        engine: SQLAlchemy's engine; statements go through :meth:`read` and :meth:`unit_of_work` instead.
        warnings: Ids and parameters of messages that the status page shows.
    """

    def __init__(self, url: str, *, pool_size: int = 5) -> None:
        """Prepare the connections. SQLite is opened at once, PostgreSQL at the first statement.

        Args:
            url: ``sqlite:///path`` or ``postgresql+psycopg://…``.
            pool_size: Connections kept open, one for each thread that serves requests; as many again may be opened
                for a while.

        Raises:
            InvalidSettings: The address can't be used; the message says why.
        """
        self.url = _parse(url)
        self.warnings: list[tuple[str, Mapping[str, Any]]] = []
        self._thread = threading.local()
        self._turn = threading.Lock()
        if self.url.get_backend_name() == "sqlite":
            self.warnings.extend(sqlite_file.prepare(Path(self.url.database or "")))
            self.engine = self._sqlite_engine(pool_size)
        else:
            self.engine = self._postgresql_engine(pool_size)
        self._reader = (
            self.engine
            if self.is_sqlite
            else self.engine.execution_options(isolation_level="AUTOCOMMIT")
        )
        _open_databases.add(self)

    @property
    def is_sqlite(self) -> bool:
        """Whether the database is SQLite."""
        return self.dialect_name == "sqlite"

    @property
    def dialect_name(self) -> str:
        """``sqlite`` or ``postgresql``."""
        return self.url.get_backend_name()

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """Lend a connection on which every statement sees the latest committed state; never write on it.

        Raises:
            Unavailable: The database is away or the query took too long.
            RuntimeError: A unit of work is open on this thread: read on its connection, or the read would miss what
                it has written and take a second connection from the pool.
        """
        self._refuse_inside_unit()
        try:
            with self._reader.connect() as connection:
                yield connection
        except (sa_exc.DBAPIError, sa_exc.TimeoutError) as exc:
            error = platform_error(exc)
            if error is None:
                raise
            raise error from exc

    def unit_of_work(self, *, is_retry: bool = False) -> AbstractContextManager[UnitOfWork]:
        """Open a transaction; :func:`core.db.unit_of_work.run_command` adds the retries."""
        return unit_of_work(self, is_retry=is_retry)

    @contextmanager
    def occupy(self) -> Iterator[None]:
        """Mark this thread as having its one transaction open.

        Raises:
            RuntimeError: It has one already.
        """
        self._refuse_inside_unit()
        self._thread.is_occupied = True
        try:
            yield
        finally:
            self._thread.is_occupied = False

    @contextmanager
    def writer_turn(self) -> Iterator[None]:
        """Wait until no other thread of this process writes to SQLite; PostgreSQL needs no such turn.

        SQLite lets waiting writers look again every now and then, so the unlucky wait for long; a queue in front of it
        keeps turns short and fair among threads.

        Raises:
            Unavailable: Others kept the turn too long.
        """
        if not self.is_sqlite:
            yield
            return
        if not self._turn.acquire(timeout=sqlite_file.BUSY_SECONDS):
            raise Unavailable("database.busy", retry_after=1)
        turn = self._turn
        try:
            yield
        finally:
            turn.release()

    def after_fork(self) -> None:
        """Let go, in a child process, of what belongs to its parent."""
        self.engine.dispose(close=False)
        self._turn = threading.Lock()
        self._thread = threading.local()

    def checkpoint(self) -> tuple[int, int, int]:
        """Move SQLite's write-ahead log into the file and empty it, as far as readers allow.

        For the holder of the lease on checkpoints only: before SQLite 3.51.3, two at once may damage the file.

        Returns:
            Whether it was blocked (0 or 1), pages in the log, pages moved; zeros on PostgreSQL, which does so itself.
        """
        if not self.is_sqlite:
            return (0, 0, 0)
        with self.read() as connection:
            blocked, pages, moved = connection.exec_driver_sql(
                "PRAGMA wal_checkpoint(TRUNCATE)"
            ).one()
        return (int(blocked), int(pages), int(moved))

    def forget_statements(self) -> None:
        """Drop compiled statements: they keep the tables of superseded definitions alive."""
        self.engine.clear_compiled_cache()

    def close(self) -> None:
        """Close the pooled connections; the next use opens new ones."""
        self.engine.dispose()

    def _refuse_inside_unit(self) -> None:
        if getattr(self._thread, "is_occupied", False):
            raise RuntimeError("a unit of work is open on this thread; use its connection")

    def _sqlite_engine(self, pool_size: int) -> sa.Engine:
        engine = sa.create_engine(
            self.url,
            pool_size=pool_size,
            max_overflow=pool_size,
            pool_timeout=_POOL_WAIT,
            query_cache_size=_COMPILED_STATEMENTS,
            connect_args={
                # The driver begins nothing by itself: it would do so too late, and not at all before DDL.
                "isolation_level": None,
                "timeout": sqlite_file.BUSY_SECONDS,
                "cached_statements": _PREPARED_STATEMENTS,
                "check_same_thread": False,
            },
        )
        sa.event.listen(engine, "connect", self._set_up_sqlite)
        sa.event.listen(engine, "begin", _begin_immediate)
        return engine

    def _set_up_sqlite(self, dbapi_connection: sqlite3.Connection, record: object) -> None:  # noqa: ARG002
        sqlite_file.set_up(dbapi_connection)
        sqlite_functions.register(dbapi_connection)

    def _postgresql_engine(self, pool_size: int) -> sa.Engine:
        given = self.url.query.get("options", "")
        options = " ".join(
            (*POSTGRESQL_OPTIONS, *((given,) if isinstance(given, str) else given))
        ).strip()
        engine = sa.create_engine(
            self.url.difference_update_query(["options"]),
            pool_size=pool_size,
            max_overflow=pool_size,
            pool_timeout=_POOL_WAIT,
            query_cache_size=_COMPILED_STATEMENTS,
            connect_args={
                "options": options,
                "application_name": "tradeloom",
                "connect_timeout": 10,
            },
        )
        sa.event.listen(engine, "checkin", _note_idle)
        sa.event.listen(engine, "checkout", _ping_if_idle)
        return engine


def _note_idle(dbapi_connection: psycopg.Connection, record: ConnectionPoolEntry) -> None:  # noqa: ARG001
    record.info["idle_since"] = time.monotonic()


def _ping_if_idle(
    dbapi_connection: psycopg.Connection,
    record: ConnectionPoolEntry,
    proxy: object,  # noqa: ARG001
) -> None:
    """Look whether a connection that lay idle still answers; one in steady use costs no round trip."""
    if time.monotonic() - record.info.get("idle_since", time.monotonic()) < _IDLE:
        return
    try:
        dbapi_connection.execute("SELECT 1")
        dbapi_connection.rollback()
    except psycopg.Error as fault:
        raise sa_exc.DisconnectionError from fault


def _begin_immediate(connection: sa.Connection) -> None:
    # A transaction that reads first and writes later would fail with BUSY_SNAPSHOT however long it may wait.
    if connection.get_execution_options().get(WRITES):
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _parse(text: str) -> URL:
    try:
        url = make_url(text)
        kind = url.get_backend_name()
    except (sa_exc.ArgumentError, ValueError) as exc:
        raise InvalidSettings("database.url_unreadable") from exc
    if kind == "postgres":
        url, kind = url.set(drivername="postgresql+psycopg"), "postgresql"
    if url.drivername == "postgresql":
        url = url.set(drivername="postgresql+psycopg")
    if url.drivername not in {"sqlite", "sqlite+pysqlite", "postgresql+psycopg"}:
        raise InvalidSettings("database.unknown_kind", kind=url.drivername)
    if kind == "sqlite" and (url.database or ":memory:") == ":memory:":
        raise InvalidSettings("database.in_memory")
    return url


def _before_fork() -> None:
    # A child that inherits open SQLite connections believes it holds the parent's file locks.
    for database in list(_open_databases):
        if database.is_sqlite:
            database.close()


def _after_fork_in_child() -> None:
    for database in list(_open_databases):
        database.after_fork()


os.register_at_fork(before=_before_fork, after_in_child=_after_fork_in_child)
