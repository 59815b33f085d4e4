"""What every write leaves behind in its own transaction: operation, history and outbox."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import insert

from core.db.platform_tables import HISTORY, OPERATION, OUTBOX
from core.kernel.money import plain
from core.records.record import Row, RowChanges
from core.records.writing import Change, OperationLog, Writing


def note(writing: Writing, row: Row, action: str) -> None:
    """Note what a write changed in one row (its lines note themselves)."""
    assert row.id is not None
    parent = row.definition.parent
    values = {
        name: (RowChanges(row).old(name), row.values().get(name))
        for name in RowChanges(row)
        if name != parent
    }
    if action == "delete":
        values = {}
    writing.operation.changes.append(Change(row.object, row.id, row.version, action, values))


def keep(writing: Writing) -> None:
    """Store the operation with its history and its outbox rows."""
    assert writing.uow is not None
    operation, moment = writing.operation, writing.moment
    if not operation.changes:
        return
    caller = operation.caller
    connection = writing.connection
    connection.execute(
        insert(OPERATION).values(
            id=operation.id,
            kind=operation.kind,
            actor_id=caller.actor.user_id,
            at=moment,
            request_id=caller.request_id,
            reason=caller.reason,
        )
    )
    history = [_history_row(operation, change, moment) for change in operation.changes]
    connection.execute(insert(HISTORY), history)
    connection.execute(
        insert(OUTBOX), [_outbox_row(operation, change, moment) for change in operation.changes]
    )


def _history_row(operation: OperationLog, change: Change, moment: datetime) -> dict[str, Any]:
    return {
        "operation_id": operation.id,
        "object": change.object,
        "record_id": change.record_id,
        "version": change.version,
        "action": change.action,
        "changes": {k: [_json(a), _json(b)] for k, (a, b) in change.values.items()},
        "at": moment,
        "actor_id": operation.caller.actor.user_id,
    }


def _outbox_row(operation: OperationLog, change: Change, moment: datetime) -> dict[str, Any]:
    return {
        "operation_id": operation.id,
        "topic": f"record.{change.action}",
        "object": change.object,
        "record_id": change.record_id,
        "payload": {"version": change.version, "fields": sorted(change.values)},
        "at": moment,
    }


def _json(value: Any) -> Any:
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    return value
