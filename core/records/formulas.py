"""Unstored formulas as reads see them: rounded like a stored amount, on both back ends alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from core.kernel.money import MINOR_UNITS
from core.metadata.definitions import FieldDef
from core.metadata.expressions import Expression, value_type_of
from core.metadata.expressions.nodes import (
    Aggregate,
    Call,
    Constant,
    ListOf,
    Membership,
    Node,
    Operation,
    Path,
    children,
    walk,
    with_children,
)
from core.metadata.expressions.types import BOOLEAN, INTEGER, TEXT, ValueType, number
from core.metadata.snapshot import Snapshot
from core.records.plans import Reading
from core.records.policies import target_of

FIGURE: Final = "#"
"""How the first part of a path begins that stands for a figure over lines; no field can be named so."""

_USUAL_PLACES: Final = 2


def settled(reading: Reading, object_name: str, field: FieldDef) -> Expression:
    """Give a field's formula with the rounding to the minor unit of its currency, where the field asks for it."""
    assert field.formula is not None
    expression = over_lines(reading.model.snapshot, object_name, field.formula)
    if not field.round_to_currency or expression.type.kind != "number":
        return expression
    path = currency_path(reading.model.snapshot, object_name, field)
    reading.uses.add("currency")
    company = MINOR_UNITS.get(reading.circumstances.currency, _USUAL_PLACES)
    if path is None:
        return replace(expression, node=_rounded(expression.node, min(company, field.scale)))
    node = _by_currency(expression.node, path, company, field.scale)
    return replace(expression, node=node, type=node.type, paths=expression.paths | {path})


def field_at(snapshot: Snapshot, object_name: str, path: Sequence[str]) -> FieldDef:
    """Give the field at the end of a path through references and lines."""
    definition = snapshot.object(object_name)
    for name in path[:-1]:
        definition = snapshot.object(target_of(definition.fields[name]))
    return definition.fields[path[-1]]


def over_lines(snapshot: Snapshot, object_name: str, expression: Expression) -> Expression:
    """Give the expression with every figure over lines as a path that :class:`core.records.joins.Resolver` reads.

    ``sum(lines.net)`` becomes the path ``#sum``, ``lines``, ``net``; an average its sum divided by its count.
    """
    if not any(isinstance(part, Aggregate) for part in walk(expression.node)):
        return expression

    def without_figures(node: Node) -> Node:
        if not isinstance(node, Aggregate):
            return with_children(node, [without_figures(part) for part in children(node)])
        end = (*node.lines, *node.field)
        if node.function != "avg":
            return Path((f"{FIGURE}{node.function}", *end), type=node.type)
        kind = value_type_of(field_at(snapshot, object_name, end))
        total = Path((f"{FIGURE}sum", *end), type=kind)
        count = Path((f"{FIGURE}count", *end), type=INTEGER)
        return Operation("/", total, count, type=node.type)

    node = without_figures(expression.node)
    paths = frozenset(part.parts for part in walk(node) if isinstance(part, Path))
    return replace(expression, node=node, paths=paths)


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
