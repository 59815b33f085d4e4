"""The filter panel and the one expression language: conditions to text, and text back to conditions.

The URL carries an expression. The panel can show the part of it that has the shape the panel itself writes; every
other conjunct is kept word for word, so nothing that a person typed is lost by clicking.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from core.kernel.errors import ExpressionError
from core.kernel.money import plain
from core.metadata.definitions import FieldDef
from core.metadata.expressions.lexer import quote
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
)
from core.metadata.expressions.nodes import Path as FieldPath
from core.metadata.expressions.parser import parse

TEXT_OPERATORS = (
    "contains",
    "not_contains",
    "starts",
    "ends",
    "is",
    "is_not",
    "empty",
    "not_empty",
)
RANGE_OPERATORS = ("between", "is", "is_not", "empty", "not_empty")
CHOICE_OPERATORS = ("any", "none", "empty", "not_empty")
BOOLEAN_OPERATORS = ("yes", "no")

OPERATORS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(
        ("text", "long_text", "email", "phone", "url", "autonumber", "currency"), TEXT_OPERATORS
    ),
    **dict.fromkeys(
        ("integer", "decimal", "money", "percent", "date", "datetime"), RANGE_OPERATORS
    ),
    **dict.fromkeys(("choice", "reference", "user"), CHOICE_OPERATORS),
    "boolean": BOOLEAN_OPERATORS,
}
"""Field type -> operators that the panel offers, the usual one first."""

_COMPARISONS = {
    "==": "is",
    "!=": "is_not",
    ">=": "between",
    "<=": "between",
    "contains": "contains",
}
_POWER = {
    "or": 1,
    "and": 2,
    "not": 3,
    "compare": 4,
    "+": 5,
    "-": 5,
    "*": 6,
    "/": 6,
    "negate": 7,
    "whole": 9,
}


@dataclass(frozen=True, slots=True)
class Condition:
    """One conjunct of a filter.

    Attributes:
        text: The conjunct as an expression.
        field: Name of the field where the panel can show it, else "".
        operator: Name of the panel's operator.
        values: Operands as plain text; for ``between`` the lower and the upper bound, "" where open.
    """

    text: str
    field: str = ""
    operator: str = ""
    values: tuple[str, ...] = ()


def split(text: str) -> list[Condition]:
    """Split a filter into its conjuncts, bounds of one field joined.

    Raises:
        ExpressionError: The text isn't an expression.
    """
    if not text.strip():
        return []
    node = parse(text)
    parts = node.operands if isinstance(node, Logic) and node.op == "and" else (node,)
    return _join_bounds([_condition(part) for part in parts])


def join(conditions: Iterable[str]) -> str:
    """Join conjuncts into one filter; one that holds an ``or`` is put in brackets."""
    parts = [part for part in conditions if part.strip()]
    return " and ".join(_bracketed(part) if len(parts) > 1 else part for part in parts)


def both(first: str, second: str) -> str:
    """Join a view's own condition and the person's filter."""
    return join((first, second))


def write(field: FieldDef, operator: str, values: Sequence[str]) -> str:
    """Write the panel's choice for one field as an expression; "" where nothing is chosen."""
    name = field.name
    given = [value for value in values if value != ""]
    if operator in {"empty", "not_empty"}:
        return f"{name} {'==' if operator == 'empty' else '!='} null"
    if operator in {"yes", "no"}:
        return f"{name} == {'true' if operator == 'yes' else 'false'}"
    if not given:
        return ""
    literals = [_literal(field, value) for value in given]
    if operator in {"any", "none"}:
        return f"{name} {'in' if operator == 'any' else 'not in'} ({', '.join(literals)})"
    if operator == "between":
        return _bounds(field, values)
    return _text_condition(name, operator, literals[0])


def to_text(node: Node) -> str:
    """Write a syntax tree as text that reads back as the same tree."""
    return _written(node, 0)


def _text_condition(name: str, operator: str, literal: str) -> str:
    forms = {
        "contains": f"{name} contains {literal}",
        "not_contains": f"not {name} contains {literal}",
        "starts": f"starts_with({name}, {literal})",
        "ends": f"ends_with({name}, {literal})",
        "is": f"{name} == {literal}",
        "is_not": f"{name} != {literal}",
    }
    return forms.get(operator, "")


def _bounds(field: FieldDef, values: Sequence[str]) -> str:
    low, high = (*values, "", "")[:2]
    parts = []
    if low:
        parts.append(f"{field.name} >= {_literal(field, low)}")
    if high:
        parts.append(f"{field.name} <= {_literal(field, high)}")
    return " and ".join(parts)


def _literal(field: FieldDef, value: str) -> str:
    if field.type in {"integer", "decimal", "money", "percent", "reference", "user"}:
        if value == "me" and field.type == "user":
            return "me"
        return value.replace(",", "").strip() if _is_number(value) else quote(value)
    return quote(value)


def _is_number(value: str) -> bool:
    text = value.replace(",", "").strip().removeprefix("-")
    whole, _, fraction = text.partition(".")
    return whole.isascii() and whole.isdigit() and (fraction == "" or fraction.isdigit())


def _condition(node: Node) -> Condition:
    text = to_text(node)
    found = _shape(node)
    if found is None:
        return Condition(text)
    path, operator, values = found
    return (
        Condition(text, path.parts[0], operator, values)
        if len(path.parts) == 1
        else Condition(text)
    )


_Shape = tuple[FieldPath, str, tuple[str, ...]]


def _shape(node: Node) -> _Shape | None:
    """Recognise what :func:`write` writes."""
    match node:
        case Not(operand=Membership(left=FieldPath() as path, items=ListOf() as items)):
            return _listed(path, "none", items)
        case Not(
            operand=Operation(op="contains", left=FieldPath() as path, right=Constant() as value)
        ):
            return path, "not_contains", (_plain_value(value.value),)
        case Membership(left=FieldPath() as path, items=ListOf() as items):
            return _listed(path, "any", items)
        case Operation(op=op, left=FieldPath() as path, right=right) if op in _COMPARISONS:
            return _compared(path, op, right)
        case Call(
            name="starts_with" | "ends_with" as name,
            args=(FieldPath() as path, Constant() as value),
        ):
            return path, "starts" if name == "starts_with" else "ends", (_plain_value(value.value),)
    return None


def _listed(path: FieldPath, operator: str, items: ListOf) -> _Shape | None:
    values = tuple(_operand(item) for item in items.items)
    return (
        None
        if any(value is None for value in values)
        else (path, operator, tuple(v or "" for v in values))
    )


def _compared(path: FieldPath, op: str, right: Node) -> _Shape | None:
    if isinstance(right, Constant) and right.value is None:
        return (path, "empty" if op == "==" else "not_empty", ()) if op in {"==", "!="} else None
    if isinstance(right, Constant) and isinstance(right.value, bool):
        return (path, "yes" if right.value else "no", ()) if op == "==" else None
    value = _operand(right)
    if value is None:
        return None
    if op in {">=", "<="}:
        return path, "between", (value, "") if op == ">=" else ("", value)
    return path, _COMPARISONS[op], (value,)


def _operand(node: Node) -> str | None:
    if isinstance(node, FieldPath) and node.parts == ("me",):
        return "me"
    if isinstance(node, Call) and node.name == "me" and not node.args:
        return "me"
    return _plain_value(node.value) if isinstance(node, Constant) else None


def _plain_value(value: Any) -> str:
    return plain(value) if isinstance(value, Decimal) else str(value)


def _join_bounds(conditions: list[Condition]) -> list[Condition]:
    joined: list[Condition] = []
    for condition in conditions:
        last = joined[-1] if joined else None
        if (
            last
            and last.operator == condition.operator == "between"
            and last.field == condition.field
        ):
            low, high = last.values[0] or condition.values[0], last.values[1] or condition.values[1]
            if low and high and (last.values[0] != "") != (condition.values[0] != ""):
                text = f"{last.text} and {condition.text}"
                joined[-1] = replace(last, values=(low, high), text=text)
                continue
        joined.append(condition)
    return joined


def _bracketed(part: str) -> str:
    try:
        node = parse(part)
    except ExpressionError:
        return f"({part})"
    return f"({part})" if isinstance(node, Logic) and node.op == "or" else part


def _written(node: Node, around: int) -> str:
    power, text = _form(node)
    return f"({text})" if power < around else text


def _form(node: Node) -> tuple[int, str]:
    """Give how tightly a node binds, and its text."""
    match node:
        case Constant() | FieldPath() | ListOf() | Call():
            return _POWER["whole"], _whole(node)
        case Not(operand=Membership() as inner):
            return _POWER["compare"], _membership(inner, "not in")
        case Not():
            return _POWER["not"], f"not {_written(node.operand, _POWER['not'])}"
        case Negate():
            return _POWER["negate"], f"-{_written(node.operand, _POWER['negate'])}"
        case Logic():
            power = _POWER[node.op]
            return power, f" {node.op} ".join(_written(part, power + 1) for part in node.operands)
        case Membership():
            return _POWER["compare"], _membership(node, "in")
        case Operation():
            return _operation(node)
    raise TypeError(type(node).__name__)


def _whole(node: Constant | FieldPath | ListOf | Call) -> str:
    if isinstance(node, Constant):
        return _constant(node.value)
    if isinstance(node, FieldPath):
        return ".".join(node.parts)
    parts = node.items if isinstance(node, ListOf) else node.args
    name = node.name if isinstance(node, Call) else ""
    return f"{name}({', '.join(_written(part, 0) for part in parts)})"


def _membership(node: Membership, word: str) -> str:
    return f"{_written(node.left, _POWER['compare'] + 1)} {word} {_written(node.items, _POWER['whole'])}"


def _operation(node: Operation) -> tuple[int, str]:
    power = _POWER.get(node.op, _POWER["compare"])
    # comparisons don't chain, so both sides bind tighter; arithmetic reads from the left
    left = _written(node.left, power + 1 if power == _POWER["compare"] else power)
    return power, f"{left} {node.op} {_written(node.right, power + 1)}"


def _constant(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    return quote(value) if isinstance(value, str) else _plain_value(value)
