"""The one way in: every write of business data runs through these steps, in this order."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from core.db.unit_of_work import UnitOfWork
from core.kernel.errors import (
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    PlatformError,
    PreconditionRequired,
    Stale,
)
from core.metadata.definitions import ObjectDef
from core.records import checks, compute, inputs, journal, references, store
from core.records.context import RecordContext
from core.records.numbering import draw_numbers
from core.records.policies import policy_of, row_matches
from core.records.record import Row, RowChanges
from core.records.services import Caller
from core.records.writing import ANY_VERSION, OperationLog, Steps, Writing


def begin(caller: Caller, uow: UnitOfWork, operation: OperationLog) -> Writing:
    """Start a write inside a unit of work."""
    return Writing(caller, uow.connection, uow, operation, Steps(create, update))


def create(writing: Writing, object_name: str, data: Mapping[str, Any]) -> Row:
    """Make a record with its lines."""
    definition = writable_object(writing, object_name, "create")
    row = Row(definition, {}, reader=writing.row_of)
    inputs.take(writing, row, data)
    derive(writing, row)
    validate(writing, row, "create")
    _context(writing).rules.before_save(_context(writing), row, RowChanges(row))
    draw_numbers(writing, row, "create")
    _store_new(writing, row)
    _finish(writing, row, "create")
    return row


def update(
    writing: Writing, object_name: str, record_id: int, data: Mapping[str, Any], version: int | None
) -> Row:
    """Change a record and its lines; what stays equal is neither written nor noted."""
    definition = writable_object(writing, object_name, "update")
    row = load(writing, definition, record_id, version)
    inputs.take(writing, row, data)
    derive(writing, row)
    validate(writing, row, "update")
    if not _is_changed(row):
        return row
    _context(writing).rules.before_save(_context(writing), row, RowChanges(row))
    _store_changed(writing, row, "update")
    _finish(writing, row, "update")
    return row


def delete(writing: Writing, object_name: str, record_id: int, version: int | None) -> Row:
    """Move a record and its lines to the recycle bin; refused while others refer to it."""
    definition = writable_object(writing, object_name, "delete")
    row = load(writing, definition, record_id, version, lock="remove")
    require(writing, row, "delete")
    used = store.referring(writing.connection, writing.model, object_name, record_id)
    if used is not None:
        raise Conflict("record.in_use", object=object_name, by=used[0], field=used[1])
    _context(writing).rules.before_delete(_context(writing), row)
    for _, child in row.lines():
        child.deleted = True
    _remove_lines(writing, row)
    store.remove_rows(writing.connection, writing.model, object_name, [record_id], writing.moment)
    row.version += 1
    _finish(writing, row, "delete")
    return row


def writable_object(writing: Writing, object_name: str, verb: str) -> ObjectDef:
    """Give the object if the actor may write it and its plugin is in order.

    Raises:
        NotFound: There is no such object, or the actor may not know of it.
        Forbidden: The actor may not do this.
        Conflict: Lines are written through their header, or a failed plugin made the object read-only.
    """
    definition = writing.model.snapshot.object(object_name)
    policy = policy_of(writing.caller)
    if not policy.may(object_name, verb):
        raise Forbidden("record.forbidden", object=object_name, verb=verb)
    actor = writing.caller.actor
    if writing.caller.opening and not (actor.is_admin or "import.opening" in actor.permissions):
        raise Forbidden("record.forbidden_opening")
    if definition.is_line:
        raise Conflict("record.write_through_header", object=object_name, header=definition.parent)
    failed = writing.caller.services.rules.read_only_reason(object_name)
    if failed is not None:
        raise Conflict("plugin.read_only", object=object_name, plugin=failed)
    return definition


def load(
    writing: Writing,
    definition: ObjectDef,
    record_id: int,
    version: int | None,
    lock: store.Lock | None = "change",
) -> Row:
    """Lock the stored record with its lines and compare versions.

    Raises:
        NotFound: There is none that the actor may see.
        PreconditionRequired: No version was given.
        Stale: Somebody else was first.
    """
    lock = lock if writing.uow is not None else None
    found = store.fetch(writing.connection, writing.model, definition.name, [record_id], lock=lock)
    values = found.get(record_id)
    if values is None or not row_matches(
        writing.caller, definition.name, "read", values, writing.connection
    ):
        raise NotFound("record.not_found", object=definition.name, id=record_id)
    if version is None:
        raise PreconditionRequired("record.version_required")
    if version not in (ANY_VERSION, values["_version"]):
        raise Stale(
            "record.stale", object=definition.name, id=record_id, version=values["_version"]
        )
    row = _row(writing, definition, values)
    for field in definition.lines_fields():
        child = writing.model.snapshot.object(field.of)
        lines = store.fetch_lines(writing.connection, writing.model, child, [record_id])
        row.values()[field.name] = [_row(writing, child, line) for line in lines]
    return row


def _row(writing: Writing, definition: ObjectDef, values: Mapping[str, Any]) -> Row:
    held = {k: v for k, v in values.items() if k not in {"id", "_version"}}
    return Row(
        definition,
        held,
        record_id=values["id"],
        version=values["_version"],
        before=dict(held),
        reader=writing.row_of,
    )


def derive(writing: Writing, row: Row) -> None:
    """Fill in what follows from the input: defaults, formulas, what plugins add, formulas again."""
    _stamp(writing, row)
    compute.fill_defaults(writing, row)
    compute.compute(writing, row)
    context = _context(writing)
    for _, child in row.lines():
        context.rules.before_validate(context, child, RowChanges(child))
    compute.compute(writing, row)
    context.rules.before_validate(context, row, RowChanges(row))
    compute.compute(writing, row)


def validate(writing: Writing, row: Row, verb: str) -> None:
    """Check everything and report every fault at once.

    Raises:
        Invalid: Something is wrong; ``errors`` lists it.
        Forbidden: The resulting record would lie outside what the actor may write.
        PlatformError: A plugin's refusal, where nothing else is wrong.
    """
    references.check(writing, row)
    checks.check(writing, row)
    context = _context(writing)
    refusals: list[Exception] = []
    if not writing.errors:
        for path, one in row.walk():
            refusals += [
                _at(path, fault) for fault in context.rules.validate(context, one, RowChanges(one))
            ]
    _raise(writing, refusals)
    if not row.is_new:
        require(writing, row, verb, before=True)
    require(writing, row, verb)


def _at(path: str, refusal: Exception) -> Exception:
    """Put a line's path before the fields that a rule found faulty."""
    if not path or not isinstance(refusal, Invalid):
        return refusal
    errors = [dataclasses.replace(error, field=f"{path}{error.field}") for error in refusal.errors]
    return Invalid(refusal.message_id, errors=errors, **refusal.params)


def _raise(writing: Writing, refusals: list[Exception]) -> None:
    for refusal in refusals:
        if isinstance(refusal, Invalid):
            writing.errors += refusal.errors
    if writing.errors:
        raise Invalid("record.invalid", errors=writing.errors, count=len(writing.errors))
    for refusal in refusals:
        if isinstance(refusal, PlatformError):
            raise refusal


def require(writing: Writing, row: Row, verb: str, *, before: bool = False) -> None:
    """Check that the record, as it would become or as it was ``before``, lies within the actor's reach.

    Raises:
        Forbidden: It doesn't.
    """
    values = dict(row.before or {}) if before else dict(row.values())
    held = {**values, "id": row.id}
    if writing.caller.opening or row_matches(
        writing.caller, row.object, verb, held, writing.connection
    ):
        return
    raise Forbidden("record.forbidden_row", object=row.object, verb=verb)


def _stamp(writing: Writing, row: Row) -> None:
    for one in (row, *(child for _, child in row.all_lines())):
        if one.is_new:
            one.values()["created_at"] = writing.moment
            one.values()["created_by"] = writing.caller.actor.user_id


def _touch(writing: Writing, row: Row) -> None:
    row.values()["updated_at"] = writing.moment
    row.values()["updated_by"] = writing.caller.actor.user_id


def _is_changed(row: Row) -> bool:
    lines = any(
        child.deleted or child.is_new or any(RowChanges(child)) for _, child in row.all_lines()
    )
    return lines or any(RowChanges(row))


def _store_new(writing: Writing, row: Row) -> None:
    for one in (row, *(child for _, child in row.lines())):
        _touch(writing, one)
    store.insert_rows(writing.connection, writing.model, [row])
    journal.note(writing, row, "create")
    for _, child in row.lines():
        store.insert_rows(writing.connection, writing.model, [child])
        journal.note(writing, child, "create")


def _store_changed(writing: Writing, row: Row, action: str) -> None:
    _remove_lines(writing, row)
    changed = list(RowChanges(row))
    _touch(writing, row)
    store.update_row(writing.connection, writing.model, row, [*changed, "updated_at", "updated_by"])
    journal.note(writing, row, action)
    for _, child in row.lines():
        if child.is_new:
            _touch(writing, child)
            store.insert_rows(writing.connection, writing.model, [child])
            journal.note(writing, child, "create")
        elif names := list(RowChanges(child)):
            _touch(writing, child)
            store.update_row(
                writing.connection, writing.model, child, [*names, "updated_at", "updated_by"]
            )
            journal.note(writing, child, "update")


def _remove_lines(writing: Writing, row: Row) -> None:
    for _, child in row.all_lines():
        if child.deleted and child.id is not None:
            store.remove_rows(
                writing.connection, writing.model, child.object, [child.id], writing.moment
            )
            child.version += 1
            journal.note(writing, child, "delete")


def store_transition(writing: Writing, row: Row, action: str) -> None:
    """Write a row that a transition has changed."""
    _store_changed(writing, row, action)
    _finish(writing, row, action)


def _finish(writing: Writing, row: Row, action: str) -> None:
    if action == "delete":
        journal.note(writing, row, "delete")
    assert row.id is not None
    assert writing.uow is not None
    writing.forget(row.object, row.id)
    context = _context(writing)
    changes = RowChanges(row)
    writing.uow.after_commit(lambda: context.rules.after_commit(context, row, changes))


def close(writing: Writing) -> None:
    """End the operation: journal, ports. The commit follows in the unit of work."""
    journal.keep(writing)
    services = writing.caller.services
    services.written(_context(writing), writing.operation)
    if writing.operation.changes and writing.uow is not None:
        writing.uow.after_commit(lambda: services.wake(["outbox"]))


def _context(writing: Writing) -> RecordContext:
    return RecordContext.of(writing)
