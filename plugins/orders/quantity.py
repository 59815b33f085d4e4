"""Quantities of order lines: a unit that exists in whole numbers only isn't sold in parts."""

from __future__ import annotations

from core.sdk import Changes, Context, FieldError, Invalid, Record, hookimpl


class WholeUnits:
    """A line in a whole-number unit has a whole quantity."""

    objects = frozenset({"sales_order_line"})
    fields = frozenset({"qty", "uom"})

    @hookimpl
    def validate(self, ctx: Context, record: Record, changes: Changes) -> None:
        """Refuse a fraction of such a unit; what was agreed before the platform came stays as it was."""
        touched = "qty" in changes or "uom" in changes
        if ctx.is_opening or not touched or record["qty"] is None:
            return
        uom = ctx.trusted.records("uom").find_one(record["uom"])
        if uom is not None and uom["whole_number"] and record["qty"] % 1:
            error = FieldError("qty", "whole", "order.whole_number")
            raise Invalid("record.invalid", errors=[error], count=1)
