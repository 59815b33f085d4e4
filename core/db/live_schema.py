"""What the database really holds: tables, columns, indexes and reference constraints by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa

_SQLITE_COLUMNS = """
SELECT m.name, c.name FROM sqlite_master AS m JOIN pragma_table_info(m.name) AS c WHERE m.type = 'table'
"""
_SQLITE_INDEXES = (
    "SELECT name, tbl_name, 1 FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
)
_POSTGRESQL_COLUMNS = """
SELECT t.relname, a.attname
FROM pg_class t JOIN pg_namespace n ON n.oid = t.relnamespace JOIN pg_attribute a ON a.attrelid = t.oid
WHERE n.nspname = current_schema() AND t.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped
"""
_POSTGRESQL_INDEXES = """
SELECT i.relname, t.relname, x.indisvalid
FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid
JOIN pg_namespace n ON n.oid = t.relnamespace
WHERE n.nspname = current_schema()
"""
_POSTGRESQL_REFERENCES = """
SELECT c.conname FROM pg_constraint c JOIN pg_namespace n ON n.oid = c.connamespace
WHERE n.nspname = current_schema() AND c.contype = 'f'
"""


@dataclass(frozen=True, slots=True)
class LiveSchema:
    """The tables of one database.

    Attributes:
        columns: Column names by table.
        indexes: Table by name of a usable index.
        references: Names of reference constraints (PostgreSQL only; SQLite's stand inside their columns).
    """

    columns: Mapping[str, frozenset[str]]
    indexes: Mapping[str, str]
    references: frozenset[str]


def read_schema(connection: sa.Connection) -> LiveSchema:
    """Read the catalogue of the database."""
    is_sqlite = connection.dialect.name == "sqlite"
    columns: dict[str, set[str]] = {}
    for table, column in connection.exec_driver_sql(
        _SQLITE_COLUMNS if is_sqlite else _POSTGRESQL_COLUMNS
    ):
        columns.setdefault(table, set()).add(column)
    found = connection.exec_driver_sql(_SQLITE_INDEXES if is_sqlite else _POSTGRESQL_INDEXES)
    indexes = {name: table for name, table, is_valid in found if is_valid}
    references: frozenset[str] = frozenset()
    if not is_sqlite:
        references = frozenset(connection.exec_driver_sql(_POSTGRESQL_REFERENCES).scalars())
    return LiveSchema(
        {table: frozenset(names) for table, names in columns.items()}, indexes, references
    )
