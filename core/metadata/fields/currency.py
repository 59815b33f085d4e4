"""Field type ``currency``: an ISO 4217 code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from core.kernel.money import MINOR_UNITS
from core.kernel.text import nearest
from core.metadata.definitions import FieldDef
from core.metadata.expressions.types import ValueType
from core.metadata.fields.base import FieldFault, FieldType, one_line


@dataclass(frozen=True, slots=True)
class CurrencyType(FieldType):
    """A currency by its three-letter code."""

    def value_type(self, field: FieldDef) -> ValueType:
        """Give text."""
        return ValueType("text", folds=not field.is_virtual)

    def read(self, value: Any, field: FieldDef) -> str:
        """Read a known code; small letters are accepted."""
        del field
        code = one_line(value, 20).upper()
        if code not in MINOR_UNITS:
            raise FieldFault(
                "unknown_name",
                "field.unknown_currency",
                value=code,
                hint=nearest(code, MINOR_UNITS) or "",
            )
        return code

    def json_schema(self, field: FieldDef) -> dict[str, Any]:
        """Describe the known codes."""
        del field
        return {"type": "string", "enum": sorted(MINOR_UNITS)}


CURRENCY = CurrencyType("currency", storage="text", widget="currency")
