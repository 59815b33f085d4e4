"""Exact decimals: rounding, parsing and sharing out. Binary floats never take part."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal, InvalidOperation

MAX_DIGITS = 18
"""Digits a stored number may have in all: what a 64-bit integer holds whatever the scale."""

DIVISION_SCALE = 12
"""Decimal places kept by ``/`` in expressions, on every back end."""

_EXACT = Context(prec=120)

MINOR_UNITS: dict[str, int] = {
    "AED": 2, "ARS": 2, "AUD": 2, "BHD": 3, "BRL": 2, "CAD": 2, "CHF": 2, "CLP": 0, "CNY": 2, "COP": 2, "CZK": 2,
    "DKK": 2, "EGP": 2, "EUR": 2, "GBP": 2, "HKD": 2, "HUF": 2, "IDR": 2, "ILS": 2, "INR": 2, "IQD": 3, "ISK": 0,
    "JOD": 3, "JPY": 0, "KRW": 0, "KWD": 3, "LYD": 3, "MOP": 2, "MXN": 2, "MYR": 2, "NOK": 2, "NZD": 2, "OMR": 3,
    "PEN": 2, "PHP": 2, "PKR": 2, "PLN": 2, "PYG": 0, "QAR": 2, "RON": 2, "RUB": 2, "SAR": 2, "SEK": 2, "SGD": 2,
    "THB": 2, "TND": 3, "TRY": 2, "TWD": 2, "UAH": 2, "UGX": 0, "USD": 2, "VND": 0, "XAF": 0, "XOF": 0, "ZAR": 2,
}  # fmt: skip
"""Decimal places of a currency's minor unit, by ISO 4217 code."""


def round_half_up(value: Decimal, scale: int) -> Decimal:
    """Round to ``scale`` decimal places, halves away from zero (the commercial rule)."""
    return value.quantize(Decimal(1).scaleb(-scale), ROUND_HALF_UP, _EXACT)


def round_half_even(value: Decimal, scale: int) -> Decimal:
    """Round to ``scale`` decimal places, halves to the even neighbour (the statistical rule)."""
    return value.quantize(Decimal(1).scaleb(-scale), ROUND_HALF_EVEN, _EXACT)


def multiply(a: Decimal, b: Decimal) -> Decimal:
    """Multiply exactly."""
    return _EXACT.multiply(a, b)


def divide(a: Decimal, b: Decimal) -> Decimal | None:
    """Divide with :data:`DIVISION_SCALE` decimal places, half up, exact in every case; None for a zero divisor."""
    if b == 0:
        return None
    sign = -1 if (a < 0) != (b < 0) else 1
    exponent = min(_exponent(a), _exponent(b))
    numerator = abs(int(a.scaleb(-exponent, _EXACT))) * 10**DIVISION_SCALE
    denominator = abs(int(b.scaleb(-exponent, _EXACT)))
    quotient = (2 * numerator + denominator) // (2 * denominator)
    return Decimal(sign * quotient).scaleb(-DIVISION_SCALE, _EXACT)


def fits(value: Decimal, scale: int) -> bool:
    """Tell whether ``value`` at ``scale`` keeps within :data:`MAX_DIGITS` digits."""
    return abs(value) < Decimal(10) ** (MAX_DIGITS - scale)


def parse_decimal(text: str) -> Decimal | None:
    """Read a plain decimal such as ``-12.50`` or ``1e3``; None where it isn't a finite number."""
    try:
        value = Decimal(text.strip())
    except InvalidOperation:
        return None
    if not value.is_finite() or abs(value.adjusted()) > 60:
        return None
    return value


def plain(value: Decimal, places: int = 0) -> str:
    """Write without exponent, at least ``places`` decimals, no superfluous zeros: ``1265793.04``."""
    text = format(value, "f")
    whole, _, fraction = text.partition(".")
    fraction = fraction.rstrip("0").ljust(places, "0")
    if whole in {"-0", "-"} and not fraction.strip("0"):
        whole = "0"
    return f"{whole}.{fraction}" if fraction else whole


def share_out(total: Decimal, weights: Sequence[Decimal], scale: int) -> list[Decimal]:
    """Split ``total`` by ``weights`` so that the parts sum to it exactly (largest remainder).

    Args:
        total: Amount to split, itself a multiple of 10**-scale.
        weights: Non-negative weights; where all are zero, they count as equal.
        scale: Decimal places of each part.

    Returns:
        One part per weight, in order.
    """
    if not weights:
        return []
    base = list(weights) if any(weights) else [Decimal(1)] * len(weights)
    unit = Decimal(1).scaleb(-scale)
    units = int(_EXACT.divide(abs(total), unit))
    whole = sum(int(w.scaleb(20)) for w in base)
    exact = [(units * int(w.scaleb(20)), index) for index, w in enumerate(base)]
    parts = [product // whole for product, _ in exact]
    by_remainder = sorted(exact, key=lambda pair: (-(pair[0] % whole), pair[1]))
    for _, index in by_remainder[: units - sum(parts)]:
        parts[index] += 1
    return [(-1 if total < 0 else 1) * part * unit for part in parts]


def _exponent(value: Decimal) -> int:
    exponent = value.as_tuple().exponent
    if not isinstance(exponent, int):
        raise InvalidOperation("not a finite number")
    return exponent
