"""Gives every node of a tree its type, or says at which character and why it has none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from core.kernel.errors import ExpressionError
from core.metadata.definitions import Place
from core.metadata.expressions.coercion import coerce
from core.metadata.expressions.functions import FUNCTIONS, check_call, refuse_boolean
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
from core.metadata.expressions.parser import parse
from core.metadata.expressions.scope import Scope
from core.metadata.expressions.types import (
    BOOLEAN,
    DATETIME,
    INTEGER,
    NULL,
    TEXT,
    USER,
    ValueType,
    number,
    product_type,
    quotient_type,
    sum_type,
)

AGGREGATES = frozenset({"sum", "count", "min", "max", "avg"})
_ORDERED = frozenset({"text", "number", "date", "datetime", "any", "null"})
_ARITHMETIC = {"+": sum_type, "-": sum_type, "*": product_type, "/": quotient_type}
_ENVIRONMENT = frozenset({"me", "today", "now"})
_ROWS = 12
"""Digits that a sum may grow by: a document never has 10**12 lines."""


@dataclass(frozen=True, slots=True)
class Expression:
    """A parsed and typed expression.

    Attributes:
        text: As written.
        node: The typed tree.
        type: Type of the result.
        paths: Every field path used, e.g. ``("customer", "country")`` or ``("lines", "net")``.
        uses: Which of ``me``, ``today``, ``now``, ``old`` it needs.
        place: Where the definition that holds it stands.
    """

    text: str
    node: Node = field(repr=False)
    type: ValueType
    paths: frozenset[tuple[str, ...]] = frozenset()
    uses: frozenset[str] = frozenset()
    place: Place | None = field(default=None, compare=False)


def compile_expression(
    text: str, scope: Scope, *, expect: ValueType | None = None, place: Place | None = None
) -> Expression:
    """Parse and type ``text``.

    Args:
        text: The expression.
        scope: What its names mean.
        expect: Type that the result must have; literals are coerced to it.
        place: Where the definition stands, kept on the result.

    Raises:
        ExpressionError: It can't be parsed or typed.
    """
    checker = _Checker(scope)
    node = checker.check(parse(text))
    if expect is not None:
        node = _expected(node, expect)
    if node.type.kind in {"lines", "list"}:
        raise ExpressionError("expression.lines_alone", at=node.at)
    return Expression(
        text=text,
        node=node,
        type=node.type,
        paths=frozenset(checker.paths),
        uses=frozenset(checker.uses),
        place=place,
    )


def _expected(node: Node, expect: ValueType) -> Node:
    node = coerce(node, expect)
    found = node.type
    if found.kind == "null":
        return replace(node, type=expect)
    fits = found.kind == expect.kind and found.target == (expect.target or found.target)
    if fits or "any" in {found.kind, expect.kind}:
        return node
    raise ExpressionError("expression.wrong_type", at=node.at, wanted=expect.kind, found=found.kind)


class _Checker:
    """One pass over one tree, which also notes what the expression uses."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self.paths: set[tuple[str, ...]] = set()
        self.uses: set[str] = set()
        self._checks: dict[type[Node], Callable[[Any], Node]] = {
            Constant: _type_constant,
            Path: self._path,
            ListOf: self._list,
            Not: self._not,
            Negate: self._negate,
            Logic: self._logic,
            Operation: self._operation,
            Membership: self._membership,
            Call: self._call,
        }

    def check(self, node: Node) -> Node:
        """Give ``node`` typed, with its parts."""
        return self._checks[type(node)](node)

    def _path(self, node: Path) -> Node:
        if node.parts == ("me",):
            self.uses.add("me")
            return Call("me", (), at=node.at, type=USER)
        for end in range(1, len(node.parts)):
            if self._is_lines(node.parts[:end]):
                name = ".".join(node.parts[:end])
                raise ExpressionError("expression.lines_outside", at=node.at, name=name)
        return replace(node, type=self._resolve(node, node.parts))

    def _resolve(self, node: Path, parts: tuple[str, ...]) -> ValueType:
        try:
            found = self._scope.resolve(parts)
        except ExpressionError as error:
            if len(parts) == 1 and parts[0] in FUNCTIONS:
                raise ExpressionError(
                    "expression.parentheses_needed", at=node.at, name=parts[0]
                ) from None
            error.at += node.at
            raise
        self.paths.add(parts)
        if parts[0] == "old":
            self.uses.add("old")
        return found

    def _is_lines(self, parts: tuple[str, ...]) -> bool:
        try:
            return self._scope.resolve(parts).kind == "lines"
        except ExpressionError:
            return False

    def _list(self, node: ListOf) -> Node:
        raise ExpressionError("expression.list_outside", at=node.at)

    def _boolean(self, node: Node) -> Node:
        checked = self.check(node)
        if checked.type.kind == "null":
            return replace(checked, type=BOOLEAN)
        if checked.type.kind not in {"boolean", "any"}:
            raise ExpressionError(
                "expression.condition_needed", at=checked.at, found=checked.type.kind
            )
        return checked

    def _not(self, node: Not) -> Node:
        return replace(node, operand=self._boolean(node.operand), type=BOOLEAN)

    def _logic(self, node: Logic) -> Node:
        operands = tuple(self._boolean(operand) for operand in node.operands)
        return replace(node, operands=operands, type=BOOLEAN)

    def _number(self, node: Node, op: str) -> Node:
        checked = self.check(node)
        if checked.type.kind == "null":
            return replace(checked, type=INTEGER)
        if checked.type.kind not in {"number", "any"}:
            found = checked.type.kind
            hint = "_text" if op == "+" and found == "text" else ""
            hint = "_date" if op in {"+", "-"} and found in {"date", "datetime"} else hint
            raise ExpressionError(
                f"expression.number_needed{hint}", at=checked.at, op=op, found=found
            )
        return checked

    def _negate(self, node: Negate) -> Node:
        operand = self._number(node.operand, "-")
        return replace(node, operand=operand, type=operand.type)

    def _operation(self, node: Operation) -> Node:
        if node.op in _ARITHMETIC:
            left, right = self._number(node.left, node.op), self._number(node.right, node.op)
            result = _ARITHMETIC[node.op](left.type, right.type, node.at)
            return replace(node, left=left, right=right, type=result)
        if node.op == "contains":
            left, right = self.check(node.left), self.check(node.right)
            pair = check_call(Call("starts_with", (left, right), at=node.at))
            return replace(node, left=pair.args[0], right=pair.args[1], type=BOOLEAN)
        return self._compare(node)

    def _compare(self, node: Operation) -> Node:
        left, right = self.check(node.left), self.check(node.right)
        left, right = coerce(left, right.type), coerce(right, left.type)
        _comparable(node.op, node.at, left, right)
        if node.op in {"==", "!="}:
            if left.type.kind == "null":
                refuse_boolean(right)
            if right.type.kind == "null":
                refuse_boolean(left)
        elif not {left.type.kind, right.type.kind} <= _ORDERED:
            kind = left.type.kind if left.type.kind not in _ORDERED else right.type.kind
            raise ExpressionError("expression.no_order", at=node.at, op=node.op, kind=kind)
        return replace(node, left=left, right=right, type=BOOLEAN)

    def _membership(self, node: Membership) -> Node:
        left = self.check(node.left)
        if isinstance(node.items, ListOf):
            left, items = _same_moments(left, [self.check(item) for item in node.items.items])
            for item in items:
                _comparable("in", item.at, left, item)
            listed: Node = replace(node.items, items=items, type=ValueType("list", item=left.type))
        else:
            listed = self.check(node.items)
            item_type = listed.type.item
            if listed.type.kind not in {"list", "any"}:
                raise ExpressionError("expression.list_expected", at=listed.at)
            if item_type is not None:
                left = coerce(left, item_type)
                _comparable("in", node.at, left, replace(listed, type=item_type))
        return replace(node, left=left, items=listed, type=BOOLEAN)

    def _call(self, node: Call) -> Node:
        first = node.args[0] if len(node.args) == 1 else None
        if node.name in AGGREGATES and (first is None or isinstance(first, Path)):
            lines = self._lines_prefix(first)
            if first is not None and lines:
                return self._aggregate(node, first, lines)
            if node.name not in FUNCTIONS:
                raise ExpressionError("expression.lines_needed", at=node.at, function=node.name)
        checked = check_call(replace(node, args=tuple(self.check(arg) for arg in node.args)))
        if node.name in _ENVIRONMENT:
            self.uses.add(node.name)
        return checked

    def _lines_prefix(self, path: Path | None) -> tuple[str, ...]:
        parts = path.parts if path else ()
        ends = range(1, len(parts) + 1)
        return next((parts[:end] for end in ends if self._is_lines(parts[:end])), ())

    def _aggregate(self, node: Call, path: Path, lines: tuple[str, ...]) -> Node:
        rest = path.parts[len(lines) :]
        for end in range(len(lines) + 1, len(path.parts)):
            if self._is_lines(path.parts[:end]):
                name = ".".join(path.parts[:end])
                raise ExpressionError("expression.lines_outside", at=path.at, name=name)
        value = self._resolve(path, path.parts)
        result = aggregate_type(node.name, value if rest else None, node.at)
        return Aggregate(node.name, lines, rest, at=node.at, type=result)


def aggregate_type(function: str, value: ValueType | None, at: int) -> ValueType:
    """Give the type of a roll-up.

    Args:
        function: ``sum``, ``count``, ``min``, ``max`` or ``avg``.
        value: Type of what is rolled up; None where whole lines are counted.
        at: Offset for the error.

    Raises:
        ExpressionError: That function can't be applied to such values.
    """
    if function == "count":
        return number(0, _ROWS, at)
    if value is None:
        raise ExpressionError("expression.field_needed", at=at, function=function)
    if function in {"min", "max"} and value.kind in {"number", "date", "datetime"}:
        return value
    if function in {"sum", "avg"} and value.kind in {"number", "any"}:
        total = number(value.decimals, value.digits + _ROWS, at)
        return total if function == "sum" else quotient_type(value, INTEGER, at)
    raise ExpressionError("expression.rollup_type", at=at, function=function, found=value.kind)


def _same_moments(left: Node, items: list[Node]) -> tuple[Node, tuple[Node, ...]]:
    """Give the elements as the type of ``left``; a date among moments counts as its first moment."""
    has_moment = any(node.type.kind == "datetime" for node in (left, *items))
    wanted = DATETIME if has_moment and left.type.kind in {"date", "datetime"} else left.type
    return coerce(left, wanted), tuple(coerce(item, wanted) for item in items)


def _type_constant(node: Constant) -> Node:
    value = node.value
    if value is None:
        return replace(node, type=NULL)
    if isinstance(value, bool):
        return replace(node, type=BOOLEAN)
    if isinstance(value, str):
        return replace(node, type=TEXT)
    return replace(node, type=_literal_number(value, node.at))


def _literal_number(value: int | Decimal, at: int) -> ValueType:
    whole = max(len(str(abs(int(value)))), 1)
    exponent = value.as_tuple().exponent if isinstance(value, Decimal) else 0
    scale = -exponent if isinstance(exponent, int) else 0
    return number(scale, whole, at)


def _comparable(op: str, at: int, left: Node, right: Node) -> None:
    a, b = left.type, right.type
    if "any" in {a.kind, b.kind}:
        return
    if a.kind in {"lines", "list"} or b.kind in {"lines", "list"}:
        raise ExpressionError("expression.lines_alone", at=at)
    if "null" in {a.kind, b.kind}:
        return
    if a.kind != b.kind:
        raise ExpressionError("expression.mismatch", at=at, op=op, left=a.kind, right=b.kind)
    if a.target != b.target:
        raise ExpressionError("expression.other_target", at=at, left=a.target, right=b.target)
