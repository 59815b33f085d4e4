"""Compiled reads kept for the next request of the same shape; the least recently used make room.

``me`` and ``today`` are written into a statement as values, so that dates and users are found by index. A plan whose
expressions use them is kept under their values too; one that uses ``now`` is made anew each time.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final, TypeVar
from zoneinfo import ZoneInfo

from core.records.policies import Policy, actor_of, policy_of
from core.records.services import Caller, Model

T = TypeVar("T")

CAPACITY: Final = 2_000
"""Plans kept per snapshot: callers choose filters, so their number must have a limit."""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What an expression may know beside the record.

    Attributes:
        me: Id of the acting user.
        now: The present moment.
        timezone: The actor's IANA zone.
        currency: The company's currency.
    """

    me: int | None
    now: datetime
    timezone: str
    currency: str

    @property
    def today(self) -> date:
        """The actor's calendar day."""
        return self.now.astimezone(ZoneInfo(self.timezone)).date()


@dataclass(frozen=True, slots=True)
class Reading:
    """One compilation of a read: for whom, over what, and what it turned out to depend on.

    Attributes:
        uses: Which of ``me``, ``today``, ``now``, ``currency`` the plan was made with.
    """

    model: Model
    policy: Policy
    circumstances: Circumstances
    uses: set[str] = field(default_factory=set)


class Plans:
    """Plans by shape, at most ``capacity`` of them; safe to share between threads."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        """Start empty."""
        self._plans: OrderedDict[Hashable, Any] = OrderedDict()
        self._capacity = capacity
        self._lock = threading.Lock()

    def get(self, key: Hashable) -> Any:
        """Give what is kept under a key, or None."""
        with self._lock:
            found = self._plans.get(key)
            if found is not None:
                self._plans.move_to_end(key)
            return found

    def keep(self, key: Hashable, value: T) -> T:
        """Keep a value under a key; where another thread was first, its value stays."""
        with self._lock:
            kept: T = self._plans.setdefault(key, value)
            while len(self._plans) > self._capacity:
                self._plans.popitem(last=False)
        return kept


def circumstances(caller: Caller) -> Circumstances:
    """Give what the caller's expressions may know beside the record.

    Raises:
        Unauthenticated: There is no actor.
    """
    services, actor = caller.services, actor_of(caller)
    return Circumstances(actor.user_id, services.clock.now(), actor.timezone, services.currency)


def plan(
    caller: Caller, known: Circumstances, shape: tuple[Hashable, ...], build: Callable[[Reading], T]
) -> T:
    """Give the plan of a shape for the caller's roles, building it where it isn't kept.

    Args:
        caller: Who asks.
        known: The circumstances of the request.
        shape: What tells this read from others of the same roles; begins with the kind of read.
        build: Makes the plan; what it raises isn't kept.
    """
    policy = policy_of(caller)
    plans: Plans = caller.model.memo("read plans", Plans)
    key = (policy.key, *shape)
    kept: _Kept | None = plans.get(key)
    if kept is not None:
        found: T | None = kept.plan if not kept.uses else plans.get((key, kept.values(known)))
        if found is not None:
            return found
    reading = Reading(caller.model, policy, known)
    built = build(reading)
    if "now" in reading.uses:
        return built
    if not reading.uses:
        plans.keep(key, _Kept(frozenset(), built))
        return built
    kept = plans.keep(key, _Kept(frozenset(reading.uses), None))
    return plans.keep((key, kept.values(known)), built)


@dataclass(frozen=True, slots=True)
class _Kept:
    """What is kept under a shape: the plan, or only what it depends on where that isn't nothing."""

    uses: frozenset[str]
    plan: Any

    def values(self, known: Circumstances) -> tuple[Hashable, ...]:
        return tuple(getattr(known, name) for name in sorted(self.uses))
