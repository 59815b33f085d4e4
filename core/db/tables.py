"""Tables made from a snapshot: one per object, columns with the storage rules, and the indexes that reads need."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.elements import quoted_name
from sqlalchemy.types import TypeEngine

from core.db.indexes import add_indexes, constraint_name
from core.db.names import FOLD_SUFFIX, Element, Names, choose_names, has_fold, storage_of, target_of
from core.db.types import (
    BooleanType,
    DateTimeType,
    DateType,
    DecimalType,
    IntegerType,
    LongTextType,
    TextType,
)
from core.kernel.errors import NotFound
from core.metadata.definitions import FieldDef, ObjectDef
from core.metadata.snapshot import Snapshot

UNCHECKED_REFERENCES = frozenset({"created_by", "updated_by"})
"""References that the platform itself fills: no constraint and no index, they would cost every write."""


class Tables:
    """The tables of one snapshot as SQLAlchemy sees them."""

    def __init__(
        self,
        snapshot: Snapshot,
        dialect_name: str,
        recorded: Iterable[Element] = (),
        *,
        revive: bool = False,
    ) -> None:
        """Build every table.

        Args:
            snapshot: The definitions.
            dialect_name: ``sqlite`` or ``postgresql``.
            recorded: The elements that the database knows (:func:`core.db.elements.load_elements`); without them every
                element gets its first name, which is right where nothing was ever renamed, dropped or retyped.
            revive: Whether tombstones are used again (see :func:`core.db.names.choose_names`).
        """
        self.dialect_name = dialect_name
        self.names: Names = choose_names(snapshot, recorded, revive=revive)
        self.metadata = sa.MetaData()
        self._fields = {
            (self.names.tables[object_name], column): (object_name, field_name)
            for (object_name, field_name), column in self.names.columns.items()
        }
        self._tables = {
            name: self._build(definition) for name, definition in snapshot.objects.items()
        }

    def table(self, object_name: str) -> sa.Table:
        """Give the table of an object.

        Raises:
            NotFound: There is no such object.
        """
        found = self._tables.get(object_name)
        if found is None:
            raise NotFound("object.unknown", name=object_name, hint="")
        return found

    def column(self, object_name: str, field_name: str) -> sa.Column[Any]:
        """Give the column of a stored field.

        Raises:
            KeyError: The field is unknown or no column holds its values.
        """
        return self.table(object_name).c[self.names.columns[object_name, field_name]]

    def fold_column(self, object_name: str, field_name: str) -> sa.Column[Any] | None:
        """Give the column with the folded text of a field, or None where there is none."""
        physical = self.names.columns.get((object_name, field_name))
        return None if physical is None else self.table(object_name).c.get(physical + FOLD_SUFFIX)

    def version(self, object_name: str) -> sa.Column[int]:
        """Give the column with the number of the record's version."""
        return self.table(object_name).c["version"]

    def deleted_at(self, object_name: str) -> sa.Column[Any]:
        """Give the column with the moment of the record's deletion; null while it lives."""
        return self.table(object_name).c["deleted_at"]

    def field_of(self, table_name: str, column_name: str) -> tuple[str, str] | None:
        """Name the object and field behind a physical column, e.g. one that ``constraint_of`` names."""
        return self._fields.get((table_name, column_name.removesuffix(FOLD_SUFFIX)))

    def __iter__(self) -> Iterator[sa.Table]:
        """Iterate over the tables."""
        return iter(self._tables.values())

    def _build(self, definition: ObjectDef) -> sa.Table:
        columns = [
            column
            for field in definition.fields.values()
            for column in self._columns(definition.name, field)
        ]
        if not any(column.primary_key for column in columns):
            columns.insert(0, _id_column())
        table = sa.Table(
            quoted_name(self.names.tables[definition.name], True),
            self.metadata,
            *columns,
            _column("version", IntegerType(), nullable=False, server_default=sa.text("1")),
            _column("deleted_at", DateTimeType()),
            sqlite_strict=True,
            sqlite_autoincrement=True,
        )
        for field in definition.fields.values():
            self._add_reference(table, definition, field)
        names = self.names.columns
        physical = {
            name: table.c[names[definition.name, name]]
            for owner, name in names
            if owner == definition.name
        }
        folds = {name: table.c.get(column.name + FOLD_SUFFIX) for name, column in physical.items()}
        add_indexes(definition, table, physical, folds, with_id=self.dialect_name != "sqlite")
        return table

    def _columns(self, object_name: str, field: FieldDef) -> Iterator[sa.Column[Any]]:
        physical = self.names.columns.get((object_name, field.name))
        if physical is None:
            return
        if field.name == "id":
            yield _id_column()
            return
        yield _column(physical, column_type(field))
        if has_fold(field):
            yield _column(physical + FOLD_SUFFIX, TextType())

    def _add_reference(self, table: sa.Table, definition: ObjectDef, field: FieldDef) -> None:
        # The constraint is a net under the pipeline, which checks that the target is visible: it never cascades,
        # because nothing is ever deleted from a table, and it may be deferred, so that a backup can be loaded in any
        # order.
        physical = self.names.columns.get((definition.name, field.name))
        target = (
            self.names.tables.get(target_of(field)) if storage_of(field) == "reference" else None
        )
        if physical is None or target is None or field.name in UNCHECKED_REFERENCES:
            return
        table.append_constraint(
            sa.ForeignKeyConstraint(
                [physical],
                [f"{target}.id"],
                name=constraint_name("fk", table.name, (physical,)),
                deferrable=True,
                initially="IMMEDIATE",
            )
        )


def column_type(field: FieldDef) -> TypeEngine[Any]:
    """Give the type of a stored field's column.

    Raises:
        ValueError: No column holds the field's values.
    """
    match storage_of(field):
        case "decimal":
            return DecimalType(field.scale)
        case "integer" | "reference":
            return IntegerType()
        case "boolean":
            return BooleanType()
        case "date":
            return DateType()
        case "datetime":
            return DateTimeType()
        case "text":
            return TextType()
        case "longtext":
            return LongTextType()
        case _:
            raise ValueError(f"field {field.name} has no column")


def _column(name: str, type_: TypeEngine[Any], *args: Any, **options: Any) -> sa.Column[Any]:
    return sa.Column(quoted_name(name, True), type_, *args, **options)


def _id_column() -> sa.Column[Any]:
    return _column("id", IntegerType(), sa.Identity(), primary_key=True, nullable=False)
