"""Inputs: what a form offers for each field, and how posted texts become the data that the API takes too."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from werkzeug.datastructures import MultiDict

from core.kernel.money import MINOR_UNITS, plain
from core.metadata.definitions import FieldDef
from core.web.screens.cells import NUMERIC
from core.web.screens.formats import Formats

Data = dict[str, Any]

KINDS = {
    "long_text": "textarea",
    "integer": "number",
    "decimal": "number",
    "money": "money",
    "percent": "percent",
    "date": "date",
    "datetime": "datetime-local",
    "boolean": "checkbox",
    "choice": "select",
    "currency": "select",
    "reference": "lookup",
    "user": "lookup",
    "email": "email",
    "phone": "tel",
    "url": "url",
}
"""Field type -> kind of input; text for the others."""

_GROUPED = re.compile(r"-?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?")


@dataclass(frozen=True, slots=True)
class Input:
    """One input of a form.

    Attributes:
        name: Name in the form, e.g. ``customer`` or ``lines.2.qty``.
        kind: What kind of input.
        value: Text shown.
        title: For lookups: shown name of the chosen record.
        error: What is wrong with it, "" for nothing.
        options: For selects: (value, label).
        lookup: For lookups: object and field that the choices are for.
        unit: Sign shown beside the number.
    """

    name: str
    field: FieldDef
    label: str
    kind: str
    value: str = ""
    title: str = ""
    error: str = ""
    help: str = ""
    options: tuple[tuple[str, str], ...] = ()
    lookup: str = ""
    unit: str = ""

    @property
    def id(self) -> str:
        """Id of the element."""
        return "i_" + self.name.replace(".", "_")

    @property
    def is_wide(self) -> bool:
        """Whether it takes the whole width."""
        return self.kind == "textarea"

    @property
    def is_required(self) -> bool:
        """Whether it must be filled in."""
        return self.field.required and self.field.default is None


def kind_of(field: FieldDef) -> str:
    """Give the kind of input of a field."""
    return KINDS.get(field.type, "text")


def make(
    field: FieldDef,
    owner: str,
    value: str,
    formats: Formats,
    *,
    name: str = "",
    title: str = "",
    error: str = "",
    currency: str = "",
) -> Input:
    """Describe the input of a field.

    Args:
        field: The field.
        owner: Name of the object that it belongs to.
        value: Text to show.
        formats: Decides the language.
        name: Name in the form; the field's own by default.
        title: For lookups: shown name of the chosen record.
        error: What is wrong with the value.
        currency: For money: its ISO code.
    """
    language = formats.language
    return Input(
        name=name or field.name,
        field=field,
        label=field.label.text(language),
        kind=kind_of(field),
        value=value,
        title=title,
        error=error,
        help=field.help.text(language) if field.help else "",
        options=_options(field, language),
        lookup=f"{field.to}?for={owner}.{field.name}" if field.to else "",
        unit=formats.sign(currency or formats.currency) if field.type == "money" else "",
    )


def shown(value: Any, field: FieldDef, formats: Formats) -> str:
    """Write a value (typed, or as JSON carries it) the way its input shows it."""
    if value is None:
        return ""
    if field.type == "boolean":
        return "true" if value else ""
    if field.type == "datetime":
        moment = value if isinstance(value, datetime) else _moment(value)
        return formats.local_input(moment) if moment else str(value)
    if field.type in NUMERIC and not isinstance(value, int):
        return _number(value, field)
    return value.isoformat() if isinstance(value, date) else str(value)


def read(
    fields: Sequence[FieldDef], form: MultiDict[str, str], formats: Formats, prefix: str = ""
) -> Data:
    """Read the posted texts of some fields; what isn't in the form isn't in the data, and empty is null."""
    data: Data = {}
    for field in fields:
        posted = form.getlist(f"{prefix}{field.name}")
        if posted and field.type != "lines":
            data[field.name] = value_of(field, posted[-1], formats)
    return data


def read_lines(
    name: str, columns: Sequence[FieldDef], form: MultiDict[str, str], formats: Formats
) -> tuple[list[Data], list[str]]:
    """Read the rows of a lines grid in the order of the form.

    Returns:
        The rows as the API takes them, and the key of each row in the form. Rows without any value are left out.
    """
    rows, keys = [], []
    for key in _row_keys(name, form):
        prefix = f"{name}.{key}."
        row = read(columns, form, formats, prefix)
        line_id = form.get(f"{prefix}id", "")
        if line_id.isdigit():
            rows.append({"id": int(line_id), **row})
            keys.append(key)
        elif any(value not in (None, False) for value in row.values()):
            rows.append(row)
            keys.append(key)
    return rows, keys


def value_of(field: FieldDef, text: str, formats: Formats) -> Any:
    """Turn a posted text into the JSON value that the field's type parses."""
    if field.type == "boolean":
        return text == "true"
    if text.strip() == "":
        return None
    if field.type == "datetime":
        return formats.from_local_input(text.strip())
    if field.type in NUMERIC:
        written = unicodedata.normalize("NFKC", text).strip()
        return written.replace(",", "") if _GROUPED.fullmatch(written) else written
    if field.to:
        return int(text) if text.isascii() and text.isdigit() else text
    return text


def _row_keys(lines: str, form: Mapping[str, Any]) -> list[str]:
    start = f"{lines}."
    found = (name[len(start) :].partition(".")[0] for name in form if name.startswith(start))
    return list(dict.fromkeys(key for key in found if key.isascii() and key.isalnum()))


def _options(field: FieldDef, language: str) -> tuple[tuple[str, str], ...]:
    if field.type == "currency":
        return tuple((code, code) for code in MINOR_UNITS)
    return tuple((choice.value, choice.label.text(language)) for choice in field.choices)


def _number(value: Any, field: FieldDef) -> str:
    """Write a number without superfluous zeros; amounts keep two decimals."""
    least = 2 if field.type == "money" else 0
    try:
        return plain(Decimal(str(value)), least)
    except ArithmeticError:
        return str(value)


def _moment(text: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(str(text))
    except ValueError:
        return None
