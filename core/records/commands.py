"""What adapters call to write: one operation, one transaction, retried where the database asks for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from core.db.revisions import revision_lock
from core.db.unit_of_work import UnitOfWork, run_command
from core.kernel.errors import FieldError, PlatformError, Unavailable
from core.records import idempotency, inputs, pipeline, transitions, upserts
from core.records.record import Row
from core.records.services import Caller
from core.records.writing import ANY_VERSION, OperationLog, Writing

__all__ = [
    "ANY_VERSION",
    "Item",
    "Outcome",
    "act",
    "batch",
    "bulk",
    "create",
    "delete",
    "preview",
    "update",
    "upsert",
]

T = TypeVar("T")

MAX_MOVES = 3
"""How often a write starts again because the definitions moved."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a write did.

    Attributes:
        changed: False where the record was equal already.
    """

    object: str
    id: int
    version: int
    operation_id: str
    changed: bool = True


@dataclass(frozen=True, slots=True)
class Item:
    """One write of a bulk.

    Attributes:
        verb: ``create``, ``update``, ``upsert`` or ``delete``.
        id: Record id for update and delete.
        version: Version it is based on, or ``ANY_VERSION``.
        by: For upsert: the unique field that recognises the record, and its value as sent.
    """

    verb: str
    data: Mapping[str, Any]
    id: int | None = None
    version: int | None = ANY_VERSION
    by: tuple[str, Any] | None = None


def create(caller: Caller, object_name: str, data: Mapping[str, Any]) -> Outcome:
    """Make a record with its lines."""
    return _run(caller, "create", lambda w: pipeline.create(w, object_name, data))


def update(
    caller: Caller, object_name: str, record_id: int, data: Mapping[str, Any], version: int | None
) -> Outcome:
    """Change a record that still has ``version``."""
    return _run(
        caller, "update", lambda w: pipeline.update(w, object_name, record_id, data, version)
    )


def upsert(
    caller: Caller,
    object_name: str,
    by: tuple[str, Any],
    data: Mapping[str, Any],
    version: int | None = ANY_VERSION,
) -> Outcome:
    """Change the record whose unique field holds a value, or make it.

    Args:
        caller: Who writes.
        object_name: Object.
        by: The unique field and its value as sent.
        data: The other fields.
        version: Version an existing record must still have.
    """
    return upserts.patiently(
        by[0],
        lambda: _run(caller, "upsert", lambda w: upserts.upsert(w, object_name, by, data, version)),
    )


def delete(caller: Caller, object_name: str, record_id: int, version: int | None) -> Outcome:
    """Move a record that still has ``version`` to the recycle bin."""
    return _run(caller, "delete", lambda w: pipeline.delete(w, object_name, record_id, version))


def act(
    caller: Caller,
    object_name: str,
    record_id: int,
    action: str,
    data: Mapping[str, Any] | None = None,
    version: int | None = ANY_VERSION,
) -> Outcome:
    """Carry out an action (a transition) on a record."""
    return _run(
        caller,
        action,
        lambda w: transitions.act(w, object_name, record_id, action, data or {}, version),
    )


def bulk(
    caller: Caller, object_name: str, items: Sequence[Item], *, atomic: bool = True
) -> list[Outcome | PlatformError]:
    """Carry out many writes of one object.

    Args:
        caller: Who writes.
        object_name: Object.
        items: The writes, in order.
        atomic: All in one transaction, the first fault raised; else each by itself, its fault in the answer.
    """
    if atomic:
        return in_operation(
            caller,
            "bulk",
            lambda w: [_placed(w, object_name, place, item) for place, item in enumerate(items)],
        )
    results: list[Outcome | PlatformError] = []
    for item in items:
        try:
            results.append(_run(caller, item.verb, lambda w, item=item: _one(w, object_name, item)))  # type: ignore[misc]
        except PlatformError as fault:
            results.append(fault)
    return results


def batch(
    caller: Caller, object_name: str, items: Sequence[Item], *, dry_run: bool = False
) -> list[Outcome | PlatformError]:
    """Carry out many writes in one transaction; a faulty one is undone by itself and comes back as its error.

    Args:
        caller: Who writes.
        object_name: Object.
        items: The writes, in order.
        dry_run: Check everything, then keep nothing.
    """

    def step(writing: Writing) -> list[Outcome | PlatformError]:
        results = [_guarded(writing, object_name, item) for item in items]
        if dry_run:
            raise _DryRun(results)
        return results

    try:
        return in_operation(caller, "import", step)
    except _DryRun as end:
        return end.results


class _Moved(Exception):
    """Other definitions are live than this process knows: it must load them and start again."""


class _DryRun(Exception):
    def __init__(self, results: list[Outcome | PlatformError]) -> None:
        super().__init__("dry run")
        self.results = results


def _guarded(writing: Writing, object_name: str, item: Item) -> Outcome | PlatformError:
    assert writing.uow is not None
    noted = len(writing.operation.changes)
    try:
        with writing.uow.savepoint():
            row = _one(writing, object_name, item)
    except PlatformError as fault:
        del writing.operation.changes[noted:]
        writing.forget_all()
        return fault
    return _outcome(writing, row, noted)


def preview(
    caller: Caller, object_name: str, data: Mapping[str, Any], record_id: int | None = None
) -> Row:
    """Compute what a record would become, storing nothing; faults of the input are left out."""
    with caller.services.database.read() as connection:
        writing = Writing(caller, connection, None, OperationLog(caller, "preview"))
        if record_id is None:
            definition = pipeline.writable_object(writing, object_name, "create")
            row = Row(definition, {}, reader=writing.row_of)
        else:
            definition = pipeline.writable_object(writing, object_name, "update")
            row = pipeline.load(writing, definition, record_id, ANY_VERSION)
        inputs.take(writing, row, data)
        pipeline.derive(writing, row)
        return row


def _placed(writing: Writing, object_name: str, place: int, item: Item) -> Outcome | PlatformError:
    """Carry out one write of several; a fault says which one it was."""
    noted = len(writing.operation.changes)
    try:
        return _outcome(writing, _one(writing, object_name, item), noted)
    except PlatformError as fault:
        prefix = f"items.{place}"
        fault.errors = tuple(
            replace(e, field=f"{prefix}.{e.field}" if e.field else prefix) for e in fault.errors
        )
        fault.errors = fault.errors or (
            FieldError(prefix, fault.code, fault.message_id, fault.params),
        )
        raise


def _one(writing: Writing, object_name: str, item: Item) -> Row:
    own = Writing(writing.caller, writing.connection, writing.uow, writing.operation, writing.steps)
    if item.verb == "create":
        return pipeline.create(own, object_name, item.data)
    if item.verb == "update":
        return pipeline.update(own, object_name, item.id or 0, item.data, item.version)
    if item.verb == "upsert" and item.by is not None:
        return upserts.upsert(own, object_name, item.by, item.data, item.version)
    return pipeline.delete(own, object_name, item.id or 0, item.version)


def _run(caller: Caller, kind: str, step: Callable[[Writing], Row]) -> Outcome:
    return in_operation(caller, kind, lambda w: _outcome(w, step(w)))


def _outcome(writing: Writing, row: Row, noted: int = 0) -> Outcome:
    assert row.id is not None
    changed = len(writing.operation.changes) > noted
    return Outcome(row.object, row.id, row.version, writing.operation.id, changed)


def in_operation(caller: Caller, kind: str, step: Callable[[Writing], T]) -> T:
    """Run several pipeline steps as one operation on the live definitions; if they moved meanwhile, start again."""

    def attempt(uow: UnitOfWork) -> T:
        live = _pin(caller, uow)
        idempotency.begin(live, uow)
        writing = pipeline.begin(live, uow, OperationLog(live, kind))
        result = step(writing)
        pipeline.close(writing)
        idempotency.finish(live, uow, result)
        return result

    for _ in range(MAX_MOVES):
        try:
            return run_command(caller.services.database, attempt)
        except _Moved:
            caller.services.reload()
    raise Unavailable("database.busy", retry_after=1)


def _pin(caller: Caller, uow: UnitOfWork) -> Caller:
    revision = revision_lock(uow)
    if revision == caller.snapshot.revision:
        return caller
    live = caller.services.model
    if live.snapshot.revision != revision:
        raise _Moved
    return replace(caller, model=live)
