"""Type-ahead and titles."""

import pytest
import sqlalchemy as sa

from core.kernel.errors import Forbidden, Invalid
from core.kernel.text import fold
from core.metadata.expressions import ObjectScope, compile_expression
from core.records.lookup import Choice, lookup, titles


def named(shop, text):
    rows = [
        r
        for r in shop.rows.live("customer")
        if r["name"] and all(w in fold(r["name"]) for w in fold(text).split())
    ]
    begins = [r for r in rows if fold(r["name"]).startswith(" ".join(fold(text).split()))]
    rest = [r for r in rows if r not in begins]
    order = lambda r: (fold(r["name"]), r["id"])  # noqa: E731
    return [Choice(r["id"], r["name"]) for r in sorted(begins, key=order) + sorted(rest, key=order)]


@pytest.mark.parametrize("text", ["a", "B", "ag", "strasse", "北", "gmbh ap", "%", "_z", "nothing"])
def test_what_begins_with_the_text_comes_first(shop, text):
    assert lookup(shop.system, "customer", text, 50) == named(shop, text)
    assert lookup(shop.system, "customer", text, 2) == named(shop, text)[:2]


def test_no_text_gives_the_first_by_title(shop):
    found = lookup(shop.system, "customer", "", 50)
    rows = list(shop.rows.live("customer"))
    rows.sort(key=lambda r: (r["name"] is None, fold(r["name"] or ""), r["id"]))
    assert [c.id for c in found] == [r["id"] for r in rows]
    assert found[-1].title == ""


def test_conditions(shop):
    condition = compile_expression("credit > 0", ObjectScope(shop.snapshot.objects, "customer"))
    rich = {r["id"] for r in shop.rows.live("customer") if (r["credit"] or 0) > 0}
    sales = shop.caller("sales")
    assert {c.id for c in lookup(sales, "customer", "", 50, where=condition)} == rich
    german = {r["id"] for r in shop.rows.live("customer") if r["country"] == "DE"}
    assert {c.id for c in lookup(sales, "customer", "", 50, where='country == "DE"')} == german
    with pytest.raises(Invalid) as caught:
        lookup(sales, "customer", "", where="credit > 0")
    assert caught.value.errors[0].code == "unknown_name"


def test_only_what_may_be_seen_is_offered(shop, see):
    caller = shop.caller("own_customers", user=2)
    ids = {row["id"] for row in see("own_customers", user=2).visible("customer")}
    assert {c.id for c in lookup(caller, "customer", "", 50)} == ids
    with pytest.raises(Forbidden):
        lookup(shop.caller("clerk"), "customer", "a")


@pytest.mark.parametrize("limit", [0, 51, -1])
def test_the_number_of_choices_is_bounded(shop, limit):
    with pytest.raises(Invalid):
        lookup(shop.system, "customer", "a", limit)


def test_titles_are_put_together_through_references(shop):
    found = titles(
        shop.system,
        {"sales_order": range(1, 71), "customer": [1, 13, 999, 0, 2**60], "territory": []},
    )
    for record_id in range(1, 71):
        row = shop.rows.get("sales_order", record_id)
        customer = shop.rows.get("customer", row["customer"]) if row else None
        name = (customer["name"] or "") if customer else ""
        expected = f"{row['number'] or ''} {name}".strip() if row else ""
        assert found["sales_order", record_id] == expected
    assert found["customer", 1] == shop.rows.get("customer", 1)["name"]
    assert (found["customer", 13], found["customer", 999]) == ("", "")
    assert ("customer", 2**60) not in found


def test_titles_of_what_may_not_be_seen_are_empty(shop):
    clerk = shop.caller("clerk")
    found = titles(clerk, {"customer": [1], "sales_order": [1]})
    assert found["customer", 1] == ""
    assert found["sales_order", 1] == (shop.rows.get("sales_order", 1)["number"] or "")


def test_one_statement_for_each_object(shop):
    seen = []
    sa.event.listen(
        shop.database.engine, "before_cursor_execute", lambda *args: seen.append(args[2])
    )
    titles(shop.system, {"customer": [1, 2, 3], "sales_order": [1, 2, 3]})
    assert len([each for each in seen if "SELECT" in each and "sales_order" in each]) == 1
    assert len(seen) == 2
