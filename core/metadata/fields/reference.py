"""Field type ``reference``: a record of another object, by id."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.metadata.definitions import FieldDef
from core.metadata.expressions.types import ValueType
from core.metadata.fields.base import FieldFault, FieldType
from core.metadata.fields.integer import LIMIT, read_whole
from core.metadata.settings import ExpressionText, Name


@dataclass(frozen=True, slots=True)
class ReferenceType(FieldType):
    """A record of the object that ``to`` names."""

    def value_type(self, field: FieldDef) -> ValueType:
        """Give a reference to the target object."""
        return ValueType("reference", target=field.to)

    def read(self, value: Any, field: FieldDef) -> int:
        """Read an id, its text, or ``{"id": …}``; ``{"by": …}`` is resolved before, where there is a database."""
        del field
        if isinstance(value, Mapping):
            if "id" not in value:
                raise FieldFault("type", "field.not_reference")
            value = value["id"]
        try:
            number = read_whole(value)
        except FieldFault:
            raise FieldFault("type", "field.not_reference") from None
        if number < 1:
            raise FieldFault("type", "field.not_reference")
        return number

    def json_schema(self, field: FieldDef) -> dict[str, Any]:
        """Describe an id."""
        del field
        return {"type": "integer", "minimum": 1, "maximum": LIMIT}


REFERENCE = ReferenceType(
    "reference",
    storage="reference",
    widget="reference",
    settings={"to": Name(required=True), "where": ExpressionText()},
    can_be_unique=True,
    can_be_computed=False,
)
