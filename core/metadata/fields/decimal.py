"""Field type ``decimal``: an exact number with decimals; also what money and percent build on."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from core.kernel.money import MAX_DIGITS, fits, parse_decimal, plain, round_half_up
from core.metadata.definitions import FieldDef
from core.metadata.expressions.types import ValueType
from core.metadata.fields.base import ORDERING, FieldFault, FieldType, check_bounds
from core.metadata.settings import Whole

MAX_FLOAT_DIGITS = 15
"""Significant digits up to which a binary float still stands for the text it was read from."""


@dataclass(frozen=True, slots=True)
class DecimalType(FieldType):
    """An exact number; at most 18 digits with the field's decimal places.

    Attributes:
        least_places: Decimal places always written.
    """

    least_places: int = 0

    def value_type(self, field: FieldDef) -> ValueType:
        """Give a number with the field's decimal places."""
        return ValueType("number", scale=field.scale)

    def read(self, value: Any, field: FieldDef) -> Decimal:
        """Read an exact number; more decimals than the field keeps are refused rather than dropped."""
        number = read_number(value)
        if not fits(number, field.scale):
            raise FieldFault("too_big", "field.too_many_digits", digits=MAX_DIGITS - field.scale)
        rounded = round_half_up(number, field.scale)
        if rounded != number:
            raise FieldFault("too_precise", "field.too_precise", scale=field.scale)
        check_bounds(rounded, field)
        return rounded + 0  # + 0 turns -0 into 0

    def to_json(self, value: Any, field: FieldDef) -> str | None:
        """Write as text, so that no reader makes a binary float of it."""
        del field
        return None if value is None else plain(value, self.least_places)

    def json_schema(self, field: FieldDef) -> dict[str, Any]:
        """Describe the text of an exact number."""
        places = f"(\\.[0-9]{{1,{field.scale}}})?" if field.scale else ""
        return {"type": "string", "pattern": f"^-?[0-9]{{1,{MAX_DIGITS - field.scale}}}{places}$"}


def read_number(value: Any) -> Decimal:
    """Read an exact number from a number or its text.

    Raises:
        FieldFault: It isn't one, or it is a binary float with more digits than a float keeps.
    """
    if isinstance(value, Decimal):
        number: Decimal | None = (
            value if value.is_finite() and abs(value.adjusted()) <= 60 else None
        )
    elif isinstance(value, bool):
        number = None
    elif isinstance(value, int):
        number = Decimal(value) if abs(value) < 10**60 else None
    elif isinstance(value, float):
        number = parse_decimal(repr(value))
        if number is not None and len(number.as_tuple().digits) > MAX_FLOAT_DIGITS:
            raise FieldFault("too_precise", "field.too_many_digits", digits=MAX_FLOAT_DIGITS)
    else:
        number = (
            parse_decimal(value)
            if isinstance(value, str) and len(value) <= 80 and "_" not in value
            else None
        )
    if number is None:
        raise FieldFault("type", "field.not_number")
    return number


DECIMAL = DecimalType(
    "decimal",
    storage="decimal",
    widget="number",
    operators=ORDERING,
    settings={"scale": Whole(0, 9)},
    is_ordered=True,
    can_be_unique=True,
)
