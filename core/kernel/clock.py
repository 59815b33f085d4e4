"""Time as a value that can be passed, so that tests can set it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Protocol
from zoneinfo import ZoneInfo


class Clock(Protocol):
    """Source of the present moment."""

    def now(self) -> datetime:
        """Give the present moment, aware, in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Give the present moment, aware, in UTC."""
        return datetime.now(UTC)


class FixedClock:
    """A clock that stands still until told otherwise."""

    def __init__(self, moment: datetime) -> None:
        """Start at ``moment`` (aware)."""
        self.moment = moment.astimezone(UTC)

    def now(self) -> datetime:
        """Give the set moment."""
        return self.moment


def today(clock: Clock, timezone: str) -> date:
    """Give the calendar day of ``clock`` in the IANA zone ``timezone``."""
    return clock.now().astimezone(ZoneInfo(timezone)).date()
