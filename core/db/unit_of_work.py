"""Transactions: the only place in the platform that begins, commits or rolls back.

A unit of work is one transaction on one connection. Everything that a command writes happens in its unit; what must
be told to others afterwards is registered with :meth:`UnitOfWork.after_commit`.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn, TypeVar

from sqlalchemy import Connection
from sqlalchemy import exc as sa_exc

from core.db.faults import fault_of, platform_error
from core.kernel.errors import Unavailable

if TYPE_CHECKING:
    from core.db.engine import Database

T = TypeVar("T")

_LOG = logging.getLogger("tradeloom.db")

_SHORTEST_PAUSE = 0.02
_LONGEST_PAUSE = 1.0
_PATIENCE = 30.0

_SCHEMA_LOCK = "29805, hashtext(current_schema())"

WRITES = "tradeloom_writes"
"""Execution option that marks a connection whose transaction will write (SQLite then takes its lock at once)."""


class StartAgain(Exception):
    """Raised inside a command to roll back and run it anew, e.g. because the definitions have moved on."""


def is_transient(exc: BaseException) -> bool:
    """Tell whether an error concerns the transaction rather than what runs in it: it may succeed another time."""
    return isinstance(exc, StartAgain) or fault_of(exc) != "other"


class UnitOfWork:
    """One transaction.

    Attributes:
        connection: Where every statement of the command goes.
        is_retry: Whether an earlier attempt of the same command was rolled back.
    """

    def __init__(self, connection: Connection, *, is_retry: bool = False) -> None:
        """Wrap a connection whose transaction has begun."""
        self.connection = connection
        self.is_retry = is_retry
        self._callbacks: list[Callable[[], object]] = []

    @property
    def is_sqlite(self) -> bool:
        """Whether the database is SQLite."""
        return self.connection.dialect.name == "sqlite"

    def after_commit(self, callback: Callable[[], object]) -> None:
        """Call ``callback`` once the transaction has been committed; its failure is logged and changes nothing."""
        self._callbacks.append(callback)

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Undo what happens inside when it raises, and only that, callbacks included."""
        kept = len(self._callbacks)
        try:
            with self.connection.begin_nested():
                yield
        except BaseException:
            del self._callbacks[kept:]
            raise

    def run_callbacks(self) -> None:
        """Call what was registered, in order."""
        for callback in self._callbacks:
            try:
                callback()
            except Exception:  # noqa: BLE001 - the write stands, whatever fails after it
                _LOG.exception("a callback after commit failed")


@contextmanager
def unit_of_work(database: Database, *, is_retry: bool = False) -> Iterator[UnitOfWork]:
    """Run one transaction: commit at the end of the block, roll back when it raises.

    Raises:
        RuntimeError: A unit of work is already open on this thread.
    """
    with database.occupy(), database.writer_turn():
        connection = database.engine.connect().execution_options(**{WRITES: True})
        try:
            with connection.begin():
                unit = UnitOfWork(connection, is_retry=is_retry)
                yield unit
        finally:
            connection.close()
    unit.run_callbacks()


def run_command(database: Database, fn: Callable[[UnitOfWork], T], *, attempts: int = 5) -> T:
    """Run ``fn`` in a unit of work; run it again in a fresh one when the database asks for it.

    Args:
        database: Where to write.
        fn: The command. It may run several times, so it has no effect outside the database.
        attempts: How often it is tried in all.

    Raises:
        Unavailable: The database is busy or away; nothing was changed.
        StorageFull: The disk is full; nothing was changed.
        RuntimeError: A unit of work is already open on this thread.
    """
    started = time.monotonic()
    for attempt in range(1, attempts + 1):
        try:
            with unit_of_work(database, is_retry=attempt > 1) as unit:
                result = fn(unit)
        except (sa_exc.DBAPIError, sa_exc.TimeoutError, StartAgain) as exc:
            wants_retry = isinstance(exc, StartAgain) or fault_of(exc) == "retry"
            is_last = attempt == attempts or time.monotonic() - started > _PATIENCE
            if not wants_retry or is_last:
                _raise_final(exc)
            pause(attempt)
        else:
            return result
    raise ValueError("a command needs at least one attempt")


def pause(attempt: int) -> None:
    """Wait a random time that grows with the attempt (full jitter, 20 ms to 1 s)."""
    longest = min(_LONGEST_PAUSE, _SHORTEST_PAUSE * 2**attempt)
    time.sleep(random.uniform(_SHORTEST_PAUSE, longest))  # noqa: S311 - spreads load, keeps no secret


@contextmanager
def consistent_read(database: Database) -> Iterator[Connection]:
    """Read several statements from one and the same moment (exports, backups); keep it short."""
    options = (
        {}
        if database.is_sqlite
        else {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    )
    with database.occupy(), database.engine.connect().execution_options(**options) as connection:
        if database.is_sqlite:
            connection.exec_driver_sql("BEGIN")
        try:
            yield connection
        finally:
            connection.rollback()


class SchemaSession:
    """The connection on which tables are changed while no other process does so.

    On SQLite everything happens in one transaction that is committed at the end. On PostgreSQL each step has its own
    short transaction, and some steps (indexes on filled tables) run outside any.
    """

    def __init__(self, connection: Connection) -> None:
        """Wrap a connection that holds the lock on schema changes."""
        self.connection = connection

    @property
    def is_sqlite(self) -> bool:
        """Whether the database is SQLite."""
        return self.connection.dialect.name == "sqlite"

    @contextmanager
    def transaction(self, *, lock_timeout: str = "") -> Iterator[Connection]:
        """Run one transaction of the session.

        Args:
            lock_timeout: On PostgreSQL, how long a statement waits for a lock, e.g. ``100ms``.
        """
        if self.is_sqlite:
            yield self.connection
            return
        self.connection.exec_driver_sql("BEGIN")
        try:
            if lock_timeout:
                self.connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{lock_timeout}'")
            yield self.connection
        except BaseException:
            if not self.connection.invalidated:
                self.connection.exec_driver_sql("ROLLBACK")
            raise
        self.connection.exec_driver_sql("COMMIT")


@contextmanager
def schema_session(database: Database, *, patience: float = 600.0) -> Iterator[SchemaSession]:
    """Hold the lock on schema changes; a second process waits here.

    Args:
        database: The database whose tables change.
        patience: Seconds to wait for another process.

    Raises:
        Unavailable: Another process kept the lock too long, or the database is away.
    """
    open_session = _sqlite_schema_session if database.is_sqlite else _postgresql_schema_session
    try:
        with database.occupy(), open_session(database, patience) as session:
            yield session
    except (sa_exc.DBAPIError, sa_exc.TimeoutError) as exc:
        _raise_final(exc)


@contextmanager
def _sqlite_schema_session(database: Database, patience: float) -> Iterator[SchemaSession]:
    deadline = time.monotonic() + patience
    while True:
        connection = database.engine.connect().execution_options(**{WRITES: True})
        try:
            connection.begin()
            break
        except sa_exc.OperationalError as exc:
            connection.close()
            if fault_of(exc) != "retry" or time.monotonic() > deadline:
                raise
    try:
        yield SchemaSession(connection)
        connection.commit()
    finally:
        connection.close()


@contextmanager
def _postgresql_schema_session(database: Database, patience: float) -> Iterator[SchemaSession]:
    deadline = time.monotonic() + patience
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("SET statement_timeout = 0")
        # Polled, not awaited: a waiting statement would hold a snapshot that an index built concurrently waits for.
        while not connection.exec_driver_sql(
            f"SELECT pg_try_advisory_lock({_SCHEMA_LOCK})"
        ).scalar_one():
            if time.monotonic() > deadline:
                raise Unavailable("ddl.busy", retry_after=10)
            time.sleep(0.1)
        try:
            yield SchemaSession(connection)
        finally:
            # The lock and the setting belong to the server's session, so the connection isn't given back to the pool.
            if not connection.invalidated:
                connection.exec_driver_sql(f"SELECT pg_advisory_unlock({_SCHEMA_LOCK})")
                connection.invalidate()


def _raise_final(exc: Exception) -> NoReturn:
    error = (
        Unavailable("database.busy", retry_after=1)
        if isinstance(exc, StartAgain)
        else platform_error(exc)
    )
    if error is None:
        raise exc
    raise error from exc
