"""From the tables that are to the tables that should be: a plan of small, repeatable steps.

The plan only adds. What a definition no longer names stays as a tombstone; only indexes are ever removed, and only
after the new definitions are live.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.schema import AddConstraint, CreateColumn, CreateIndex, CreateTable

from core.db.elements import load_elements
from core.db.engine import Database
from core.db.live_schema import LiveSchema, read_schema
from core.db.names import FOLD_SUFFIX, Element
from core.db.platform_tables import METADATA
from core.db.rewriting import can_convert, convert_column, fill_fold
from core.db.tables import Tables
from core.metadata.snapshot import Snapshot

Risk = Literal["additive", "rewriting", "destructive"]

Phase = Literal["prepare", "switch", "clean"]
"""``prepare`` is invisible to the old definitions; ``switch`` runs while every writer waits; ``clean`` comes after."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a plan.

    Attributes:
        kind: What it does, e.g. ``create_table``.
        table: Physical table.
        words: Message id of the sentence that tells people; ``params`` fill it.
        risk: ``additive`` adds, ``rewriting`` computes stored values anew, ``destructive`` takes values out of sight.
        phase: When it runs.
        sql: The statement; "" where ``work`` does it, or where nothing but the record changes.
        work: What it does beyond one statement.
        is_new_table: Whether the table is made by the same plan, so nobody else can be using it.
        index: Name of the index made or dropped; "" for other kinds.
        columns: Physical columns concerned.
    """

    kind: str
    table: str
    words: str
    params: Mapping[str, Any] = field(default_factory=dict)
    risk: Risk = "additive"
    phase: Phase = "prepare"
    sql: str = ""
    work: Callable[[sa.Connection], None] | None = None
    is_new_table: bool = False
    index: str = ""
    columns: tuple[str, ...] = ()

    @property
    def is_unique_index(self) -> bool:
        """Whether the step fails when two records share a value."""
        return self.kind == "create_index" and self.words == "ddl.create_unique_index"


def plan(database: Database, snapshot: Snapshot) -> list[Step]:
    """List what would have to change for the database to hold the snapshot's records; change nothing.

    Raises:
        Invalid: An object has more fields than a table can hold.
    """
    with database.read() as connection:
        live = read_schema(connection)
        recorded = load_elements(connection) if "tl_element" in live.columns else ()
    tables = Tables(snapshot, database.dialect_name, recorded)
    return [
        *platform_steps(database.engine.dialect, live),
        *steps(tables, live, recorded, database.engine.dialect),
    ]


def platform_steps(dialect: sa.Dialect, live: LiveSchema) -> list[Step]:
    """List what the platform's own tables lack."""
    return list(_table_steps(METADATA.tables.values(), live, dialect))


def steps(
    tables: Tables, live: LiveSchema, recorded: Sequence[Element], dialect: sa.Dialect
) -> list[Step]:
    """List what the business tables lack, in the order in which it is to be done."""
    found = list(_table_steps(tables, live, dialect))
    found += _value_steps(tables, recorded)
    found += _tombstone_steps(tables, recorded)
    found += _index_removals(tables, live, recorded, dialect)
    return found


def _table_steps(
    wanted: Iterable[sa.Table], live: LiveSchema, dialect: sa.Dialect
) -> Iterator[Step]:
    wanted = list(wanted)
    for table in wanted:
        if table.name not in live.columns:
            yield _create_table(table, dialect)
            yield from (_create_index(index, dialect, is_new=True) for index in _indexes(table))
    for table in wanted:
        if table.name in live.columns:
            missing = [
                column for column in table.columns if column.name not in live.columns[table.name]
            ]
            yield from (_add_column(column, dialect) for column in missing)
    if dialect.name == "postgresql":
        # On SQLite the constraint is written with the column: it can't be added later.
        yield from _reference_steps(wanted, live, dialect)
    for table in wanted:
        if table.name in live.columns:
            missing_indexes = (index for index in _indexes(table) if index.name not in live.indexes)
            yield from (_create_index(index, dialect, is_new=False) for index in missing_indexes)


def _create_table(table: sa.Table, dialect: sa.Dialect) -> Step:
    references = None if dialect.name == "sqlite" else ()
    create = CreateTable(table, include_foreign_key_constraints=references, if_not_exists=True)
    return Step(
        "create_table",
        table.name,
        "ddl.create_table",
        {"table": table.name},
        sql=_compiled(create, dialect),
        is_new_table=True,
    )


def _add_column(column: sa.Column[Any], dialect: sa.Dialect) -> Step:
    table = _quoted(column.table.name, dialect)
    definition = _compiled(CreateColumn(column), dialect)
    if dialect.name == "sqlite":
        definition += "".join(
            f" REFERENCES {_quoted(key.column.table.name, dialect)} ({_quoted(key.column.name, dialect)})"
            for key in column.foreign_keys
        )
        sql = f"ALTER TABLE {table} ADD COLUMN {definition}"
    else:
        sql = f"ALTER TABLE {table} ADD COLUMN IF NOT EXISTS {definition}"
    return Step(
        "add_column",
        column.table.name,
        "ddl.add_column",
        {"table": column.table.name, "column": column.name},
        sql=sql,
        columns=(column.name,),
    )


def _create_index(index: sa.Index, dialect: sa.Dialect, *, is_new: bool) -> Step:
    table = index.table
    assert table is not None
    columns = tuple(column.name for column in index.columns)
    return Step(
        "create_index",
        table.name,
        "ddl.create_unique_index" if index.unique else "ddl.create_index",
        {"table": table.name, "columns": ", ".join(columns)},
        sql=_compiled(CreateIndex(index, if_not_exists=True), dialect),
        is_new_table=is_new,
        index=str(index.name),
        columns=columns,
    )


def _reference_steps(
    wanted: Iterable[sa.Table], live: LiveSchema, dialect: sa.Dialect
) -> Iterator[Step]:
    new = {table.name for table in wanted if table.name not in live.columns}
    for table in wanted:
        for constraint in sorted(table.foreign_key_constraints, key=lambda key: str(key.name)):
            if constraint.name in live.references:
                continue
            target = constraint.referred_table.name
            is_new = table.name in new and target in new
            # Rows that are there were checked by the pipeline; checking them again would read the whole table.
            sql = _compiled(AddConstraint(constraint), dialect) + ("" if is_new else " NOT VALID")
            params = {
                "table": table.name,
                "column": ", ".join(constraint.column_keys),
                "target": target,
            }
            yield Step(
                "add_reference",
                table.name,
                "ddl.add_reference",
                params,
                sql=sql,
                is_new_table=is_new,
            )


def _value_steps(tables: Tables, recorded: Sequence[Element]) -> Iterator[Step]:
    before = {element.uid: element for element in recorded if element.is_live}
    for element in tables.names.elements.values():
        old = before.get(element.uid)
        if old is None or element.kind == "object" or old.storage == element.storage:
            continue
        params = {"table": element.table, "column": element.column}
        if old.column != element.column:
            yield _retyped(old, element, params)
        elif element.storage.endswith("+fold"):
            yield Step(
                "fill_fold",
                element.table,
                "ddl.fill_fold",
                params,
                risk="rewriting",
                phase="switch",
                work=_fold_filler(tables, element),
                columns=(element.column + FOLD_SUFFIX,),
            )


def _retyped(old: Element, new: Element, params: Mapping[str, Any]) -> Step:
    if not can_convert(old.storage, new.storage):
        return Step(
            "replace_column", new.table, "ddl.replace_column", params, "destructive", "switch"
        )

    def work(connection: sa.Connection) -> None:
        convert_column(connection, old, new)

    return Step(
        "convert_column", new.table, "ddl.convert_column", params, "rewriting", "switch", work=work
    )


def _fold_filler(tables: Tables, element: Element) -> Callable[[sa.Connection], None]:
    table = next(table for table in tables if table.name == element.table)

    def work(connection: sa.Connection) -> None:
        fill_fold(connection, table, element.column)

    return work


def _tombstone_steps(tables: Tables, recorded: Sequence[Element]) -> Iterator[Step]:
    kept = {element.uid for element in tables.names.elements.values()}
    gone = [element for element in recorded if element.is_live and element.uid not in kept]
    gone_tables = {element.table for element in gone if element.kind == "object"}
    for element in gone:
        if element.kind == "object":
            words, params = "ddl.retire_table", {"table": element.table}
        elif element.table in gone_tables:
            continue
        else:
            words, params = "ddl.retire_column", {"table": element.table, "column": element.column}
        yield Step(
            words.removeprefix("ddl."), element.table, words, params, "destructive", "switch"
        )


def _index_removals(
    tables: Tables, live: LiveSchema, recorded: Sequence[Element], dialect: sa.Dialect
) -> Iterator[Step]:
    wanted = {str(index.name) for table in tables for index in table.indexes}
    ours = {element.table for element in recorded}
    for name, table in sorted(live.indexes.items()):
        if table in ours and name.startswith(("ix_", "ux_")) and name not in wanted:
            sql = f"DROP INDEX IF EXISTS {_quoted(name, dialect)}"
            yield Step(
                "drop_index",
                table,
                "ddl.drop_index",
                {"table": table},
                phase="clean",
                sql=sql,
                index=name,
            )


def _indexes(table: sa.Table) -> list[sa.Index]:
    return sorted(table.indexes, key=lambda index: str(index.name))


def _compiled(element: Any, dialect: sa.Dialect) -> str:
    return str(element.compile(dialect=dialect)).strip()


def _quoted(name: str, dialect: sa.Dialect) -> str:
    return dialect.identifier_preparer.quote_identifier(name)
