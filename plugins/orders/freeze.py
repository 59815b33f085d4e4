"""Rule O3: once confirmed, an order changes only through an order change."""

from __future__ import annotations

from core.sdk import Changes, Context, Record, Refused, hookimpl

FREE = frozenset({"owner", "notes", "state", "number", "updated_at", "updated_by"})
"""Fields that stay open after the draft."""


class OnlyDraftsChange:
    """A confirmed order's customer, lines and money are fixed."""

    objects = frozenset({"sales_order"})
    fields = frozenset({"state", "lines", "notes", "owner", "number"})

    @hookimpl
    def validate(self, ctx: Context, record: Record, changes: Changes) -> None:
        """Refuse a change of anything that was agreed."""
        before = changes.old("state")
        if ctx.is_opening or before in (None, "draft"):
            return
        fields = {name for name in changes if name not in FREE}
        if fields or any(
            line.deleted or line.is_new or _moved(line) for line in record["lines"] or ()
        ):
            raise Refused("order.frozen", state=before)


def _moved(line: Record) -> bool:
    before = line.before or {}
    return any(
        line[name] != before.get(name) for name in ("product", "qty", "price", "discount", "tax")
    )
