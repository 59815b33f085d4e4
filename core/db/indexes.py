"""Which indexes a business table has.

* unique fields: a partial unique index over living records, so a deleted record's value is free again;
* references (and the parent with the position of lines): related lists and policies look them up;
* folded text of searched fields: type-ahead;
* the sort orders of list views: pages are read along ``(key…, id)``;
* whatever the definition asks for.

On PostgreSQL the id is the last column; on SQLite every index ends with it by itself.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.elements import quoted_name

from core.db.names import storage_of
from core.metadata.definitions import FieldDef, ObjectDef, ViewDef

Columns = Mapping[str, sa.Column[Any]]
Folds = Mapping[str, sa.Column[Any] | None]

_LONGEST_NAME = 63
_UNINDEXED = frozenset({"created_by", "updated_by"})


def constraint_name(prefix: str, table: str, parts: Sequence[str]) -> quoted_name:
    """Give the name of an index or constraint: readable, at most 63 characters, and different for other parts."""
    text = f"{prefix}_{table}__{'__'.join(parts)}"
    digest = hashlib.sha256("\x00".join((prefix, table, *parts)).encode()).hexdigest()[:8]
    return quoted_name(f"{text[: _LONGEST_NAME - 9].rstrip('_')}_{digest}", True)


def add_indexes(
    definition: ObjectDef, table: sa.Table, columns: Columns, folds: Folds, *, with_id: bool
) -> None:
    """Attach every index of an object to its table.

    Args:
        definition: The object.
        table: Its table.
        columns: Column by field name; stored fields only.
        folds: Fold column by field name, None where there is none.
        with_id: Whether the id must be named as the last column.
    """
    for field in definition.fields.values():
        if field.unique and field.name in columns:
            _add_unique(table, columns[field.name])
    seen: set[tuple[str, ...]] = set()
    for parts in _orders(definition, columns, folds):
        key = tuple(_label(part) for part in parts)
        if key and key not in seen and key != ("id",):
            seen.add(key)
            ends_with_id = "id" in key or not with_id
            sa.Index(
                constraint_name("ix", table.name, key),
                *parts,
                *(() if ends_with_id else (table.c["id"],)),
            )


def _add_unique(table: sa.Table, column: sa.Column[Any]) -> None:
    living = table.c["deleted_at"].is_(None)
    name = constraint_name("ux", table.name, (column.name,))
    sa.Index(name, column, unique=True, sqlite_where=living, postgresql_where=living)


def _orders(
    definition: ObjectDef, columns: Columns, folds: Folds
) -> Iterator[tuple[sa.ColumnElement[Any], ...]]:
    for field in definition.fields.values():
        if field.name in columns:
            yield from _field_orders(definition, field, columns, folds)
    for view in definition.views.values():
        yield _view_order(view, columns, folds)
    for index in definition.indexes:
        yield tuple(columns[name] for name in index.fields if name in columns)


def _field_orders(
    definition: ObjectDef, field: FieldDef, columns: Columns, folds: Folds
) -> Iterator[tuple[sa.ColumnElement[Any], ...]]:
    fold = folds[field.name]
    if field.name == definition.parent and "seq" in columns:
        yield (columns[field.name], columns["seq"])
    elif storage_of(field) == "reference" and field.name not in _UNINDEXED:
        yield (columns[field.name],)
    elif field.search and fold is not None and storage_of(field) == "text":
        yield (fold,)


def _view_order(view: ViewDef, columns: Columns, folds: Folds) -> tuple[sa.ColumnElement[Any], ...]:
    parts: list[sa.ColumnElement[Any]] = []
    for key in view.sort:
        column = columns.get(key.field)
        if column is None:
            # What follows a key of another table can't be read along this table's index.
            break
        fold = folds[key.field]
        stored = column if fold is None else fold
        # An index is read in both directions, so only directions that differ from the first key's need saying.
        parts.append(stored if key.descending == view.sort[0].descending else stored.desc())
    return tuple(parts)


def _label(part: sa.ColumnElement[Any]) -> str:
    if isinstance(part, sa.Column):
        return str(part.name)
    return f"{part.element.name}_desc"
