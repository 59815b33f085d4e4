"""Numbers of documents: drawn as late as possible, gapless per object, field and period."""

from __future__ import annotations

import re
from datetime import date

from core.db.sequences import draw, reach
from core.db.unit_of_work import UnitOfWork
from core.metadata.definitions import FieldDef
from core.records.record import Row, RowChanges
from core.records.writing import Writing

_PART = re.compile(r"\{(yyyy|yy|mm|dd|seq)(?::(\d{1,2}))?\}")


def draw_numbers(writing: Writing, row: Row, event: str) -> None:
    """Give the row the numbers that ``event`` draws (``create`` or a transition's name).

    A number that an opening balance brings moves its counter on, so that it isn't drawn a second time. The counter's
    row stays locked until the transaction ends, so nothing slow may follow.
    """
    if writing.uow is None:
        return
    for field in row.definition.fields.values():
        if field.type != "autonumber":
            continue
        if row[field.name] is None and field.drawn == event:
            row[field.name] = _next(writing, row, field)
        elif field.name in RowChanges(row):
            _note_given(writing.uow, row, field)


def _next(writing: Writing, row: Row, field: FieldDef) -> str:
    assert writing.uow is not None
    pattern, day = field.format or "{seq}", writing.today
    number = draw(writing.uow, _series(row, field, format_number(pattern, day, None)))
    return format_number(pattern, day, number)


def _note_given(uow: UnitOfWork, row: Row, field: FieldDef) -> None:
    """Move the counter on to a number that was given, whichever period it belongs to."""
    literals = re.split(_PART.pattern, field.format or "{seq}")[::3]
    parts = [match.group(1) for match in _PART.finditer(field.format or "{seq}")]
    widths = {"yyyy": r"(\d{4})", "seq": r"(\d{1,15})"}
    pattern = "".join(
        re.escape(text) + (widths.get(part, r"(\d{2})") if part else "")
        for text, part in zip(literals, [*parts, ""], strict=True)
    )
    found = re.fullmatch(pattern, row[field.name] or "", re.ASCII)
    if found is None or "seq" not in parts:
        return
    values = [
        "#" if part == "seq" else text for part, text in zip(parts, found.groups(), strict=True)
    ]
    name = "".join(text + value for text, value in zip(literals, [*values, ""], strict=True))
    reach(uow, _series(row, field, name), int(found.group(parts.index("seq") + 1)))


def _series(row: Row, field: FieldDef, period: str) -> str:
    return f"{row.object}.{field.name}.{period}"


def format_number(pattern: str, day: date, number: int | None) -> str:
    """Fill a pattern such as ``SO{yyyy}-{seq:5}``; without a number, its place stays a ``#`` (the series' name)."""

    def part(match: re.Match[str]) -> str:
        name, width = match.group(1), int(match.group(2) or 0)
        if name == "seq":
            return "#" if number is None else str(number).zfill(width)
        return {"yyyy": f"{day:%Y}", "yy": f"{day:%y}", "mm": f"{day:%m}", "dd": f"{day:%d}"}[name]

    return _PART.sub(part, pattern)
