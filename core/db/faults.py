"""What a driver's error means: try again, wait, the disk is full, or a constraint with its columns.

The text of an error is never shown: it holds SQL and values. Only codes and names leave this module.
"""

from __future__ import annotations

import re
import sqlite3
from typing import Literal

import psycopg
from sqlalchemy import exc as sa_exc

from core.kernel.errors import PlatformError, StorageFull, Unavailable

Fault = Literal["retry", "away", "full", "slow", "other"]

RETRY_STATES = frozenset({"40001", "40P01", "55P03", "0A000"})
"""SQLSTATEs after which a fresh unit may succeed: serialization, deadlock, lock not available, stale cached plan."""

_RETRY_SQLITE = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
_FULL_STATES = frozenset({"53100"})
_SLOW_STATES = frozenset({"57014"})
_AWAY_STATES = frozenset({"53300", "57P01", "57P02", "57P03", "25P03"})
_SQLITE_COLUMN = re.compile(r"([A-Za-z0-9_]+)\.([A-Za-z0-9_]+)")
_POSTGRES_KEY = re.compile(r"\((.+?)\)=\(", re.DOTALL)


def fault_of(exc: BaseException) -> Fault:
    """Name what an error from the database means."""
    if isinstance(exc, sa_exc.TimeoutError):
        return "away"
    if not isinstance(exc, sa_exc.DBAPIError):
        return "other"
    original = exc.orig
    if isinstance(original, sqlite3.Error):
        return _sqlite_fault(original)
    if isinstance(original, psycopg.Error):
        return _postgresql_fault(original, lost=exc.connection_invalidated)
    return "away" if exc.connection_invalidated else "other"


def _sqlite_fault(original: sqlite3.Error) -> Fault:
    # Extended codes keep the primary code in their low byte.
    code = (getattr(original, "sqlite_errorcode", None) or 0) & 0xFF
    if code in _RETRY_SQLITE:
        return "retry"
    if code == sqlite3.SQLITE_FULL:
        return "full"
    if code == sqlite3.SQLITE_INTERRUPT:
        return "slow"
    return "away" if code in {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR} else "other"


def _postgresql_fault(original: psycopg.Error, *, lost: bool) -> Fault:
    state = original.sqlstate
    if state in RETRY_STATES:
        return "retry"
    if state in _FULL_STATES:
        return "full"
    if state in _SLOW_STATES:
        return "slow"
    if (
        state in _AWAY_STATES
        or lost
        or (state is None and isinstance(original, psycopg.OperationalError))
    ):
        return "away"
    return "other"


def platform_error(exc: BaseException) -> PlatformError | None:
    """Give the error that a person may see in place of a driver's error; None where it is a fault in the code."""
    match fault_of(exc):
        case "retry":
            return Unavailable("database.busy", retry_after=1)
        case "away":
            return Unavailable("database.away", retry_after=5)
        case "slow":
            return Unavailable("database.slow", retry_after=30)
        case "full":
            return StorageFull("database.full", retry_after=60)
        case _:
            return None


def constraint_of(exc: BaseException) -> tuple[str, tuple[str, ...]] | None:
    """Name the table and columns of the unique constraint that an IntegrityError broke.

    Returns:
        Physical table name and column names, or None where the error is another one (or a reference's, which names
        no column on SQLite).
    """
    if not isinstance(exc, sa_exc.IntegrityError):
        return None
    original = exc.orig
    if isinstance(original, sqlite3.IntegrityError):
        return _sqlite_constraint(original)
    if isinstance(original, psycopg.errors.UniqueViolation):
        return _postgresql_constraint(original)
    return None


def _sqlite_constraint(original: sqlite3.IntegrityError) -> tuple[str, tuple[str, ...]] | None:
    text = str(original)
    if not text.startswith("UNIQUE constraint failed: "):
        return None
    pairs = _SQLITE_COLUMN.findall(text)
    return (pairs[0][0], tuple(column for _, column in pairs)) if pairs else None


def _postgresql_constraint(
    original: psycopg.errors.UniqueViolation,
) -> tuple[str, tuple[str, ...]] | None:
    table, detail = original.diag.table_name, original.diag.message_detail
    # The sentence is translated by the server, the form "(columns)=(values)" isn't.
    found = _POSTGRES_KEY.search(detail or "")
    if table is None or found is None:
        return None
    return table, tuple(column.strip().strip('"') for column in found.group(1).split(","))
