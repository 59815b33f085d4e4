"""What happened to a record, as far as the reader may know."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.sql.elements import ColumnElement

from core.db.platform_tables import HISTORY, OPERATION
from core.kernel.errors import NotFound
from core.metadata.expressions.moments import write_moment
from core.records.filters import refusal
from core.records.lookup import titles
from core.records.plans import circumstances, plan
from core.records.policies import policy_of
from core.records.query import MAX_ID, MAX_LIMIT, reading
from core.records.record_plan import existence
from core.records.services import Caller

USER: Final = "user"


def history(
    caller: Caller,
    object_name: str,
    record_id: int,
    *,
    limit: int = 100,
    before: int | None = None,
    connection: Connection | None = None,
) -> list[dict[str, Any]]:
    """List the changes of a record, newest first, those of its lines included.

    Args:
        caller: Who asks.
        object_name: Object of the record.
        record_id: Its id.
        limit: Changes at most, 1 to 500.
        before: Only changes older than the one with this ``id``.
        connection: Where to read; None takes one from the pool.

    Returns:
        ``{"id", "operation", "action", "object", "record_id", "version", "at", "actor", "actor_name", "reason",
        "changes": [{"field", "old", "new"}]}`` each; hidden fields are left out, and so is a change of hidden fields
        alone.

    Raises:
        NotFound: There is no such object, or no such record that the caller may see.
        Forbidden: The caller may read none of the object's records.
        Invalid: ``limit`` is out of bounds.
    """
    if not 1 <= limit <= MAX_LIMIT:
        raise refusal("read.limit", "limit", "invalid", most=MAX_LIMIT)
    known = circumstances(caller)
    exists = plan(caller, known, ("exists", object_name), lambda r: existence(r, object_name))
    with reading(caller, connection) as opened:
        values = {"me": known.me, "record_id": record_id}
        if not 0 < record_id < MAX_ID or opened.execute(exists, values).first() is None:
            raise NotFound("read.not_found", object=object_name, id=record_id)
        statement = _statement(caller, object_name, record_id, limit, before)
        rows = opened.execute(statement).mappings().all()
        names = titles(caller, {USER: {r["actor_id"] for r in rows if r["actor_id"]}}, opened)
    entries = [_entry(caller, row, names) for row in rows]
    return [entry for entry, row in zip(entries, rows, strict=True) if _is_shown(entry, row)]


def _statement(
    caller: Caller, object_name: str, record_id: int, limit: int, before: int | None
) -> sa.Select[Any]:
    found = (
        sa.select(*HISTORY.c, OPERATION.c.reason)
        .select_from(HISTORY.outerjoin(OPERATION, OPERATION.c.id == HISTORY.c.operation_id))
        .where(sa.or_(*_subjects(caller, object_name, record_id)))
    )
    if before is not None:
        found = found.where(HISTORY.c.id < before)
    return found.order_by(HISTORY.c.id.desc()).limit(limit)


def _subjects(caller: Caller, object_name: str, record_id: int) -> Iterator[ColumnElement[bool]]:
    """Give the records whose changes are listed: the record and its lines, those taken away included."""
    yield sa.and_(HISTORY.c.object == object_name, HISTORY.c.record_id == record_id)
    tables = caller.model.tables
    visible = policy_of(caller).visible[object_name]
    for field in visible.lines_fields():
        parent = tables.column(field.of, caller.snapshot.object(field.of).parent)
        lines = sa.select(tables.table(field.of).c.id).where(parent == record_id)
        yield sa.and_(HISTORY.c.object == field.of, HISTORY.c.record_id.in_(lines))


def _entry(
    caller: Caller, row: Mapping[Any, Any], names: Mapping[tuple[str, int], str]
) -> dict[str, Any]:
    return {
        "id": row["id"],
        "operation": row["operation_id"],
        "action": row["action"],
        "object": row["object"],
        "record_id": row["record_id"],
        "version": row["version"],
        "at": write_moment(row["at"]),
        "actor": row["actor_id"],
        "actor_name": names.get((USER, row["actor_id"]), ""),
        "reason": row["reason"] or "",
        "changes": list(_changes(caller, row["object"], row["changes"])),
    }


def _changes(
    caller: Caller, object_name: str, changes: Mapping[str, Any]
) -> Iterator[dict[str, Any]]:
    """Give the readable changes in the order of the fields; a field that no longer exists stays out."""
    for name in policy_of(caller).readable(object_name):
        if name in changes:
            old, new = changes[name]
            yield {"field": name, "old": old, "new": new}


def _is_shown(entry: Mapping[str, Any], row: Mapping[Any, Any]) -> bool:
    """A change that consists of hidden fields only would tell that they changed."""
    return bool(entry["changes"]) or not row["changes"]
