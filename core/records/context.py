"""What a plugin's hook gets: who acts, and the way to other records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from core.hooks.ports import RecordRules
from core.kernel.actor import SYSTEM, Actor
from core.kernel.errors import NotFound
from core.metadata.snapshot import Snapshot
from core.records.query import ListQuery, fetch_values, list_ids
from core.records.record import Row
from core.records.writing import ANY_VERSION, Steps, Writing

if TYPE_CHECKING:
    from core.records.services import Caller


class RecordContext:
    """Implements ``core.hooks.types.Context`` over a write in progress."""

    __slots__ = ("_caller", "_writing")

    def __init__(self, writing: Writing, caller: Caller) -> None:
        """Act as ``caller`` inside ``writing``."""
        self._writing = writing
        self._caller = caller

    @classmethod
    def of(cls, writing: Writing) -> RecordContext:
        """Give the context of a write."""
        return cls(writing, writing.caller)

    @property
    def actor(self) -> Actor:
        """Who acts."""
        return self._caller.actor

    @property
    def snapshot(self) -> Snapshot:
        """The pinned definitions."""
        return self._writing.model.snapshot

    @property
    def is_opening(self) -> bool:
        """Whether opening balances are being loaded."""
        return self._caller.opening

    @property
    def is_preview(self) -> bool:
        """Whether nothing will be stored."""
        return self._writing.uow is None

    @property
    def rules(self) -> RecordRules:
        """The plugins' hooks."""
        return self._caller.services.rules

    @property
    def trusted(self) -> RecordContext:
        """The same context with every right: for values that a rule needs whoever acts."""
        return RecordContext(self._writing, replace(self._caller, actor=SYSTEM))

    def now(self) -> datetime:
        """Give the moment of the write."""
        return self._writing.moment

    def today(self) -> date:
        """Give today in the actor's time zone."""
        return self._writing.today

    def records(self, object_name: str) -> ContextRepository:
        """Give the records of an object."""
        return ContextRepository(self._writing, self._caller, object_name)


class ContextRepository:
    """The records of one object as one actor sees them, inside the running write."""

    __slots__ = ("_caller", "_object", "_writing")

    def __init__(self, writing: Writing, caller: Caller, object_name: str) -> None:
        """Look at ``object_name``."""
        self._writing = writing
        self._caller = caller
        self._object = writing.model.snapshot.object(object_name).name

    def get(self, record_id: int) -> Row:
        """Read one record.

        Raises:
            NotFound: There is none that the actor may see.
        """
        found = fetch_values(self._caller, self._object, [record_id], self._writing.connection)
        if record_id not in found:
            raise NotFound("record.not_found", object=self._object, id=record_id)
        return self._row(found[record_id])

    def find_one(self, record_id: int | None) -> Row | None:
        """Read one record; None where there is none that the actor may see. Read once per write."""
        if record_id is None:
            return None
        if self._caller.actor.is_system:
            known = self._writing.values_of(self._object, record_id)
            return None if known is None else self._writing.row_of(self._object, record_id)
        found = fetch_values(self._caller, self._object, [record_id], self._writing.connection)
        return self._row(found[record_id]) if record_id in found else None

    def find(self, filter: str = "", *, limit: int = 25, sort: str = "") -> list[Row]:
        """List records that meet an expression."""
        query = ListQuery(self._object, filter=filter or None, sort=sort, limit=limit)
        ids = list_ids(self._caller, query, self._writing.connection)
        found = fetch_values(self._caller, self._object, ids, self._writing.connection)
        return [self._row(found[i]) for i in ids if i in found]

    def create(self, data: Mapping[str, Any]) -> Row:
        """Create a record through the pipeline, in the same unit of work."""
        nested, steps = self._nested()
        return steps.create(nested, self._object, data)

    def update(self, record_id: int, data: Mapping[str, Any]) -> Row:
        """Change a record through the pipeline, in the same unit of work."""
        nested, steps = self._nested()
        return steps.update(nested, self._object, record_id, data, ANY_VERSION)

    def _nested(self) -> tuple[Writing, Steps]:
        uow, steps = self._writing.uow, self._writing.steps
        if uow is None or steps is None:
            raise TypeError("a preview stores nothing: write in before_save")
        return Writing(self._caller, uow.connection, uow, self._writing.operation, steps), steps

    def _row(self, values: Mapping[str, Any]) -> Row:
        definition = self._writing.model.snapshot.object(self._object)
        held = dict(values)
        return Row(
            definition,
            held,
            record_id=held["id"],
            before=held,
            reader=self._writing.row_of,
            writable=False,
        )
