"""Tax of an order (domain G5, document mode): each line's net is rounded first, then tax once per rate."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from core.sdk import MINOR_UNITS, Context, Record, hookimpl, multiply, round_half_up


def document_tax(lines: Iterable[tuple[Decimal, Decimal]], places: int) -> Decimal:
    """Sum the tax of a document.

    Args:
        lines: (rounded net, rate in percent) of each line.
        places: Decimal places of the document's currency.

    Returns:
        Σ over rates of round(rate × Σ net of that rate).
    """
    bases: dict[Decimal, Decimal] = {}
    for net, rate in lines:
        bases[rate] = bases.get(rate, Decimal(0)) + net
    taxes = (round_half_up(multiply(base, rate.scaleb(-2)), places) for rate, base in bases.items())
    return sum(taxes, Decimal(0))


class DocumentTax:
    """Keeps the order's tax equal to its lines."""

    objects = frozenset({"sales_order"})
    fields = frozenset({"tax", "lines", "currency"})

    @hookimpl
    def before_validate(self, ctx: Context, record: Record) -> None:
        """Compute the tax from the lines' nets and rates."""
        taxes = ctx.trusted.records("tax")
        pairs = []
        for line in record["lines"] or ():
            if line.deleted or line["tax"] is None or line["net"] is None:
                continue
            tax = taxes.find_one(line["tax"])
            if tax is not None:
                pairs.append((line["net"], tax["rate"] or Decimal(0)))
        record["tax"] = document_tax(pairs, MINOR_UNITS.get(record["currency"] or "", 2))
