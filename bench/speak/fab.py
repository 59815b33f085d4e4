"""Flask-AppBuilder's REST convention: Rison filters, and an order in four requests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson
import prison

from bench import facts
from bench.facts import Facts
from bench.speak.dialect import Dialect, Listing, order_row, typed_customer
from bench.wire import Ask, Script, json_body, quoted, request


@dataclass
class Fab(Dialect):
    """The requests of `bench.fab.app`; its lists always count, and it has no bulk request."""

    def _call(self, method: str, path: str, content: object = None) -> bytes:
        body = None if content is None else json_body(content)
        return request(method, f"/api/v1/{path}", self.headers, body)

    def record(self, number: int) -> Script:
        """Read one customer."""
        yield self.record_ask(self._call("GET", f"customer/{number}"), number)

    def orders(self, state: str, exact: bool) -> Script:
        """List 25 orders of a state, newest first, with their customers' names."""
        asked = {
            "filters": [{"col": "state", "opr": "eq", "value": state}],
            "order_column": "order_date",
            "order_direction": "desc",
            "page": 0,
            "page_size": facts.PAGE,
            "keys": ["none"],
        }
        wire = self._call("GET", f"sales_order/?q={prison.dumps(asked)}")
        yield Ask(wire, 200, b'"customer":')

    def create_order(self, customer_number: int, first_line: int) -> Script:
        """Create an order with three lines, in four requests."""
        header, lines = facts.new_order(customer_number, first_line, self.size)
        body = yield Ask(self._call("POST", "sales_order/", header), 201, b'"id":')
        number = orjson.loads(body)["id"]
        for each in lines:
            each["order"] = number
            yield Ask(self._call("POST", "sales_order_line/", each), 201, b'"id":')

    def create_customer(self, key: int) -> Script:
        """Create one customer."""
        content = facts.new_customer(key)
        yield Ask(self._call("POST", "customer/", content), 201, b'"id":')

    def update(self, number: int, phone: str) -> Script:
        """Change the phone number of one customer."""
        wire = self._call("PUT", f"customer/{number}", {"phone": phone})
        yield Ask(wire, 200, quoted(phone))

    def page(self) -> Script:
        """Read the HTML page of 25 customers."""
        yield self.page_ask(request("GET", "/customers/list/", self.page_headers))

    def bulk(self, keys: range) -> Script:
        """Ask for what is not there."""
        yield Ask(
            self._call("POST", "customer/bulk", [{"code": facts.new_code(key)} for key in keys]),
            201,
            b"",
        )

    def read_record(self, body: bytes) -> Facts:
        """Return the customer of an answer."""
        return typed_customer(orjson.loads(body)["result"])

    def read_orders(self, body: bytes) -> Listing:
        """Return the page of orders of an answer."""
        answer: dict[str, Any] = orjson.loads(body)
        rows = tuple(order_row(row, row["customer"]["name"]) for row in answer["result"])
        return Listing(rows, answer["count"])
