"""Field type ``lines``: child records that live inside their header."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.metadata.definitions import FieldDef
from core.metadata.expressions.types import ValueType
from core.metadata.fields.base import FieldFault, FieldType
from core.metadata.settings import Name


@dataclass(frozen=True, slots=True)
class LinesType(FieldType):
    """Child records of the object that ``of`` names; that object's table holds them."""

    def value_type(self, field: FieldDef) -> ValueType:
        """Give lines of the child object."""
        return ValueType("lines", target=field.of)

    def read(self, value: Any, field: FieldDef) -> Any:
        """Accept a list of child records, or ``{"create", "update", "delete"}``; their fields are read one by one."""
        del field
        rows = [value] if isinstance(value, Mapping) else value
        if not isinstance(rows, list | tuple) or not all(isinstance(row, Mapping) for row in rows):
            raise FieldFault("type", "field.not_lines")
        return value

    def to_text(self, value: Any, field: FieldDef) -> str:
        """Give nothing: a cell can't hold lines; files carry them as rows of their own."""
        del value, field
        return ""

    def json_schema(self, field: FieldDef) -> dict[str, Any]:
        """Describe a list of child records, whose schema the caller fills in."""
        del field
        return {"type": "array", "items": {"type": "object"}}


LINES = LinesType(
    "lines",
    storage="none",
    widget="lines",
    operators=(),
    settings={"of": Name(required=True)},
    can_be_computed=False,
)
