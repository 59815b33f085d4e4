"""Field type ``integer``: a whole number."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from core.metadata.definitions import FieldDef
from core.metadata.expressions.types import ValueType
from core.metadata.fields.base import ORDERING, FieldFault, FieldType, check_bounds

LIMIT = 2**53 - 1
"""Greatest absolute value: what every JSON reader keeps exactly."""

_WHOLE = re.compile(r"[+-]?[0-9]{1,20}")


@dataclass(frozen=True, slots=True)
class IntegerType(FieldType):
    """A whole number."""

    def value_type(self, field: FieldDef) -> ValueType:
        """Give a number without decimals."""
        del field
        return ValueType("number", scale=0)

    def read(self, value: Any, field: FieldDef) -> int:
        """Read a whole number within the bounds."""
        number = read_whole(value)
        check_bounds(number, field)
        return number

    def json_schema(self, field: FieldDef) -> dict[str, Any]:
        """Describe a whole number with its bounds."""
        least = -LIMIT if field.minimum is None else int(field.minimum)
        most = LIMIT if field.maximum is None else int(field.maximum)
        return {"type": "integer", "minimum": least, "maximum": most}


def read_whole(value: Any) -> int:
    """Read a whole number of at most 53 bits from a number or its text.

    Raises:
        FieldFault: It isn't one.
    """
    if (isinstance(value, str) and _WHOLE.fullmatch(value.strip())) or (
        isinstance(value, Decimal)
        and value.is_finite()
        and abs(value.adjusted()) < 20
        and value == int(value)
    ):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise FieldFault("type", "field.not_whole")
    if abs(value) > LIMIT:
        raise FieldFault("too_big", "field.too_many_digits", digits=15)
    return value


INTEGER = IntegerType(
    "integer",
    storage="integer",
    widget="number",
    operators=ORDERING,
    is_ordered=True,
    can_be_unique=True,
)
