"""What callers write: filter texts and field paths, resolved against what they may read and nothing else.

A hidden field is an unknown name, with the nearest readable one as the hint, so no answer tells it from one that was
never there.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from core.kernel.errors import ExpressionError, FieldError, Invalid
from core.kernel.text import is_clean
from core.metadata.definitions import FieldDef
from core.metadata.expressions import Expression, ObjectScope, ValueType, compile_expression
from core.metadata.expressions.nodes import walk
from core.records.policies import Policy, target_of

MAX_NODES: Final = 50
"""Parts that a filter written by a caller may have."""

MAX_PATH_LENGTH: Final = 250
"""Characters of one field path."""

BOOLEAN: Final = ValueType("boolean")


@dataclass(frozen=True, slots=True)
class FieldPath:
    """A field reached through references.

    Attributes:
        path: Names from the starting object on.
        object: Object that the last name belongs to.
        field: The field itself.
    """

    path: tuple[str, ...]
    object: str
    field: FieldDef

    @property
    def text(self) -> str:
        """The path as callers write it."""
        return ".".join(self.path)


def compile_filter(
    policy: Policy,
    object_name: str,
    text: str,
    *,
    parameter: str = "filter",
    expect: ValueType | None = BOOLEAN,
) -> Expression:
    """Parse and type an expression written by a caller.

    Args:
        policy: Decides which names exist.
        object_name: Object whose fields are named directly.
        text: The expression.
        parameter: Name of the request's parameter, for the error.
        expect: Type that it must have, or None for any.

    Raises:
        Invalid: It can't be parsed or typed, names something unknown or hidden, or is too long.
    """
    scope = ObjectScope(policy.visible, object_name)
    with written_in(parameter):
        expression = compile_expression(text, scope, expect=expect)
    nodes = sum(1 for _ in walk(expression.node))
    if nodes > MAX_NODES:
        raise refusal("read.filter_too_long", parameter, "too_long", limit=MAX_NODES)
    return expression


def resolve_path(
    policy: Policy, object_name: str, text: str, parameter: str, *, hops: int = 2
) -> FieldPath:
    """Look up a dotted path written by a caller.

    Args:
        policy: Decides which names exist.
        object_name: Object that the path starts from.
        text: The path, e.g. ``customer.name``.
        parameter: Name of the request's parameter, for the error.
        hops: How many references it may pass.

    Raises:
        Invalid: It names something unknown or hidden, or passes too many references.
    """
    if not is_clean(text):
        raise refusal("read.unclean_text", parameter, "invalid")
    if len(text) > MAX_PATH_LENGTH or text.count(".") > hops:
        raise refusal("read.path_too_long", parameter, "too_long", limit=hops)
    path = tuple(text.split("."))
    with written_in(parameter):
        ObjectScope(policy.visible, object_name).resolve(path)
    current = object_name
    for name in path[:-1]:
        field = policy.visible[current].fields[name]
        if field.type == "lines":
            raise refusal("read.path_through_lines", parameter, "invalid", name=name)
        current = target_of(field)
    return FieldPath(path, current, policy.visible[current].fields[path[-1]])


def split_names(text: str) -> list[str]:
    """Split a comma list, keeping commas inside brackets and quotes; blanks and empty items are dropped."""
    parts: list[str] = []
    start = depth = 0
    mark = ""
    for position, ch in enumerate(text):
        if mark:
            mark = "" if ch == mark else mark
        elif ch in {'"', "'"}:
            mark = ch
        elif ch in "([":
            depth += 1
        elif ch in ")]":
            depth -= 1
        elif ch == "," and depth <= 0:
            parts.append(text[start:position])
            start = position + 1
    parts.append(text[start:])
    return [part.strip() for part in parts if part.strip()]


@contextmanager
def written_in(parameter: str) -> Iterator[None]:
    """Turn faults of an expression that a caller wrote into refusals of the parameter it stands in.

    Raises:
        Invalid: The expression can't be used.
    """
    try:
        yield
    except ExpressionError as error:
        raise invalid(error, parameter) from None


def invalid(error: ExpressionError, parameter: str) -> Invalid:
    """Turn a fault of an expression into the refusal of a request's parameter."""
    is_name = error.message_id.startswith("expression.unknown_name")
    code = "unknown_name" if is_name else "expression"
    fault = FieldError(parameter, code, error.message_id, error.params, error.at)
    return Invalid(error.message_id, errors=[fault], **error.params)


def refusal(message_id: str, parameter: str, code: str, **params: Any) -> Invalid:
    """Make the refusal of a request's parameter."""
    fault = FieldError(parameter, code, message_id, params)
    return Invalid(message_id, errors=[fault], **params)
