"""The floors and Django REST framework: one JSON resource per object, one request per order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson

from bench import facts
from bench.facts import Facts
from bench.speak.dialect import Dialect, Listing, order_row, typed_customer
from bench.wire import Ask, Script, json_body, quoted, request


@dataclass
class JsonService(Dialect):
    """A service whose paths are `{base}/customer/1{slash}` and whose columns end in `suffix`."""

    base: str = ""
    slash: str = ""
    page_path: str = "/page"
    suffix: str = "_id"
    rows_key: str = "data"
    order_parameters: str = ""

    def _call(self, method: str, path: str, content: object = None) -> bytes:
        body = None if content is None else json_body(content)
        return request(method, self.base + path, self.headers, body)

    def record(self, number: int) -> Script:
        """Read one customer."""
        wire = self._call("GET", f"/customer/{number}{self.slash}")
        yield self.record_ask(wire, number)

    def orders(self, state: str, exact: bool) -> Script:
        """List 25 orders of a state, newest first, with their customers' names."""
        asked = f"?state={state}&count={'exact' if exact else 'none'}{self.order_parameters}"
        needle = b'"customer_name":'
        yield Ask(self._call("GET", f"/sales_order{self.slash}{asked}"), 200, needle)

    def create_order(self, customer_number: int, first_line: int) -> Script:
        """Create an order with three lines."""
        header, lines = facts.new_order(customer_number, first_line, self.size)
        header["customer" + self.suffix] = header.pop("customer")
        for each in lines:
            each["product" + self.suffix] = each.pop("product")
        content = {**header, "lines": lines}
        yield Ask(self._call("POST", f"/sales_order{self.slash}", content), 201, b'"id":')

    def create_customer(self, key: int) -> Script:
        """Create one customer."""
        content = facts.new_customer(key)
        yield Ask(self._call("POST", f"/customer{self.slash}", content), 201, b'"id":')

    def update(self, number: int, phone: str) -> Script:
        """Change the phone number of one customer."""
        wire = self._call("PATCH", f"/customer/{number}{self.slash}", {"phone": phone})
        yield Ask(wire, 200, quoted(phone))

    def page(self) -> Script:
        """Read the HTML page of 25 customers."""
        yield self.page_ask(request("GET", self.page_path, self.page_headers))

    def bulk(self, keys: range) -> Script:
        """Create many customers in one request."""
        content = [facts.new_customer(key) for key in keys]
        wire = self._call("POST", f"/customer/bulk{self.slash}", content)
        yield Ask(wire, 201, b'"created":%d' % len(keys))

    def read_record(self, body: bytes) -> Facts:
        """Return the customer of an answer."""
        return typed_customer(orjson.loads(body))

    def read_orders(self, body: bytes) -> Listing:
        """Return the page of orders of an answer."""
        answer: dict[str, Any] = orjson.loads(body)
        rows = tuple(order_row(row, row["customer_name"]) for row in answer[self.rows_key])
        return Listing(rows, answer.get("count"))
