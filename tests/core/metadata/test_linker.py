"""Documents to a snapshot: what the linker adds, resolves and refuses."""

import dataclasses
from decimal import Decimal

import pytest

from core.kernel.errors import NotFound
from core.metadata.definitions import AccessDef, SortKey
from core.metadata.documents import documents_from_stored
from core.metadata.linker import build_snapshot

SYSTEM = ["id", "created_at", "created_by", "updated_at", "updated_by"]


def test_fields_stand_in_order_with_the_platforms_own_last(shop):
    declared = ["number", "customer", "date", "currency", "lines", "net", "total"]
    assert list(shop.objects["order"].fields) == [*declared, "state", "id", "owner", *SYSTEM[1:]]
    assert list(shop.objects["order_line"].fields) == [
        "name",
        "qty",
        "price",
        "net",
        "order",
        "seq",
        *SYSTEM,
    ]


def test_platforms_own_fields_accept_nothing_but_the_owner(shop):
    fields = shop.objects["order"].fields
    assert [name for name in (*SYSTEM, "state", "owner") if fields[name].accepts_input] == ["owner"]
    assert fields["owner"].default.uses == {"me"}
    assert (fields["state"].type, [c.value for c in fields["state"].choices]) == (
        "choice",
        ["draft", "confirmed"],
    )
    line = shop.objects["order_line"]
    assert (line.fields["order"].to, line.fields["order"].system, line.fields["seq"].type) == (
        "order",
        True,
        "integer",
    )


def test_scales_follow_the_type(shop):
    order, line = shop.objects["order"].fields, shop.objects["order_line"].fields
    assert (order["total"].scale, order["total"].round_to_currency) == (4, True)
    assert (line["price"].scale, line["price"].round_to_currency) == (4, False)
    assert (line["qty"].scale, order["total"].currency_field, line["net"].currency_field) == (
        4,
        "currency",
        "",
    )


def test_expressions_are_typed(shop):
    order = shop.objects["order"]
    assert order.fields["total"].formula.type.kind == "number"
    assert order.fields["currency"].default.paths == {("customer", "currency")}
    assert order.fields["customer"].where.paths == {("blocked",)}
    assert (order.fields["net"].rollup.function, order.fields["net"].rollup.field) == ("sum", "net")


def test_title_states_and_access(shop):
    order = shop.objects["order"]
    assert order.title == ("{number}", " ", "{customer}")
    assert [(t.name, t.source, t.target, t.by) for t in order.states.transitions] == [
        ("confirm", "draft", "confirmed", "user")
    ]
    assert order.access["admin"] == AccessDef(
        "admin", "all", "all", "all", create=True, import_=True, export=True
    )
    assert (order.access["sales"].read, dict(order.access["sales"].fields)) == (
        "own",
        {"total": "hidden"},
    )
    assert (shop.objects["order_line"].access["sales"].read, order.access["sales"].delete) == (
        "own",
        "none",
    )


def test_defaults_of_screens(shop):
    customer = shop.objects["customer"]
    assert customer.views["list"].columns == ("code", "name", "currency", "blocked")
    assert customer.views["list"].filters == ("currency", "blocked")
    assert [(s.label.en, s.fields) for s in shop.objects["order"].sections][-1] == (
        "Lines",
        ("lines",),
    )
    assert customer.title == ("{name}",)
    assert [f.name for f in customer.fields.values() if f.search] == ["name"]


def test_who_refers_to_whom(shop):
    assert shop.children == {"order_line": ("order", "lines")}
    assert shop.referenced_by["customer"] == (("order", "customer"),)
    assert shop.referenced_by["user"] == (("order", "owner"),)


def test_snapshot_is_frozen(shop):
    for mapping in (
        shop.objects,
        shop.documents,
        shop.objects["order"].fields,
        shop.objects["order"].access,
    ):
        with pytest.raises(TypeError):
            mapping["x"] = 1
    with pytest.raises(TypeError):
        shop.documents["object/order/core"]["fields"]["x"] = 1
    with pytest.raises(dataclasses.FrozenInstanceError):
        shop.objects["order"].name = "x"


def test_unknown_object_names_the_nearest(shop):
    with pytest.raises(NotFound) as raised:
        shop.object("custmer")
    assert raised.value.params["hint"] == "customer"


def test_snapshot_can_be_made_again_from_what_it_keeps(shop):
    again = build_snapshot(documents_from_stored(shop.documents), 7)
    assert (again.checksum, again.revision) == (shop.checksum, 7)
    assert list(again.objects["order"].fields) == list(shop.objects["order"].fields)


def obj(fields: str, *, name: str = "customer", more: str = "") -> str:
    lines = "".join(f"  {line.strip()}\n" for line in fields.strip().splitlines())
    return f"kind: object\nname: {name}\n{more}fields:\n{lines}"


# text, message id, line, a parameter
FAULTS = [
    (obj("name: {type: text, default: nmae}"), "expression.unknown_name.near", 4, None),
    (obj("code: {type: reference, to: custmer}"), "object.unknown.near", 4, "customer"),
    (obj("name: {type: text}", more="parent: order\n"), "object.unknown", 3, None),
    (obj("name: {type: text, formula: code, default: 1}"), "field.computed_and", 4, None),
    (obj("total: {type: money, stored: true}"), "field.stored_without_formula", 4, None),
    (obj("total: {type: money, formula: total + 1}"), "formula.cycle", 4, None),
    (
        obj("total: {type: money, formula: net}\nnet: {type: money, formula: total}"),
        "formula.cycle",
        4,
        None,
    ),
    (obj("date: {type: date, formula: today(), stored: true}"), "formula.stored_uses", 4, None),
    (
        obj(
            "code: {type: reference, to: customer}\nname: {type: text, formula: code.name, stored: true}"
        ),
        "formula.stored_path",
        5,
        None,
    ),
    (
        obj(
            "date: {type: date, formula: today()}\ntotal: {type: integer, formula: year(date), stored: true}"
        ),
        "formula.stored_uses",
        5,
        None,
    ),
    (obj("total: {type: money, rollup: sum(lines.net)}"), "rollup.unknown_lines", 4, None),
    (
        obj("number: {type: autonumber, format: '{seq:3}', drawn: confirm}"),
        "transition.unknown",
        4,
        None,
    ),
    (obj("total: {type: money, currency: code}"), "field.unknown", 4, None),
    (obj("state: {type: text}"), "name.reserved", 4, None),
    (obj("created_at: {type: text}"), "name.reserved", 4, None),
    (obj("not: {type: text}"), "name.reserved", 4, None),
    (obj("a__b: {type: text}"), "name.reserved", 4, None),
    (obj("name: {type: text}", name="meta"), "name.reserved", 2, None),
    (obj("name: {type: text}", name="tl_history"), "name.reserved", 2, None),
    (obj("name: {type: text}\ncode: {type: text, uid: customer.name}"), "name.uid_twice", 5, None),
    (obj("name: {type: text}", more="title: '{nmae}'\n"), "expression.unknown_name.near", 3, None),
    (obj("name: {type: text}", more="title: Customer\n"), "title.no_field", 3, None),
    (obj("name: {type: text}", more="search: [nmae]\n"), "field.unknown.near", 3, "name"),
    (obj("name: {type: text}", more="indexes: [[nmae]]\n"), "field.unknown.near", 3, "name"),
    (
        obj("name: {type: text}", more="views: {list: {columns: [nmae]}}\n"),
        "expression.unknown_name.near",
        3,
        None,
    ),
    (
        obj("name: {type: text}", more="views: {list: {filter: name}}\n"),
        "expression.wrong_type",
        3,
        None,
    ),
    (
        obj("name: {type: text}", more="sections: [{label: Name, fields: [nmae]}]\n"),
        "field.unknown.near",
        3,
        "name",
    ),
    (
        obj("name: {type: text}", more="related: [{object: user, field: name}]\n"),
        "related.no_reference",
        3,
        None,
    ),
    (
        obj("name: {type: text}", more="access: {sale: {read: all}}\n"),
        "role.unknown.near",
        3,
        "sales",
    ),
    (obj("name: {type: text}", more="access: {sales: {read: own}}\n"), "access.not_owned", 3, None),
    (
        obj("name: {type: text}", more="access: {sales: {fields: {nmae: read}}}\n"),
        "field.unknown.near",
        3,
        "name",
    ),
    (
        obj("name: {type: text}", more="access: {sales: {actions: [go]}}\n"),
        "transition.unknown",
        3,
        None,
    ),
    (
        obj("name: {type: text}", more="states: {initial: drft, draft: {}}\n"),
        "state.unknown.near",
        3,
        "draft",
    ),
    (obj("name: {type: text}", more="rules: [{check: name == 5, message: a.b}]\n"), None, 3, None),
    (obj("name: {type: text}", more="rules: [{message: a.b}]\n"), "rule.empty", 3, None),
    (obj("name: {type: text}", more="rules: [{check: true}]\n"), "definition.missing", 3, None),
    (obj("name: {type: text}", more="menu: {group: sails}\n"), "label.missing", 3, None),
    ("kind: measure\nname: total\nobject: user\nsum: name\n", "expression.wrong_type", 4, None),
    ("kind: measure\nname: total\nobject: user\n", "measure.one_function", 2, None),
    ("kind: report\nname: total\nobject: user\nmeasures: [totl]\n", "measure.unknown", 4, None),
    ("kind: import_mapping\nname: a\nobject: user\nkey: name\n", "import.key_not_unique", 4, None),
    (
        "kind: import_mapping\nname: a\nobject: user\ncolumns: {nmae: X}\n",
        "field.unknown.near",
        4,
        "name",
    ),
    (
        "kind: import_mapping\nname: a\nobject: user\ncolumns: {created_at: X}\n",
        "import.not_writable",
        4,
        None,
    ),
    (
        "kind: import_mapping\nname: a\nobject: user\ncolumns: {name: {by: x}}\n",
        "import.column_or_value",
        4,
        None,
    ),
]


@pytest.mark.parametrize(("text", "expected"), [(row[0], row[1:]) for row in FAULTS])
def test_refuses(faults, text, expected):
    message_id, line, hint = expected
    found = {p.message_id: p for p in faults(text)}
    problem = found[message_id] if message_id else next(iter(found.values()))
    assert problem.line == line
    assert hint is None or problem.params["hint"] == hint


def test_fault_in_an_expression_points_at_its_character(faults):
    (problem,) = faults(obj("name: {type: text}\ncode: {type: text, formula: coalesce}"))
    assert (problem.line, problem.path) == (5, "fields.code.formula")
    (problem,) = faults(obj('total: {type: integer, formula: "1 + totl"}'))
    text = '  total: {type: integer, formula: "1 + totl"}'
    assert problem.column == text.index("totl") + 1


LINES = "kind: object\nname: order_line\nparent: order\nfields:\n  {}\n"
ORDER = "kind: object\nname: order\nfields:\n  lines: {type: lines, of: order_line}\n"


@pytest.mark.parametrize(
    ("order", "line", "message_id"),
    [
        (
            ORDER.replace("order_line", "user"),
            LINES.format("name: {type: text}"),
            "lines.other_parent",
        ),
        (
            ORDER + "  total: {type: money, rollup: sum(lines.nett)}\n",
            LINES.format("net: {type: money}"),
            None,
        ),
        (
            ORDER + "  total: {type: money, rollup: sum(lines.qty)}\n",
            LINES.format("qty: {type: decimal, scale: 6}"),
            "rollup.scale",
        ),
        (
            ORDER + "  total: {type: money, rollup: sum(lines.name)}\n",
            LINES.format("name: {type: text}"),
            "rollup.wrong_type",
        ),
        (
            ORDER + "  total: {type: money, rollup: count(lines)}\n",
            LINES.format("name: {type: text}"),
            "rollup.wrong_type",
        ),
        (
            ORDER + "  total: {type: money, rollup: sum(lines.net)}\n",
            LINES.format("net: {type: money, formula: 2}"),
            "field.no_column",
        ),
        (
            ORDER
            + '  total: {type: money, rollup: "sum(lines.net where order.date > today())"}\n  date: {type: date}\n',
            LINES.format("net: {type: money}"),
            "formula.stored_uses",
        ),
        (ORDER, LINES.format("lines: {type: lines, of: order_line}"), "lines.nested"),
        (ORDER, LINES.format("name: {type: text}") + "traits: [owned]\n", "lines.plain"),
        (
            ORDER,
            LINES.format("name: {type: text}") + "access: {sales: {read: all}}\n",
            "access.of_line",
        ),
        (ORDER, LINES.format("order: {type: text}"), "name.reserved"),
        (
            "kind: object\nname: order\nfields: {name: {type: text}}\n",
            LINES.format("net: {type: money}"),
            "lines.not_listed",
        ),
    ],
)
def test_refuses_lines(faults, order, line, message_id):
    found = [p.message_id for p in faults(order, line)]
    assert message_id in found if message_id else found


def test_everyone_means_every_role_that_is_not_named(link):
    roles = ["kind: role\nname: admin\nlabel: Name\n", "kind: role\nname: code\n"]
    more = "access:\n  everyone: {read: all, fields: {name: read}}\n  sales: {read: none}\n"
    access = link(obj("name: {type: text}", more=more), *roles).objects["customer"].access
    assert {role: right.read for role, right in access.items()} == {
        "admin": "all",
        "sales": "none",
        "code": "all",
    }
    assert (access["admin"].fields, dict(access["code"].fields)) == ({}, {"name": "read"})


def test_measure_report_and_mapping(link, shop_texts):
    snapshot = link(
        "kind: measure\nname: net\nobject: order_line\nsum: qty * price\nscale: 6\nshow: money\n",
        "kind: measure\nname: total\nobject: order_line\ncount: true\n",
        "kind: report\nname: sales\nobject: order_line\nmeasures: [net, total]\n"
        "dimensions: {year: year(order.date), name: {by: name, label: Code}}\nroles: [sales]\n",
        "kind: import_mapping\nname: old\nobject: order\nkey: number\ncolumns:\n"
        "  number: OrderID\n  customer: {column: CustomerID, by: code}\n  state: {value: confirmed}\n"
        "lines: lines\nlines_file: details.csv\nlines_on: [OrderID]\n"
        "line_columns: {price: {column: Price, scale: 2, multiply: 100}}\n",
        base=shop_texts,
    )
    net = snapshot.measures["net"]
    assert (net.function, net.scale, net.kind, net.expression.type.scale) == ("sum", 6, "money", 8)
    assert (snapshot.measures["total"].function, snapshot.measures["total"].kind) == (
        "count",
        "integer",
    )
    report = snapshot.reports["sales"]
    assert (report.group_by, report.dimensions["name"][0].en, report.roles) == (
        ("year",),
        "Code",
        {"sales"},
    )
    mapping = snapshot.import_mappings["old"]
    assert (mapping.lines_on, mapping.key) == (("OrderID", "OrderID"), "number")
    assert mapping.line_columns[0].multiply == "100"
    assert (mapping.columns[1].by, mapping.columns[2].value) == ("code", "confirmed")


def test_bounds_and_sort(link):
    text = obj(
        "price: {type: money, scale: 2, minimum: 0.5}\nqty: {type: integer, maximum: 9}",
        more="views: {list: {sort: '-price,qty'}}\n",
    )
    customer = link(text).objects["customer"]
    assert (customer.fields["price"].minimum, customer.fields["qty"].maximum) == (
        Decimal("0.50"),
        9,
    )
    assert customer.views["list"].sort == (SortKey("price", descending=True), SortKey("qty"))
