"""Database URLs in the forms that drivers take, without importing any library."""

from __future__ import annotations

SQLITE_PRAGMAS = (
    "PRAGMA synchronous=NORMAL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA busy_timeout=10000",
)
"""How every hand-written contestant opens SQLite; the files are in WAL mode already."""


def is_postgres(url: str) -> bool:
    """Tell whether a SQLAlchemy URL names PostgreSQL."""
    return url.startswith("postgresql")


def libpq(url: str) -> str:
    """Return the libpq form of a SQLAlchemy URL of PostgreSQL."""
    return url.replace("postgresql+psycopg://", "postgresql://", 1)


def file_of(url: str) -> str:
    """Return the file of a SQLAlchemy URL of SQLite."""
    return url.removeprefix("sqlite:///")
