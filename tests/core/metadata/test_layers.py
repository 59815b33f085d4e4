"""Layers: who may add what to whose object."""

import pytest

CUSTOMER = "kind: object\nname: customer\nfields:\n  name: {type: text}\n  code: {type: text}\n"
LABEL = "{en: Dock, zh_CN: 月台, zh_TW: 月臺}"


def extension(body: str, *, layer: str = "organisation") -> tuple[str, str]:
    return layer, f"kind: object\nname: customer\nlayer: {layer}\n{body}"


def test_organisation_adds_and_changes(link):
    text = extension(
        f"label: {LABEL}\nfields:\n  x_dock: {{type: choice, of: [A, B], label: {LABEL}}}\n"
        "  name: {required: true}\nviews: {list: {columns: [x_dock, name]}}\n"
        "access: {sales: {read: all}}\nsearch: [code]\n"
    )
    customer = link(CUSTOMER, text).objects["customer"]
    assert (customer.owner, customer.label.en) == ("core", "Dock")
    assert list(customer.fields)[:3] == ["name", "code", "x_dock"]
    assert (customer.fields["name"].required, customer.fields["code"].search) == (True, True)
    assert customer.views["list"].columns == ("x_dock", "name")
    assert (customer.access["sales"].read, customer.sections[0].fields) == (
        "all",
        ("name", "code", "x_dock"),
    )
    assert [c.label.zh_TW for c in customer.fields["x_dock"].choices] == ["A", "B"]


def test_organisation_has_objects_of_its_own(link):
    own = f"kind: object\nname: x_dock\nlayer: organisation\nlabel: {LABEL}\nfields:\n  name: {{type: text}}\n"
    assert link(("organisation", own)).objects["x_dock"].owner == "organisation"


def test_extension_is_part_of_the_checksum(link):
    plain = link(CUSTOMER)
    changed = link(CUSTOMER, extension("color: red\n"))
    assert plain.checksum != changed.checksum
    assert changed.objects["customer"].color == "red"
    assert set(changed.documents) - set(plain.documents) == {"object/customer/organisation"}


@pytest.mark.parametrize(
    ("body", "message_id"),
    [
        ("fields: {dock: {type: text, label: Name}}\n", "name.prefix_missing"),
        ("fields: {name: {type: text}}\n", "name.clash"),
        ("fields: {nmae: {required: true}}\n", "field.unknown.near"),
        ("fields: {name: {unique: true}}\n", "definition.missing"),
        ("states: {initial: draft, draft: {}}\n", "layer.fixed"),
        ("parent: user\n", "layer.fixed"),
        ("fields: {state: {type: text}}\n", "name.reserved"),
    ],
)
def test_organisation_may_not(faults, body, message_id):
    assert message_id in [p.message_id for p in faults(CUSTOMER, extension(body))]


def test_extension_needs_an_object(faults):
    text = ("organisation", "kind: object\nname: custmer\nlayer: organisation\n")
    (problem,) = faults(CUSTOMER, text)
    assert (problem.message_id, problem.params["hint"]) == ("object.unknown.near", "customer")


def test_clash_names_both_owners(faults):
    (problem,) = faults(("orders", CUSTOMER), ("acme", CUSTOMER))
    assert (problem.message_id, problem.params["owner"], problem.params["other"]) == (
        "name.clash",
        "acme",
        "orders",
    )
    (problem,) = faults(CUSTOMER, CUSTOMER)
    assert (problem.message_id, problem.params["file"]) == ("name.twice", "0.yaml")


def test_partner_carries_its_prefix(link, faults):
    prefixes = {"acme": "acme"}
    own = "kind: object\nname: acme_dock\nlabel: Name\nfields: {name: {type: text}}\n"
    more = extension(
        "fields: {acme_dock: {type: reference, to: acme_dock, label: Name}}\n", layer="acme"
    )
    snapshot = link(CUSTOMER, ("acme", own), more, prefixes=prefixes)
    assert snapshot.objects["customer"].fields["acme_dock"].to == "acme_dock"
    (problem,) = faults(("acme", CUSTOMER), prefixes=prefixes)
    assert problem.message_id == "name.prefix_missing"
    for owner, name in (("core", "acme_dock"), ("core", "x_dock"), ("organisation", "dock")):
        text = own.replace("acme_dock", name)
        assert "name.prefix" in faults((owner, text), prefixes=prefixes)[0].message_id


def test_built_in_plugin_extends_another(link):
    more = extension("fields: {qty: {type: integer}}\n", layer="inventory")
    assert "qty" in link(("customers", CUSTOMER), more).objects["customer"].fields


def test_fields_of_all_layers_are_counted(faults):
    def fields(start: int) -> str:
        return "fields:\n" + "".join(
            f"  x_{n}: {{type: text, label: Name}}\n" for n in range(start, start + 300)
        )

    base = "kind: object\nname: x_a\nlayer: organisation\nlabel: Name\n" + fields(0)
    more = "kind: object\nname: x_a\nlayer: orders\n" + fields(300)
    assert "field.too_many" in [
        p.message_id for p in faults(("organisation", base), ("orders", more))
    ]
