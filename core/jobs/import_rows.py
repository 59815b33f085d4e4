"""From the cells of a row to a record's data, as an import mapping says."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import islice
from typing import Any

from core.gateways.tabular import TableFile
from core.kernel.errors import FieldError, Invalid
from core.kernel.money import multiply, parse_decimal, plain, round_half_up
from core.kernel.text import nearest
from core.metadata.definitions import ColumnMapping, FieldDef, ImportMappingDef, ObjectDef
from core.metadata.snapshot import Snapshot

_TEMPLATE = re.compile(r"\{([^{}]+)\}")
# "1,234" may be a thousand or a bit more than one: alone it proves nothing and is refused as a number.
_COMMA = re.compile(r"-?(?:\d{1,3}(?:\.\d{3})+,\d+|\d+,(?:\d{1,2}|\d{4,}))")
_POINT = re.compile(r"-?(?:\d{1,3}(?:,\d{3})+|\d+)\.\d+")
SAMPLE = 5000
"""Rows looked at to find the decimal mark."""

_NUMBERS = frozenset({"integer", "decimal", "money", "percent"})


@dataclass(frozen=True, slots=True)
class RowReader:
    """Reads rows of one file into data for one object."""

    snapshot: Snapshot
    mapping: ImportMappingDef
    decimal_mark: str = "."

    def data(
        self, definition: ObjectDef, columns: Sequence[ColumnMapping], cells: Mapping[str, str]
    ) -> dict[str, Any]:
        """Give the data of one row; columns such as ``addresses.city`` make one line of that lines field.

        Raises:
            Invalid: A cell can't be read; every fault is listed.
        """
        data: dict[str, Any] = {}
        lines: dict[str, dict[str, Any]] = {}
        errors: list[FieldError] = []
        for column in columns:
            head, _, rest = column.field.partition(".")
            target = self.snapshot.object(definition.fields[head].of) if rest else definition
            field = target.fields[rest or head]
            try:
                value = self._value(field, column, cells)
            except Invalid as fault:
                errors += fault.errors
                continue
            if rest:
                lines.setdefault(head, {})[rest] = value
            else:
                data[head] = value
        if errors:
            raise Invalid("record.invalid", errors=errors, count=len(errors))
        for name, line in lines.items():
            data[name] = [line] if any(v is not None for v in line.values()) else []
        return data

    def _value(self, field: FieldDef, column: ColumnMapping, cells: Mapping[str, str]) -> Any:
        if not column.column:
            return column.value
        text = cell_text(column.column, cells)
        if text == "" or text in self.mapping.null:
            return column.default
        if column.map:
            if text not in column.map:
                raise _fault(field, "import.not_mapped", value=text, name=field.name)
            return column.map[text]
        if column.by:
            return {"by": {column.by: text}}
        if field.type in _NUMBERS:
            return self._number(field, column, text)
        if field.type == "date" and self.mapping.date_format:
            return self._date(field, text)
        return text

    def _number(self, field: FieldDef, column: ColumnMapping, text: str) -> str:
        if self.decimal_mark == ",":
            text = text.replace(".", "").replace(",", ".")
        number = parse_decimal(text)
        if number is None:
            raise _fault(field, "import.bad_number", value=text)
        if column.scale is not None:
            number = round_half_up(number, column.scale)
        if column.multiply:
            number = multiply(number, Decimal(column.multiply))
        return plain(number)

    def _date(self, field: FieldDef, text: str) -> str:
        try:
            # A calendar day has no zone.
            return datetime.strptime(text, self.mapping.date_format).date().isoformat()  # noqa: DTZ007
        except ValueError:
            raise _fault(
                field, "import.bad_date", value=text, format=self.mapping.date_format
            ) from None


def cell_text(column: str, cells: Mapping[str, str]) -> str:
    """Give a column's cell; ``{First} {Last}`` puts several cells together."""
    if "{" not in column:
        return cells[column]
    return " ".join(_TEMPLATE.sub(lambda m: cells[m.group(1)], column).split())


def check_headings(path: str, columns: Sequence[ColumnMapping], headings: Sequence[str]) -> None:
    """Refuse a file that lacks a mapped column.

    Raises:
        Invalid: The first column that is missing, with those that are there.
    """
    for column in columns:
        wanted = _TEMPLATE.findall(column.column) if "{" in column.column else [column.column]
        for name in filter(None, wanted):
            if name not in headings:
                shown = ", ".join(headings)
                hint = nearest(name, headings)
                raise Invalid(
                    "import.no_heading",
                    path=path,
                    name=name,
                    columns=f"{hint}?, {shown}" if hint else shown,
                )


def decimal_mark(columns: Sequence[ColumnMapping], definition: ObjectDef, table: TableFile) -> str:
    """Find the decimal mark of a file: a comma where numbers such as ``9,8`` occur and none such as ``9.8`` does."""
    names = [c.column for c in columns if c.column in table.headings and _is_number(definition, c)]
    texts = [row.cells[name] for row in islice(table.rows(), SAMPLE) for name in names]
    comma = any(_COMMA.fullmatch(text) for text in texts)
    return "," if comma and not any(_POINT.fullmatch(text) for text in texts) else "."


def _is_number(definition: ObjectDef, column: ColumnMapping) -> bool:
    field = definition.fields.get(column.field)
    return field is not None and field.type in _NUMBERS


def plain_mapping(
    snapshot: Snapshot, object_name: str, headings: Sequence[str]
) -> ImportMappingDef:
    """Map each heading to the field of the same name; ``customer.code`` finds the reference by that unique field."""
    definition = snapshot.object(object_name)
    columns: list[ColumnMapping] = []
    for heading in headings:
        name, _, by = heading.partition(".")
        field = definition.fields.get(name)
        if field is None:
            hint = nearest(name, definition.fields) or ""
            error = FieldError(heading, "unknown_name", "record.unknown_field_hint" if hint else "record.unknown_field",
                               {"name": name, "object": object_name, "hint": hint})  # fmt: skip
            raise Invalid("record.invalid", errors=[error], count=1)
        columns.append(
            ColumnMapping(heading, heading)
            if field.type == "lines"
            else ColumnMapping(name, heading, by=by)
        )
    return ImportMappingDef(name="", object=object_name, columns=tuple(columns), decimal="")


def _fault(field: FieldDef, message_id: str, **params: Any) -> Invalid:
    error = FieldError(field.name, "type", message_id, params)
    return Invalid("record.invalid", errors=[error], count=1)
