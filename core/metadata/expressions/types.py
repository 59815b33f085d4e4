"""Types of values in expressions, with the exact width of numbers known beforehand.

A number's type says how many decimals (``scale``) and how many digits before the point (``whole``) it can have at
most. So the checker can refuse, before anything runs, a product that exact arithmetic couldn't hold, and rounding
happens only where the language says so.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from core.kernel.errors import ExpressionError
from core.kernel.money import DIVISION_SCALE, MAX_DIGITS

Kind = Literal[
    "text", "number", "boolean", "date", "datetime", "reference", "lines", "list", "null", "any"
]

MAX_WIDTH = 100
"""Digits that a number inside an expression may have in all (results that are stored keep within 18)."""


@dataclass(frozen=True, slots=True)
class ValueType:
    """What kind of value an expression gives.

    Attributes:
        kind: The kind; ``any`` is checked only when the expression runs, and never in SQL.
        scale: For numbers: decimals at most; None where not known beforehand.
        target: For references and lines: the object they point to.
        item: For lists: the type of the elements.
        folds: For text: whether a stored column keeps its folded form.
        choices: For text that is a choice: its options; empty otherwise.
        whole: For numbers: digits before the point at most; None means what 18 digits leave.
    """

    kind: Kind
    scale: int | None = None
    target: str = ""
    item: ValueType | None = None
    folds: bool = False
    choices: tuple[str, ...] = ()
    whole: int | None = None

    @property
    def decimals(self) -> int:
        """Decimals at most, the widest guess where they aren't known."""
        return MAX_DIGITS if self.scale is None else self.scale

    @property
    def digits(self) -> int:
        """Digits before the point at most."""
        if self.whole is not None:
            return self.whole
        return MAX_DIGITS if self.scale is None else max(MAX_DIGITS - self.scale, 1)


ANY = ValueType("any")
BOOLEAN = ValueType("boolean")
DATE = ValueType("date")
DATETIME = ValueType("datetime")
INTEGER = ValueType("number", scale=0)
NULL = ValueType("null")
TEXT = ValueType("text")
USER = ValueType("reference", target="user")


def number(scale: int, whole: int, at: int) -> ValueType:
    """Give the type of a computed number.

    Raises:
        ExpressionError: It could have more digits than exact arithmetic holds.
    """
    if scale + whole > MAX_WIDTH:
        raise ExpressionError("expression.too_many_digits", at=at, limit=MAX_WIDTH)
    return ValueType("number", scale=scale, whole=whole)


def sum_type(a: ValueType, b: ValueType, at: int) -> ValueType:
    """Give the type of ``a + b`` and ``a - b``: the finer scale, one digit more."""
    return number(max(a.decimals, b.decimals), max(a.digits, b.digits) + 1, at)


def product_type(a: ValueType, b: ValueType, at: int) -> ValueType:
    """Give the type of ``a * b``: scales and digits add up."""
    return number(a.decimals + b.decimals, a.digits + b.digits, at)


def quotient_type(a: ValueType, b: ValueType, at: int) -> ValueType:
    """Give the type of ``a / b``: twelve decimals, and as many digits as the least divisor makes."""
    return number(DIVISION_SCALE, a.digits + b.decimals + 1, at)


def common_number(types: list[ValueType], at: int) -> ValueType:
    """Give the type that holds every number of ``types``."""
    return number(max(t.decimals for t in types), max(t.digits for t in types), at)


def merge(a: ValueType, b: ValueType, at: int) -> ValueType | None:
    """Give the type that holds values of both types, or None where there is none."""
    if a.kind == "null":
        return b
    if b.kind == "null":
        return a
    if "any" in {a.kind, b.kind}:
        return ANY
    if a.kind != b.kind or a.target != b.target:
        return None
    if a.kind == "number":
        return common_number([a, b], at)
    if a.kind == "text":
        return replace(a, folds=False, choices=a.choices if a.choices == b.choices else ())
    return a
