"""How SQLAlchemy's engines open SQLite here: the same journal and the same patience for all."""

from __future__ import annotations

import sqlite3

import sqlalchemy as sa

from bench.addresses import SQLITE_PRAGMAS


def tune_sqlite(engine: sa.Engine) -> None:
    """Give every connection of a SQLite engine the same settings; no effect on PostgreSQL."""
    if engine.dialect.name != "sqlite":
        return

    @sa.event.listens_for(engine, "connect")
    def tune(connection: sqlite3.Connection, _record: object) -> None:
        for pragma in SQLITE_PRAGMAS:
            connection.execute(pragma)
