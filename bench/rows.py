"""The rows of the table: what each asks of a contestant, and the goal for Tradeloom beside it."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from random import Random

from bench import facts
from bench.facts import LIST_STATES
from bench.speak.dialect import Dialect
from bench.wire import Script

_KEYS_PER_CONNECTION = 10_000
_KEYS_PER_SLICE = 16 * _KEYS_PER_CONNECTION
IDS_PER_CONNECTION = 8
"""How many customers one connection updates in turn; no two connections share one."""


@dataclass(frozen=True)
class Turn:
    """What one connection draws its work from; equal for every contestant of a round."""

    connection: int
    connections: int
    serial: int
    seed: str

    def random(self) -> Random:
        """Return the turn's own random numbers."""
        return Random(f"{self.seed}/{self.connection}")


Scripts = Callable[[Dialect, Turn], Iterator[Script]]


@dataclass(frozen=True)
class Row:
    """One row: its work, at how many clients it is measured, and what is to be reached.

    `warm_units` is what each connection does before the clock starts.
    """

    key: str
    title: str
    scripts: Scripts
    clients: tuple[int, ...] = (1, 16)
    of_limit: float | None = None
    of_fastest_peer: float | None = None
    of_drf: float | None = None
    units_per_script: Callable[[Dialect], int] = field(default=lambda _dialect: 1)
    per_second: float | None = None
    warm_units: int = 2
    is_read: bool = False

    def goal(self) -> str:
        """Return the goal in words."""
        parts = []
        if self.of_limit is not None:
            parts.append(f"≥ {self.of_limit} of the limit")
        if self.of_fastest_peer is not None:
            parts.append(f"≥ {self.of_fastest_peer:g}x the fastest peer")
        if self.of_drf is not None:
            parts.append(f"≥ {self.of_drf:g}x DRF")
        if self.per_second is not None:
            parts.append(f"≥ {self.per_second:,.0f} rows/s")
        return ", ".join(parts) or "–"


def _records(dialect: Dialect, turn: Turn) -> Iterator[Script]:
    random = turn.random()
    while True:
        yield dialect.record(random.randint(1, dialect.size.customers))


def _lists(exact: bool) -> Scripts:
    def scripts(dialect: Dialect, turn: Turn) -> Iterator[Script]:
        random = turn.random()
        while True:
            yield dialect.orders(random.choice(LIST_STATES), exact)

    return scripts


def _new_orders(dialect: Dialect, turn: Turn) -> Iterator[Script]:
    random = turn.random()
    while True:
        customer = random.randint(1, dialect.size.customers)
        yield dialect.create_order(customer, random.randint(1, 1000))


def _keys(turn: Turn) -> Iterator[int]:
    """Count up from a number that no other connection and no other slice comes near."""
    return itertools.count(turn.serial * _KEYS_PER_SLICE + turn.connection * _KEYS_PER_CONNECTION)


def _new_customers(dialect: Dialect, turn: Turn) -> Iterator[Script]:
    for key in _keys(turn):
        yield dialect.create_customer(key)


def own_customers(turn: Turn) -> list[int]:
    """Return the numbers of the customers that only this connection updates."""
    first = 1 + turn.connection
    return [first + step * turn.connections for step in range(IDS_PER_CONNECTION)]


def _updates(dialect: Dialect, turn: Turn) -> Iterator[Script]:
    own = itertools.cycle(own_customers(turn))
    for key, number in zip(_keys(turn), own, strict=False):
        yield dialect.update(number, facts.new_phone(key))


def _pages(dialect: Dialect, _turn: Turn) -> Iterator[Script]:
    while True:
        yield dialect.page()


def _bulks(dialect: Dialect, turn: Turn) -> Iterator[Script]:
    step = dialect.size.bulk
    for start in itertools.count(next(_keys(turn)), step):
        yield dialect.bulk(range(start, start + step))


ROWS = (
    Row("record", "one record", _records, of_limit=0.8, of_fastest_peer=2, is_read=True),
    Row("list", "list of 25, no count", _lists(exact=False), of_limit=0.8, is_read=True),
    Row("count", "list of 25, exact count", _lists(exact=True), of_limit=0.8, is_read=True),
    Row("order", "create order + 3 lines", _new_orders, of_limit=0.4, of_drf=2),
    Row("create", "create one customer", _new_customers),
    Row("update", "update one field", _updates, of_limit=0.5),
    Row("page", "list page, HTML", _pages, of_limit=0.7),
    Row(
        "bulk",
        "bulk create customers",
        _bulks,
        clients=(1,),
        warm_units=0,
        units_per_script=lambda dialect: dialect.size.bulk,
        per_second=10_000,
    ),
)
"""The rows measured by load, in the order of the table; start-up and memory come after them."""
