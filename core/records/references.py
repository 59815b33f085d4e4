"""References: the target must exist, be visible to the actor and meet the field's condition."""

from __future__ import annotations

from typing import Any

from core.metadata.definitions import FieldDef
from core.metadata.expressions import evaluate
from core.metadata.fields import FIELD_TYPES
from core.metadata.fields.base import FieldFault
from core.records.compute import RowEnvironment
from core.records.policies import row_matches
from core.records.record import Row, RowChanges
from core.records.services import Caller
from core.records.store import find_by
from core.records.writing import OperationLog, Writing


def find(writing: Writing, object_name: str, field: str, value: Any) -> int | None:
    """Find a record by a unique field, if the actor may see it."""
    found = writing.operation.found
    key = (object_name, field, value)
    record_id = found.get(key) or find_by(
        writing.connection, writing.model, object_name, field, value
    )
    if record_id is not None:
        found[key] = record_id
    if record_id is None or not _visible(writing, object_name, record_id):
        return None
    return record_id


def find_id(caller: Caller, object_name: str, field: str, value: Any) -> int | None:
    """Find the record whose unique ``field`` holds ``value`` as sent; None where the actor sees none."""
    definition = caller.snapshot.object(object_name).fields[field]
    try:
        typed = FIELD_TYPES[definition.type].parse(value, definition)
    except FieldFault:
        return None
    with caller.services.database.read() as connection:
        return find(
            Writing(caller, connection, None, OperationLog(caller, "read")),
            object_name,
            field,
            typed,
        )


def check(writing: Writing, row: Row) -> None:
    """Note a fault for each changed reference of the row and its lines that isn't allowed."""
    _load(writing, row)
    for path, target_row in row.walk():
        changes = RowChanges(target_row)
        for field in target_row.definition.fields.values():
            if not _is_chosen(field) or field.name == target_row.definition.parent:
                continue
            value = target_row.values().get(field.name)
            if value is not None and field.name in changes:
                _check_one(writing, field, value, f"{path}{field.name}")


def _load(writing: Writing, row: Row) -> None:
    wanted: dict[str, set[int]] = {}
    for _, one in row.walk():
        for field in one.definition.fields.values():
            value = one.values().get(field.name) if field.to else None
            if isinstance(value, int) and _is_chosen(field):
                wanted.setdefault(field.to, set()).add(value)
    for object_name, ids in wanted.items():
        writing.load(object_name, ids)


def _is_chosen(field: FieldDef) -> bool:
    """Tell whether people choose the reference (the platform's own, such as created_by, need no check)."""
    return bool(field.to) and (not field.system or field.name == "owner")


def _visible(writing: Writing, object_name: str, record_id: int) -> bool:
    values = writing.values_of(object_name, record_id)
    return values is not None and row_matches(
        writing.caller, object_name, "read", values, writing.connection
    )


def _check_one(writing: Writing, field: FieldDef, record_id: int, path: str) -> None:
    if not _visible(writing, field.to, record_id):
        writing.fault(path, "not_found", "record.reference_missing", target=field.to, id=record_id)
        return
    if field.where is None or writing.caller.opening:
        return
    target = writing.row_of(field.to, record_id)
    if not evaluate(field.where, RowEnvironment(writing, target)):
        writing.fault(path, "not_allowed", "record.reference_refused", condition=field.where.text)
