"""Typed trees as text and back, so that a database can hand them to the Python back end row by row."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from core.metadata.expressions.moments import write_moment
from core.metadata.expressions.nodes import (
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
    children,
    walk,
)
from core.metadata.expressions.types import ValueType

_CODES: Mapping[type[Node], str] = {
    Constant: "k",
    Path: "p",
    ListOf: "[",
    Not: "!",
    Negate: "-",
    Logic: "l",
    Operation: "o",
    Membership: "i",
    Call: "c",
}


@dataclass(frozen=True, slots=True)
class Program:
    """A tree whose paths are numbered slots.

    Attributes:
        node: The tree; each path in it is one part, the number of its slot.
        slots: Types of the values expected, in order.
        result: Type of the result; its scale is the one that the result is rounded to.
    """

    node: Node
    slots: tuple[ValueType, ...]
    result: ValueType


def slots_of(node: Node) -> list[Path]:
    """List the different paths in a tree, in the order of their slots."""
    return list({n.parts: n for n in walk(node) if isinstance(n, Path)}.values())


def encode(node: Node, result: ValueType) -> str:
    """Write the tree as text.

    Args:
        node: A typed tree without roll-ups and without calls of ``me``, ``today`` and ``now``.
        result: Kind and scale of the result.
    """
    paths = slots_of(node)
    numbers = {path.parts: index for index, path in enumerate(paths)}
    data = [[_type(p.type) for p in paths], _type(result), _encode(node, numbers)]
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


def decode(text: str) -> Program:
    """Read what :func:`encode` wrote."""
    slots, result, tree = json.loads(text)
    return Program(
        node=_decode(tree),
        slots=tuple(ValueType(kind, scale=scale) for kind, scale in slots),
        result=ValueType(result[0], scale=result[1]),
    )


def _type(kind: ValueType) -> list[Any]:
    return [kind.kind, kind.scale]


def _encode(node: Node, numbers: Mapping[tuple[str, ...], int]) -> list[Any]:
    head: list[Any] = [_CODES[type(node)], *_type(node.type)]
    match node:
        case Constant():
            return [*head, _write(node.value)]
        case Path():
            return [*head, numbers[node.parts]]
        case Logic() | Operation():
            head.append(node.op)
        case Call():
            head.append(node.name)
    return [*head, *(_encode(part, numbers) for part in children(node))]


def _decode(data: Sequence[Any]) -> Node:
    code, kind, scale, *rest = data
    made = ValueType(kind, scale=scale)
    match code:
        case "k":
            return Constant(_read(rest[0]), type=made)
        case "p":
            return Path((str(rest[0]),), type=made)
        case "l":
            return Logic(rest[0], tuple(map(_decode, rest[1:])), type=made)
        case "o":
            return Operation(rest[0], _decode(rest[1]), _decode(rest[2]), type=made)
        case "c":
            return Call(rest[0], tuple(map(_decode, rest[1:])), type=made)
        case "[":
            return ListOf(tuple(map(_decode, rest)), type=made)
        case "i":
            return Membership(_decode(rest[0]), _decode(rest[1]), type=made)
    return (Not if code == "!" else Negate)(_decode(rest[0]), type=made)


def _write(value: Any) -> Any:
    if isinstance(value, Decimal):
        return {"n": str(value)}
    if isinstance(value, datetime):
        return {"m": write_moment(value)}
    if isinstance(value, date):
        return {"d": value.isoformat()}
    return value


def _read(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if "n" in value:
        return Decimal(value["n"])
    return datetime.fromisoformat(value["m"]) if "m" in value else date.fromisoformat(value["d"])
