"""Protocols that hook specifications speak; the records floor implements them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Protocol

from core.kernel.actor import Actor
from core.metadata.snapshot import Snapshot


class Record(Protocol):
    """One record as values: fields are attributes and items (``record.total``, ``record["total"]``).

    A reference is the id of its target; ``record.get("customer")`` of a reference reads the target through the
    secured query. Lines are lists of records. In ``before_*`` hooks of the writing pipeline values may be set
    (``record["price"] = …``); everywhere else a record is read-only.
    """

    object: str
    id: int | None
    before: Mapping[str, Any] | None
    deleted: bool

    @property
    def is_new(self) -> bool:
        """Whether the record isn't stored yet."""
        ...

    def get(self, name: str) -> Any:
        """Give a field's value; of a reference, the record it points to."""
        ...

    def __getitem__(self, name: str) -> Any:
        """Give a field's value."""
        ...

    def __setitem__(self, name: str, value: Any) -> None:
        """Set a field's value (only while the record is being written)."""
        ...

    def __getattr__(self, name: str) -> Any:
        """Give a field's value."""
        ...

    def __contains__(self, name: str) -> bool:
        """Tell whether the field is known here."""
        ...


class Repository(Protocol):
    """The records of one object, read and written as the context's actor."""

    def get(self, record_id: int) -> Record:
        """Read one record.

        Raises:
            NotFound: There is none that the actor may see.
        """
        ...

    def find_one(self, record_id: int | None) -> Record | None:
        """Read one record; None where there is none that the actor may see."""
        ...

    def find(self, filter: str = "", *, limit: int = 25, sort: str = "") -> Sequence[Record]:
        """List records that meet an expression."""
        ...

    def create(self, data: Mapping[str, Any]) -> Record:
        """Create a record through the pipeline, in the same unit of work."""
        ...

    def update(self, record_id: int, data: Mapping[str, Any]) -> Record:
        """Change a record through the pipeline, in the same unit of work."""
        ...


class Context(Protocol):
    """What a hook gets: who acts, on which snapshot, and the way to other records."""

    @property
    def actor(self) -> Actor:
        """Who acts."""
        ...

    @property
    def snapshot(self) -> Snapshot:
        """The pinned definitions."""
        ...

    @property
    def is_opening(self) -> bool:
        """Whether opening balances are being loaded."""
        ...

    @property
    def is_preview(self) -> bool:
        """Whether nothing will be stored."""
        ...

    @property
    def trusted(self) -> Context:
        """The same context with every right: for values that a rule needs whoever acts."""
        ...

    def records(self, object_name: str) -> Repository:
        """Give the repository of an object (the plugin's own, or one of a plugin it depends on)."""
        ...

    def now(self) -> datetime:
        """Give the present moment, in UTC."""
        ...

    def today(self) -> date:
        """Give today in the actor's time zone."""
        ...


class Changes(Protocol):
    """What a write changes: field -> (old, new)."""

    def __contains__(self, name: str) -> bool:
        """Tell whether the field changes."""
        ...

    def __iter__(self) -> Iterator[str]:
        """Iterate over the changed fields."""
        ...

    def old(self, name: str) -> Any:
        """Give the value before; None at create."""
        ...


class Operation(Protocol):
    """One intended write with everything that happened in it."""

    @property
    def id(self) -> str:
        """Its identifier."""
        ...

    @property
    def kind(self) -> str:
        """What was intended: create, update, delete, import or an action."""
        ...

    @property
    def actor(self) -> Actor:
        """Who acts."""
        ...

    @property
    def changes(self) -> Sequence[Any]:
        """What changed, row by row."""
        ...
