"""Field type ``boolean``: yes or no."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from core.metadata.definitions import FieldDef
from core.metadata.expressions.types import ValueType
from core.metadata.fields.base import FieldFault, FieldType

_TEXTS = {
    **dict.fromkeys(("true", "1", "yes", "y", "on", "t", "是"), True),
    **dict.fromkeys(("false", "0", "no", "n", "off", "f", "否"), False),
}


@dataclass(frozen=True, slots=True)
class BooleanType(FieldType):
    """Yes or no."""

    def value_type(self, field: FieldDef) -> ValueType:
        """Give a truth value."""
        del field
        return ValueType("boolean")

    def read(self, value: Any, field: FieldDef) -> bool:
        """Read a truth value, or the usual words of forms and files."""
        del field
        if isinstance(value, bool):
            return value
        found = _TEXTS.get(value.strip().lower()) if isinstance(value, str) else None
        if found is None:
            raise FieldFault("type", "field.not_boolean")
        return found

    def to_text(self, value: Any, field: FieldDef) -> str:
        """Write ``true`` or ``false``."""
        del field
        return "" if value is None else "true" if value else "false"

    def json_schema(self, field: FieldDef) -> dict[str, Any]:
        """Describe a truth value."""
        del field
        return {"type": "boolean"}


BOOLEAN = BooleanType("boolean", storage="boolean", widget="boolean", operators=("==",))
