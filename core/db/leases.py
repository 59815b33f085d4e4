"""Leases: work that one process alone may do, found by name in a table, so that a dead holder loses it by itself."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from core.db.platform_tables import LOCK
from core.db.unit_of_work import StartAgain, UnitOfWork


def claim(uow: UnitOfWork, name: str, holder: str, now: datetime, keep: timedelta) -> bool:
    """Take or renew a lease; tells whether ``holder`` has it now.

    Args:
        uow: The transaction.
        name: What is leased.
        holder: Who asks; unique among processes.
        now: The present moment, in UTC.
        keep: For how long; renew it well before.
    """
    free = or_(LOCK.c.holder == holder, LOCK.c.held_until.is_(None), LOCK.c.held_until < now)
    renewal = {"holder": holder, "held_until": now + keep}
    statement = update(LOCK).where(LOCK.c.name == name, free).values(**renewal)
    if uow.connection.execute(statement).rowcount == 1:
        return True
    if uow.connection.execute(select(LOCK.c.name).where(LOCK.c.name == name)).first() is not None:
        return False
    try:
        uow.connection.execute(insert(LOCK).values(name=name, **renewal))
    except IntegrityError as fault:
        raise StartAgain from fault
    return True
