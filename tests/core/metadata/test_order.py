"""The order in which computed fields are worked out."""

from core.metadata.order import find_cycle, formula_order


def test_each_comes_after_what_it_uses(link):
    text = (
        "kind: object\nname: customer\nfields:\n"
        "  total: {type: money, formula: net + margin}\n  margin: {type: money, formula: net / 2}\n"
        "  net: {type: money, formula: price * qty}\n  price: {type: money}\n  qty: {type: integer}\n"
    )
    assert formula_order(link(text).objects["customer"]) == ("net", "margin", "total")


def test_rollups_come_before_what_uses_them(shop):
    assert formula_order(shop.objects["order"]) == ("net", "total")
    assert formula_order(shop.objects["order_line"]) == ("net",)
    assert find_cycle(shop.objects) == []


def test_circle_through_lines_is_found(faults):
    order = (
        "kind: object\nname: order\nfields:\n  lines: {type: lines, of: order_line}\n"
        "  total: {type: money, formula: net}\n  net: {type: money, rollup: sum(lines.net)}\n"
    )
    net = "{type: money, formula: order.total, stored: true}"
    line = f"kind: object\nname: order_line\nparent: order\nfields:\n  net: {net}\n"
    found = {p.message_id: p for p in faults(order, line)}
    assert found["formula.cycle"].params["names"].count("->") == 3


def test_long_chain_needs_no_deep_stack(link):
    label = "label: Name"
    fields = "".join(f"  f{n}: {{type: integer, formula: f{n + 1}, {label}}}\n" for n in range(400))
    text = f"kind: object\nname: customer\nfields:\n{fields}  f400: {{type: integer, {label}}}\n"
    assert formula_order(link(text).objects["customer"])[0] == "f399"
