"""Dates and moments in their written forms."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal


def parse_date(text: str) -> date | None:
    """Read ``2026-01-31``; None where it isn't a date."""
    if len(text) != 10:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def parse_moment(text: str) -> datetime | None:
    """Read ``2026-01-31T08:00:00Z`` or a date (its first moment); UTC where no offset is given."""
    if not text.isascii():
        return None
    try:
        value = datetime.fromisoformat(text)
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def write_moment(value: datetime) -> str:
    """Write ``2026-01-31T08:00:00.000000Z``, which sorts as text."""
    return aware(value).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def aware(value: datetime) -> datetime:
    """Give the moment in UTC; one without an offset counts as UTC."""
    return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


def day_of(value: date) -> date:
    """Give the calendar day in UTC of a date or a moment."""
    return aware(value).date() if isinstance(value, datetime) else value


def first_moment(value: date) -> datetime:
    """Give the first moment of a day in UTC."""
    return aware(value) if isinstance(value, datetime) else datetime.combine(value, time(), UTC)


def add_days(value: date, count: int | Decimal) -> date | None:
    """Give the day ``count`` days later; None outside the years 1 to 9999."""
    try:
        return value + timedelta(days=int(count))
    except OverflowError:
        return None


def quarter(value: date) -> int:
    """Give the quarter, 1 to 4."""
    return (value.month + 2) // 3


def period(value: date, unit: str) -> str:
    """Give the ``year`` (``1996``), ``quarter`` (``1996-Q3``) or ``month`` (``1996-07``) of a day."""
    if unit == "year":
        return f"{value.year:04}"
    if unit == "quarter":
        return f"{value.year:04}-Q{quarter(value)}"
    return f"{value.year:04}-{value.month:02}"
