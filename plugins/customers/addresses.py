"""Rule C10: one default address per type."""

from __future__ import annotations

from core.sdk import FieldError, Invalid, Record, hookimpl


class OneDefaultAddress:
    """A customer has at most one default address of each type."""

    objects = frozenset({"customer"})
    fields = frozenset({"addresses"})

    @hookimpl
    def validate(self, record: Record) -> None:
        """Refuse a second default of a type; the fault stands at that address."""
        seen: set[str | None] = set()
        errors = []
        addresses = [line for line in record["addresses"] or () if not line.deleted]
        for index, address in enumerate(addresses):
            if not address["is_default"]:
                continue
            if address["type"] in seen:
                params = {"type": address["type"] or "-"}
                path = f"addresses.{index}.is_default"
                errors.append(FieldError(path, "duplicate", "customer.two_defaults", params))
            seen.add(address["type"])
        if errors:
            raise Invalid("record.invalid", errors=errors, count=len(errors))


class ParentIsAnother:
    """A customer isn't its own parent."""

    objects = frozenset({"customer"})
    fields = frozenset({"parent"})

    @hookimpl
    def validate(self, record: Record) -> None:
        """Refuse a record whose parent is itself."""
        if record.id is not None and record["parent"] == record.id:
            error = FieldError("parent", "rule", "customer.own_parent")
            raise Invalid("record.invalid", errors=[error], count=1)
