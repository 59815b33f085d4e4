"""Exact arithmetic over integers and decimals, null-safe."""

from __future__ import annotations

import math
from decimal import Context, Decimal, DivisionByZero, Inexact, InvalidOperation, Overflow

from core.kernel import money
from core.kernel.errors import ExpressionError

Number = int | Decimal

_STORABLE = 10**money.MAX_DIGITS

# Inexact is trapped: a sum that doesn't fit must never be rounded silently.
_EXACT = Context(prec=120, traps=[Inexact, InvalidOperation, Overflow, DivisionByZero])


def as_decimal(value: Number) -> Decimal:
    """Give the number as a decimal."""
    return value if isinstance(value, Decimal) else Decimal(value)


def add(a: Number, b: Number) -> Number:
    """Add exactly."""
    if isinstance(a, int) and isinstance(b, int):
        return a + b
    return _EXACT.add(a, b)


def subtract(a: Number, b: Number) -> Number:
    """Subtract exactly."""
    if isinstance(a, int) and isinstance(b, int):
        return a - b
    return _EXACT.subtract(a, b)


def multiply(a: Number, b: Number) -> Number:
    """Multiply exactly."""
    if isinstance(a, int) and isinstance(b, int):
        return a * b
    return _EXACT.multiply(a, b)


def divide(a: Number, b: Number) -> Decimal | None:
    """Divide with twelve decimals, half up; None for a zero divisor."""
    return money.divide(as_decimal(a), as_decimal(b))


def negate(a: Number) -> Number:
    """Change the sign; zero stays zero."""
    return -a if isinstance(a, int) else _EXACT.subtract(0, a)


def absolute(a: Number) -> Number:
    """Drop the sign."""
    return abs(a) if isinstance(a, int) else a.copy_abs()


def round_to(a: Number, scale: int) -> Number:
    """Round to ``scale`` decimals, halves away from zero."""
    return a if isinstance(a, int) else money.round_half_up(a, scale)


def floor(a: Number) -> int:
    """Give the greatest whole number not above ``a``."""
    return math.floor(a)


def ceiling(a: Number) -> int:
    """Give the least whole number not below ``a``."""
    return math.ceil(a)


def scaled(value: Number, scale: int) -> int:
    """Give ``value`` rounded half up to ``scale``, times ten to that power: how SQLite stores it.

    Raises:
        ExpressionError: It has more than 18 digits.
    """
    return storable(whole_units(money.round_half_up(as_decimal(value), scale), scale))


def storable(units: int) -> int:
    """Give a scaled integer back where it can be stored.

    Raises:
        ExpressionError: It has more than 18 digits.
    """
    if abs(units) >= _STORABLE:
        raise ExpressionError("expression.result_too_large", at=0, limit=money.MAX_DIGITS)
    return units


def whole_units(value: Decimal, scale: int) -> int:
    """Give a number that has no more than ``scale`` decimals, times ten to that power."""
    return int(value.scaleb(scale, _EXACT))


def unscaled(value: int, scale: int) -> Decimal:
    """Give the number that the stored integer ``value`` stands for."""
    return Decimal(value).scaleb(-scale, _EXACT)
