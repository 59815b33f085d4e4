"""Ports: what lower floors call and upper floors fill; the composition root wires them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from core.hooks.types import Changes, Context, Operation, Record
    from core.metadata.definitions import TransitionDef


class RecordRules(Protocol):
    """The plugin host as the pipeline sees it: the hooks of ``specs_records`` for one record."""

    def before_validate(self, ctx: Context, record: Record, changes: Changes) -> None:
        """Call the hook for the record's object."""
        ...

    def validate(self, ctx: Context, record: Record, changes: Changes) -> list[Exception]:
        """Call the hook and collect every ``PlatformError`` that was raised."""
        ...

    def before_transition(self, ctx: Context, record: Record, transition: TransitionDef) -> None:
        """Call the hook for the record's object."""
        ...

    def before_save(self, ctx: Context, record: Record, changes: Changes) -> None:
        """Call the hook for the record's object."""
        ...

    def before_delete(self, ctx: Context, record: Record) -> None:
        """Call the hook for the record's object."""
        ...

    def after_commit(self, ctx: Context, record: Record, changes: Changes) -> None:
        """Call the hook; failures are logged, never raised."""
        ...

    def read_only_reason(self, object_name: str) -> str | None:
        """Name the failed plugin because of which the object can't be written, or None."""
        ...


class Written(Protocol):
    """Called as the last step of every write, inside its transaction."""

    def __call__(self, ctx: Context, operation: Operation) -> None:
        """Record what must follow the write."""
        ...


class Wake(Protocol):
    """Called after a commit: tell workers that there is something to do. Losing the call only delays."""

    def __call__(self, topics: Sequence[str]) -> None:
        """Ring the bell."""
        ...
