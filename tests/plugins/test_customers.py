"""Customers: addresses, hierarchy, and who may do what."""

import pytest

from core.kernel.errors import Conflict, Forbidden, Invalid
from core.records import commands

ANY = commands.ANY_VERSION


def faults(inst, data, record_id=None, username="admin"):
    item = commands.Item("create" if record_id is None else "update", data, record_id)
    with pytest.raises(Invalid) as refused:
        commands.bulk(inst.caller(username), "customer", [item])
    return [(e.field.removeprefix("items.0."), e.code, e.message_id) for e in refused.value.errors]


def address(kind, *, default=True, **values):
    return {"type": kind, "is_default": default, "street": "Main Street 1", **values}


def test_one_default_address_per_type(installation):
    two = [address("shipping"), address("billing"), address("shipping")]
    told = ("addresses.2.is_default", "duplicate", "customer.two_defaults")
    assert faults(installation, {"name": "Acme", "addresses": two}) == [told]
    two[2]["is_default"] = False
    made = installation.create("customer", {"name": "Acme", "addresses": two})
    assert [a["is_default"] for a in made["addresses"]] == [True, True, False]
    ids = [a["id"] for a in made["addresses"]]
    moved = [
        {"id": ids[0], "is_default": False},
        {"id": ids[1]},
        {"id": ids[2], "is_default": True},
    ]
    changed = installation.update("customer", made["id"], {"addresses": moved})
    assert [a["is_default"] for a in changed["addresses"]] == [False, True, True]
    removed = installation.update(
        "customer", made["id"], {"addresses": [{"id": ids[2]}, address("billing")]}
    )
    assert len(removed["addresses"]) == 2


def test_a_customer_is_not_its_own_parent(installation):
    parent = installation.create("customer", {"name": "Holding"})["id"]
    child = installation.create("customer", {"name": "Acme", "parent": parent})["id"]
    told = [("parent", "rule", "customer.own_parent")]
    assert faults(installation, {"parent": child}, child) == told
    with pytest.raises(Conflict) as used:
        commands.delete(installation.caller(), "customer", parent, ANY)
    assert used.value.params["field"] == "parent"


def test_fields_are_checked_and_told_together(installation):
    data = {"email": "nobody", "credit_limit": -1, "level": "E", "website": "ftp://x"}
    found = [(field, code) for field, code, _ in faults(installation, data)]
    assert sorted(found) == [
        ("credit_limit", "too_small"),
        ("email", "type"),
        ("level", "unknown_choice"),
        ("name", "required"),
        ("website", "type"),
    ]


def test_a_code_is_unique_until_its_customer_is_deleted(installation):
    made = installation.create("customer", {"name": "Acme", "code": "C1"})
    assert faults(installation, {"name": "Other", "code": "C1"})[0][:2] == ("code", "duplicate")
    commands.delete(installation.caller(), "customer", made["id"], 1)
    assert installation.create("customer", {"name": "Other", "code": "C1"})["code"] == "C1"


def test_rights_by_role(installation):
    own = installation.create("customer", {"name": "Mine"}, "sales")
    other = installation.create("customer", {"name": "Yours"}, "manager")
    assert own["owner"] == installation.caller("sales").actor.user_id
    assert (
        installation.update("customer", own["id"], {"city": "深圳"}, username="sales")["city"]
        == "深圳"
    )
    for username, record in (("sales", other), ("warehouse", own), ("owner", own)):
        with pytest.raises(Forbidden):
            commands.update(
                installation.caller(username), "customer", record["id"], {"city": "x"}, ANY
            )
    with pytest.raises(Forbidden):
        commands.delete(installation.caller("sales"), "customer", own["id"], ANY)
    assert "credit_limit" not in installation.get("customer", own["id"], "warehouse")
    told = faults(installation, {"name": "New", "credit_limit": 1}, username="service")
    assert told[0][:2] == ("credit_limit", "forbidden")


def test_a_contact_belongs_to_a_customer(installation):
    with pytest.raises(Invalid) as refused:
        commands.create(installation.caller("sales"), "contact", {"name": "Li Na"})
    assert [e.field for e in refused.value.errors] == ["customer"]
    customer = installation.create("customer", {"name": "Acme", "code": "C1"})["id"]
    data = {"name": "Li Na", "customer": {"by": {"code": "C1"}}}
    contact = installation.create("contact", data, "sales")
    assert (contact["customer"], contact["is_primary"]) == (customer, False)
    with pytest.raises(Conflict):
        commands.delete(installation.caller(), "customer", customer, ANY)
