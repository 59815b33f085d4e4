"""Prices of order lines: the list price unless one is given; never below the floor unseen (price resolution, 6)."""

from __future__ import annotations

from decimal import Decimal

from core.sdk import (
    Changes,
    Context,
    FieldError,
    Invalid,
    Record,
    hookimpl,
    multiply,
    round_half_up,
)


def price_after_discount(price: Decimal, discount: Decimal | None) -> Decimal:
    """Give the unit price after a discount in percent, rounded half up to four places."""
    share = (Decimal(100) - (discount or Decimal(0))).scaleb(-2)
    return round_half_up(multiply(price, share), 4)


class LinePrice:
    """A line without a price gets the product's list price; the list price is kept beside it."""

    objects = frozenset({"sales_order_line"})
    fields = frozenset({"product", "price", "list_price"})

    @hookimpl
    def before_validate(self, ctx: Context, record: Record, changes: Changes) -> None:
        """Fill in price and list price when the product is new or has changed."""
        if record["product"] is None or (ctx.is_opening and record["price"] is not None):
            return
        moved = "product" in changes
        if not moved and record["price"] is not None:
            return
        product = ctx.trusted.records("product").find_one(record["product"])
        if product is None:
            return
        if moved or record["list_price"] is None:
            record["list_price"] = product["list_price"]
        stays = moved and changes.old("product") is not None and "price" not in changes
        if record["price"] is None or stays:
            record["price"] = product["list_price"]


class FloorPrice:
    """Below the floor price only a manager sells."""

    objects = frozenset({"sales_order_line"})
    fields = frozenset({"price", "discount", "product"})

    @hookimpl
    def validate(self, ctx: Context, record: Record, changes: Changes) -> None:
        """Refuse a price below the product's floor, unless a manager sets it or it is an opening balance."""
        touched = any(name in changes for name in ("price", "discount", "product"))
        if not touched or ctx.is_opening or record["price"] is None or record["product"] is None:
            return
        if ctx.actor.is_admin or "manager" in ctx.actor.roles:
            return
        product = ctx.trusted.records("product").find_one(record["product"])
        floor = product["min_price"] if product is not None else None
        price = price_after_discount(record["price"], record["discount"])
        if floor is not None and price < floor:
            params = {"price": str(price.normalize()), "floor": str(floor.normalize())}
            error = FieldError("price", "floor", "order.below_floor", params)
            raise Invalid("record.invalid", errors=[error], count=1)
