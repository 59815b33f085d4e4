"""The tables of the hand-written contestants: each gets the same ones, with the same rows."""

from __future__ import annotations

import sqlalchemy as sa

METADATA = sa.MetaData()

_KEY = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_MONEY = sa.Numeric(18, 2)

CUSTOMER = sa.Table(
    "customer",
    METADATA,
    sa.Column("id", _KEY, primary_key=True),
    sa.Column("code", sa.String(40), nullable=False, unique=True),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("type", sa.String(20)),
    sa.Column("level", sa.String(20)),
    sa.Column("industry", sa.String(40)),
    sa.Column("country", sa.String(80)),
    sa.Column("city", sa.String(80)),
    sa.Column("tax_no", sa.String(40)),
    sa.Column("phone", sa.String(40)),
    sa.Column("email", sa.String(200)),
    sa.Column("website", sa.String(200)),
    sa.Column("currency", sa.String(3)),
    sa.Column("credit_limit", _MONEY),
    sa.Column("blocked", sa.Boolean),
)

PRODUCT = sa.Table(
    "product",
    METADATA,
    sa.Column("id", _KEY, primary_key=True),
    sa.Column("code", sa.String(40), nullable=False, unique=True),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("price", sa.Numeric(18, 4)),
)

ORDER = sa.Table(
    "sales_order",
    METADATA,
    sa.Column("id", _KEY, primary_key=True),
    sa.Column("number", sa.String(40), unique=True),
    sa.Column("customer_id", _KEY, sa.ForeignKey("customer.id"), nullable=False, index=True),
    sa.Column("customer_po", sa.String(40)),
    sa.Column("order_date", sa.Date, nullable=False),
    sa.Column("requested_date", sa.Date),
    sa.Column("currency", sa.String(3)),
    sa.Column("state", sa.String(20), nullable=False),
    sa.Column("untaxed", _MONEY),
    sa.Column("tax", _MONEY),
    sa.Column("total", _MONEY),
    sa.Index("sales_order_newest", "state", "order_date", "id"),
)

LINE = sa.Table(
    "sales_order_line",
    METADATA,
    sa.Column("id", _KEY, primary_key=True),
    sa.Column("order_id", _KEY, sa.ForeignKey("sales_order.id"), nullable=False, index=True),
    sa.Column("product_id", _KEY, sa.ForeignKey("product.id"), nullable=False, index=True),
    sa.Column("qty", sa.Numeric(18, 4), nullable=False),
    sa.Column("price", sa.Numeric(18, 4), nullable=False),
    sa.Column("discount", sa.Numeric(9, 4), nullable=False),
    sa.Column("net", _MONEY, nullable=False),
)
