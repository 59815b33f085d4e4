"""The functions of the language: how each is typed and what it gives.

A checker function may replace arguments (a text literal becomes a date) and gives the type of the result. A ``run``
function gets values already evaluated; where it is marked ``strict``, a null among them gives null at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from core.kernel.errors import ExpressionError
from core.kernel.text import fold, nearest
from core.metadata.expressions import moments, numbers
from core.metadata.expressions.coercion import coerce, unify
from core.metadata.expressions.nodes import Call, Constant, Node
from core.metadata.expressions.types import (
    BOOLEAN,
    DATE,
    DATETIME,
    INTEGER,
    TEXT,
    USER,
    Kind,
    ValueType,
    common_number,
    number,
)

PERIODS = ("year", "quarter", "month")
MAX_ROUND = 12
_SHOWN = 80

Checked = tuple[tuple[Node, ...], ValueType]


@dataclass(frozen=True, slots=True)
class Function:
    """One function of the language.

    Attributes:
        least: Arguments needed.
        most: Arguments allowed; None for any number.
        check: Gives the arguments as they are to be evaluated, and the type of the result.
        run: Computes the result; None for those that need the environment (``me``, ``today``, ``now``).
        strict: Whether a null argument gives null without a call.
    """

    least: int
    most: int | None
    check: Callable[[Call], Checked]
    run: Callable[..., Any] | None = None
    strict: bool = True


def check_call(call: Call) -> Call:
    """Type a call whose arguments are typed.

    Raises:
        ExpressionError: The function is unknown or its arguments don't fit.
    """
    function = FUNCTIONS.get(call.name)
    if function is None:
        raise _unknown_function(call)
    count = len(call.args)
    if count < function.least or (function.most is not None and count > function.most):
        raise ExpressionError(
            "expression.argument_count",
            at=call.at,
            function=call.name,
            wanted=_range_text(function.least, function.most),
            found=count,
        )
    args, result = function.check(call)
    return replace(call, args=args, type=result)


def _range_text(least: int, most: int | None) -> str:
    if most is None:
        return f"{least}…"
    return str(least) if least == most else f"{least}–{most}"


def _unknown_function(call: Call) -> ExpressionError:
    names = [*FUNCTIONS, "sum", "count", "avg"]
    name = call.name[:_SHOWN]
    near = nearest(name, names)
    if near is None or near == name:
        return ExpressionError("expression.unknown_function", at=call.at, name=name)
    return ExpressionError("expression.unknown_function.near", at=call.at, name=name, nearest=near)


def _need(call: Call, index: int, *kinds: Kind) -> Node:
    """Give argument ``index`` as one of ``kinds``; text literals become dates where a date is wanted."""
    node = call.args[index]
    if node.type.kind == "text" and "text" not in kinds:
        node = coerce(node, ValueType(kinds[0]))
    if node.type.kind == "null":
        return replace(node, type=INTEGER if kinds[0] == "number" else ValueType(kinds[0]))
    if node.type.kind in kinds or node.type.kind == "any":
        return node
    raise ExpressionError(
        "expression.argument",
        at=node.at,
        function=call.name,
        position=index + 1,
        wanted=" / ".join(kinds),
        found=node.type.kind,
    )


def _constant(call: Call, index: int) -> Any:
    node = call.args[index]
    if not isinstance(node, Constant):
        raise ExpressionError(
            "expression.literal_needed", at=node.at, function=call.name, position=index + 1
        )
    return node.value


def _numbers(call: Call) -> tuple[Node, ...]:
    return tuple(_need(call, index, "number") for index in range(len(call.args)))


def _texts(call: Call) -> tuple[Node, ...]:
    return tuple(_need(call, index, "text") for index in range(len(call.args)))


def _gives(result: ValueType) -> Callable[[Call], Checked]:
    return lambda call: (call.args, result)


def _text_to(result: ValueType) -> Callable[[Call], Checked]:
    return lambda call: (_texts(call), result)


def _check_day_part(call: Call) -> Checked:
    return (_need(call, 0, "date", "datetime"),), number(0, 4, call.at)


def _check_date(call: Call) -> Checked:
    node = call.args[0]
    if node.type.kind == "text" and not isinstance(node, Constant):
        _constant(call, 0)
    return (_need(call, 0, "date", "datetime"),), DATE


def _check_period(call: Call) -> Checked:
    unit = _constant(call, 1)
    if unit not in PERIODS:
        near = nearest(str(unit)[:_SHOWN], PERIODS) or PERIODS[0]
        raise ExpressionError("expression.unknown_period", at=call.args[1].at, nearest=near)
    return (_need(call, 0, "date", "datetime"), call.args[1]), TEXT


def _check_days(call: Call) -> Checked:
    args = (_need(call, 0, "date", "datetime"), _need(call, 1, "date", "datetime"))
    return args, number(0, 7, call.at)


def _check_add_days(call: Call) -> Checked:
    count = _need(call, 1, "number")
    if count.type.kind == "number" and count.type.scale != 0:
        raise ExpressionError(
            "expression.whole_number", at=count.at, function=call.name, position=2
        )
    return (_need(call, 0, "date"), count), DATE


def _check_start_of_day(call: Call) -> Checked:
    return (_need(call, 0, "date"),), DATETIME


def _check_if(call: Call) -> Checked:
    condition = _need(call, 0, "boolean")
    branches, result = unify(call.args[1:], call.at)
    return (condition, *branches), result


def _check_coalesce(call: Call) -> Checked:
    for node in call.args:
        refuse_boolean(node)
    return unify(call.args, call.at)


def _check_is_null(call: Call) -> Checked:
    node = call.args[0]
    refuse_boolean(node)
    if node.type.kind in {"lines", "list"}:
        raise ExpressionError(
            "expression.argument",
            at=node.at,
            function=call.name,
            position=1,
            wanted="text / number / date / datetime / reference",
            found=node.type.kind,
        )
    return call.args, BOOLEAN


def refuse_boolean(node: Node) -> None:
    """Refuse to ask whether a yes/no value is null: it never is.

    Raises:
        ExpressionError: ``node`` is boolean.
    """
    if node.type.kind == "boolean":
        raise ExpressionError("expression.never_null", at=node.at)


def _check_round(call: Call) -> Checked:
    places = _constant(call, 1) if len(call.args) > 1 else 0
    if not isinstance(places, int) or isinstance(places, bool) or not 0 <= places <= MAX_ROUND:
        raise ExpressionError("expression.round_places", at=call.args[1].at, limit=MAX_ROUND)
    value = _need(call, 0, "number")
    fixed = Constant(places, at=call.at, type=INTEGER)
    return (value, fixed), number(places, value.type.digits + 1, call.at)


def _check_whole(call: Call) -> Checked:
    value = _need(call, 0, "number")
    return (value,), number(0, value.type.digits + 1, call.at)


def _check_same_number(call: Call) -> Checked:
    value = _need(call, 0, "number")
    return (value,), value.type


def _check_extreme(call: Call) -> Checked:
    args, result = unify(call.args, call.at)
    checked = replace(call, args=args)
    for index in range(len(args)):
        _need(checked, index, "number", "date", "datetime")
    return args, common_number(
        [a.type for a in args], call.at
    ) if result.kind == "number" else result


def _round(value: numbers.Number, places: int) -> numbers.Number:
    return numbers.round_to(value, places)


def _days(a: date, b: date) -> int:
    return (moments.day_of(a) - moments.day_of(b)).days


def _coalesce(*values: Any) -> Any:
    return next((value for value in values if value is not None), None)


def _concat(*values: str | None) -> str:
    return "".join(value for value in values if value is not None)


def ascii_upper(text: str) -> str:
    """Turn a–z into A–Z and leave every other letter, as databases do without a language."""
    return "".join(chr(ord(ch) - 32) if "a" <= ch <= "z" else ch for ch in text)


def ascii_lower(text: str) -> str:
    """Turn A–Z into a–z and leave every other letter."""
    return "".join(chr(ord(ch) + 32) if "A" <= ch <= "Z" else ch for ch in text)


def contains(whole: str, part: str) -> bool:
    """Tell whether ``part`` occurs in ``whole``, both folded."""
    return fold(part) in fold(whole)


def starts_with(whole: str, part: str) -> bool:
    """Tell whether ``whole`` begins with ``part``, both folded."""
    return fold(whole).startswith(fold(part))


def ends_with(whole: str, part: str) -> bool:
    """Tell whether ``whole`` ends with ``part``, both folded."""
    return fold(whole).endswith(fold(part))


def _all_or_none(choose: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *values: choose(values)


FUNCTIONS: Mapping[str, Function] = {
    "today": Function(0, 0, _gives(DATE)),
    "now": Function(0, 0, _gives(DATETIME)),
    "me": Function(0, 0, _gives(USER)),
    "date": Function(1, 1, _check_date, moments.day_of),
    "start_of_day": Function(1, 1, _check_start_of_day, moments.first_moment),
    "year": Function(1, 1, _check_day_part, lambda d: moments.day_of(d).year),
    "quarter": Function(1, 1, _check_day_part, lambda d: moments.quarter(moments.day_of(d))),
    "month": Function(1, 1, _check_day_part, lambda d: moments.day_of(d).month),
    "day": Function(1, 1, _check_day_part, lambda d: moments.day_of(d).day),
    "period": Function(2, 2, _check_period, lambda d, u: moments.period(moments.day_of(d), u)),
    "days": Function(2, 2, _check_days, _days),
    "add_days": Function(2, 2, _check_add_days, moments.add_days),
    "if": Function(3, 3, _check_if, lambda c, a, b: a if c else b, strict=False),
    "coalesce": Function(1, None, _check_coalesce, _coalesce, strict=False),
    "is_null": Function(1, 1, _check_is_null, lambda value: value is None, strict=False),
    "round": Function(1, 2, _check_round, _round),
    "floor": Function(1, 1, _check_whole, numbers.floor),
    "ceil": Function(1, 1, _check_whole, numbers.ceiling),
    "abs": Function(1, 1, _check_same_number, numbers.absolute),
    "min": Function(2, None, _check_extreme, _all_or_none(min)),
    "max": Function(2, None, _check_extreme, _all_or_none(max)),
    "upper": Function(1, 1, _text_to(TEXT), ascii_upper),
    "lower": Function(1, 1, _text_to(TEXT), ascii_lower),
    "length": Function(1, 1, _text_to(number(0, 10, 0)), len),
    "concat": Function(1, None, _text_to(TEXT), _concat, strict=False),
    "starts_with": Function(2, 2, _text_to(BOOLEAN), starts_with),
    "ends_with": Function(2, 2, _text_to(BOOLEAN), ends_with),
}
"""Every function by name; those over lines (``sum``, ``count``, ``avg``) are typed by the checker."""
