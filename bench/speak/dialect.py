"""What every contestant must be able to be asked, and what its answers mean."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from bench.facts import Facts, Size, customer, customer_name
from bench.wire import Ask, Script, quoted


@dataclass(frozen=True)
class Listing:
    """A page of orders in one form for all contestants."""

    rows: tuple[tuple[int, str, date, str, Decimal, str], ...]
    count: int | None


@dataclass
class Dialect(ABC):
    """One contestant's requests, with the sign-in of the run in its headers."""

    size: Size
    headers: Mapping[str, str]
    page_headers: Mapping[str, str] = field(default_factory=dict)

    @abstractmethod
    def record(self, number: int) -> Script:
        """Read one customer."""

    @abstractmethod
    def orders(self, state: str, exact: bool) -> Script:
        """List 25 orders of a state, newest first, with their customers' names."""

    @abstractmethod
    def create_order(self, customer_number: int, first_line: int) -> Script:
        """Create an order with three lines."""

    @abstractmethod
    def create_customer(self, key: int) -> Script:
        """Create one customer."""

    @abstractmethod
    def update(self, number: int, phone: str) -> Script:
        """Change the phone number of one customer."""

    @abstractmethod
    def page(self) -> Script:
        """Read the HTML page of 25 customers."""

    @abstractmethod
    def bulk(self, keys: range) -> Script:
        """Create many customers in one request."""

    def learn(self, number: int) -> Script | None:
        """Learn, before the clock starts, what an update of this customer needs."""
        return None

    @abstractmethod
    def read_record(self, body: bytes) -> Facts:
        """Return the customer of an answer, by the names of `facts.CUSTOMER_FIELDS`."""

    @abstractmethod
    def read_orders(self, body: bytes) -> Listing:
        """Return the page of orders of an answer."""

    def page_ask(self, wire: bytes) -> Ask:
        """Expect the first customer of the list in a page."""
        return Ask(wire, 200, html(customer_name(1)))

    def record_ask(self, wire: bytes, number: int) -> Ask:
        """Expect the name of the customer in an answer."""
        return Ask(wire, 200, quoted(customer_name(number)))


def html(text: object) -> bytes:
    """Return a seeded text as it appears in a page."""
    return str(text).replace("&", "&amp;").encode()


def order_row(values: Mapping[str, Any], customer_name: str) -> tuple[Any, ...]:
    """Return one order of a list answer in the form of `Listing.rows`."""
    return (
        int(values["id"]),
        str(values["number"]),
        date.fromisoformat(values["order_date"]),
        str(values["state"]),
        money(values["total"]),
        customer_name,
    )


def money(value: object) -> Decimal:
    """Return an amount of an answer, however it was written, with two decimals."""
    return Decimal(str(value)).quantize(Decimal("0.01"))


def typed_customer(values: Mapping[str, Any]) -> Facts:
    """Return the 15 columns of a customer with the types that `facts.customer` gives them."""
    sample = customer(1)
    typed: Facts = {}
    for name in sample:
        value = values[name]
        if isinstance(sample[name], Decimal):
            value = money(value)
        elif isinstance(sample[name], date) and isinstance(value, str):
            value = date.fromisoformat(value[:10])
        typed[name] = value
    return typed
