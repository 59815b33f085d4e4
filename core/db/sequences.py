"""Gapless numbers: a counter row that is locked from the draw to the end of the transaction.

Draw as late as possible: everybody else who wants a number of the same sequence waits until the unit ends.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from core.db.platform_tables import SEQUENCE
from core.db.unit_of_work import UnitOfWork


def draw(uow: UnitOfWork, name: str) -> int:
    """Give the next number of a sequence, from 1; a rolled-back unit gives it back."""
    return draw_many(uow, name, 1)[0]


def draw_many(uow: UnitOfWork, name: str, count: int) -> range:
    """Give the next ``count`` numbers of a sequence.

    Raises:
        ValueError: ``count`` isn't positive.
    """
    if count < 1:
        raise ValueError("at least one number must be drawn")
    insert = sqlite.insert if uow.is_sqlite else postgresql.insert
    statement = insert(SEQUENCE).values(name=name, value=count)
    statement = statement.on_conflict_do_update(
        index_elements=[SEQUENCE.c.name],
        set_={"value": SEQUENCE.c.value + statement.excluded.value},
    )
    last = int(uow.connection.execute(statement.returning(SEQUENCE.c.value)).scalar_one())
    return range(last - count + 1, last + 1)


def reach(uow: UnitOfWork, name: str, number: int) -> None:
    """Let a sequence go on after ``number``, unless it is further already: the number was given from outside."""
    insert = sqlite.insert if uow.is_sqlite else postgresql.insert
    statement = insert(SEQUENCE).values(name=name, value=number)
    statement = statement.on_conflict_do_update(
        index_elements=[SEQUENCE.c.name],
        set_={"value": statement.excluded.value},
        where=SEQUENCE.c.value < statement.excluded.value,
    )
    uow.connection.execute(statement)


def last_drawn(connection: sa.Connection, name: str) -> int:
    """Give the last number drawn, 0 for a sequence that was never used."""
    found = connection.execute(sa.select(SEQUENCE.c.value).where(SEQUENCE.c.name == name))
    return int(found.scalar_one_or_none() or 0)
