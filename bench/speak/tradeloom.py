"""Tradeloom's own HTTP API."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import orjson

from bench import facts
from bench.facts import Facts
from bench.speak.dialect import Dialect, Listing, order_row, typed_customer
from bench.wire import Ask, Script, json_body, quoted, request

_VERSION = re.compile(rb'"_version":\s*(\d+)')
_LIST_FIELDS = "number,order_date,state,total,customer.name"
_COMPUTED = ("state", "untaxed", "tax", "total")


@dataclass
class Tradeloom(Dialect):
    """The requests of the contract; updates carry the version that was read last."""

    versions: dict[int, int] = field(default_factory=dict)

    def _call(self, method: str, path: str, content: object = None) -> bytes:
        body = None if content is None else json_body(content)
        return request(method, f"/api/v1/{path}", self.headers, body)

    def record(self, number: int) -> Script:
        """Read one customer."""
        yield self.record_ask(self._call("GET", f"customer/{number}"), number)

    def orders(self, state: str, exact: bool) -> Script:
        """List 25 orders of a state, newest first, with their customers' names."""
        asked = {
            "filter": f'state == "{state}"',
            "sort": "-order_date",
            "fields": _LIST_FIELDS,
            "limit": facts.PAGE,
            "count": "exact" if exact else "none",
        }
        yield Ask(self._call("GET", f"sales_order?{urlencode(asked)}"), 200, b'"next_cursor":')

    def create_order(self, customer_number: int, first_line: int) -> Script:
        """Create an order with three lines; the product computes the totals."""
        header, lines = facts.new_order(customer_number, first_line, self.size)
        total = header["total"]
        for name in _COMPUTED:
            del header[name]
        for each in lines:
            del each["net"]
        content = {**header, "lines": lines}
        yield Ask(self._call("POST", "sales_order", content), 201, quoted(str(total)))

    def create_customer(self, key: int) -> Script:
        """Create one customer."""
        content = facts.new_customer(key)
        yield Ask(self._call("POST", "customer", content), 201, quoted(facts.new_code(key)))

    def learn(self, number: int) -> Script:
        """Read a customer's version."""
        body = yield self.record_ask(self._call("GET", f"customer/{number}"), number)
        self._remember(number, body)

    def update(self, number: int, phone: str) -> Script:
        """Change the phone number of one customer, with the version check."""
        content = {"phone": phone, "_version": self.versions[number]}
        body = yield Ask(self._call("PATCH", f"customer/{number}", content), 200, quoted(phone))
        self._remember(number, body)

    def _remember(self, number: int, body: bytes) -> None:
        found = _VERSION.search(body)
        if found is not None:
            self.versions[number] = int(found[1])

    def page(self) -> Script:
        """Read the HTML page of 25 customers."""
        yield self.page_ask(request("GET", "/o/customer", self.page_headers))

    def bulk(self, keys: range) -> Script:
        """Create many customers in one request."""
        items = [{"action": "create", "data": facts.new_customer(key)} for key in keys]
        wire = self._call("POST", "customer/bulk", {"atomic": True, "items": items})
        yield Ask(wire, 200, b'"failed":0')

    def read_record(self, body: bytes) -> Facts:
        """Return the customer of an answer."""
        return typed_customer(orjson.loads(body))

    def read_orders(self, body: bytes) -> Listing:
        """Return the page of orders of an answer."""
        answer: dict[str, Any] = orjson.loads(body)
        rows = tuple(order_row(row, row["customer.name"]) for row in answer["data"])
        return Listing(rows, answer["count"])
