"""The history of a record, as far as the reader may know."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from core.db.platform_tables import HISTORY, OPERATION
from core.kernel.errors import Forbidden, Invalid, NotFound
from core.records.history import history


@pytest.fixture
def written(own_shop):
    """Three operations on order 1 and its first line, and one on another order."""
    moment = own_shop.clock.now()
    line = next(r["id"] for r in own_shop.rows.live("sales_order_line") if r["sales_order"] == 1)
    entries = [
        ("op1", "sales_order", 1, 1, "create", {"note": [None, "a"], "cost": [None, "5"]}, 1),
        ("op2", "sales_order", 1, 2, "update", {"cost": ["5", "6"]}, 2),
        (
            "op3",
            "sales_order",
            1,
            3,
            "update",
            {"note": ["a", "b"], "gone": [1, 2], "margin": ["1", "2"]},
            None,
        ),
        ("op3", "sales_order_line", line, 3, "update", {"qty": ["1", "2"]}, None),
        ("op4", "sales_order", 2, 2, "update", {"note": ["x", "y"]}, 1),
        ("op5", "sales_order", 1, 4, "delete", {}, 9),
    ]
    for number, name in enumerate(["op1", "op2", "op3", "op4", "op5"]):
        at = moment + timedelta(minutes=number)
        values = {
            "id": name,
            "kind": "test",
            "actor_id": 1,
            "at": at,
            "reason": "why" if number == 1 else None,
        }
        own_shop.execute(sa.insert(OPERATION).values(**values))
    for number, (operation, name, record_id, version, action, changes, actor) in enumerate(entries):
        own_shop.execute(
            sa.insert(HISTORY).values(
                operation_id=operation,
                object=name,
                record_id=record_id,
                version=version,
                action=action,
                changes=changes,
                at=moment + timedelta(minutes=number),
                actor_id=actor,
            )
        )
    return line


def test_the_newest_change_comes_first(own_shop, written):
    found = history(own_shop.system, "sales_order", 1)
    assert [(e["object"], e["action"]) for e in found] == [
        ("sales_order", "delete"),
        ("sales_order_line", "update"),
        ("sales_order", "update"),
        ("sales_order", "update"),
        ("sales_order", "create"),
    ]
    assert found[-1]["changes"] == [
        {"field": "note", "old": None, "new": "a"},
        {"field": "cost", "old": None, "new": "5"},
    ]
    assert [change["field"] for change in found[2]["changes"]] == ["note", "margin"]
    assert (found[3]["actor"], found[3]["actor_name"], found[3]["reason"]) == (2, "User 2", "why")
    assert (found[0]["actor_name"], found[2]["actor"]) == ("", None)
    assert found[-1]["at"] == "2026-05-17T09:30:00.000000Z"
    assert found[-1]["operation"] == "op1"


def test_hidden_fields_stay_hidden(own_shop, written):
    owner = own_shop.rows.get("sales_order", 1)["owner"]
    sales = own_shop.caller("sales", user=owner)
    found = history(sales, "sales_order", 1)
    assert [e["operation"] for e in found] == ["op5", "op3", "op3", "op1"]
    assert "cost" not in str(found)
    assert "margin" not in str(found)


def test_lines_are_left_out_where_they_are_hidden(own_shop, written):
    own_shop.execute(sa.update(own_shop.model.tables.table("sales_order")).values(customer=None))
    found = history(own_shop.caller("clerk"), "sales_order", 1)
    assert {e["object"] for e in found} == {"sales_order", "sales_order_line"}
    lead = next(c for c in own_shop.rows.live("customer") if c["territory"] == 1)
    own_shop.execute(
        sa.update(own_shop.model.tables.table("sales_order")).values(customer=lead["id"])
    )
    found = history(own_shop.caller("regional", user=1), "sales_order", 1)
    assert {e["object"] for e in found} == {"sales_order"}


def test_pages(own_shop, written):
    first = history(own_shop.system, "sales_order", 1, limit=2)
    rest = history(own_shop.system, "sales_order", 1, before=first[-1]["id"])
    assert [e["id"] for e in first + rest] == [
        e["id"] for e in history(own_shop.system, "sales_order", 1)
    ]
    with pytest.raises(Invalid):
        history(own_shop.system, "sales_order", 1, limit=0)


def test_only_of_records_that_may_be_seen(own_shop, written):
    stranger = next(u for u in (1, 2, 3, 4) if u != own_shop.rows.get("sales_order", 1)["owner"])
    with pytest.raises(NotFound):
        history(own_shop.caller("sales", user=stranger), "sales_order", 1)
    with pytest.raises(NotFound):
        history(own_shop.system, "sales_order", 23)
    with pytest.raises(NotFound):
        history(own_shop.system, "sales_order", 2**70)
    with pytest.raises(Forbidden):
        history(own_shop.caller("drop_box"), "sales_order", 1)
