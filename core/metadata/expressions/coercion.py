"""Literals that take the type of what they meet: ``order_date >= "2026-01-31"``, ``state == "draft"``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from core.kernel.errors import ExpressionError
from core.kernel.text import nearest
from core.metadata.expressions import moments
from core.metadata.expressions.nodes import Call, Constant, Node
from core.metadata.expressions.types import DATETIME, NULL, ValueType, merge

_SHOWN = 80
"""Characters of a wrong text that are compared and shown."""


def coerce(node: Node, target: ValueType) -> Node:
    """Give ``node`` as ``target`` where the language does that by itself, else unchanged.

    Raises:
        ExpressionError: A literal can't be read as that type, or isn't an option of the choice.
    """
    if isinstance(node, Constant):
        return _coerce_constant(node, target)
    if target.kind == "datetime" and node.type.kind == "date":
        return Call("start_of_day", (node,), at=node.at, type=DATETIME)
    return node


def unify(nodes: Sequence[Node], at: int) -> tuple[tuple[Node, ...], ValueType]:
    """Give the nodes as one common type.

    Raises:
        ExpressionError: There is none.
    """
    wanted = _leading_type(nodes)
    parts = tuple(coerce(node, wanted) for node in nodes)
    result = NULL
    for part in parts:
        merged = merge(result, part.type, at)
        if merged is None:
            raise ExpressionError(
                "expression.no_common_type", at=part.at, left=result.kind, right=part.type.kind
            )
        result = merged
    typed = tuple(replace(p, type=result) if p.type.kind == "null" else p for p in parts)
    return typed, result


def _leading_type(nodes: Sequence[Node]) -> ValueType:
    """Find the type that literals among ``nodes`` are to take: the first that isn't a literal's."""
    kinds = {node.type.kind for node in nodes}
    if "datetime" in kinds:
        return DATETIME
    for node in nodes:
        if not isinstance(node, Constant) and node.type.kind != "null":
            return replace(node.type, choices=())
    for node in nodes:
        if node.type.kind not in {"text", "null"}:
            return node.type
    return NULL


def _coerce_constant(node: Constant, target: ValueType) -> Node:
    value = node.value
    if value is None:
        # a null takes the type it meets, so that SQL can be told what kind of null it is
        return (
            node
            if target.kind in {"boolean", "null", "list", "lines"}
            else replace(node, type=target)
        )
    if isinstance(value, str):
        return _coerce_text(node, value, target)
    if target.kind == "reference" and isinstance(value, int) and not isinstance(value, bool):
        return replace(node, type=target)
    if target.kind == "datetime" and node.type.kind == "date":
        return replace(node, value=moments.first_moment(value), type=target)
    return node


def _coerce_text(node: Constant, text: str, target: ValueType) -> Node:
    if target.kind == "text":
        if target.choices and text not in target.choices:
            raise _unknown_choice(node.at, text, target.choices)
        return node
    value: Any = None
    if target.kind == "date":
        value = moments.parse_date(text)
    elif target.kind == "datetime":
        value = moments.parse_moment(text)
    elif target.kind == "reference":
        value = int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None
    else:
        return node
    if value is None:
        raise ExpressionError(f"expression.bad_{target.kind}", at=node.at, found=text[:_SHOWN])
    return replace(node, value=value, type=target)


def _unknown_choice(at: int, found: str, choices: tuple[str, ...]) -> ExpressionError:
    found = found[:_SHOWN]
    near = nearest(found, choices)
    if near is None:
        listed = ", ".join(choices[:20])
        return ExpressionError("expression.unknown_choice", at=at, found=found, choices=listed)
    return ExpressionError("expression.unknown_choice.near", at=at, found=found, nearest=near)
