"""One write in progress: its caller, its unit of work and the tree of rows in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection

from core.db.unit_of_work import UnitOfWork
from core.kernel.clock import today
from core.kernel.errors import FieldError, NotFound
from core.kernel.ids import new_id
from core.records.record import Row
from core.records.services import Caller
from core.records.store import Lock, fetch

ANY_VERSION = -1
"""Version given by a caller who knowingly overwrites whatever is there."""


@dataclass(slots=True)
class Change:
    """What happened to one stored row: for history and outbox.

    Attributes:
        action: ``create``, ``update``, ``delete`` or the transition's name.
        values: Field -> (old, new) in Python values.
    """

    object: str
    record_id: int
    version: int
    action: str
    values: dict[str, tuple[Any, Any]]


@dataclass(slots=True)
class OperationLog:
    """One intended write with everything that happens in it (implements the port's ``Operation``).

    Attributes:
        known: Other records read in this transaction, so that a batch reads each only once.
        found: Ids found by (object, unique field, value).
    """

    caller: Caller
    kind: str
    id: str = field(default_factory=new_id)
    changes: list[Change] = field(default_factory=list)
    known: dict[tuple[str, int], dict[str, Any]] = field(default_factory=dict)
    found: dict[tuple[str, str, Any], int] = field(default_factory=dict)

    @property
    def actor(self) -> Any:
        """Who acts."""
        return self.caller.actor


@dataclass(frozen=True, slots=True)
class Steps:
    """The pipeline's entries, for writes that a plugin makes inside a write.

    Attributes:
        create: (writing, object, data) -> row.
        update: (writing, object, id, data, version) -> row.
    """

    create: Callable[..., Row]
    update: Callable[..., Row]


class Writing:
    """The state that the pipeline's steps share.

    Attributes:
        caller: Who writes, on which model.
        connection: The transaction's connection; in a preview a reading one.
        uow: The unit of work; None in a preview, where nothing may be stored.
        operation: The operation this write belongs to.
        errors: Every fault found so far, with its field.
    """

    def __init__(
        self,
        caller: Caller,
        connection: Connection,
        uow: UnitOfWork | None,
        operation: OperationLog,
        steps: Steps | None = None,
    ) -> None:
        """Begin a write."""
        self.steps = steps
        self.caller = caller
        self.model = caller.model
        self.connection = connection
        self.uow = uow
        self.operation = operation
        self.errors: list[FieldError] = []
        self.moment: datetime = caller.services.clock.now()
        self.known = operation.known

    @property
    def today(self) -> date:
        """Today in the actor's time zone."""
        return today(
            self.caller.services.clock, self.caller.actor.timezone or self.caller.services.timezone
        )

    def values_of(self, object_name: str, record_id: int) -> dict[str, Any] | None:
        """Give the stored values of another record, read once per write; None where there is none."""
        key = (object_name, record_id)
        if key not in self.known:
            self.load(object_name, [record_id])
        return self.known.get(key)

    def load(self, object_name: str, ids: Iterable[int]) -> None:
        """Read several records at once, so that lines don't cost a statement each.

        A write keeps them from being removed until it ends: what refers to them must find them.
        """
        missing = [i for i in ids if (object_name, i) not in self.known]
        lock: Lock | None = None if self.uow is None else "refer"
        found = fetch(self.connection, self.model, object_name, missing, lock=lock)
        for record_id, values in found.items():
            self.known[object_name, record_id] = values

    def row_of(self, object_name: str, record_id: int) -> Row:
        """Give another record as a read-only row.

        Raises:
            NotFound: There is none.
        """
        values = self.values_of(object_name, record_id)
        if values is None:
            raise NotFound("record.not_found", object=object_name, id=record_id)
        definition = self.model.snapshot.object(object_name)
        return Row(
            definition,
            dict(values),
            record_id=record_id,
            before=values,
            reader=self.row_of,
            writable=False,
        )

    def forget_all(self) -> None:
        """Drop everything that was read: a savepoint has been undone."""
        self.known.clear()
        self.operation.found.clear()

    def forget(self, object_name: str, record_id: int) -> None:
        """Drop what was read of a record that has just been written."""
        self.known.pop((object_name, record_id), None)

    def fault(self, path: str, code: str, message_id: str, **params: Any) -> None:
        """Note a fault, once; all of them are reported together."""
        error = FieldError(path, code, message_id, params)
        if error not in self.errors:
            self.errors.append(error)
