"""The limit: bare Flask routes, each with one SQLAlchemy Core statement, and orjson."""

from __future__ import annotations

import os
from typing import Any

import orjson
import sqlalchemy as sa
from flask import Flask, Response, abort, render_template, request

from bench.plain import incoming, signed
from bench.plain.connections import tune_sqlite
from bench.tables import CUSTOMER, LINE, ORDER

application = Flask(__name__)

_secret = signed.secret_of_server()
_engine = sa.create_engine(os.environ["BENCH_DATABASE_URL"], pool_size=4, max_overflow=0)
tune_sqlite(_engine)
_reads = _engine.execution_options(isolation_level="AUTOCOMMIT")

_record = sa.select(CUSTOMER).where(CUSTOMER.c.id == sa.bindparam("number"))
_record_names = tuple(str(column.name) for column in CUSTOMER.columns)
_count = (
    sa.select(sa.func.count())
    .select_from(ORDER)
    .where(ORDER.c.state == sa.bindparam("state"))
    .scalar_subquery()
)
_list = (
    sa.select(
        ORDER.c.id,
        ORDER.c.number,
        ORDER.c.order_date,
        ORDER.c.state,
        ORDER.c.total,
        CUSTOMER.c.name,
    )
    .join(CUSTOMER, CUSTOMER.c.id == ORDER.c.customer_id)
    .where(ORDER.c.state == sa.bindparam("state"))
    .order_by(ORDER.c.order_date.desc(), ORDER.c.id.desc())
    .limit(25)
)
_list_counted = _list.add_columns(_count)
_page = (
    sa.select(*(CUSTOMER.c[name] for name in incoming.PAGE_COLUMNS))
    .order_by(CUSTOMER.c.code)
    .limit(25)
)
_insert_customer = sa.insert(CUSTOMER)
_insert_customer_id = _insert_customer.returning(CUSTOMER.c.id)
_insert_order = sa.insert(ORDER).returning(ORDER.c.id)
_insert_lines = sa.insert(LINE)
_update = (
    sa.update(CUSTOMER)
    .where(CUSTOMER.c.id == sa.bindparam("number"))
    .values(phone=sa.bindparam("new_phone"))
)


def _json(content: object, status: int = 200) -> Response:
    return Response(orjson.dumps(content, default=str), status, content_type="application/json")


@application.before_request
def _signed_in() -> None:
    if not signed.is_good(request.headers.get("Authorization", ""), _secret):
        abort(401)


@application.get("/customer/<int:number>")
def read_customer(number: int) -> Response:
    """Answer one customer."""
    with _reads.connect() as connection:
        row = connection.execute(_record, {"number": number}).first()
    if row is None:
        abort(404)
    return _json(dict(zip(_record_names, row, strict=True)))


@application.get("/sales_order")
def list_orders() -> Response:
    """Answer 25 orders of a state, newest first, with their customers' names."""
    exact = request.args.get("count") == "exact"
    state = {"state": request.args["state"]}
    with _reads.connect() as connection:
        rows = connection.execute(_list_counted if exact else _list, state).all()
    names = incoming.LIST_COLUMNS
    data = [dict(zip(names, row, strict=False)) for row in rows]
    return _json({"data": data, "count": rows[0][-1] if exact and rows else None})


@application.post("/sales_order")
def create_order() -> Response:
    """Insert an order and its lines."""
    header, lines = incoming.order(orjson.loads(request.get_data()))
    with _engine.begin() as connection:
        number = connection.execute(_insert_order, header).scalar_one()
        for each in lines:
            each["order_id"] = number
        connection.execute(_insert_lines, lines)
    return _json({"id": number}, 201)


@application.post("/customer")
def create_customer() -> Response:
    """Insert one customer."""
    values = incoming.customer(orjson.loads(request.get_data()))
    with _engine.begin() as connection:
        number = connection.execute(_insert_customer_id, values).scalar_one()
    return _json({"id": number}, 201)


@application.post("/customer/bulk")
def create_customers() -> Response:
    """Insert a list of customers."""
    values = [incoming.customer(each) for each in orjson.loads(request.get_data())]
    with _engine.begin() as connection:
        connection.execute(_insert_customer, values)
    return _json({"created": len(values)}, 201)


@application.patch("/customer/<int:number>")
def update_customer(number: int) -> Response:
    """Update the phone number of one customer."""
    body: dict[str, Any] = orjson.loads(request.get_data())
    with _engine.begin() as connection:
        values = {"number": number, "new_phone": body["phone"]}
        found = connection.execute(_update, values).rowcount
    return _json({"id": number, "phone": body["phone"]}) if found else _json({}, 404)


@application.get("/page")
def page() -> str:
    """Answer 25 customers as an HTML page, written by Jinja."""
    with _reads.connect() as connection:
        rows = connection.execute(_page).all()
    return render_template("customers.html", rows=rows, columns=incoming.PAGE_COLUMNS)
