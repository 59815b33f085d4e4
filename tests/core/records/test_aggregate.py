"""Figures equal exact arithmetic over the plain rows, on both databases."""

from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal

import pytest
import sqlalchemy as sa

from core.kernel.errors import Forbidden, Invalid
from core.kernel.money import divide, plain
from core.records.aggregate import AggregateQuery, aggregate


def total(shop, seen=None):
    return seen.visible("sales_order") if seen else shop.rows.live("sales_order")


def grouped(rows, key):
    found = defaultdict(list)
    for row in rows:
        found[key(row)].append(row)
    return {
        names: found[names]
        for names in sorted(found, key=lambda names: [(v is None, v) for v in names])
    }


def figures(rows):
    freight = [row["freight"] for row in rows if row["freight"] is not None]
    priority = [row["priority"] for row in rows if row["priority"] is not None]
    dates = [row["order_date"] for row in rows if row["order_date"] is not None]
    return {
        "count": len(rows),
        "count:freight": len(freight),
        "sum:freight": plain(sum(freight, Decimal(0))),
        "avg:freight": plain(divide(sum(freight, Decimal(0)), Decimal(len(freight))))
        if freight
        else None,
        "min:freight": plain(min(freight)) if freight else None,
        "max:order_date": max(dates).isoformat() if dates else None,
        "sum:total": plain(sum((row["total"] for row in rows), Decimal(0)), 2),
        "sum:priority": sum(priority),
        "max:priority": max(priority) if priority else None,
    }


MEASURES = tuple(figures([]))


@pytest.mark.parametrize("roles", [(), ("sales", "regional"), ("clerk",)])
@pytest.mark.parametrize(
    ("groups", "key"),
    [
        ((), lambda row: ()),
        (("kind",), lambda row: (row["kind"],)),
        (("kind", "priority"), lambda row: (row["kind"], row["priority"])),
        (("order_date",), lambda row: (row["order_date"] and row["order_date"].isoformat(),)),
        (("urgent",), lambda row: (row["urgent"],)),
        (('period(order_date, "month")',), lambda row: (row["order_date"] and "2026-04",)),
        (("year(order_date)", "kind"), lambda row: (row["order_date"] and 2026, row["kind"])),
    ],
)
def test_figures_by_groups(shop, see, roles, groups, key):
    seen = see(*roles, admin=not roles)
    caller = shop.caller(*roles) if roles else shop.system
    measures = tuple(
        m for m in MEASURES if ":" not in m or seen.reads("sales_order", m.partition(":")[2])
    )
    rows = aggregate(caller, AggregateQuery("sales_order", measures, groups))
    expected = [
        dict(zip(groups, names, strict=True))
        | {m: v for m, v in figures(members).items() if m in measures}
        for names, members in grouped(total(shop, seen), key).items()
    ]
    assert rows == expected or (not groups and not expected)


def test_the_sum_of_nothing(shop):
    rows = aggregate(shop.system, AggregateQuery("sales_order", MEASURES, filter="total < 0"))
    assert rows == [figures([])]
    assert (
        aggregate(
            shop.system, AggregateQuery("sales_order", group_by=("kind",), filter="total < 0")
        )
        == []
    )


def test_references_carry_titles(shop):
    rows = aggregate(shop.system, AggregateQuery("sales_order", group_by=("customer", "owner")))
    for row in rows:
        customer = shop.rows.get("customer", row["customer"]) if row["customer"] else None
        assert row["customer.title"] == ((customer["name"] or "") if customer else "")
        assert row["owner.title"] == (f"User {row['owner']}" if row["owner"] else "")
    clerk = aggregate(shop.caller("clerk"), AggregateQuery("sales_order", group_by=("customer",)))
    assert {row["customer.title"] for row in clerk} == {""}


def test_groups_through_references_see_no_hidden_target(shop, see):
    roles = ("clerk", "own_customers")
    seen = see(*roles, user=2)
    rows = aggregate(
        shop.caller(*roles, user=2), AggregateQuery("sales_order", group_by=("customer.country",))
    )
    key = lambda row: (seen.value("sales_order", row, ("customer", "country")),)  # noqa: E731
    expected = {
        names[0]: len(members) for names, members in grouped(total(shop, seen), key).items()
    }
    assert {row["customer.country"]: row["count"] for row in rows} == expected
    assert None in expected


def test_lines_by_their_header_s_customer(shop):
    query = AggregateQuery(
        "sales_order_line", ("sum:net", "count"), ("sales_order.customer.country",)
    )
    found = {
        row["sales_order.customer.country"]: row["sum:net"] for row in aggregate(shop.system, query)
    }
    sums = defaultdict(Decimal)
    for line in shop.rows.live("sales_order_line"):
        order = shop.rows.get("sales_order", line["sales_order"])
        customer = shop.rows.get("customer", order["customer"]) or {}
        sums[customer.get("country")] += line["net"]
    assert found == {name: plain(value, 2) for name, value in sums.items()}


def test_declared_measures(shop):
    exact = sum((r["qty"] * r["price"] for r in shop.rows.live("sales_order_line")), Decimal(0))
    assert aggregate(shop.system, AggregateQuery("sales_order_line", ("revenue",))) == [
        {"revenue": plain(exact, 2)}
    ]
    web = sum(1 for row in shop.rows.live("sales_order") if row["kind"] == "web")
    found = aggregate(shop.system, AggregateQuery("sales_order", ("web_orders", "count")))
    assert found == [{"web_orders": web, "count": len(shop.rows.live("sales_order"))}]


def test_a_measure_of_hidden_fields_is_unknown(shop):
    with pytest.raises(Invalid) as caught:
        aggregate(shop.caller("web_sales"), AggregateQuery("sales_order_line", ("revenue",)))
    assert caught.value.errors[0].code == "unknown_name"


def test_virtual_formulas_are_summed_as_they_are_shown(shop):
    thirds = [
        (row["freight"] / 3).quantize(Decimal("0.01"), ROUND_HALF_UP)
        for row in shop.rows.live("sales_order")
        if row["freight"] is not None
    ]
    found = aggregate(shop.system, AggregateQuery("sales_order", ("sum:third",)))
    assert found == [{"sum:third": plain(sum(thirds))}]


@pytest.mark.parametrize(
    "sort",
    [("-avg:freight",), ("avg:freight",), ("-sum:total",), ("count", "-customer"), ("-customer",)],
)
def test_sorting(shop, sort):
    query = AggregateQuery(
        "sales_order", ("avg:freight", "sum:total", "count"), ("customer",), sort=sort
    )
    rows = aggregate(shop.system, query)

    def number(row, text):
        return None if row[text] is None else Decimal(row[text])

    expected = rows
    for key in reversed([*sort, "customer"] if sort[-1].lstrip("-") != "customer" else sort):
        name = key.removeprefix("-")
        known = sorted(
            (r for r in expected if r[name] is not None),
            key=lambda r, name=name: number(r, name),
            reverse=key.startswith("-"),
        )
        expected = known + [r for r in expected if r[name] is None]
    assert rows == expected
    limited = AggregateQuery("sales_order", query.measures, query.group_by, sort=sort, limit=3)
    assert aggregate(shop.system, limited) == rows[:3]


@pytest.mark.parametrize(
    ("values", "parameter"),
    [
        ({"measures": ("sum:nothing",)}, "measure"),
        ({"measures": ("sum",)}, "measure"),
        ({"measures": ("sum:",)}, "measure"),
        ({"measures": ("total",)}, "measure"),
        ({"measures": ("median:total",)}, "measure"),
        ({"measures": ("sum:note",)}, "measure"),
        ({"measures": ("sum:lines",)}, "measure"),
        ({"measures": ("count:lines",)}, "measure"),
        ({"measures": ("sum:lines.net",)}, "measure"),
        ({"measures": ()}, "measure"),
        ({"measures": ("revenue",)}, "measure"),
        ({"group_by": ("nothing",)}, "group_by"),
        ({"group_by": ("lines",)}, "group_by"),
        ({"group_by": ("1",)}, "group_by"),
        ({"group_by": ("null",)}, "group_by"),
        ({"group_by": ("me",)}, "group_by"),
        ({"group_by": ("period(order_date)",)}, "group_by"),
        ({"group_by": ("count(lines.nett)",)}, "group_by"),
        ({"group_by": ("kind",) * 7}, "group_by"),
        ({"sort": ("kind",)}, "sort"),
        ({"limit": 0}, "limit"),
        ({"limit": 10_001}, "limit"),
        ({"filter": "nothing > 1"}, "filter"),
    ],
)
def test_bad_parameters_are_refused_by_name(shop, values, parameter):
    with pytest.raises(Invalid) as caught:
        aggregate(shop.system, AggregateQuery("sales_order", **values))
    assert caught.value.errors[0].field == parameter


def test_a_misspelt_function_has_a_hint(shop):
    with pytest.raises(Invalid) as caught:
        aggregate(shop.system, AggregateQuery("sales_order", ("sun:total",)))
    assert caught.value.errors[0].params["nearest"] == "sum"


def test_reading_needs_the_right_to_read(shop):
    with pytest.raises(Forbidden):
        aggregate(shop.caller("drop_box"), AggregateQuery("sales_order"))


def test_sums_beyond_64_bits_are_refused_or_exact(own_shop):
    table = own_shop.model.tables.table("sales_order")
    big = Decimal("99999999999999.9999")
    own_shop.execute(sa.update(table).values(cost=big))
    query = AggregateQuery("sales_order", ("sum:cost",))
    if own_shop.database.is_sqlite:
        with pytest.raises(Invalid, match=r"aggregate\.sum_too_large"):
            aggregate(own_shop.system, query)
    else:
        exact = big * len(own_shop.rows.live("sales_order"))
        assert aggregate(own_shop.system, query) == [{"sum:cost": plain(exact, 2)}]


def test_too_many_groups_for_an_average(shop, monkeypatch):
    monkeypatch.setattr("core.records.aggregate.MAX_ROWS", 5)
    query = AggregateQuery(
        "sales_order", ("avg:freight",), ("customer",), sort=("avg:freight",), limit=5
    )
    with pytest.raises(Invalid, match="too_many_groups"):
        aggregate(shop.system, query)
