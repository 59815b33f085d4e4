"""Expressions on SQLite: plain comparisons native, everything computed through ``tl_eval``."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.types import TypeEngine

from core.db.sql_expressions_base import Compiler, Condition, Sql, exactly
from core.kernel.errors import ExpressionError
from core.metadata.expressions.moments import write_moment
from core.metadata.expressions.nodes import Call, Constant, Membership, Node, Operation, Path
from core.metadata.expressions.program import encode, slots_of
from core.metadata.expressions.types import BOOLEAN, ValueType

_LARGEST = 2**63 - 1
_TEXT = sa.Text()
_INTEGER = sa.Integer()
_STORED: dict[str, TypeEngine[Any]] = {
    "text": _TEXT,
    "number": _INTEGER,
    "boolean": _INTEGER,
    "date": _TEXT,
    "datetime": _TEXT,
    "reference": _INTEGER,
    "null": _TEXT,
}
_ROUND = {"<": math.ceil, ">=": math.ceil, ">": math.floor, "<=": math.floor}
"""How a literal finer than the column's scale is brought to it without changing the comparison."""


class SqliteCompiler(Compiler):
    """Turns typed trees into SQLite's SQL."""

    def flag(self, node: Path) -> Condition:
        """Give a boolean field as an exact condition; an index on the column serves it."""
        # renders IS 1; SQLAlchemy's is_() loses its negation for anything but NULL, true and false
        return self._column(node).is_not_distinct_from(sa.literal_column("1"))

    def is_null(self, node: Node) -> Condition:
        """Tell whether a value is null; a computed number need not fit into a stored one for that."""
        native = self._native(node)
        if native is None:
            return self._program(Call("is_null", (node,), at=node.at, type=BOOLEAN), BOOLEAN)
        return native.is_(None)

    def compare(self, node: Operation, exact: bool) -> Condition:
        """Compare two values that aren't boolean and aren't null literals."""
        left = self._native(node.left)
        if left is None:
            return self._program(node, BOOLEAN)
        if isinstance(node.right, Constant):
            if node.left.type.kind == "number":
                return self._compare_number(node.op, left, node.left.type, node.right.value, exact)
            right = self._literal(node.right.value, node.right.type)
            return self.relate(node.op, left, right, known=True, exact=exact)
        other = self._native(node.right)
        if other is None or node.left.type.scale != node.right.type.scale:
            return self._program(node, BOOLEAN)
        return self.relate(node.op, left, other, known=False, exact=exact)

    def is_one_of(self, node: Membership, items: Sequence[Node], exact: bool) -> Condition:
        """Tell whether a value is among ``items``."""
        left = self._native(node.left)
        known = [item for item in items if isinstance(item, Constant)]
        if left is None or len(known) < len(items):
            return self._program(node, BOOLEAN)
        values: list[Any] = [item.value for item in known]
        if node.left.type.kind == "number":
            units = [_units(value, node.left.type) for value in values]
            values = [int(unit) for unit in units if unit == int(unit) and abs(unit) <= _LARGEST]
        literals = [self._literal(value, node.left.type, scaled=True) for value in values]
        return exactly(left.in_(literals), exact)

    def match_text(self, op: str, folded: Sql, text: str) -> Condition:
        """Look for a folded text in a folded column."""
        if op == "contains":
            return sa.func.instr(folded, sa.literal(text, _TEXT)) > 0
        if not text:
            return folded.is_not(None)
        return sa.func.substr(folded, -len(text)) == sa.literal(text, _TEXT)

    def match_column(self, op: str, folded: Sql, part: Sql) -> Condition:
        """Look for one folded column in another."""
        if op == "contains":
            return sa.func.instr(folded, part) > 0
        length = sa.func.length(part)
        if op == "starts_with":
            return sa.func.substr(folded, 1, length) == part
        start = sa.func.length(folded) - length + 1
        return sa.and_(start > 0, sa.func.substr(folded, start, length) == part)

    def value(self, node: Node) -> Sql:
        """Give any tree as a value as SQLite stores it; numbers at the scale of their type."""
        if node.type.kind == "boolean":
            return self.condition(node, exact=True)
        if isinstance(node, Constant):
            return self._literal(node.value, node.type)
        native = self._native(node)
        return self._program(node, node.type) if native is None else native

    def rounded(self, node: Node, scale: int) -> Sql:
        """Give a number at a declared scale as a scaled integer; more than 18 digits are an error."""
        native = self._native(node) if node.type.scale == scale else None
        return self._program(node, ValueType("number", scale=scale)) if native is None else native

    def _native(self, node: Node) -> Sql | None:
        """Give what SQLite can compute by itself: columns and parts of dates; None for the rest."""
        if isinstance(node, Path):
            return self._column(node)
        if isinstance(node, Call) and node.name in _DATE_FUNCTIONS:
            day = self._native(node.args[0])
            return None if day is None else _date_function(node, day)
        return None

    def _column(self, node: Path) -> Sql:
        if node.type.kind == "number" and node.type.scale is None:
            raise ExpressionError("expression.not_in_sql", at=node.at)
        return sa.type_coerce(self.resolver.column(node.parts), _STORED[node.type.kind])

    def _program(self, node: Node, result: ValueType) -> Sql:
        columns = [self._column(path) for path in slots_of(node)]
        text = sa.literal(encode(node, result), _TEXT)
        made = sa.Boolean() if result.kind == "boolean" else _STORED[result.kind]
        return sa.func.tl_eval(text, *columns, type_=made)

    @staticmethod
    def _literal(value: Any, kind: ValueType, *, scaled: bool = False) -> Sql:
        made = _STORED[kind.kind]
        if value is None:
            return sa.null()
        match kind.kind:
            case "number" if not scaled:
                return sa.literal(int(_units(value, kind)), made)
            case "date":
                return sa.literal(value.isoformat(), made)
            case "datetime":
                return sa.literal(write_moment(value), made)
        return sa.literal(value, made)

    def _compare_number(
        self, op: str, column: Sql, kind: ValueType, value: int | Decimal, exact: bool
    ) -> Condition:
        """Compare scaled integers: the literal is brought to the column's scale, never the column."""
        units = _units(value, kind)
        if units != int(units):
            if op in {"==", "!="}:
                return sa.false() if op == "==" else sa.true()
            units = Decimal(_ROUND[op](units))
        bounded = max(min(int(units), _LARGEST), -_LARGEST)
        return self.relate(op, column, sa.literal(bounded, _INTEGER), known=True, exact=exact)


def _units(value: int | Decimal, kind: ValueType) -> Decimal:
    """Give the number in units of the last decimal that ``kind`` keeps."""
    sign, digits, exponent = Decimal(value).as_tuple()
    return Decimal((sign, digits, int(exponent) + (kind.scale or 0)))


_DATE_FUNCTIONS = frozenset({"year", "quarter", "month", "day", "period", "date", "start_of_day"})


def _date_function(node: Call, day: Sql) -> Sql:
    # a date is the first ten characters of a moment, so both are treated alike
    match node.name:
        case "year":
            return sa.cast(_slice(day, 1, 4), _INTEGER)
        case "month":
            return sa.cast(_slice(day, 6, 2), _INTEGER)
        case "day":
            return sa.cast(_slice(day, 9, 2), _INTEGER)
        case "quarter":
            return _quarter(day)
        case "date":
            return _slice(day, 1, 10)
        case "start_of_day":
            return day.concat(sa.literal_column("'T00:00:00.000000Z'", _TEXT))
    unit = node.args[1].value if isinstance(node.args[1], Constant) else ""
    if unit == "quarter":
        return _slice(day, 1, 4).concat(sa.literal_column("'-Q'", _TEXT)).concat(_quarter(day))
    return _slice(day, 1, 4 if unit == "year" else 7)


def _slice(text: Sql, start: int, length: int) -> Sql:
    bounds: tuple[Sql, Sql] = (sa.literal_column(str(start)), sa.literal_column(str(length)))
    return sa.func.substr(text, *bounds, type_=_TEXT)


def _quarter(day: Sql) -> Sql:
    month = sa.cast(_slice(day, 6, 2), _INTEGER) + sa.literal_column("2", _INTEGER)
    return sa.cast(month, _INTEGER).op("/", return_type=_INTEGER)(sa.literal_column("3", _INTEGER))
