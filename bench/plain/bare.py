"""Bare WSGI and the database's own driver: what remains when every library is taken away."""

from __future__ import annotations

import os
import re
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from html import escape
from typing import Any
from urllib.parse import parse_qs

import orjson
import psycopg

from bench.addresses import SQLITE_PRAGMAS, file_of, is_postgres, libpq
from bench.facts import CUSTOMER_FIELDS
from bench.plain import incoming, signed

Environ = dict[str, Any]
Answer = tuple[str, str, bytes]

_JSON = "application/json"
_HTML = "text/html; charset=utf-8"
_URL = os.environ["BENCH_DATABASE_URL"]
_IS_POSTGRES = is_postgres(_URL)
_MARK = "%s" if _IS_POSTGRES else "?"
_secret = signed.secret_of_server()
_own = threading.local()


def _insert(table: str, columns: Sequence[str]) -> str:
    marks = ", ".join([_MARK] * len(columns))
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})"


_RECORD = f"SELECT {', '.join(CUSTOMER_FIELDS)} FROM customer WHERE id = {_MARK}"
_LIST_COLUMNS = "SELECT o.id, o.number, o.order_date, o.state, o.total, c.name"
_LIST_COUNT = f"(SELECT count(*) FROM sales_order WHERE state = {_MARK})"
_LIST_ROWS = (
    f"FROM sales_order o JOIN customer c ON c.id = o.customer_id WHERE o.state = {_MARK} "
    "ORDER BY o.order_date DESC, o.id DESC LIMIT 25"
)
_LIST = f"{_LIST_COLUMNS} {_LIST_ROWS}"
_LIST_COUNTED = f"{_LIST_COLUMNS}, {_LIST_COUNT} {_LIST_ROWS}"
_PAGE = f"SELECT {', '.join(incoming.PAGE_COLUMNS)} FROM customer ORDER BY code LIMIT 25"
_INSERT_CUSTOMER = _insert("customer", incoming.CUSTOMER_COLUMNS)
_INSERT_ORDER = _insert("sales_order", incoming.ORDER_COLUMNS) + " RETURNING id"
_INSERT_LINE = _insert("sales_order_line", incoming.LINE_COLUMNS)
_UPDATE = f"UPDATE customer SET phone = {_MARK} WHERE id = {_MARK}"


def _open() -> Any:
    """Open a connection in autocommit mode."""
    if _IS_POSTGRES:
        return psycopg.connect(libpq(_URL), autocommit=True)
    connection = sqlite3.connect(file_of(_URL), isolation_level=None)
    for pragma in SQLITE_PRAGMAS:
        connection.execute(pragma)
    return connection


def _connection() -> Any:
    """Return this thread's connection."""
    connection = getattr(_own, "connection", None)
    if connection is None:
        connection = _own.connection = _open()
    return connection


@contextmanager
def _transaction() -> Iterator[Any]:
    connection = _connection()
    if _IS_POSTGRES:
        with connection.transaction():
            yield connection
        return
    connection.execute("BEGIN IMMEDIATE")
    with connection:
        yield connection


def _bound(values: incoming.Values, columns: Sequence[str]) -> list[Any]:
    """Return the values in column order; SQLite's module knows no Decimal and no date."""
    row = [values[name] for name in columns]
    if _IS_POSTGRES:
        return row
    return [v if isinstance(v, int | str) else _plain(v) for v in row]


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else float(value)


def _money(value: Any) -> Any:
    return f"{value:.2f}" if isinstance(value, float | int) else value


def _reply(content: object, status: str = "200 OK") -> Answer:
    return status, _JSON, orjson.dumps(content, default=str)


def _read_customer(environ: Environ) -> Answer:
    number = int(environ["PATH_INFO"][10:])
    row = _connection().execute(_RECORD, (number,)).fetchone()
    if row is None:
        return _reply({}, "404 Not Found")
    record = dict(zip(CUSTOMER_FIELDS, row, strict=True))
    record["credit_limit"] = _money(record["credit_limit"])
    record["blocked"] = bool(record["blocked"])
    return _reply(record)


def _list_orders(environ: Environ) -> Answer:
    asked = parse_qs(environ["QUERY_STRING"])
    state = asked["state"][0]
    exact = asked.get("count") == ["exact"]
    sql, bound = (_LIST_COUNTED, (state, state)) if exact else (_LIST, (state,))
    rows = _connection().execute(sql, bound).fetchall()
    data = [dict(zip(incoming.LIST_COLUMNS, row, strict=False)) for row in rows]
    for each in data:
        each["total"] = _money(each["total"])
    return _reply({"data": data, "count": rows[0][-1] if exact and rows else None})


def _create_order(environ: Environ) -> Answer:
    header, lines = incoming.order(orjson.loads(_body(environ)))
    with _transaction() as connection:
        found = connection.execute(_INSERT_ORDER, _bound(header, incoming.ORDER_COLUMNS))
        number = found.fetchone()[0]
        for each in lines:
            each["order_id"] = number
        rows = [_bound(each, incoming.LINE_COLUMNS) for each in lines]
        connection.cursor().executemany(_INSERT_LINE, rows)
    return _reply({"id": number}, "201 Created")


def _create_customer(environ: Environ) -> Answer:
    values = incoming.customer(orjson.loads(_body(environ)))
    bound = _bound(values, incoming.CUSTOMER_COLUMNS)
    number = _connection().execute(_INSERT_CUSTOMER + " RETURNING id", bound).fetchone()[0]
    return _reply({"id": number}, "201 Created")


def _create_customers(environ: Environ) -> Answer:
    columns = incoming.CUSTOMER_COLUMNS
    bodies = orjson.loads(_body(environ))
    rows = [_bound(incoming.customer(each), columns) for each in bodies]
    with _transaction() as connection:
        if _IS_POSTGRES:
            target = f"COPY customer ({', '.join(columns)}) FROM STDIN"
            with connection.cursor() as cursor, cursor.copy(target) as copy:
                for row in rows:
                    copy.write_row(row)
        else:
            connection.executemany(_INSERT_CUSTOMER, rows)
    return _reply({"created": len(rows)}, "201 Created")


def _update_customer(environ: Environ) -> Answer:
    number = int(environ["PATH_INFO"][10:])
    phone = orjson.loads(_body(environ))["phone"]
    if not _connection().execute(_UPDATE, (phone, number)).rowcount:
        return _reply({}, "404 Not Found")
    return _reply({"id": number, "phone": phone})


def _page(_environ: Environ) -> Answer:
    head = "".join(f'<th scope="col">{name}</th>' for name in incoming.PAGE_COLUMNS)
    rows = _connection().execute(_PAGE).fetchall()
    body = "".join(
        f'<tr><td>{row[0]}</td><td>{escape(row[1])}</td><td><a href="/customer/{row[0]}">'
        f"{escape(row[2])}</a></td>"
        + "".join(f"<td>{escape(value)}</td>" for value in row[3:])
        + "</tr>"
        for row in rows
    )
    html = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Customers</title>'
        f"</head><body><main><h1>Customers</h1><table><thead><tr>{head}</tr></thead>"
        f"<tbody>{body}</tbody></table></main></body></html>"
    )
    return "200 OK", _HTML, html.encode()


def _body(environ: Environ) -> bytes:
    body: bytes = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
    return body


_FIXED: dict[tuple[str, str], Callable[[Environ], Answer]] = {
    ("GET", "/sales_order"): _list_orders,
    ("POST", "/sales_order"): _create_order,
    ("POST", "/customer"): _create_customer,
    ("POST", "/customer/bulk"): _create_customers,
    ("GET", "/page"): _page,
}
_NUMBERED = {"GET": _read_customer, "PATCH": _update_customer}
_ONE = re.compile(r"/customer/\d+")


def application(environ: Environ, start_response: Callable[..., object]) -> Iterable[bytes]:
    """Answer one request."""
    method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
    route = _FIXED.get((method, path))
    if route is None and _ONE.fullmatch(path):
        route = _NUMBERED.get(method)
    if route is None:
        status, kind, body = _reply({}, "404 Not Found")
    elif not signed.is_good(environ.get("HTTP_AUTHORIZATION", ""), _secret):
        status, kind, body = _reply({}, "401 Unauthorized")
    else:
        status, kind, body = route(environ)
    start_response(status, [("Content-Type", kind), ("Content-Length", str(len(body)))])
    return [body]
