"""What an import mapping becomes once loaded: which heading of a file fills which field."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from core.metadata.definitions import Place


@dataclasses.dataclass(frozen=True, slots=True)
class ColumnMapping:
    """How one field is filled from a file.

    Attributes:
        field: Field path of the object (``customer``, ``lines.product``).
        column: Heading in the file, or "" where ``value`` is fixed.
        value: Fixed value, or None.
        by: For references: the target's unique field that the cell holds ("" = id).
        scale: Round the number half up to this many places first; None leaves it.
        multiply: Factor for the number as plain decimal text (``100`` turns 0.15 into 15), or "".
        map: Cell text -> value, for choices and booleans.
        default: Used where the cell is empty, or None.
    """

    field: str
    column: str = ""
    value: Any = None
    by: str = ""
    scale: int | None = None
    multiply: str = ""
    map: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    default: Any = None


@dataclasses.dataclass(frozen=True, slots=True)
class ImportMappingDef:
    """How a file becomes records of an object.

    Attributes:
        key: Unique field that recognises an existing record.
        lines_file: Second file with child rows, relative to the first ("" for none); ``lines_on`` names the heading
            shared by both and ``lines`` the lines field filled.
        null: Cell texts that mean "no value", beside the empty cell.
        date_format: strptime pattern of dates; "" means ISO 8601.
        encoding: "" detects it (BOM, UTF-8, then GB 18030 or Windows-1252).
        delimiter: "" detects it.
        decimal: Decimal mark, ``.`` or ``,``; "" detects it.
    """

    name: str
    object: str
    columns: tuple[ColumnMapping, ...]
    key: str = ""
    lines: str = ""
    lines_file: str = ""
    lines_on: tuple[str, str] = ("", "")
    line_columns: tuple[ColumnMapping, ...] = ()
    null: tuple[str, ...] = ()
    date_format: str = ""
    encoding: str = ""
    delimiter: str = ""
    decimal: str = "."
    owner: str = "organisation"
    place: Place | None = None
