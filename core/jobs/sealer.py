"""The sealer: numbers and chains committed history and outbox rows, so that readers see one order without gaps."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

import orjson
from sqlalchemy import Connection, Table, func, select, update

from core.db.platform_tables import HISTORY, OUTBOX
from core.db.sequences import draw
from core.db.unit_of_work import UnitOfWork, run_command
from core.records.services import Services

BATCH = 500
"""Rows sealed in one transaction."""

_CHAIN = "sealer"


def seal(services: Services) -> int:
    """Seal what has been committed since; gives the number of rows.

    Only one process seals at a time: the counter's row, locked first, makes the others wait.
    """

    def step(uow: UnitOfWork) -> int:
        connection = uow.connection
        if not any(_unsealed(connection, table) for table in (HISTORY, OUTBOX)):
            return 0
        draw(uow, _CHAIN)
        return sum(_seal(connection, table, services.secret) for table in (HISTORY, OUTBOX))

    return run_command(services.database, step)


def _unsealed(connection: Connection, table: Table) -> bool:
    query = select(table.c.id).where(table.c.position.is_(None)).limit(1)
    return connection.execute(query).first() is not None


def _seal(connection: Connection, table: Table, secret: bytes) -> int:
    position = connection.execute(select(func.coalesce(func.max(table.c.position), 0))).scalar_one()
    chain = (
        connection.execute(select(table.c.hash).where(table.c.position == position)).scalar() or ""
    )
    query = select(table).where(table.c.position.is_(None)).order_by(table.c.id).limit(BATCH)
    rows = connection.execute(query).mappings().all()
    for row in rows:
        position += 1
        chain = row_hash(secret, chain, position, row)
        statement = (
            update(table).where(table.c.id == row["id"]).values(position=position, hash=chain)
        )
        connection.execute(statement)
    return len(rows)


def row_hash(secret: bytes, previous: str, position: int, row: Any) -> str:
    """Give the keyed SHA-256 that chains a row to the one before it, hexadecimal."""
    content = {str(k): v for k, v in row.items() if k not in {"position", "hash"}}
    text = orjson.dumps([previous, position, content], option=orjson.OPT_SORT_KEYS, default=str)
    return hmac.new(secret, text, hashlib.sha256).hexdigest()


def first_break(services: Services, table: Table = HISTORY) -> int | None:
    """Give the position of the first sealed row whose hash doesn't follow from the one before; None where all do."""
    chain, expected = "", 0
    with services.database.read() as connection:
        query = select(table).where(table.c.position.is_not(None)).order_by(table.c.position)
        for row in connection.execute(query).mappings():
            expected += 1
            chain = row_hash(services.secret, chain, expected, row)
            if row["position"] != expected or row["hash"] != chain:
                return expected
    return None
