"""Expressions on PostgreSQL: everything native, on NUMERIC."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.types import TypeEngine

from core.db.sql_expressions_base import Compiler, Condition, Sql, exactly
from core.kernel.errors import ExpressionError
from core.kernel.money import MAX_DIGITS
from core.metadata.expressions.nodes import (
    Call,
    Constant,
    Membership,
    Negate,
    Node,
    Operation,
    Path,
)
from core.metadata.expressions.types import ValueType

DIVISION = """
CREATE OR REPLACE FUNCTION tl_div(a numeric, b numeric) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN b = 0 THEN NULL ELSE
        sign(a) * sign(b) * 0.000000000001
        * div(2000000000000 * abs(a) + abs(b), 2 * abs(b))
    END
$$
"""
"""Makes the function behind ``/``: twelve decimals, half away from zero, exact; null for a zero divisor."""

_LARGEST = 2**63
_LAST_DAY = 3_652_058
"""Days from 0001-01-01 to 9999-12-31."""

_MOVE = 4_000_000

_NUMERIC = sa.Numeric()
_UTC: Sql = sa.literal_column("'UTC'")
_TYPES: dict[str, TypeEngine[Any]] = {
    "text": sa.Text(),
    "number": _NUMERIC,
    "boolean": sa.Boolean(),
    "date": sa.Date(),
    "datetime": sa.DateTime(timezone=True),
    "reference": sa.BigInteger(),
    "null": sa.Text(),
}
_PERIODS = {"year": "'YYYY'", "quarter": "'YYYY-\"Q\"Q'", "month": "'YYYY-MM'"}


class PostgresqlCompiler(Compiler):
    """Turns typed trees into PostgreSQL's SQL."""

    def flag(self, node: Path) -> Condition:
        """Give a boolean field as an exact condition; an index on the column serves it."""
        return self._column(node).is_(sa.true())

    def is_null(self, node: Node) -> Condition:
        """Tell whether a value is null."""
        return (self._column(node) if isinstance(node, Path) else self.value(node)).is_(None)

    def compare(self, node: Operation, exact: bool) -> Condition:
        """Compare two values that aren't boolean and aren't null literals."""
        left, right = self._operand(node.left, node.right), self._operand(node.right, node.left)
        known = isinstance(node.right, Constant)
        if node.left.type.kind == "text" and not (known and node.op == "=="):
            left = left.collate("C")
        return self.relate(node.op, left, right, known=known, exact=exact)

    def is_one_of(self, node: Membership, items: Sequence[Node], exact: bool) -> Condition:
        """Tell whether a value is among ``items``."""
        known = [item for item in items if isinstance(item, Constant)]
        others = [item for item in items if not isinstance(item, Constant)]
        tests: list[Condition] = []
        if known:
            left = self._operand(node.left, known[0])
            tests.append(left.in_([self._operand(item, node.left) for item in known]))
        for item in others:
            left = self._operand(node.left, item)
            left = left.collate("C") if node.left.type.kind == "text" else left
            tests.append(left == self._operand(item, node.left))
        return exactly(sa.or_(*tests), exact)

    def match_text(self, op: str, folded: Sql, text: str) -> Condition:
        """Look for a text by a pattern, which a trigram index serves."""
        if op == "contains":
            return folded.contains(text, autoescape=True)
        return folded.endswith(text, autoescape=True)

    def match_column(self, op: str, folded: Sql, part: Sql) -> Condition:
        """Look for one folded column in another."""
        if op == "contains":
            return sa.func.strpos(folded, part) > 0
        if op == "starts_with":
            return sa.func.starts_with(folded, part)
        return sa.func.right(folded, sa.func.char_length(part)) == part

    def value(self, node: Node) -> Sql:
        """Give any tree as a value; every number is NUMERIC."""
        if node.type.kind == "boolean":
            return self.condition(node, exact=True)
        match node:
            case Constant():
                return self._literal(node.value, node.type)
            case Path():
                column = self._column(node)
                is_whole = node.type.kind == "number" and node.type.scale == 0
                return sa.cast(column, _NUMERIC) if is_whole else column
            case Negate():
                return -self.value(node.operand)
            case Operation():
                return _arithmetic(node.op, self.value(node.left), self.value(node.right))
            case Call():
                return self._function(node)
        raise ExpressionError("expression.not_in_sql", at=node.at)

    def rounded(self, node: Node, scale: int) -> Sql:
        """Give a number at a declared scale; the database refuses more than 18 digits."""
        value = sa.cast(self.value(node), sa.Numeric(MAX_DIGITS, scale))
        return sa.cast(value, sa.BigInteger()) if scale == 0 else value

    def _operand(self, node: Node, other: Node) -> Sql:
        """Give one side of a comparison without a cast that would keep an index from serving."""
        if isinstance(node, Path):
            return self._column(node)
        if isinstance(node, Constant) and node.type.kind == "number" and other.type.scale == 0:
            value = node.value
            if value == int(value) and abs(value) < _LARGEST:
                return sa.literal(int(value), sa.BigInteger())
        return self.value(node)

    def _column(self, node: Path) -> Sql:
        is_whole = node.type.kind == "number" and node.type.scale == 0
        raw = sa.BigInteger() if is_whole else _TYPES[node.type.kind]
        return sa.type_coerce(self.resolver.column(node.parts), raw)

    @staticmethod
    def _literal(value: Any, kind: ValueType) -> Sql:
        made = _TYPES[kind.kind]
        if value is None:
            return sa.cast(sa.null(), made)
        return sa.literal(Decimal(value) if kind.kind == "number" else value, made)

    def _function(self, node: Call) -> Sql:
        compiled = _FUNCTIONS.get(node.name)
        if compiled is None:
            raise ExpressionError("expression.not_in_sql", at=node.at)
        return compiled(self, node)

    def day(self, node: Node) -> Sql:
        """Give the calendar day in UTC of a date or a moment."""
        value = self.value(node)
        return (
            sa.cast(sa.func.timezone(_UTC, value), sa.Date())
            if node.type.kind == "datetime"
            else value
        )


def _day_part(compiler: PostgresqlCompiler, node: Call) -> Sql:
    return sa.cast(sa.extract(node.name, compiler.day(node.args[0])), _NUMERIC)


def _date(compiler: PostgresqlCompiler, node: Call) -> Sql:
    return compiler.day(node.args[0])


def _period(compiler: PostgresqlCompiler, node: Call) -> Sql:
    unit = node.args[1]
    form = _PERIODS[unit.value if isinstance(unit, Constant) else ""]
    return sa.func.to_char(compiler.day(node.args[0]), sa.literal_column(form), type_=sa.Text())


def _days(compiler: PostgresqlCompiler, node: Call) -> Sql:
    return _distance(compiler.day(node.args[0]), compiler.day(node.args[1]))


def _distance(first: Sql, second: Sql) -> Sql:
    return sa.cast(first.op("-", return_type=sa.Integer())(second), _NUMERIC)


def _add_days(compiler: PostgresqlCompiler, node: Call) -> Sql:
    day, count = compiler.day(node.args[0]), compiler.value(node.args[1])
    first_day: Sql = sa.literal_column("DATE '0001-01-01'", sa.Date())
    offset = _distance(day, first_day) + count
    # PostgreSQL may cast a literal before it looks at the condition, so the cast itself must never fail
    bounded = sa.func.greatest(sa.func.least(count, _bound(_MOVE)), _bound(-_MOVE), type_=_NUMERIC)
    moved = day.op("+", return_type=sa.Date())(sa.cast(bounded, sa.Integer()))
    # the year stays within 1 to 9999, the only years that Python's dates know
    return sa.case((offset.between(_bound(0), _bound(_LAST_DAY)), moved))


def _bound(value: int) -> Sql:
    return sa.literal_column(str(value), _NUMERIC)


def _start_of_day(compiler: PostgresqlCompiler, node: Call) -> Sql:
    moment = sa.cast(compiler.value(node.args[0]), sa.DateTime())
    return sa.func.timezone(_UTC, moment, type_=sa.DateTime(timezone=True))


def _choose(compiler: PostgresqlCompiler, node: Call) -> Sql:
    test, chosen, other = node.args
    return sa.case((compiler.condition(test), compiler.value(chosen)), else_=compiler.value(other))


def _extreme(compiler: PostgresqlCompiler, node: Call) -> Sql:
    values = [compiler.value(arg) for arg in node.args]
    least_or_greatest = sa.func.least if node.name == "min" else sa.func.greatest
    found = least_or_greatest(*values, type_=_TYPES[node.type.kind])
    # least and greatest skip nulls; the language doesn't
    return sa.case((sa.and_(*(value.is_not(None) for value in values)), found))


def _round(compiler: PostgresqlCompiler, node: Call) -> Sql:
    places = node.args[1]
    digits: Sql = sa.literal_column(str(places.value if isinstance(places, Constant) else 0))
    return sa.func.round(compiler.value(node.args[0]), digits, type_=_NUMERIC)


def _length(compiler: PostgresqlCompiler, node: Call) -> Sql:
    return sa.cast(sa.func.char_length(compiler.value(node.args[0])), _NUMERIC)


def _plain(function: Callable[..., Sql]) -> Callable[[PostgresqlCompiler, Call], Sql]:
    """Compile to a function of the database that does the same."""
    return lambda compiler, node: function(
        *(compiler.value(arg) for arg in node.args), type_=_TYPES[node.type.kind]
    )


def _letters(function: Callable[..., Sql]) -> Callable[[PostgresqlCompiler, Call], Sql]:
    """Compile to ``upper`` or ``lower``, which change ASCII letters only where the collation is "C"."""
    return lambda compiler, node: function(
        compiler.value(node.args[0]).collate("C"), type_=sa.Text()
    )


def _arithmetic(op: str, left: Sql, right: Sql) -> Sql:
    match op:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
    return sa.func.tl_div(left, right, type_=_NUMERIC)


_FUNCTIONS: Mapping[str, Callable[[PostgresqlCompiler, Call], Sql]] = {
    "year": _day_part,
    "quarter": _day_part,
    "month": _day_part,
    "day": _day_part,
    "date": _date,
    "period": _period,
    "days": _days,
    "add_days": _add_days,
    "start_of_day": _start_of_day,
    "if": _choose,
    "coalesce": _plain(sa.func.coalesce),
    "concat": _plain(sa.func.concat),
    "abs": _plain(sa.func.abs),
    "floor": _plain(sa.func.floor),
    "ceil": _plain(sa.func.ceil),
    "round": _round,
    "min": _extreme,
    "max": _extreme,
    "upper": _letters(sa.func.upper),
    "lower": _letters(sa.func.lower),
    "length": _length,
}
