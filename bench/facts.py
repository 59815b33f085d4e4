"""The seeded data, as pure functions of a row's number, so that every answer can be foretold."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache

LIST_STATES = ("confirmed", "processing", "done", "on_hold", "closed")
"""States of seeded orders. New orders are drafts, so that lists and counts stay as seeded."""

CUSTOMER_FIELDS = (
    "id", "code", "name", "type", "level", "industry", "country", "city", "tax_no",
    "phone", "email", "website", "currency", "credit_limit", "blocked",
)  # fmt: skip
"""The 15 columns of a customer."""

LINES_PER_ORDER = 3
PAGE = 25
FIRST_DAY = date(2024, 1, 1)
NEW_ORDER_DAY = date(2026, 6, 1)
DISTINCT_DAYS = 60
"""The newest orders of a state lie on days of their own, so one sort key gives one right answer."""

NEW_CUSTOMERS = 100_000_000
NEW_PHONES = 500_000_000
_TAX_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"

Facts = dict[str, object]


@dataclass(frozen=True)
class Size:
    """How many rows are seeded, and how many a bulk request carries."""

    name: str
    customers: int
    products: int
    orders: int
    bulk: int

    @property
    def lines(self) -> int:
        """Number of seeded order lines."""
        return self.orders * LINES_PER_ORDER

    @property
    def orders_per_state(self) -> int:
        """Number of seeded orders in each listed state."""
        return self.orders // len(LIST_STATES)


SIZES = {
    "full": Size("full", customers=10_000, products=500, orders=100_000, bulk=10_000),
    "small": Size("small", customers=500, products=50, orders=5_000, bulk=500),
}


def customer(number: int) -> Facts:
    """Return the seeded customer of this number (from 1)."""
    return {"id": number, **_customer(number, f"C{number:07d}")}


@lru_cache(maxsize=20_000)
def customer_name(number: int) -> str:
    """Return the name of the seeded customer of this number."""
    return _name(f"C{number:07d}")


def _name(code: str) -> str:
    return f"Customer {code} Trading & Co"


def new_customer(key: int) -> Facts:
    """Return a customer to create, without an id; no two keys share a code, phone or tax number."""
    return _customer(NEW_CUSTOMERS + key, new_code(key))


def new_code(key: int) -> str:
    """Return the code of a customer to create; these sort behind the seeded ones."""
    return f"N{key:09d}"


def new_phone(key: int) -> str:
    """Return a phone number to change to, which nobody else has."""
    return _phone(NEW_PHONES + key)


def _customer(identity: int, code: str) -> Facts:
    return {
        "code": code,
        "name": _name(code),
        "type": ("company", "person")[identity % 10 == 0],
        "level": "ABCD"[identity % 4],
        "industry": ("manufacturing", "retail", "services")[identity % 3],
        "country": ("中国", "Deutschland", "France")[identity % 3],
        "city": ("上海", "München", "Besançon")[identity % 3],
        "tax_no": _tax_number(identity),
        "phone": _phone(identity),
        "email": f"buyer@{code.lower()}.example.com",
        "website": f"https://{code.lower()}.example.com",
        "currency": "CNY",
        "credit_limit": Decimal(identity * 137 % 900_000 + 1000) + Decimal("0.50"),
        "blocked": False,
    }


def _phone(identity: int) -> str:
    return f"+8613{identity % 1_000_000_000:09d}"


def _tax_number(identity: int) -> str:
    """Return a unified social credit identifier with its check character (GB 32100)."""
    base = f"91310000{identity % 1_000_000_000:09d}"
    total = sum(int(digit) * pow(3, place, 31) for place, digit in enumerate(base))
    return base + _TAX_ALPHABET[-total % 31]


def product(number: int) -> Facts:
    """Return the product of this number (from 1)."""
    return {
        "id": number,
        "code": f"P{number:05d}",
        "name": f"Product {number}",
        "price": Decimal(number) * Decimal("1.25") + 10,
    }


def line(number: int, size: Size) -> Facts:
    """Return the order line of this number (from 1); its net is quantity times price."""
    product_number = number * 7 % size.products + 1
    qty = Decimal(number % 9 + 1)
    price = product(product_number)["price"]
    assert isinstance(price, Decimal)
    return {
        "id": number,
        "order": (number - 1) // LINES_PER_ORDER + 1,
        "product": product_number,
        "qty": qty,
        "price": price,
        "discount": Decimal(0),
        "net": (qty * price).quantize(Decimal("0.01")),
    }


def _order_day(rank: int, size: Size) -> date:
    oldest_distinct = size.orders_per_state - DISTINCT_DAYS
    if rank < oldest_distinct:
        return FIRST_DAY + timedelta(days=rank * 7919 % 700)
    return FIRST_DAY + timedelta(days=700 + rank - oldest_distinct)


def order(number: int, size: Size) -> Facts:
    """Return the order of this number (from 1); its totals are the sums of its lines."""
    first = (number - 1) * LINES_PER_ORDER + 1
    total = sum((_net(n, size) for n in range(first, first + LINES_PER_ORDER)), Decimal(0))
    rank, state = divmod(number - 1, len(LIST_STATES))
    day = _order_day(rank, size)
    return {
        "id": number,
        "number": f"SO{number:07d}",
        "customer": number * 31 % size.customers + 1,
        "customer_po": f"PO-{number}",
        "order_date": day,
        "requested_date": day + timedelta(days=14),
        "currency": "CNY",
        "state": LIST_STATES[state],
        "untaxed": total,
        "tax": Decimal(0),
        "total": total,
    }


def _net(line_number: int, size: Size) -> Decimal:
    net = line(line_number, size)["net"]
    assert isinstance(net, Decimal)
    return net


def newest_orders(state: str, size: Size) -> list[Facts]:
    """Return the first page of a state's orders, newest first, each with its customer's name."""
    offset = LIST_STATES.index(state)
    ranks = range(size.orders_per_state - 1, size.orders_per_state - 1 - PAGE, -1)
    page = [order(rank * len(LIST_STATES) + offset + 1, size) for rank in ranks]
    for each in page:
        number = each["customer"]
        assert isinstance(number, int)
        each["customer_name"] = customer_name(number)
    return page


def new_order(customer_number: int, first_line: int, size: Size) -> tuple[Facts, list[Facts]]:
    """Return a draft order of three lines for one customer, as header and lines without ids."""
    lines = [line(first_line + step, size) for step in range(LINES_PER_ORDER)]
    total = sum((_net(first_line + step, size) for step in range(LINES_PER_ORDER)), Decimal(0))
    for each in lines:
        del each["id"], each["order"]
    header: Facts = {
        "customer": customer_number,
        "customer_po": f"NEW-{first_line}",
        "order_date": NEW_ORDER_DAY,
        "requested_date": NEW_ORDER_DAY + timedelta(days=14),
        "currency": "CNY",
        "state": "draft",
        "untaxed": total,
        "tax": Decimal(0),
        "total": total,
    }
    return header, lines
