"""What both SQL back ends share: two-valued logic over SQL's three values.

In a positive place (``WHERE``, under ``and`` and ``or``) a null already acts as false, so comparisons stay bare and
indexes work. Where false and null would differ (under ``not``, in a ``SELECT``, between booleans) a condition is made
*exact*: it never gives null.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy import ColumnElement

from core.kernel.errors import ExpressionError
from core.kernel.text import fold
from core.metadata.expressions.evaluate import evaluate_node
from core.metadata.expressions.nodes import (
    Aggregate,
    Call,
    Constant,
    ListOf,
    Logic,
    Membership,
    Node,
    Not,
    Operation,
    Path,
    children,
    walk,
    with_children,
)

Sql = ColumnElement[Any]
Condition = ColumnElement[bool]

MATCHES = frozenset({"contains", "starts_with", "ends_with"})
_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
_OPPOSITE = {"==": "!=", "!=": "=="}
_LAST_CHARACTER = 0x10FFFF


class Resolver(Protocol):
    """Gives field paths their columns, and the actor's view of the world."""

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

    def column(self, path: tuple[str, ...]) -> ColumnElement[Any]:
        """Give the column (or stored expression) that holds the field; joins are the resolver's business."""
        ...

    def fold(self, path: tuple[str, ...]) -> ColumnElement[Any] | None:
        """Give the column with the folded form of a text field; None where none is stored."""
        ...


class _Surroundings:
    """The environment of parts that use no field: they are computed before the query is made."""

    def __init__(self, resolver: Resolver) -> None:
        self.me, self.today, self.now = resolver.me, resolver.today, resolver.now

    def value(self, path: tuple[str, ...]) -> Any:
        raise LookupError(path)

    def children(self, path: tuple[str, ...]) -> list[_Surroundings]:
        raise LookupError(path)


def precompute(node: Node, resolver: Resolver) -> Node:
    """Replace every part that uses no field by its value.

    Raises:
        ExpressionError: The tree holds something that has no SQL form.
    """
    for part in walk(node):
        if isinstance(part, Aggregate):
            raise ExpressionError("expression.not_in_sql", at=part.at)
    computed = _precompute(node, _Surroundings(resolver))
    for part in walk(computed):
        if isinstance(part, Path) and part.type.kind in {"any", "list"}:
            raise ExpressionError("expression.not_in_sql", at=part.at)
        if isinstance(part, Operation | Call) and _name(part) in MATCHES:
            whole, sought = children(part)
            searchable(whole, resolver)
            if not isinstance(sought, Constant):
                searchable(sought, resolver)
    return computed


def searchable(node: Node, resolver: Resolver) -> Sql:
    """Give the folded column of a text field.

    Raises:
        ExpressionError: There is none; neither database is asked to fold, so that both find the same.
    """
    column = resolver.fold(node.parts) if isinstance(node, Path) else None
    if column is None:
        raise ExpressionError("expression.not_searchable", at=node.at)
    return sa.type_coerce(column, sa.Text())


def _name(node: Operation | Call) -> str:
    return node.op if isinstance(node, Operation) else node.name


def _precompute(node: Node, surroundings: _Surroundings) -> Node:
    if isinstance(node, Constant | Path):
        return node
    if not isinstance(node, ListOf) and not any(isinstance(part, Path) for part in walk(node)):
        return Constant(evaluate_node(node, surroundings), at=node.at, type=node.type)
    return with_children(node, [_precompute(part, surroundings) for part in children(node)])


def exactly(condition: Condition, exact: bool) -> Condition:
    """Make null false where the place asks for it."""
    return sa.func.coalesce(condition, sa.false()) if exact else condition


class Compiler(ABC):
    """Turns typed trees into SQLAlchemy elements; one subclass a database."""

    def __init__(self, resolver: Resolver) -> None:
        self.resolver = resolver

    def condition(self, node: Node, *, exact: bool = False) -> Condition:
        """Give a boolean tree as a condition.

        Args:
            node: The tree, precomputed.
            exact: Whether it must never give null.

        Raises:
            ExpressionError: A part has no SQL form.
        """
        match node:
            case Constant():
                return sa.true() if node.value else sa.false()
            case Path():
                return self.flag(node)
            case Not():
                return self._negated(node.operand, exact)
            case Logic():
                join = sa.and_ if node.op == "and" else sa.or_
                return join(*(self.condition(part, exact=exact) for part in node.operands))
            case Membership():
                return self._membership(node, exact)
            case Operation():
                return self._comparison(node, exact)
            case Call():
                return self._call(node, exact)
        raise ExpressionError("expression.not_in_sql", at=node.at)

    @abstractmethod
    def flag(self, node: Path) -> Condition:
        """Give a boolean field as an exact condition."""

    @abstractmethod
    def value(self, node: Node) -> Sql:
        """Give any tree as a value in the database's own form."""

    @abstractmethod
    def is_null(self, node: Node) -> Condition:
        """Tell whether a value that isn't boolean is null."""

    @abstractmethod
    def compare(self, node: Operation, exact: bool) -> Condition:
        """Compare two values that aren't boolean and aren't null literals."""

    @abstractmethod
    def is_one_of(self, node: Membership, items: Sequence[Node], exact: bool) -> Condition:
        """Tell whether a value is among ``items``, none of which is a null literal."""

    def _negated(self, node: Node, exact: bool) -> Condition:
        if isinstance(node, Not):
            return self.condition(node.operand, exact=exact)
        if isinstance(node, Operation) and node.op in _OPPOSITE:
            return self.condition(replace(node, op=_OPPOSITE[node.op]), exact=exact)
        return sa.not_(self.condition(node, exact=True))

    def _call(self, node: Call, exact: bool) -> Condition:
        if node.name in MATCHES:
            return self._match(node.name, node.args[0], node.args[1], exact)
        if node.name == "is_null":
            return self.is_null(node.args[0])
        if node.name == "if":
            test, chosen, other = node.args
            return sa.case(
                (self.condition(test), self.condition(chosen, exact=True)),
                else_=self.condition(other, exact=True),
            )
        raise ExpressionError("expression.not_in_sql", at=node.at)

    def _comparison(self, node: Operation, exact: bool) -> Condition:
        if node.op == "contains":
            return self._match(node.op, node.left, node.right, exact)
        if isinstance(node.left, Constant):
            op = _MIRRORED.get(node.op, node.op)
            node = replace(node, op=op, left=node.right, right=node.left)
        if node.left.type.kind == "boolean" or node.right.type.kind == "boolean":
            return self._same_truth(node)
        if isinstance(node.right, Constant) and node.right.value is None:
            if node.op not in _OPPOSITE:
                return sa.false()
            empty = self.is_null(node.left)
            return empty if node.op == "==" else sa.not_(empty)
        return self.compare(node, exact)

    def _same_truth(self, node: Operation) -> Condition:
        right = self.condition(node.right, exact=True)
        same, other = (right, sa.not_(right)) if node.op == "==" else (sa.not_(right), right)
        return sa.case((self.condition(node.left), same), else_=other)

    def _membership(self, node: Membership, exact: bool) -> Condition:
        items = [
            i for i in children(node.items) if not (isinstance(i, Constant) and i.value is None)
        ]
        if node.left.type.kind == "boolean":
            pairs = (Operation("==", node.left, item, at=node.at, type=node.type) for item in items)
            return sa.or_(sa.false(), *(self.condition(pair, exact=exact) for pair in pairs))
        if not items or (isinstance(node.left, Constant) and node.left.value is None):
            return sa.false()
        return self.is_one_of(node, items, exact)

    def _match(self, op: str, whole: Node, part: Node, exact: bool) -> Condition:
        if isinstance(part, Constant) and part.value is None:
            return sa.false()
        folded = searchable(whole, self.resolver)
        if not isinstance(part, Constant):
            return exactly(self.match_column(op, folded, searchable(part, self.resolver)), exact)
        text = fold(part.value)
        if op == "starts_with":
            return exactly(_has_prefix(folded, text), exact)
        return exactly(self.match_text(op, folded, text), exact)

    @abstractmethod
    def match_text(self, op: str, folded: Sql, text: str) -> Condition:
        """Look for a folded text in a folded column (``contains``, ``ends_with``)."""

    @abstractmethod
    def match_column(self, op: str, folded: Sql, part: Sql) -> Condition:
        """Look for one folded column in another."""

    def relate(self, op: str, left: Sql, right: Sql, *, known: bool, exact: bool) -> Condition:
        """Compare two SQL values with the language's treatment of null.

        Args:
            op: The operator.
            left: A value.
            right: Another.
            known: Whether ``right`` is never null.
            exact: Whether the result must never be null.
        """
        if op == "!=":
            return left.is_distinct_from(right)
        if op == "==" and not known:
            return left.is_not_distinct_from(right)
        return exactly(_OPERATORS[op](left, right), exact)


def _has_prefix(folded: Sql, text: str) -> Condition:
    """Compare with a range instead of a pattern, so that the index on the fold column serves."""
    if not text:
        return folded.is_not(None)
    least = folded >= sa.literal(text, sa.Text())
    head = text.rstrip(chr(_LAST_CHARACTER))
    if not head:
        return least
    code = ord(head[-1]) + 1
    following = head[:-1] + chr(0xE000 if 0xD800 <= code <= 0xDFFF else code)
    return sa.and_(least, folded < sa.literal(following, sa.Text()))


_OPERATORS: Mapping[str, Any] = {
    "==": lambda a, b: a == b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}
