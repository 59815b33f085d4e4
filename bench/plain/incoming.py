"""JSON bodies as values for the two floors: money as Decimal, days as dates, nothing checked."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

Values = dict[str, Any]

CUSTOMER_COLUMNS = (
    "code", "name", "type", "level", "industry", "country", "city", "tax_no",
    "phone", "email", "website", "currency", "credit_limit", "blocked",
)  # fmt: skip
ORDER_COLUMNS = (
    "customer_id", "customer_po", "order_date", "requested_date", "currency", "state",
    "untaxed", "tax", "total",
)  # fmt: skip
LINE_COLUMNS = ("order_id", "product_id", "qty", "price", "discount", "net")
LIST_COLUMNS = ("id", "number", "order_date", "state", "total", "customer_name")
PAGE_COLUMNS = ("id", "code", "name", "level", "country", "city", "phone", "email")


def customer(body: Values) -> Values:
    """Return the columns of a new customer."""
    body["credit_limit"] = Decimal(body["credit_limit"])
    return body


def order(body: Values) -> tuple[Values, list[Values]]:
    """Return the columns of a new order and of its lines."""
    lines = body.pop("lines")
    for name in ("untaxed", "tax", "total"):
        body[name] = Decimal(body[name])
    for name in ("order_date", "requested_date"):
        body[name] = date.fromisoformat(body[name])
    for each in lines:
        for name in ("qty", "price", "discount", "net"):
            each[name] = Decimal(each[name])
    return body, lines
