"""The Python back end: walks the typed tree over one record."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Protocol

from core.kernel.errors import ExpressionError
from core.kernel.text import fold
from core.metadata.expressions import moments, numbers
from core.metadata.expressions.checker import Expression
from core.metadata.expressions.functions import FUNCTIONS
from core.metadata.expressions.nodes import (
    Aggregate,
    Call,
    Constant,
    ListOf,
    Logic,
    Membership,
    Negate,
    Node,
    Not,
    Operation,
    Path,
)
from core.metadata.expressions.types import ValueType

MAX_STEPS = 100_000
"""Nodes visited for one result, children of lines included."""


class Environment(Protocol):
    """The values that an expression is evaluated over."""

    @property
    def me(self) -> int | None:
        """Id of the acting user; None for the system."""
        ...

    @property
    def today(self) -> date:
        """The actor's calendar day."""
        ...

    @property
    def now(self) -> datetime:
        """The present moment, aware."""
        ...

    def value(self, path: tuple[str, ...]) -> Any:
        """Give the value of the field that ``path`` leads to, None where there is none."""
        ...

    def children(self, path: tuple[str, ...]) -> Sequence[Environment]:
        """Give the child lines of the lines field ``path``, in order."""
        ...


def evaluate(expression: Expression, env: Environment) -> Any:
    """Give the value of ``expression`` over ``env``.

    Returns:
        None, a bool (boolean expressions never give None), an int (whole numbers, ids), a Decimal with all its
        decimals (rounding is the destination's business), a str, a date or an aware datetime.

    Raises:
        ExpressionError: The evaluation takes too many steps, or values don't have the types that were declared.
    """
    return evaluate_node(expression.node, env)


def evaluate_node(node: Node, env: Environment) -> Any:
    """Give the value of a typed tree; see :func:`evaluate`."""
    try:
        return as_type(_Walk(env).value(node), node.type)
    except (TypeError, ValueError, ArithmeticError, AttributeError) as error:
        raise ExpressionError("expression.wrong_value", at=node.at) from error


def as_type(value: Any, kind: ValueType) -> Any:
    """Give a number as int where its type has no decimals, else as Decimal; others unchanged."""
    if kind.kind != "number" or value is None or kind.scale is None:
        return value
    return int(value) if kind.scale == 0 else numbers.as_decimal(value)


class _Walk:
    """One evaluation: the environment and the steps left."""

    def __init__(self, env: Environment) -> None:
        self._env = env
        self._steps = 0

    def value(self, node: Node) -> Any:
        """Give the value of ``node``."""
        self._steps += 1
        if self._steps > MAX_STEPS:
            raise ExpressionError("expression.too_many_steps", at=node.at, limit=MAX_STEPS)
        result = _VISITORS[type(node)](self, node)
        if result is None and node.type.kind == "boolean":
            return False
        return result

    def path(self, node: Path) -> Any:
        return stored_value(self._env.value(node.parts))

    def call(self, node: Call) -> Any:
        if node.name == "if":
            condition, chosen, other = node.args
            return self.value(chosen if self.value(condition) else other)
        if node.name in _SURROUNDINGS:
            return stored_value(_SURROUNDINGS[node.name](self._env))
        function = FUNCTIONS[node.name]
        values = [self.value(arg) for arg in node.args]
        if function.strict and None in values:
            return None
        return function.run(*values) if function.run else None

    def operation(self, node: Operation) -> Any:
        left, right = self.value(node.left), self.value(node.right)
        if node.op == "==":
            return left == right
        if node.op == "!=":
            return left != right
        if left is None or right is None:
            return None
        return _OPERATORS[node.op](left, right)

    def membership(self, node: Membership) -> bool:
        left, items = self.value(node.left), self.value(node.items)
        return left is not None and items is not None and left in items

    def logic(self, node: Logic) -> bool:
        if node.op == "and":
            return all(self.value(operand) for operand in node.operands)
        return any(self.value(operand) for operand in node.operands)

    def negate(self, node: Negate) -> Any:
        value = self.value(node.operand)
        return None if value is None else numbers.negate(value)

    def aggregate(self, node: Aggregate) -> Any:
        rows = self._env.children(node.lines)
        self._steps += len(rows)
        if not node.field:
            return len(rows)
        return aggregate(node.function, [stored_value(row.value(node.field)) for row in rows])


def aggregate(function: str, values: Sequence[Any]) -> Any:
    """Apply a roll-up function; nulls don't take part.

    Returns:
        ``sum`` and ``count`` give 0 for nothing, the others None.
    """
    known = [value for value in values if value is not None]
    if function == "count":
        return len(known)
    if function in {"sum", "avg"}:
        total: numbers.Number = 0
        for value in known:
            total = numbers.add(total, value)
        return total if function == "sum" else numbers.divide(total, len(known))
    if not known:
        return None
    return min(known) if function == "min" else max(known)


def stored_value(value: Any) -> Any:
    """Give a record's value as the language sees it, and refuse what it doesn't know.

    Raises:
        TypeError: It is none of the language's kinds of values.
    """
    if isinstance(value, datetime):
        return moments.aware(value)
    if value is None or isinstance(value, bool | int | Decimal | str | date):
        return value
    if isinstance(value, list | tuple):
        return [stored_value(item) for item in value]
    raise TypeError(f"{type(value).__name__} is not a value of the expression language")


_SURROUNDINGS: Mapping[str, Callable[[Environment], Any]] = {
    "me": lambda env: env.me,
    "today": lambda env: env.today,
    "now": lambda env: env.now,
}

_OPERATORS: Mapping[str, Callable[[Any, Any], Any]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "+": numbers.add,
    "-": numbers.subtract,
    "*": numbers.multiply,
    "/": numbers.divide,
    "contains": lambda whole, part: fold(part) in fold(whole),
}

_VISITORS: Mapping[type[Node], Callable[[_Walk, Any], Any]] = {
    Constant: lambda _, node: node.value,
    Path: _Walk.path,
    ListOf: lambda walk, node: [walk.value(item) for item in node.items],
    Not: lambda walk, node: not walk.value(node.operand),
    Negate: _Walk.negate,
    Logic: _Walk.logic,
    Operation: _Walk.operation,
    Membership: _Walk.membership,
    Call: _Walk.call,
    Aggregate: _Walk.aggregate,
}
