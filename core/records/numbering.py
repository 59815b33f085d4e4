"""Numbers of documents: drawn as late as possible, gapless per object, field and period."""

from __future__ import annotations

import re
from datetime import date

from core.db.sequences import draw
from core.metadata.definitions import FieldDef
from core.records.record import Row
from core.records.writing import Writing

_PART = re.compile(r"\{(yyyy|yy|mm|dd|seq)(?::(\d{1,2}))?\}")


def draw_numbers(writing: Writing, row: Row, event: str) -> None:
    """Give the row the numbers that ``event`` draws (``create`` or a transition's name).

    The counter's row stays locked until the transaction ends, so nothing slow may follow.
    """
    if writing.uow is None:
        return
    for field in row.definition.fields.values():
        if (
            field.type == "autonumber"
            and field.drawn == event
            and row.values().get(field.name) is None
        ):
            row[field.name] = _next(writing, row, field)


def _next(writing: Writing, row: Row, field: FieldDef) -> str:
    assert writing.uow is not None
    pattern = field.format or "{seq}"
    day = writing.today
    series = f"{row.object}.{field.name}.{format_number(pattern, day, None)}"
    return format_number(pattern, day, draw(writing.uow, series))


def format_number(pattern: str, day: date, number: int | None) -> str:
    """Fill a pattern such as ``SO{yyyy}-{seq:5}``; without a number, its place stays a ``#`` (the series' name)."""

    def part(match: re.Match[str]) -> str:
        name, width = match.group(1), int(match.group(2) or 0)
        if name == "seq":
            return "#" if number is None else str(number).zfill(width)
        return {"yyyy": f"{day:%Y}", "yy": f"{day:%y}", "mm": f"{day:%m}", "dd": f"{day:%d}"}[name]

    return _PART.sub(part, pattern)
