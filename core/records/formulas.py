"""Unstored formulas as reads see them: rounded like a stored amount, on both back ends alike."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from core.kernel.money import MINOR_UNITS
from core.metadata.definitions import FieldDef
from core.metadata.expressions import Expression
from core.metadata.expressions.nodes import Call, Constant, ListOf, Membership, Node, Path
from core.metadata.expressions.types import BOOLEAN, INTEGER, TEXT, ValueType, number
from core.metadata.snapshot import Snapshot
from core.records.plans import Reading

_USUAL_PLACES: Final = 2


def settled(reading: Reading, object_name: str, field: FieldDef) -> Expression:
    """Give a field's formula with the rounding to the minor unit of its currency, where the field asks for it."""
    expression = field.formula
    assert expression is not None
    if not field.round_to_currency or expression.type.kind != "number":
        return expression
    path = currency_path(reading.model.snapshot, object_name, field)
    company = MINOR_UNITS.get(reading.circumstances.currency, _USUAL_PLACES)
    if path is None:
        return replace(expression, node=_rounded(expression.node, min(company, field.scale)))
    node = _by_currency(expression.node, path, company, field.scale)
    return replace(expression, node=node, type=node.type, paths=expression.paths | {path})


def currency_path(snapshot: Snapshot, object_name: str, field: FieldDef) -> tuple[str, ...] | None:
    """Give the path to the currency of a money field: on its own object or its header; None = the company's."""
    definition = snapshot.object(object_name)
    prefix: tuple[str, ...] = ()
    name = field.currency_field
    while True:
        others = definition.fields.values()
        own = name or next((f.name for f in others if f.type == "currency"), "")
        if own in definition.fields:
            return (*prefix, own)
        if not definition.is_line:
            return None
        prefix, name = (*prefix, definition.parent), ""
        definition = snapshot.object(definition.parent)


def _by_currency(node: Node, path: tuple[str, ...], company: int, scale: int) -> Node:
    """Round by the record's currency; a record without one counts in the company's."""
    code = Call("coalesce", (Path(path, type=TEXT), Constant("", type=TEXT)), type=TEXT)
    result = _rounded(node, min(_USUAL_PLACES, scale))
    for places in sorted({*MINOR_UNITS.values(), company} - {_USUAL_PLACES}):
        codes = [code for code, units in MINOR_UNITS.items() if units == places]
        codes += [""] if places == company else []
        items = ListOf(tuple(Constant(c, type=TEXT) for c in sorted(codes)), type=_TEXTS)
        test = Membership(code, items, type=BOOLEAN)
        chosen = _rounded(node, min(places, scale))
        result = Call("if", (test, chosen, result), type=_rounded(node, scale).type)
    return result


def _rounded(node: Node, places: int) -> Node:
    kind = number(places, node.type.digits + 1, 0)
    return Call("round", (node, Constant(places, type=INTEGER)), type=kind)


_TEXTS: Final = ValueType("list", item=TEXT)
