"""A faster way through the numeric parts of a tree: closures over scaled integers.

A stored decimal reaches a database's function as an integer, the value times ten to its scale. Where a tree computes
with numbers only, it is turned once into nested functions on such integers, ten times as fast as decimals. What this
module doesn't know, it leaves to the tree walker; both must give the same.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from core.kernel.money import DIVISION_SCALE
from core.metadata.expressions.nodes import (
    Call,
    Constant,
    Logic,
    Negate,
    Node,
    Not,
    Operation,
    Path,
)
from core.metadata.expressions.numbers import as_decimal, whole_units

Row = Sequence[Any]
Run = Callable[[Row], Any]


class Unsupported(Exception):
    """The tree holds a part that only the tree walker knows."""


def compile_number(node: Node, scale: int) -> Run:
    """Turn a numeric tree into a function of a row's stored values.

    Args:
        node: The tree; each path in it is the number of its slot.
        scale: Decimals to round the result to, half up.

    Returns:
        A function that gives the result as a scaled integer, or None.

    Raises:
        Unsupported: The tree isn't numbers throughout.
    """
    return _at_scale(node, scale)


def compile_condition(node: Node) -> Run:
    """Turn a boolean tree over numbers and booleans into a function of a row's stored values.

    Raises:
        Unsupported: The tree holds other kinds of values.
    """
    match node:
        case Constant():
            return lambda _, value=bool(node.value): value  # type: ignore[misc]
        case Path() if node.type.kind == "boolean":
            slot = int(node.parts[0])
            return lambda row: bool(row[slot])
        case Not():
            operand = compile_condition(node.operand)
            return lambda row: not operand(row)
        case Logic():
            parts = [compile_condition(part) for part in node.operands]
            join = all if node.op == "and" else any
            return lambda row: join(part(row) for part in parts)
        case Operation() if node.op in _COMPARISONS:
            return _comparison(node)
    raise Unsupported


def divide_half_up(numerator: int, denominator: int) -> int:
    """Divide two integers, halves away from zero."""
    quotient = (2 * abs(numerator) + abs(denominator)) // (2 * abs(denominator))
    return quotient if (numerator < 0) == (denominator < 0) else -quotient


def _scale(node: Node) -> int:
    if node.type.kind != "number" or node.type.scale is None:
        raise Unsupported
    return node.type.scale


def _at_scale(node: Node, scale: int) -> Run:
    """Compile a number and bring it to ``scale``."""
    run, own = _number(node), _scale(node)
    if own == scale:
        return run
    if own < scale:
        factor = 10 ** (scale - own)

        def widened(row: Row) -> Any:
            value = run(row)
            return None if value is None else value * factor

        return widened
    divisor = 10 ** (own - scale)

    def rounded(row: Row) -> Any:
        value = run(row)
        return None if value is None else divide_half_up(value, divisor)

    return rounded


def _number(node: Node) -> Run:
    scale = _scale(node)
    match node:
        case Constant():
            units = None if node.value is None else whole_units(as_decimal(node.value), scale)
            return lambda _: units
        case Path():
            return operator.itemgetter(int(node.parts[0]))
        case Negate():
            return _strict(operator.neg, _number(node.operand))
        case Operation() if node.op in _ARITHMETIC:
            return _ARITHMETIC[node.op](node)
        case Call() if node.name in _CALLS:
            return _CALLS[node.name](node)
    raise Unsupported


def _strict(function: Callable[[int], int], operand: Run) -> Run:
    def run(row: Row) -> Any:
        value = operand(row)
        return None if value is None else function(value)

    return run


def _both(function: Callable[[Any, Any], Any], left: Run, right: Run) -> Run:
    def run(row: Row) -> Any:
        a = left(row)
        if a is None:
            return None
        b = right(row)
        return None if b is None else function(a, b)

    return run


def _sum(node: Operation) -> Run:
    scale = _scale(node)
    function = operator.add if node.op == "+" else operator.sub
    return _both(function, _at_scale(node.left, scale), _at_scale(node.right, scale))


def _product(node: Operation) -> Run:
    return _both(operator.mul, _number(node.left), _number(node.right))


def _quotient(node: Operation) -> Run:
    above = 10 ** (DIVISION_SCALE + _scale(node.right))
    below = 10 ** _scale(node.left)

    def divide(a: int, b: int) -> int | None:
        return None if b == 0 else divide_half_up(a * above, b * below)

    return _both(divide, _number(node.left), _number(node.right))


def _comparison(node: Operation) -> Run:
    scale = max(_scale(node.left), _scale(node.right))
    left, right = _at_scale(node.left, scale), _at_scale(node.right, scale)
    function = _COMPARISONS[node.op]
    if node.op in {"==", "!="}:
        return lambda row: function(left(row), right(row))
    compared = _both(function, left, right)
    return lambda row: bool(compared(row))


def _choose(node: Call) -> Run:
    scale = _scale(node)
    test = compile_condition(node.args[0])
    chosen, other = _at_scale(node.args[1], scale), _at_scale(node.args[2], scale)
    return lambda row: chosen(row) if test(row) else other(row)


def _coalesce(node: Call) -> Run:
    parts = [_at_scale(arg, _scale(node)) for arg in node.args]

    def run(row: Row) -> Any:
        for part in parts:
            value = part(row)
            if value is not None:
                return value
        return None

    return run


def _extreme(node: Call) -> Run:
    function: Callable[[Any, Any], Any] = min if node.name == "min" else max
    parts = [_at_scale(arg, _scale(node)) for arg in node.args]
    combined = parts[0]
    for part in parts[1:]:
        combined = _both(function, combined, part)
    return combined


def _whole(node: Call) -> Run:
    unit = 10 ** _scale(node.args[0])
    if node.name == "floor":
        return _strict(lambda value: value // unit, _number(node.args[0]))
    return _strict(lambda value: -(-value // unit), _number(node.args[0]))


_COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_ARITHMETIC: Mapping[str, Callable[[Operation], Run]] = {
    "+": _sum,
    "-": _sum,
    "*": _product,
    "/": _quotient,
}
_CALLS: Mapping[str, Callable[[Call], Run]] = {
    "round": lambda node: _at_scale(node.args[0], _scale(node)),
    "abs": lambda node: _strict(abs, _number(node.args[0])),
    "floor": _whole,
    "ceil": _whole,
    "if": _choose,
    "coalesce": _coalesce,
    "min": _extreme,
    "max": _extreme,
}
