"""Customers, orders and lines as Flask-AppBuilder's own classes serve them.

`python -m bench.fab.app NAME PASSWORD` makes the framework's tables, permissions and one user.
"""

from __future__ import annotations

import os
import sys

from flask import Flask
from flask_appbuilder import AppBuilder, Model, ModelRestApi, ModelView
from flask_appbuilder.models.sqla.base import SQLA
from flask_appbuilder.models.sqla.interface import SQLAInterface
from sqlalchemy.orm import relationship

from bench import tables
from bench.plain.connections import tune_sqlite

_PAGE = 25


class Customer(Model):  # type: ignore[misc]
    """A customer."""

    __table__ = tables.CUSTOMER.to_metadata(Model.metadata)

    def __repr__(self) -> str:
        return str(self.name)


class Product(Model):  # type: ignore[misc]
    """A product."""

    __table__ = tables.PRODUCT.to_metadata(Model.metadata)


class SalesOrder(Model):  # type: ignore[misc]
    """A sales order."""

    __table__ = tables.ORDER.to_metadata(Model.metadata)
    customer = relationship(Customer)


class SalesOrderLine(Model):  # type: ignore[misc]
    """A line of a sales order."""

    __table__ = tables.LINE.to_metadata(Model.metadata)
    order = relationship(SalesOrder)
    product = relationship(Product)


_CUSTOMER_INPUT = [column.name for column in tables.CUSTOMER.columns if column.name != "id"]
_ORDER_INPUT = [
    "customer", "customer_po", "order_date", "requested_date", "currency", "state",
    "untaxed", "tax", "total",
]  # fmt: skip
_CUSTOMER_OUTPUT = ["id", *_CUSTOMER_INPUT]
_CUSTOMER_LIST = ["id", "code", "name", "level", "country", "city", "phone", "email"]
_CUSTOMER_SEARCH = ["code", "name", "level", "country"]
_ORDER_LIST = ["id", "number", "order_date", "state", "total", "customer.name"]
_ORDER_SEARCH = ["state", "order_date", "number"]
_LINE_INPUT = ["order", "product", "qty", "price", "discount", "net"]


class CustomerApi(ModelRestApi):  # type: ignore[misc]
    """Customers over REST."""

    resource_name = "customer"
    datamodel = SQLAInterface(Customer)
    show_columns = _CUSTOMER_OUTPUT
    add_columns = _CUSTOMER_INPUT
    edit_columns = _CUSTOMER_INPUT


class SalesOrderApi(ModelRestApi):  # type: ignore[misc]
    """Orders over REST."""

    resource_name = "sales_order"
    datamodel = SQLAInterface(SalesOrder)
    list_columns = _ORDER_LIST
    search_columns = _ORDER_SEARCH
    add_columns = _ORDER_INPUT
    page_size = _PAGE


class SalesOrderLineApi(ModelRestApi):  # type: ignore[misc]
    """Lines over REST."""

    resource_name = "sales_order_line"
    datamodel = SQLAInterface(SalesOrderLine)
    add_columns = _LINE_INPUT


class CustomerView(ModelView):  # type: ignore[misc]
    """Customers as pages."""

    route_base = "/customers"
    datamodel = SQLAInterface(Customer)
    list_columns = _CUSTOMER_LIST
    search_columns = _CUSTOMER_SEARCH
    base_order = ("code", "asc")
    page_size = _PAGE


def create_app(update_permissions: bool = False) -> Flask:
    """Build the application; only the preparation writes permissions."""
    app = Flask(__name__)
    app.config.update(
        SQLALCHEMY_DATABASE_URI=os.environ["BENCH_DATABASE_URL"],
        SQLALCHEMY_ENGINE_OPTIONS={"pool_size": 4, "max_overflow": 0},
        SECRET_KEY=os.environ["BENCH_SECRET"],
        JWT_ACCESS_TOKEN_EXPIRES=False,
        WTF_CSRF_ENABLED=False,
        FAB_UPDATE_PERMS=update_permissions,
        FAB_ADD_SECURITY_VIEWS=True,
        APP_NAME="Benchmark",
    )
    database = SQLA(app)
    with app.app_context():
        tune_sqlite(database.engine)
        builder = AppBuilder(app, database.session)
        for api in (CustomerApi, SalesOrderApi, SalesOrderLineApi):
            builder.add_api(api)
        builder.add_view(CustomerView, "Customers", category="Sales")
    return app


def prepare(name: str, password: str) -> None:
    """Make the framework's tables and permissions, and one user in its Admin role."""
    app = create_app(update_permissions=True)
    with app.app_context():
        security = app.appbuilder.sm  # type: ignore[attr-defined]
        role = security.find_role("Admin")
        security.add_user(name, "Bench", "User", "bench@example.com", role, password)


if __name__ == "__main__":
    prepare(*sys.argv[1:3])
else:
    application = create_app()
