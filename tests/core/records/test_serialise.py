"""Rows to JSON: every value in its written form, keys as plain text."""

from decimal import Decimal

import orjson
import pytest
import sqlalchemy as sa

from core.kernel.errors import ExpressionError
from core.kernel.money import plain
from core.records.query import ListQuery, get_record, list_records


def test_every_value_in_its_json_form(shop):
    for row in list_records(shop.system, ListQuery("sales_order", limit=500)).rows:
        p = shop.rows.get("sales_order", row["id"])
        assert row["order_date"] == (p["order_date"] and p["order_date"].isoformat())
        moment = p["promised"] and p["promised"].replace(tzinfo=None).isoformat() + "Z"
        assert row["promised"] == moment
        assert row["freight"] == (None if p["freight"] is None else plain(p["freight"]))
        assert row["cost"] == (None if p["cost"] is None else plain(p["cost"], 2))
        assert row["total"] == plain(p["total"], 2)
        assert row["urgent"] is p["urgent"]
        for name in ("number", "customer", "priority", "kind", "note", "owner", "currency"):
            assert row[name] == p[name]


def test_it_is_ready_for_the_json_writer(shop):
    page = list_records(
        shop.system, ListQuery("sales_order", expand=("customer", "lines"), limit=100)
    )
    assert orjson.loads(orjson.dumps(page.rows)) == page.rows
    record = get_record(shop.system, "sales_order", 1, expand=("customer",))
    assert orjson.loads(orjson.dumps(record)) == record


def test_virtual_formulas_show_what_filters_find(shop):
    for row in list_records(shop.system, ListQuery("sales_order", limit=500)).rows:
        for name in ("margin", "third", "credit_left", "age", "caption", "bulk"):
            value = row[name]
            written = f'"{value}"' if name == "caption" else str(value)
            text = f"id == {row['id']} and {name} == {'null' if value is None else written}"
            found = list_records(shop.system, ListQuery("sales_order", filter=text)).rows
            assert [each["id"] for each in found] == [row["id"]], text


@pytest.mark.parametrize(
    ("currency", "shown"), [("JPY", "1.00"), ("EUR", "0.50"), ("KWD", "0.495"), (None, "0.50")]
)
def test_virtual_money_is_rounded_to_the_minor_unit(own_shop, currency, shown):
    table = own_shop.model.tables.table("sales_order")
    values = {"currency": currency, "total": Decimal("1.0000"), "cost": Decimal("0.5051")}
    if currency == "JPY":
        values["cost"] = Decimal("0.4999")
    own_shop.execute(sa.update(table).where(table.c.id == 1).values(**values))
    assert get_record(own_shop.system, "sales_order", 1)["margin"] == {
        "EUR": "0.49",
        None: "0.49",
    }.get(currency, shown)


def test_a_formula_that_fails_shows_nothing(shop, monkeypatch):
    def broken(*_):
        raise ExpressionError("expression.wrong_value", at=0)

    monkeypatch.setattr("core.records.serialise.evaluate", broken)
    assert get_record(shop.system, "sales_order", 1)["margin"] is None
