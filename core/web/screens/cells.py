"""Cells: how a field's value is shown in lists, on record pages and in tables.

A writer is made once per snapshot, field, language and time zone, and then only joins strings: it gets the row as the
secured query gives it (JSON values) and the titles of the records that the row refers to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from markupsafe import Markup, escape

from core.kernel.messages import Catalogue
from core.metadata.definitions import ChoiceDef, FieldDef, ObjectDef
from core.metadata.snapshot import Snapshot
from core.web.screens.formats import Formats

Row = Mapping[str, Any]
Titles = Mapping[tuple[str, int], str]
Writer = Callable[[Row, Titles], str]

COLORS = frozenset(
    [
        "indigo",
        "azure",
        "teal",
        "green",
        "orange",
        "red",
        "pink",
        "purple",
        "cyan",
        "secondary",
        "blue",
        "yellow",
        "lime",
    ]
)
STATE_COLORS = {
    "draft": "secondary", "new": "azure", "open": "azure", "submitted": "purple", "in_approval": "purple",
    "approved": "teal", "confirmed": "azure", "assigned": "cyan", "processing": "indigo", "active": "indigo",
    "sent": "indigo", "shipped": "teal", "done": "green", "completed": "green", "paid": "green", "won": "green",
    "posted": "green", "on_hold": "orange", "paused": "orange", "overdue": "orange", "rejected": "red",
    "cancelled": "red", "lost": "red", "closed": "secondary",
}  # fmt: skip
"""Colours of states by their usual names, where the definition gives none."""

NUMERIC = frozenset({"integer", "decimal", "money", "percent"})
SHORT_TEXT = 120
NOTHING = '<span class="nil">–</span>'


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table.

    Attributes:
        path: Field path from the row's object, e.g. ``customer.country``.
        field: The field at its end.
        label: Heading.
        write: Gives the HTML inside the cell.
    """

    path: str
    field: FieldDef
    label: str
    write: Writer

    @property
    def is_numeric(self) -> bool:
        """Whether values are right-aligned."""
        return self.field.type in NUMERIC


def resolve(snapshot: Snapshot, definition: ObjectDef, path: str) -> tuple[FieldDef, str] | None:
    """Give the field at the end of ``path`` and its heading's owner label path; None where a part is unknown."""
    here: ObjectDef | None = definition
    found: FieldDef | None = None
    for part in path.split("."):
        found = here.fields.get(part) if here else None
        if found is None:
            return None
        here = snapshot.objects.get(found.to) if found.to else None
    return (found, path.rpartition(".")[0]) if found else None


def column(
    snapshot: Snapshot, definition: ObjectDef, path: str, formats: Formats, catalogue: Catalogue
) -> Column | None:
    """Make the column of a field path; None where the path leads nowhere."""
    found = resolve(snapshot, definition, path)
    if found is None:
        return None
    field, before = found
    label = field.label.text(formats.language)
    if before:
        outer = resolve(snapshot, definition, before)
        label = f"{outer[0].label.text(formats.language)}: {label}" if outer else label
    return Column(path, field, label, writer(path, field, formats, catalogue))


def needed(columns: Iterable[Column]) -> tuple[str, ...]:
    """List the paths to ask the query for: the columns, and the currencies of money among them."""
    paths: dict[str, None] = {}
    for item in columns:
        paths[item.path] = None
        if item.field.currency_field:
            paths[_beside(item.path, item.field.currency_field)] = None
    return tuple(paths)


def references(columns: Sequence[Column], rows: Iterable[Row]) -> dict[str, set[int]]:
    """Collect the ids whose titles the rows need, by object."""
    wanted: dict[str, set[int]] = {}
    pointing = [item for item in columns if item.field.to]
    for row in rows:
        for item in pointing:
            value = row.get(item.path)
            if isinstance(value, int):
                wanted.setdefault(item.field.to, set()).add(value)
    return wanted


def writer(
    path: str, field: FieldDef, formats: Formats, catalogue: Catalogue, *, full: bool = False
) -> Writer:
    """Make the writer of one field.

    Args:
        path: Key of the value in the row.
        field: Its definition.
        formats: How values are written.
        catalogue: Texts for yes and no.
        full: Whether long text is shown whole (record page) or cut (list).
    """
    if field.to:
        return _reference(path, field.to)
    if field.type == "choice":
        return _choice(path, field, formats.language)
    if field.type == "money":
        return _money(path, field, formats)
    if field.type == "boolean":
        return _boolean(path, formats.language, catalogue)
    return _simple(path, _text_of(field, formats, full=full))


def pill(label: str, color: str) -> str:
    """Write a coloured label."""
    safe = color if color in COLORS else "secondary"
    return f'<span class="pill pill-{safe}">{escape(label)}</span>'


def color_of(choice: ChoiceDef, *, is_state: bool) -> str:
    """Give the colour of a choice; states without one get that of their name."""
    if is_state and choice.color == "secondary":
        return STATE_COLORS.get(choice.value, "secondary")
    return choice.color


def person(name: str) -> str:
    """Write a user's name with a round mark of the initials."""
    color = sorted(COLORS)[sum(map(ord, name)) % len(COLORS)]
    mark = f'<span class="av av-{color}" aria-hidden="true">{escape(initials(name))}</span>'
    return f'<span class="who">{mark}{escape(name)}</span>'


def initials(name: str) -> str:
    """Give one or two letters for a name; of a Chinese name its last character."""
    words = name.split()
    if not words:
        return "?"
    if len(words) == 1:
        return words[0][:2].upper() if words[0].isascii() else words[0][-1]
    return (words[0][0] + words[-1][0]).upper()


def markup(column_: Column, row: Row, titles: Titles) -> Markup:
    """Write a cell for a template."""
    return Markup(column_.write(row, titles))  # noqa: S704 - writers escape what they are given


def _beside(path: str, name: str) -> str:
    before = path.rpartition(".")[0]
    return f"{before}.{name}" if before else name


def _simple(path: str, text: Callable[[Any], str]) -> Writer:
    def write(row: Row, titles: Titles) -> str:  # noqa: ARG001 - one signature for all writers
        value = row.get(path)
        return NOTHING if value is None or value == "" else text(value)

    return write


def _text_of(field: FieldDef, formats: Formats, *, full: bool) -> Callable[[Any], str]:
    """Give the function that writes one value of the field, never null, as HTML."""
    writers: dict[str, Callable[[Any], str]] = {
        "integer": lambda value: formats.number(int(value)),
        "decimal": lambda value: formats.number(Decimal(str(value))),
        "percent": lambda value: formats.percent(Decimal(str(value))),
        "date": lambda value: formats.day(date.fromisoformat(value)),
        "datetime": lambda value: f"<time>{formats.moment(datetime.fromisoformat(value))}</time>",
        "email": lambda value: _contact("mailto", value),
        "phone": lambda value: _contact("tel", value),
        "url": _link,
        "long_text": _prose if full else _cut,
    }
    return writers.get(field.type, lambda value: str(escape(value)))


def _contact(scheme: str, value: str) -> str:
    target = escape(value.replace(" ", ""))
    return f'<a class="ext" href="{scheme}:{target}">{escape(value)}</a>'


def _prose(value: str) -> str:
    return f'<div class="prose">{escape(value)}</div>'


def _cut(value: str) -> str:
    return str(escape(value if len(value) <= SHORT_TEXT else f"{value[:SHORT_TEXT]}…"))


def _link(value: str) -> str:
    if not value.lower().startswith(("http://", "https://")):
        return str(escape(value))
    shown = value.split("://", 1)[1].rstrip("/")
    return f'<a class="ext" href="{escape(value)}" rel="noopener noreferrer" target="_blank">{escape(shown)}</a>'


def _money(path: str, field: FieldDef, formats: Formats) -> Writer:
    currency = _beside(path, field.currency_field or "currency")
    is_price = not field.round_to_currency

    def write(row: Row, titles: Titles) -> str:  # noqa: ARG001 - one signature for all writers
        value = row.get(path)
        if value is None:
            return NOTHING
        return formats.money(Decimal(str(value)), row.get(currency), is_price=is_price)

    return write


def _boolean(path: str, language: str, catalogue: Catalogue) -> Writer:
    yes = f'<span class="yes">{escape(catalogue.text("ui.yes", language))}</span>'
    no = f'<span class="nil">{escape(catalogue.text("ui.no", language))}</span>'
    return lambda row, titles: yes if row.get(path) else no  # noqa: ARG005 - one signature for all writers


def _choice(path: str, field: FieldDef, language: str) -> Writer:
    pills = {
        c.value: pill(c.label.text(language), color_of(c, is_state=field.name == "state"))
        for c in field.choices
    }

    def write(row: Row, titles: Titles) -> str:  # noqa: ARG001 - one signature for all writers
        value = row.get(path)
        return NOTHING if value is None else pills.get(value) or pill(str(value), "secondary")

    return write


def _reference(path: str, target: str) -> Writer:
    def write(row: Row, titles: Titles) -> str:
        value = row.get(path)
        if value is None:
            return NOTHING
        title = titles.get((target, value))
        if title is None:
            return f'<span class="nil">#{int(value)}</span>'
        if target == "user":
            return person(title)
        return f'<a class="ref" href="/o/{target}/{int(value)}">{escape(title)}</a>'

    return write
