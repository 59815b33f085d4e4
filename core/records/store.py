"""Rows in and out of the tables. Only the pipeline and the context call this; it knows no policy."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal

from sqlalchemy import Connection, Executable, Select, Table, bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError

from core.db.faults import constraint_of
from core.kernel.errors import FieldError, Invalid
from core.kernel.text import fold
from core.metadata.definitions import FieldDef, ObjectDef
from core.records.record import Row
from core.records.services import Model

Values = dict[str, Any]

Lock = Literal["refer", "change", "remove"]
"""Why rows are locked: to refer to them (they may change, not go), to change them, to remove them."""


def stored_fields(definition: ObjectDef) -> list[FieldDef]:
    """List the fields that have a column, without the id."""
    return [f for f in definition.fields.values() if not f.is_virtual and f.name != "id"]


def fetch(
    connection: Connection,
    model: Model,
    object_name: str,
    ids: Iterable[int],
    *,
    lock: Lock | None = None,
) -> dict[int, Values]:
    """Read live rows by id, each with its stored fields, ``id`` and ``_version``.

    Args:
        connection: Where to read.
        model: The pinned model.
        object_name: Object.
        ids: Record ids; those that don't exist are left out of the answer.
        lock: Why to lock the rows, in id order, until the transaction ends; None locks nothing.
    """
    wanted = sorted(set(ids))
    if not wanted:
        return {}

    def build() -> Executable:
        table = model.tables.table(object_name)
        query = _select(model, object_name).where(table.c.id.in_(bindparam("ids", expanding=True)))
        query = query.order_by(table.c.id)
        if lock is None:
            return query
        return query.with_for_update(read=lock == "refer", key_share=lock != "remove")

    statement = _prepared(model, ("fetch", object_name, lock), build)
    return {
        row["id"]: dict(row) for row in connection.execute(statement, {"ids": wanted}).mappings()
    }


def fetch_lines(
    connection: Connection, model: Model, child: ObjectDef, header_ids: Sequence[int]
) -> list[Values]:
    """Read the live lines of headers, ordered by header and position."""

    def build() -> Executable:
        parent = model.tables.column(child.name, child.parent)
        order = (
            parent,
            model.tables.column(child.name, "seq"),
            model.tables.table(child.name).c.id,
        )
        return (
            _select(model, child.name)
            .where(parent.in_(bindparam("ids", expanding=True)))
            .order_by(*order)
        )

    statement = _prepared(model, ("lines", child.name), build)
    return [
        dict(row) for row in connection.execute(statement, {"ids": list(header_ids)}).mappings()
    ]


def _prepared(model: Model, key: tuple[Any, ...], build: Callable[[], Any]) -> Any:
    """Give a statement built once per snapshot: building it anew costs more than running it."""
    return model.memo(("store", *key), build)


def _select(model: Model, object_name: str) -> Select[Any]:
    definition = model.snapshot.object(object_name)
    table = model.tables.table(object_name)
    columns = [
        model.tables.column(object_name, f.name).label(f.name) for f in stored_fields(definition)
    ]
    return select(table.c.id, table.c.version.label("_version"), *columns).where(
        table.c.deleted_at.is_(None)
    )


def find_by(
    connection: Connection, model: Model, object_name: str, field: str, value: Any
) -> int | None:
    """Find the live record whose unique ``field`` holds ``value``."""

    def build() -> Executable:
        table = model.tables.table(object_name)
        column = model.tables.column(object_name, field)
        wanted = column == bindparam("value", type_=column.type)
        return (
            select(table.c.id)
            .where(wanted, table.c.deleted_at.is_(None))
            .order_by(table.c.id)
            .limit(1)
        )

    statement = _prepared(model, ("find", object_name, field), build)
    found: int | None = connection.execute(statement, {"value": value}).scalar()
    return found


def insert_rows(connection: Connection, model: Model, rows: Sequence[Row]) -> None:
    """Insert new rows of one object; each gets its id and version 1."""
    if not rows:
        return
    definition = rows[0].definition
    table = model.tables.table(definition.name)
    fields = stored_fields(definition)
    statement = _prepared(
        model, ("insert", definition.name), lambda: insert(table).returning(table.c.id)
    )
    for row in rows:
        values = {"version": 1, **_columns(model, definition, row.values(), fields)}
        try:
            row.id = connection.execute(statement, values).scalar_one()
        except IntegrityError as fault:
            raise duplicate(model, definition, fault) from None
        row.version = 1


def update_row(connection: Connection, model: Model, row: Row, changed: Sequence[str]) -> None:
    """Write the changed fields of a stored row and raise its version by one."""
    definition = row.definition
    table = model.tables.table(definition.name)
    fields = [definition.fields[name] for name in changed]
    values = _columns(model, definition, row.values(), fields)

    def build() -> Executable:
        return (
            update(table)
            .where(table.c.id == bindparam("record_id"))
            .values(version=table.c.version + 1)
        )

    statement = _prepared(model, ("update", definition.name), build)
    try:
        connection.execute(statement, {"record_id": row.id, **values})
    except IntegrityError as fault:
        raise duplicate(model, definition, fault) from None
    row.version += 1


def remove_rows(
    connection: Connection, model: Model, object_name: str, ids: Sequence[int], at: Any
) -> None:
    """Move live rows to the recycle bin."""
    table = model.tables.table(object_name)
    statement = (
        update(table)
        .where(table.c.id.in_(list(ids)))
        .values(deleted_at=at, version=table.c.version + 1)
    )
    connection.execute(statement)


def referring(
    connection: Connection, model: Model, object_name: str, record_id: int
) -> tuple[str, str] | None:
    """Name one (object, field) whose live records refer to the record, or None."""
    for other, field_name in model.snapshot.referenced_by.get(object_name, ()):
        if model.snapshot.children.get(other, ("", ""))[0] == object_name:
            continue
        table: Table = model.tables.table(other)
        column = model.tables.column(other, field_name)
        query = select(table.c.id).where(column == record_id, table.c.deleted_at.is_(None)).limit(1)
        if connection.execute(query).first() is not None:
            return other, field_name
    return None


def _columns(
    model: Model, definition: ObjectDef, values: Mapping[str, Any], fields: Iterable[FieldDef]
) -> Values:
    columns: Values = {}
    for field in fields:
        value = values.get(field.name)
        if isinstance(value, Row):
            value = value.id
        columns[model.tables.column(definition.name, field.name).key] = value
        folded = model.tables.fold_column(definition.name, field.name)
        if folded is not None:
            columns[folded.key] = None if value is None else fold(str(value))
    return columns


def duplicate(model: Model, definition: ObjectDef, fault: IntegrityError) -> Invalid:
    """Turn a violated unique index into an error on its field; the database's own words are never shown."""
    found = constraint_of(fault)
    for field in definition.fields.values():
        if found is None or not field.unique or field.is_virtual:
            continue
        if model.tables.column(definition.name, field.name).name in found[1]:
            error = FieldError(
                field.name, "duplicate", "record.duplicate", {"object": definition.name}
            )
            return Invalid("record.invalid", errors=[error])
    return Invalid("record.constraint", object=definition.name)
