"""The run against one database: prepare, check, start, then rounds of A B C D E, A B C D E …"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import get_context

from bench.checks import Check, NotOfferedError, WrongAnswerError
from bench.client import Tally
from bench.contestants import Contestant
from bench.facts import Size
from bench.load import Slice, measure
from bench.rows import ROWS, Row
from bench.servers import Server, ServerError
from bench.speak.dialect import Dialect
from bench.stores import Store

LIMIT = "limit"
BARE = "bare"
_STARTS = 3
"""How often each contestant is started for the start-up row."""

Say = Callable[[str], None]
Cell = tuple[str, int, str]
"""A row's key, a number of clients, a contestant's key."""


@dataclass(frozen=True)
class Plan:
    """What is to be run."""

    size: Size
    rounds: int
    seconds: float
    rows: tuple[Row, ...] = ROWS


@dataclass
class Entry:
    """A contestant in this run, with its server and the way to speak to it."""

    contestant: Contestant
    server: Server | None = None
    dialect: Dialect | None = None

    @property
    def key(self) -> str:
        """The contestant's key."""
        return self.contestant.key


@dataclass
class Results:
    """What a run against one database has found."""

    database: str
    entries: list[Entry]
    rates: dict[Cell, list[float]] = field(default_factory=dict)
    voids: dict[Cell, str] = field(default_factory=dict)
    missing: set[tuple[str, str]] = field(default_factory=set)
    starts: dict[str, list[float]] = field(default_factory=dict)
    memory: dict[str, float] = field(default_factory=dict)
    page_bytes: dict[str, int] = field(default_factory=dict)
    repeated: int = 0
    uneven: int = 0
    client: dict[str, list[tuple[float, float]]] = field(default_factory=dict)

    def ratios(self, row: str, clients: int, key: str, base: str = LIMIT) -> list[float]:
        """Return one contestant's rate by another's, round by round; empty when one is void."""
        cell, other = (row, clients, key), (row, clients, base)
        if cell in self.voids or other in self.voids:
            return []
        pairs = zip(self.rates.get(cell, []), self.rates.get(other, []), strict=False)
        return [mine / theirs for mine, theirs in pairs if theirs]

    def ratio(self, row: str, clients: int, key: str, base: str = LIMIT) -> float | None:
        """Return the median over rounds of one contestant's rate by another's, or None."""
        ratios = self.ratios(row, clients, key, base)
        return statistics.median(ratios) if ratios else None

    def rate(self, row: str, clients: int, key: str) -> float | None:
        """Return the median units a second of a cell, or None."""
        cell = (row, clients, key)
        if cell in self.voids or not self.rates.get(cell):
            return None
        return statistics.median(self.rates[cell])

    def void(self, row: Row, key: str, reason: str) -> None:
        """Void a row of one contestant at every number of clients."""
        for clients in row.clients:
            self.voids.setdefault((row.key, clients, key), reason)


def run(store: Store, contestants: Sequence[Contestant], plan: Plan, say: Say) -> Results:
    """Run everything against one store; its databases and servers are gone afterwards."""
    results = Results(store.name, [Entry(each) for each in contestants])
    try:
        say(f"seeding {plan.size.customers:,} customers, {plan.size.orders:,} orders")
        store.seed(plan.size)
        for entry in results.entries:
            say(f"preparing and checking {entry.contestant.title}")
            _prepare(entry, plan, results)
        _measure_starts(results, plan, say)
        with _client() as measured:
            for number in range(1, plan.rounds + 1):
                _round(number, results, plan, measured, say)
        for entry in results.entries:
            used = entry.server.worker_memory() if entry.server else None
            if used is not None:
                results.memory[entry.key] = used
    finally:
        for entry in results.entries:
            if entry.server:
                entry.server.stop()
            entry.contestant.clean()
        store.drop()
    return results


def _prepare(entry: Entry, plan: Plan, results: Results) -> None:
    """Set one contestant up, sign in and check its answers; void it where that fails."""
    try:
        entry.server = entry.contestant.prepare()
        entry.server.start()
        entry.server.wait_open()
        entry.dialect = entry.contestant.sign_in()
    except ServerError as error:
        if entry.key == LIMIT:
            raise
        for row in plan.rows:
            results.void(row, entry.key, str(error))
    else:
        _check(entry, entry.server, entry.dialect, plan, results)
    if entry.server:
        entry.server.stop()


def _check(entry: Entry, server: Server, dialect: Dialect, plan: Plan, results: Results) -> None:
    """Compare the answer to every row with the seeded data; void the rows that are wrong."""
    check = Check(server.port, dialect, entry.contestant.ledger())
    for row in plan.rows:
        try:
            check.row(row.key)
        except NotOfferedError:
            results.missing.add((row.key, entry.key))
        except WrongAnswerError as error:
            results.void(row, entry.key, f"wrong answer before timing: {error}")
    if check.page_bytes:
        results.page_bytes[entry.key] = check.page_bytes


def _measure_starts(results: Results, plan: Plan, say: Say) -> None:
    """Start every contestant some times over, one after the other; the last start remains."""
    starts = min(_STARTS, plan.rounds)
    say(f"starting each contestant {starts} times")
    for _ in range(starts):
        for entry in results.entries:
            if entry.server is None or entry.dialect is None:
                continue
            entry.server.stop()
            seconds = entry.server.seconds_to_answer(entry.dialect.record(1))
            results.starts.setdefault(entry.key, []).append(seconds)


@contextmanager
def _client() -> Iterator[Callable[[Slice], Tally]]:
    """Give a function that measures in the client's own process."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        yield lambda cell: pool.submit(measure, cell).result()


def _round(
    number: int, results: Results, plan: Plan, measured: Callable[[Slice], Tally], say: Say
) -> None:
    """Measure every row at every number of clients, each with all contestants in turn."""
    _sign_in_again(results, plan)
    for place, row in enumerate(plan.rows):
        say(f"round {number} of {plan.rounds}: {row.title}")
        for turn, clients in enumerate(row.clients):
            serial = ((number - 1) * len(plan.rows) + place) * 2 + turn + 1
            for entry in results.entries:
                cell = (row.key, clients, entry.key)
                skipped = cell in results.voids or (row.key, entry.key) in results.missing
                if skipped or entry.server is None or entry.dialect is None:
                    continue
                tally = measured(
                    Slice(
                        row.key,
                        entry.dialect,
                        entry.server.port,
                        clients,
                        plan.seconds,
                        serial,
                        seed=f"{number}/{row.key}/{clients}",
                        workers=entry.server.workers(),
                    )
                )
                _note(results, cell, tally, entry.server)


def _sign_in_again(results: Results, plan: Plan) -> None:
    """Sign in anew, so that no token runs out during a round."""
    for entry in results.entries:
        if entry.dialect is None:
            continue
        try:
            entry.dialect = entry.contestant.sign_in()
        except ServerError as error:
            entry.dialect = None
            for row in plan.rows:
                results.void(row, entry.key, f"could not sign in again: {error}")


def _note(results: Results, cell: Cell, tally: Tally, server: Server) -> None:
    """Keep a rate, or void the cell when any answer was wrong."""
    results.repeated += tally.repeated
    results.uneven += not tally.is_even
    if tally.errors or not tally.units:
        asked = tally.requests or 1
        reason = tally.first_error or "nothing was answered in time"
        if reason.startswith("5"):
            reason += f" … the server's log ends: {server.last_words()}"
        results.voids[cell] = f"{tally.errors} of {asked} answers wrong: {reason}"
        return
    results.rates.setdefault(cell, []).append(tally.rate)
    cost = (tally.client_cpu / tally.elapsed, tally.client_cpu / tally.requests)
    results.client.setdefault(cell[0], []).append(cost)
