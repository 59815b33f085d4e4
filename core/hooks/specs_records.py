"""Hooks around the life of a record. Order: before_validate, validate, before_save, (saved), after_commit.

Every implementation belongs to a rule object with an attribute ``objects``; the host calls it for those objects only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.hooks.markers import hookspec

if TYPE_CHECKING:
    from core.hooks.types import Changes, Context, Record
    from core.metadata.definitions import TransitionDef


class RecordHooks:
    """Hook specifications around the life of a record."""

    @hookspec
    def before_validate(self, ctx: Context, record: Record, changes: Changes) -> None:
        """Fill in values before the record is checked, e.g. a price; formulas run again afterwards."""

    @hookspec
    def validate(self, ctx: Context, record: Record, changes: Changes) -> None:
        """Refuse a record: raise ``Refused`` or ``Invalid``; every rule is asked, all errors are shown together."""

    @hookspec
    def before_transition(self, ctx: Context, record: Record, transition: TransitionDef) -> None:
        """Refuse or prepare a transition: raise ``Refused`` to stop it."""

    @hookspec
    def before_save(self, ctx: Context, record: Record, changes: Changes) -> None:
        """Write what belongs to the record in the same transaction, after every check has passed."""

    @hookspec
    def before_delete(self, ctx: Context, record: Record) -> None:
        """Refuse or prepare a deletion."""

    @hookspec
    def after_commit(self, ctx: Context, record: Record, changes: Changes) -> None:
        """Learn that the record is stored. May not write."""
