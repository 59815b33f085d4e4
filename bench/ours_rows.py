"""The seeded rows in the product's own tables, written with SQL, and read back from there.

Which column holds which field, and how, is read from the product's table of elements, so that
nothing here depends on the product's code but the folding of text.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import psycopg
import sqlalchemy as sa
from psycopg import sql

from bench import facts
from bench.addresses import file_of, is_postgres, libpq
from bench.facts import Facts, Size
from bench.ledger import Ledger

CUSTOMER = "customer"
PRODUCT = "product"
ORDER = "sales_order"
LINE = "sales_order_line"
_FOLD = "__fold"
_SEEDED_AT = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Column:
    """Where a field is kept, and how: `decimal:2`, `text+fold`, `reference:customer` …"""

    name: str
    storage: str


@dataclass(frozen=True)
class Place:
    """An object's table and the columns of its fields."""

    table: str
    columns: Mapping[str, Column]


class Places:
    """Every object's place, as the product has recorded it."""

    def __init__(self, url: str) -> None:
        """Read the table of elements; in a new database none of them has been dropped."""
        self.url = url
        self.engine = sa.create_engine(url, poolclass=sa.NullPool)
        statement = sa.text("SELECT kind, name, table_name, column_name, storage FROM tl_element")
        with self.engine.connect() as connection:
            rows = connection.execute(statement).all()
        self._tables = {row[1]: row[2] for row in rows if row[0] == "object"}
        self._columns: dict[str, dict[str, Column]] = {}
        for kind, name, table, column, storage in rows:
            if kind == "field":
                self._columns.setdefault(table, {})[name] = Column(column, storage)

    def place(self, object_name: str) -> Place:
        """Return the place of an object; raise KeyError where the product has none."""
        table = self._tables[object_name]
        return Place(table, self._columns[table])


def seed(url: str, size: Size, owner: int) -> None:
    """Write all seeded rows as records of one user, and let the database look at them."""
    places = Places(url)
    made = {"owner": owner, "created_at": _SEEDED_AT, "updated_at": _SEEDED_AT}
    made |= {"created_by": owner, "updated_by": owner}
    for object_name, rows in (
        (CUSTOMER, _customers(size)),
        (PRODUCT, _products(size)),
        (ORDER, _orders(size)),
        (LINE, _lines(size)),
    ):
        _write(places, places.place(object_name), ({**row, **made} for row in rows))
    if is_postgres(url):
        with psycopg.connect(libpq(url), autocommit=True) as connection:
            connection.execute("VACUUM (ANALYZE)")
    else:
        with sqlite3.connect(file_of(url)) as file:
            file.execute("ANALYZE")


def _customers(size: Size) -> Iterator[Facts]:
    return (facts.customer(number) for number in range(1, size.customers + 1))


def _products(size: Size) -> Iterator[Facts]:
    for number in range(1, size.products + 1):
        product = facts.product(number)
        product["list_price"] = product.pop("price")
        yield {**product, "active": True, "stocked": True}


def _orders(size: Size) -> Iterator[Facts]:
    for number in range(1, size.orders + 1):
        order = facts.order(number, size)
        yield {**order, "list_amount": order["untaxed"], "average_discount": Decimal(0)}


def _lines(size: Size) -> Iterator[Facts]:
    for number in range(1, size.lines + 1):
        line = facts.line(number, size)
        line[ORDER] = line.pop("order")
        line["seq"] = (number - 1) % facts.LINES_PER_ORDER + 1
        yield {**line, "list_price": line["price"], "list_amount": line["net"]}


def _write(places: Places, place: Place, rows: Iterable[Facts]) -> None:
    """Insert rows given by field name; fields that the object lacks are left out."""
    rows = iter(rows)
    first = next(rows)
    fields = [name for name in first if name in place.columns]
    columns = [place.columns[name] for name in fields]
    names = [column.name for column in columns]
    names += [column.name + _FOLD for column in columns if column.storage == "text+fold"]
    plain = not is_postgres(places.url)

    def values(row: Facts) -> list[Any]:
        stored = [_stored(row[f], c, plain) for f, c in zip(fields, columns, strict=True)]
        pairs = zip(fields, columns, strict=True)
        return stored + [_folded(row[f]) for f, c in pairs if c.storage == "text+fold"]

    everything = (values(row) for row in (first, *rows))
    if plain:
        _insert(places.url, place.table, names, everything)
    else:
        _copy(places.url, place.table, names, everything)


def _stored(value: Any, column: Column, plain: bool) -> Any:
    """Return a value as the product keeps it; `plain` is SQLite's way."""
    if not plain or value is None:
        return value
    if isinstance(value, Decimal):
        return int(value.scaleb(int(column.storage.split(":")[1])))
    if isinstance(value, datetime):
        return value.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
    return value.isoformat() if isinstance(value, date) else value


def _folded(value: Any) -> Any:
    from core.kernel.text import fold  # noqa: PLC0415 - only where the product takes part

    return fold(value) if isinstance(value, str) else None


def _insert(url: str, table: str, names: list[str], rows: Iterable[list[Any]]) -> None:
    quoted = ", ".join(f'"{name}"' for name in names)
    marks = ", ".join("?" * len(names))
    with sqlite3.connect(file_of(url)) as file:
        file.executemany(f'INSERT INTO "{table}" ({quoted}) VALUES ({marks})', rows)


def _copy(url: str, table: str, names: list[str], rows: Iterable[list[Any]]) -> None:
    target = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, names))
    )
    numbering = sql.SQL(
        "SELECT setval(pg_get_serial_sequence({}, 'id'), (SELECT max(id) FROM {}))"
    ).format(sql.Literal(f'"{table}"'), sql.Identifier(table))
    with psycopg.connect(libpq(url), autocommit=True) as connection:
        with connection.cursor() as cursor, cursor.copy(target) as copy:
            for row in rows:
                copy.write_row(row)
        connection.execute(numbering)


class OurLedger(Ledger):
    """A look into the product's tables."""

    def __init__(self, url: str) -> None:
        """Take the database's URL."""
        self._places = Places(url)

    def _rows(self, statement: str, **bound: object) -> list[Any]:
        with self._places.engine.connect() as connection:
            return list(connection.execute(sa.text(statement), bound).all())

    def _read(self, object_name: str, rest: str, **bound: object) -> dict[str, Any] | None:
        """Return the first row of an object by field name, in Python's types."""
        place = self._places.place(object_name)
        fields = list(place.columns)
        names = ", ".join(f'"{place.columns[name].name}"' for name in fields)
        rows = self._rows(f'SELECT {names} FROM "{place.table}" {rest}', **bound)
        if not rows:
            return None
        return {f: _loaded(v, place.columns[f]) for f, v in zip(fields, rows[0], strict=True)}

    def _count(self, object_name: str, rest: str = "", **bound: object) -> int:
        table = self._places.place(object_name).table
        return int(self._rows(f'SELECT count(*) FROM "{table}" {rest}', **bound)[0][0])

    def orders(self) -> int:
        """Return the number of orders."""
        return self._count(ORDER)

    def newest_order(self) -> tuple[int, Decimal, int]:
        """Return the customer, the total and the number of lines of the newest order."""
        order = self._read(ORDER, "ORDER BY id DESC LIMIT 1")
        if order is None:
            return 0, Decimal(0), 0
        parent = self._places.place(LINE).columns[ORDER].name
        lines = self._count(LINE, f'WHERE "{parent}" = :number', number=order["id"])
        return order["customer"], order["total"], lines

    def customer(self, code: str) -> dict[str, Any] | None:
        """Return a customer's columns, or None."""
        column = self._places.place(CUSTOMER).columns["code"].name
        return self._read(CUSTOMER, f'WHERE "{column}" = :code', code=code)

    def customers(self) -> int:
        """Return the number of customers."""
        return self._count(CUSTOMER)


def _loaded(value: Any, column: Column) -> Any:
    """Return a stored value in Python's types; SQLite keeps decimals and booleans as integers."""
    if value is None:
        return None
    if column.storage.startswith("decimal:") and isinstance(value, int):
        return Decimal(value).scaleb(-int(column.storage.split(":")[1]))
    return bool(value) if column.storage == "boolean" else value
