"""The syntax tree: frozen nodes. The parser makes them untyped, the checker gives them types."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from core.metadata.expressions.types import ANY, ValueType


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A part of an expression.

    Attributes:
        at: Offset of the part in the text, in characters.
        type: Its type, once checked.
    """

    at: int = field(default=0, compare=False)
    type: ValueType = ANY


@dataclass(frozen=True, slots=True)
class Constant(Node):
    """A literal value."""

    value: Any


@dataclass(frozen=True, slots=True)
class Path(Node):
    """A field, perhaps through references: ``customer.country``."""

    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ListOf(Node):
    """A list literal; stands only after ``in``."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not(Node):
    """``not operand``."""

    operand: Node


@dataclass(frozen=True, slots=True)
class Negate(Node):
    """``-operand``."""

    operand: Node


@dataclass(frozen=True, slots=True)
class Logic(Node):
    """``and`` or ``or`` over two or more operands."""

    op: str
    operands: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Operation(Node):
    """Arithmetic (``+ - * /``), a comparison (``== != < <= > >=``) or ``contains``."""

    op: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Membership(Node):
    """``left in items``; ``items`` is a list literal, or a path to a list."""

    left: Node
    items: Node


@dataclass(frozen=True, slots=True)
class Call(Node):
    """A call of a function of the language."""

    name: str
    args: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Aggregate(Node):
    """A figure over child lines: ``sum(lines.net)``; made by the checker.

    Attributes:
        function: ``sum``, ``count``, ``min``, ``max`` or ``avg``.
        lines: Path to the lines field.
        field: Path from the child to the value; empty for ``count(lines)``.
    """

    function: str
    lines: tuple[str, ...]
    field: tuple[str, ...]


def children(node: Node) -> tuple[Node, ...]:
    """Give the direct parts of ``node``, in order."""
    match node:
        case Not() | Negate():
            return (node.operand,)
        case Logic():
            return node.operands
        case Operation():
            return (node.left, node.right)
        case Membership():
            return (node.left, node.items)
        case Call():
            return node.args
        case ListOf():
            return node.items
    return ()


def with_children(node: Node, parts: Sequence[Node]) -> Node:
    """Give ``node`` with its direct parts replaced, in the order of :func:`children`."""
    match node:
        case Not() | Negate():
            return replace(node, operand=parts[0])
        case Logic():
            return replace(node, operands=tuple(parts))
        case Operation():
            return replace(node, left=parts[0], right=parts[1])
        case Membership():
            return replace(node, left=parts[0], items=parts[1])
        case Call():
            return replace(node, args=tuple(parts))
        case ListOf():
            return replace(node, items=tuple(parts))
    return node


def walk(node: Node) -> Iterator[Node]:
    """Give ``node`` and every part of it."""
    stack = [node]
    while stack:
        current = stack.pop()
        yield current
        stack.extend(reversed(children(current)))
