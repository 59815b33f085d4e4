"""Tables of records: their columns, made once, and their rows, joined from strings."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from markupsafe import Markup, escape

from core.metadata.definitions import ObjectDef
from core.records.lookup import titles
from core.records.services import Caller
from core.web.screens import cells, page, preferences
from core.web.screens.cells import Column, Row


def table_columns(caller: Caller, definition: ObjectDef, paths: tuple[str, ...]) -> list[Column]:
    """Make the columns of a table; each is made once per snapshot, language and time zone."""
    formats = preferences.person_formats()

    def made(path: str) -> Column | None:
        key = ("column", definition.name, path, formats.language, caller.actor.timezone)
        return caller.model.memo(
            key,
            lambda: cells.column(
                caller.snapshot, definition, path, formats, caller.services.catalogue
            ),
        )

    return [column for column in map(made, paths) if column]


def classes(column: Column, phone: set[str]) -> list[str]:
    """Give the classes of a column's cells."""
    return [
        name
        for name, is_on in (("num", column.is_numeric), ("m-hide", column.path not in phone))
        if is_on
    ]


def row_markup(
    caller: Caller,
    definition: ObjectDef,
    columns: list[Column],
    rows: Sequence[Row],
    phone: set[str],
) -> Markup:
    """Join the rows; one pass over plain strings, since this is where the time of a list goes."""
    names = titles(caller, cells.references(columns[1:], rows))
    opened = [f'<td role="cell" class="{" ".join(classes(c, phone))}">' for c in columns]
    opened = [tag.replace(' class=""', "") for tag in opened]
    pairs = list(zip(opened, columns, strict=True))[1:]
    first = title_writer(caller, definition, columns[0], rows)
    parts = []
    for row in rows:
        parts.append(f'<tr role="row"><td role="cell" class="ttl">{first(row)}</td>')
        parts.extend(f"{tag}{column.write(row, names)}</td>" for tag, column in pairs)
        parts.append("</tr>")
    return Markup("".join(parts))  # noqa: S704 - writers escape what they are given


def title_writer(
    caller: Caller, definition: ObjectDef, column: Column, rows: Sequence[Row]
) -> Callable[[Row], str]:
    """Make the writer of the first cell: the link to the record, whatever the column holds."""
    names = titles(caller, cells.references([column], rows)) if column.field.to else {}
    untitled = page.text("ui.untitled")

    def write(row: Row) -> str:
        value = row.get(column.path)
        if value is None:
            shown = f"{untitled} #{row['id']}"
        elif column.field.to:
            shown = str(escape(names.get((column.field.to, value), f"#{value}")))
        else:
            shown = column.write(row, names)
        if "<a " in shown:
            shown = str(escape(value))
        return f'<a class="ttl-a" href="/o/{definition.name}/{row["id"]}">{shown}</a>'

    return write
