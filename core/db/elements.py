"""The record of physical names: table ``tl_element``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import sqlalchemy as sa

from core.db.names import Element, Names
from core.db.platform_tables import ELEMENT


def load_elements(connection: sa.Connection) -> tuple[Element, ...]:
    """Give every element ever recorded, tombstones included."""
    rows = connection.execute(
        sa.select(
            ELEMENT.c.uid,
            ELEMENT.c.kind,
            ELEMENT.c.name,
            ELEMENT.c.table_name,
            ELEMENT.c.column_name,
            ELEMENT.c.storage,
            ELEMENT.c.since,
            ELEMENT.c.until,
        ).order_by(ELEMENT.c.id)
    )
    return tuple(Element(*row) for row in rows)


def record_new(
    connection: sa.Connection, names: Names, recorded: Sequence[Element], moment: datetime
) -> int:
    """Record the elements that are new, before their tables and columns are made; say how many there were."""
    known = {(element.table, element.column) for element in recorded}
    rows = [
        {
            "uid": element.uid,
            "kind": element.kind,
            "name": element.name,
            "table_name": element.table,
            "column_name": element.column,
            "storage": element.storage,
            "recorded_at": moment,
        }
        for place, element in names.elements.items()
        if place not in known
    ]
    if rows:
        connection.execute(sa.insert(ELEMENT), rows)
    return len(rows)


def settle(
    connection: sa.Connection, names: Names, recorded: Iterable[Element], revision: int
) -> None:
    """Bring the record in line with what is live from ``revision`` on: API names, new elements, tombstones."""
    for element in recorded:
        current = names.elements.get((element.table, element.column))
        change: dict[str, object] = {}
        if current is None:
            if element.until is None:
                change = {"until": revision}
        elif (current.name, current.storage) != (
            element.name,
            element.storage,
        ) or not element.is_live:
            since = revision if element.since is None else element.since
            change = {
                "name": current.name,
                "storage": current.storage,
                "since": since,
                "until": None,
            }
        if change:
            place = (ELEMENT.c.table_name == element.table, ELEMENT.c.column_name == element.column)
            connection.execute(sa.update(ELEMENT).where(*place).values(**change))
