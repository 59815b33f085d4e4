"""Roll-ups as written in definitions: ``sum(lines.net where kind == "product")``."""

from __future__ import annotations

from typing import Literal, NamedTuple, cast

from core.kernel.errors import ExpressionError
from core.kernel.text import nearest
from core.metadata.expressions.checker import AGGREGATES
from core.metadata.expressions.lexer import Token, tokenize

RollupFunction = Literal["sum", "count", "min", "max", "avg"]


class RollupText(NamedTuple):
    """The parts of a roll-up.

    Attributes:
        function: ``sum``, ``count``, ``min``, ``max`` or ``avg``.
        lines: Name of the lines field.
        field: Name of the child's field; "" for ``count(lines)``.
        where: Condition on the child as text; "" for none.
    """

    function: RollupFunction
    lines: str
    field: str
    where: str


def parse_rollup(text: str) -> RollupText:
    """Read a roll-up; the condition is not parsed yet.

    Raises:
        ExpressionError: It isn't ``function(lines.field)`` or ``function(lines.field where condition)``.
    """
    tokens = tokenize(text)
    function = _function(tokens[0])
    if len(tokens) < 5 or tokens[1].text != "(" or tokens[2].kind != "name":
        raise _shape(tokens[min(1, len(tokens) - 1)])
    closing = tokens[-2]
    if closing.kind != "op" or closing.text != ")":
        raise _shape(closing)
    lines, field = _target(tokens[2], function)
    where = ""
    if tokens[3] is not closing:
        if tokens[3].text != "where" or tokens[4] is closing:
            raise _shape(tokens[3])
        where = text[tokens[3].end : closing.at].strip()
    return RollupText(function, lines, field, where)


def _function(token: Token) -> RollupFunction:
    if token.kind == "name" and token.text in AGGREGATES:
        return cast(RollupFunction, token.text)
    name = token.text[:80]
    near = nearest(name, AGGREGATES)
    if near is None:
        raise ExpressionError("expression.unknown_function", at=token.at, name=name)
    raise ExpressionError("expression.unknown_function.near", at=token.at, name=name, nearest=near)


def _target(token: Token, function: str) -> tuple[str, str]:
    lines, _, field = token.text.partition(".")
    if "." in field:
        raise _shape(token)
    if not field and function != "count":
        raise ExpressionError("expression.field_needed", at=token.at, function=function)
    return lines, field


def _shape(token: Token) -> ExpressionError:
    return ExpressionError("expression.rollup_shape", at=token.at)
