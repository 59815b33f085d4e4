"""Databases of a run: one seeded source, a copy for each contestant, and nothing left behind."""

from __future__ import annotations

import secrets
import shutil
import sqlite3
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import psycopg
import sqlalchemy as sa
from psycopg import sql

from bench import facts, tables
from bench.addresses import file_of, libpq
from bench.facts import Size

SEEDS = (tables.CUSTOMER, tables.PRODUCT, tables.ORDER, tables.LINE)


def seeded_rows(table: sa.Table, size: Size) -> Iterable[tuple[object, ...]]:
    """Yield the seeded rows of one table, in the order of its columns."""
    seeds: dict[str, tuple[int, Callable[[int], facts.Facts]]] = {
        "customer": (size.customers, facts.customer),
        "product": (size.products, facts.product),
        "sales_order": (size.orders, lambda number: facts.order(number, size)),
        "sales_order_line": (size.lines, lambda number: facts.line(number, size)),
    }
    count, make = seeds[table.name]
    for number in range(1, count + 1):
        yield tuple(make(number).values())


class Store(ABC):
    """One kind of database, able to seed a source once and copy it for each contestant."""

    name: str

    @abstractmethod
    def seed(self, size: Size) -> None:
        """Make the source with all rows, analysed."""

    @abstractmethod
    def copy(self, contestant: str) -> str:
        """Copy the source and return the copy's SQLAlchemy URL."""

    @abstractmethod
    def empty(self, contestant: str) -> str:
        """Make an empty database and return its SQLAlchemy URL."""

    @abstractmethod
    def drop(self) -> None:
        """Remove every database this store has made."""


class Postgres(Store):
    """Databases on one PostgreSQL server, named after a random token of the run."""

    name = "postgresql"

    def __init__(self, server: str) -> None:
        """Take the SQLAlchemy URL of any database on the server; raise OperationalError if down."""
        self._server = sa.make_url(server).set(drivername="postgresql")
        self._prefix = f"tradeloom_bench_{secrets.token_hex(3)}"
        self._made: list[str] = []
        self._admin("SELECT 1")

    def seed(self, size: Size) -> None:
        """Make the source with all rows, analysed."""
        url = self.empty("seed")
        engine = sa.create_engine(url, poolclass=sa.NullPool)
        tables.METADATA.create_all(engine)
        with psycopg.connect(libpq(url), autocommit=True) as connection:
            for table in SEEDS:
                self._copy_rows(connection, table, seeded_rows(table, size))
            connection.execute("VACUUM (ANALYZE)")

    def copy(self, contestant: str) -> str:
        """Copy the source and return the copy's SQLAlchemy URL."""
        return self._create(contestant, template=f"{self._prefix}_seed")

    def empty(self, contestant: str) -> str:
        """Make an empty database and return its SQLAlchemy URL."""
        return self._create(contestant, template="template0")

    def drop(self) -> None:
        """Remove every database this store has made."""
        while self._made:
            name = sql.Identifier(self._made.pop())
            self._admin(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))

    def _create(self, contestant: str, template: str) -> str:
        name = f"{self._prefix}_{contestant}"
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {} ENCODING 'UTF8'")
        self._admin(statement.format(sql.Identifier(name), sql.Identifier(template)))
        self._made.append(name)
        url = self._server.set(drivername="postgresql+psycopg", database=name)
        return url.render_as_string(hide_password=False)

    def _admin(self, statement: str | sql.Composed) -> None:
        url = self._server.render_as_string(hide_password=False)
        with psycopg.connect(url, autocommit=True, connect_timeout=3) as connection:
            connection.execute(statement)

    @staticmethod
    def _copy_rows(
        connection: psycopg.Connection[tuple[object, ...]],
        table: sa.Table,
        rows: Iterable[Sequence[object]],
    ) -> None:
        statement = sql.SQL("COPY {} FROM STDIN").format(sql.Identifier(table.name))
        with connection.cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row(row)
        connection.execute(
            f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), max(id)) "
            f"FROM {table.name}"
        )


class Sqlite(Store):
    """SQLite files in a temporary folder, all in WAL mode."""

    name = "sqlite"

    def __init__(self) -> None:
        """Make the temporary folder."""
        self._folder = Path(tempfile.mkdtemp(prefix="tradeloom-bench-"))

    def seed(self, size: Size) -> None:
        """Make the source with all rows, analysed."""
        url = self.empty("seed")
        engine = sa.create_engine(url, poolclass=sa.NullPool)
        tables.METADATA.create_all(engine)
        connection = sqlite3.connect(file_of(url))
        for table in SEEDS:
            marks = ",".join("?" * len(table.columns))
            rows = (_plain(row) for row in seeded_rows(table, size))
            connection.executemany(f"INSERT INTO {table.name} VALUES ({marks})", rows)
        connection.execute("ANALYZE")
        connection.commit()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()

    def copy(self, contestant: str) -> str:
        """Copy the source and return the copy's SQLAlchemy URL."""
        target = self._folder / f"{contestant}.db"
        shutil.copyfile(self._folder / "seed.db", target)
        return f"sqlite:///{target}"

    def empty(self, contestant: str) -> str:
        """Make an empty database and return its SQLAlchemy URL."""
        target = self._folder / f"{contestant}.db"
        connection = sqlite3.connect(target)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.close()
        return f"sqlite:///{target}"

    def drop(self) -> None:
        """Remove every database this store has made."""
        shutil.rmtree(self._folder, ignore_errors=True)


def _plain(row: Sequence[object]) -> list[object]:
    """Turn Decimals into numbers and dates into text, as SQLite keeps them."""
    return [
        value if value is None or isinstance(value, int | str) else _plain_value(value)
        for value in row
    ]


def _plain_value(value: object) -> object:
    text = str(value)
    return text if "-" in text else float(text)
