"""Stored values computed anew, while writers wait: a folded copy filled, numbers carried to a wider type."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from core.db.names import FOLD_SUFFIX, Element
from core.db.types import IntegerType
from core.kernel.errors import Conflict
from core.kernel.money import MAX_DIGITS
from core.kernel.text import fold

_BATCH = 1_000


def fill_fold(connection: sa.Connection, table: sa.Table, column: str) -> None:
    """Fold the text of every row of ``column`` into the column beside it."""
    source, target = table.c[column], table.c[column + FOLD_SUFFIX]
    update = (
        sa.update(table)
        .where(table.c.id == sa.bindparam("row"))
        .values({target: sa.bindparam("folded")})
    )
    after = 0
    while True:
        rows = connection.execute(
            sa.select(table.c.id, source)
            .where(table.c.id > after)
            .order_by(table.c.id)
            .limit(_BATCH)
        ).all()
        if not rows:
            return
        values = [
            {"row": row, "folded": None if text is None else fold(text)} for row, text in rows
        ]
        connection.execute(update, values)
        after = rows[-1][0]


def can_convert(old: str, new: str) -> bool:
    """Tell whether every value of the storage ``old``, unless too long, has an exact one in the storage ``new``."""
    if not new.startswith("decimal:"):
        return False
    return old == "integer" or (old.startswith("decimal:") and scale_of(old) <= scale_of(new))


def scale_of(storage: str) -> int:
    """Give the decimal places of a numeric storage; 0 for integers."""
    return int(storage.partition(":")[2] or 0)


def convert_column(connection: sa.Connection, old: Element, new: Element) -> None:
    """Copy the numbers of one column of a table to a wider one.

    Raises:
        Conflict: A number would have more than 18 digits.
    """
    is_sqlite = connection.dialect.name == "sqlite"
    # On SQLite both columns hold integers: the value times a power of ten.
    raw: Any = IntegerType() if is_sqlite else sa.Numeric()
    table = sa.table(old.table, sa.column(old.column, raw), sa.column(new.column, raw))
    source, target = table.c[old.column], table.c[new.column]
    stored_before = scale_of(old.storage) if is_sqlite else 0
    largest = 10 ** (MAX_DIGITS - scale_of(new.storage) + stored_before)
    bound = sa.literal(largest, raw)
    too_long = (
        sa.select(sa.func.count()).select_from(table).where((source >= bound) | (source <= -bound))
    )
    if connection.execute(too_long).scalar_one():
        raise Conflict("ddl.values_too_long", table=new.table, column=new.column)
    factor = 10 ** (scale_of(new.storage) - scale_of(old.storage)) if is_sqlite else 1
    value = source if factor == 1 else source * sa.literal(factor, raw)
    connection.execute(sa.update(table).values({target: value}))
