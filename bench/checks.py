"""Every contestant's answers, looked at once before anything is timed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from bench import facts
from bench.client import Tally, ask_once
from bench.facts import LIST_STATES
from bench.ledger import Ledger
from bench.speak.dialect import Dialect, html
from bench.wire import Script

NOT_OFFERED = (404, 405, 501)
"""Statuses by which a contestant says that it has no such request."""


_CHECKED_KEY = 1
"""Where the keys of new customers start in the checks; measurements start far above."""


class WrongAnswerError(Exception):
    """An answer that is not what the seeded data demand."""


class NotOfferedError(Exception):
    """A row that the contestant does not have."""


@dataclass
class Check:
    """Asks one contestant for the work of each row, and compares answers and database."""

    port: int
    dialect: Dialect
    ledger: Ledger
    page_bytes: int = 0

    def row(self, key: str) -> None:
        """Check one row; raise WrongAnswerError or NotOfferedError."""
        checks: dict[str, Callable[[], None]] = {
            "record": self._record,
            "list": lambda: self._list(exact=False),
            "count": lambda: self._list(exact=True),
            "order": self._order,
            "create": self._create,
            "update": self._update,
            "page": self._page,
            "bulk": self._bulk,
        }
        try:
            checks[key]()
        except (LookupError, TypeError, ValueError) as error:
            raise WrongAnswerError(f"unreadable answer: {error!r}") from error

    def _ask(self, script: Script) -> Tally:
        tally = ask_once(self.port, script)
        if tally.errors:
            raise WrongAnswerError(tally.first_error)
        return tally

    def _record(self) -> None:
        for number in (1, 2, self.dialect.size.customers):
            body = self._ask(self.dialect.record(number)).bodies[-1]
            _same(self.dialect.read_record(body), facts.customer(number))

    def _list(self, exact: bool) -> None:
        size = self.dialect.size
        for state in LIST_STATES:
            body = self._ask(self.dialect.orders(state, exact)).bodies[-1]
            listing = self.dialect.read_orders(body)
            names = ("id", "number", "order_date", "state", "total", "customer_name")
            expected = tuple(
                tuple(order[name] for name in names) for order in facts.newest_orders(state, size)
            )
            _same(listing.rows, expected)
            if exact:
                _same(listing.count, size.orders_per_state)

    def _order(self) -> None:
        before = self.ledger.orders()
        header, _ = facts.new_order(2, 5, self.dialect.size)
        self._ask(self.dialect.create_order(2, 5))
        _same(self.ledger.orders(), before + 1)
        customer, total, lines = self.ledger.newest_order()
        found = (customer, Decimal(total).quantize(Decimal("0.01")), lines)
        _same(found, (2, header["total"], facts.LINES_PER_ORDER))

    def _create(self) -> None:
        self._ask(self.dialect.create_customer(_CHECKED_KEY))
        expected = facts.new_customer(_CHECKED_KEY)
        stored = self.ledger.customer(facts.new_code(_CHECKED_KEY))
        if stored is None:
            raise WrongAnswerError("the new customer was not stored")
        _same({name: stored[name] for name in expected}, expected)

    def _update(self) -> None:
        number, phone = 3, facts.new_phone(_CHECKED_KEY)
        lesson = self.dialect.learn(number)
        if lesson is not None:
            self._ask(lesson)
        self._ask(self.dialect.update(number, phone))
        stored = self.ledger.customer(str(facts.customer(number)["code"])) or {}
        _same(stored.get("phone"), phone)

    def _page(self) -> None:
        body = self._ask(self.dialect.page()).bodies[-1]
        for number in range(1, facts.PAGE + 1):
            if html(facts.customer_name(number)) not in body:
                raise WrongAnswerError(f"the page lacks customer {number}")
        if html(facts.customer_name(facts.PAGE + 1)) in body:
            raise WrongAnswerError(f"the page has more than {facts.PAGE} customers")
        self.page_bytes = len(body)

    def _bulk(self) -> None:
        keys = range(_CHECKED_KEY + 1, _CHECKED_KEY + 1 + self.dialect.size.bulk)
        before = self.ledger.customers()
        tally = ask_once(self.port, self.dialect.bulk(keys))
        if tally.errors:
            if tally.first_error.startswith(tuple(map(str, NOT_OFFERED))):
                raise NotOfferedError
            raise WrongAnswerError(tally.first_error)
        _same(self.ledger.customers(), before + len(keys))
        expected = facts.new_customer(keys[-1])
        stored = self.ledger.customer(facts.new_code(keys[-1])) or {}
        _same({name: stored.get(name) for name in expected}, expected)


def _same(found: object, expected: object) -> None:
    if found != expected:
        raise WrongAnswerError(f"found {str(found)[:400]} where {str(expected)[:400]} is right")
