"""The columns of an aggregate: groups and measures as SQL, and their way to exact JSON values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.sql.elements import ColumnElement

from core.kernel.money import divide, plain
from core.kernel.text import nearest
from core.metadata.definitions import FieldDef, MeasureDef
from core.metadata.expressions import ValueType, value_type_of
from core.metadata.expressions.moments import write_moment
from core.metadata.expressions.nodes import Path
from core.records.filters import compile_filter, refusal, resolve_path, written_in
from core.records.joins import Joins
from core.records.policies import Policy, target_of
from core.records.serialise import converter

FUNCTIONS: Final = ("sum", "count", "min", "max", "avg")
HOPS: Final = 3

_MONEY_PLACES: Final = 2
_UNGROUPED: Final = frozenset({"lines", "list", "any", "null"})
_ORDERED: Final = frozenset({"number", "date", "datetime"})

Write = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Figure:
    """One key of the answer.

    Attributes:
        text: The key, as asked for.
        columns: What is selected for it; an average takes two, sum and count.
        write: Turns the value (for an average: the exact quotient) into JSON.
        references: For a group that is a reference: the target object, else "".
    """

    text: str
    columns: tuple[ColumnElement[Any], ...]
    write: Write
    references: str = ""

    @property
    def is_average(self) -> bool:
        """Whether sum and count are selected."""
        return len(self.columns) > 1

    def value(self, values: Sequence[Any]) -> Any:
        """Give what the figure sorts by; an average as an exact fraction."""
        if not self.is_average:
            return values[0]
        total, count = values
        return Fraction(Decimal(total)) / count if count else None

    def json(self, values: Sequence[Any]) -> Any:
        """Give the figure's JSON value."""
        if not self.is_average:
            return self.write(values[0])
        total, count = values
        return self.write(divide(Decimal(total), Decimal(count)) if count else None)


def group(joins: Joins, text: str) -> Figure:
    """Compile one group: a field path, or an expression over readable fields.

    Raises:
        Invalid: It can't be parsed, names something unknown or hidden, or can't be grouped by.
    """
    expression = compile_filter(
        joins.policy, joins.object.name, text, parameter="group_by", expect=None
    )
    if expression.type.kind in _UNGROUPED or not expression.paths:
        raise refusal("aggregate.not_a_group", "group_by", "invalid", name=text)
    resolver = joins.resolver()
    if isinstance(expression.node, Path):
        field = resolver.field(expression.node.parts)
        column = resolver.column(expression.node.parts)
        return Figure(text, (column,), _nullable(converter(field)), target_of(field))
    with written_in("group_by"):
        column = resolver.value(expression)
    return Figure(text, (column,), _nullable(_writer(expression.type)))


def measure(joins: Joins, text: str) -> Figure:
    """Compile one measure: ``count``, ``sum:FIELD`` and the like, or the name of a declared one.

    Raises:
        Invalid: It is unknown, names a hidden field, or the function doesn't suit the field.
    """
    function, _, field_text = text.partition(":")
    if ":" not in text and text != "count":
        return _declared(joins, text)
    if function not in FUNCTIONS:
        raise unknown("aggregate.unknown_function", function, FUNCTIONS)
    if not field_text:
        if function == "count":
            return Figure(text, (sa.func.count(),), _same)
        raise refusal("aggregate.field_needed", "measure", "invalid", name=function)
    found = resolve_path(joins.policy, joins.object.name, field_text, "measure", hops=HOPS)
    kind = value_type_of(found.field).kind
    wanted = {"sum": {"number"}, "avg": {"number"}, "min": _ORDERED, "max": _ORDERED}
    if kind == "lines" or kind not in wanted.get(function, {kind}):
        raise refusal("aggregate.not_suited", "measure", "invalid", name=function, field=field_text)
    column = joins.resolver().column(found.path)
    return Figure(text, _columns(function, column), _figure_writer(function, found.field))


def unknown(message_id: str, name: str, options: Sequence[str]) -> Exception:
    """Make the refusal of an unknown measure or function, with the nearest right name."""
    hint = nearest(name, options)
    suffix = "" if hint is None else ".near"
    return refusal(message_id + suffix, "measure", "unknown_name", name=name, nearest=hint or "")


def _declared(joins: Joins, name: str) -> Figure:
    measures = joins.model.snapshot.measures
    usable = [
        m.name
        for m in measures.values()
        if m.object == joins.object.name and _may_use(joins.policy, m)
    ]
    if name not in usable:
        raise unknown("aggregate.unknown_measure", name, [*usable, *FUNCTIONS])
    found = measures[name]
    resolver = joins.resolver()
    column: ColumnElement[Any] | None = None
    if found.expression is not None:
        column = resolver.value(found.expression, found.scale)
    if found.where is not None:
        counted = sa.literal_column("1") if column is None else column
        column = sa.type_coerce(sa.case((resolver.condition(found.where), counted)), counted.type)
    if column is None:
        return Figure(name, (sa.func.count(),), _same)
    return Figure(name, _columns(found.function, column), _declared_writer(found))


def _may_use(policy: Policy, found: MeasureDef) -> bool:
    expressions = [e for e in (found.expression, found.where) if e is not None]
    return all(policy.may_read_path(found.object, path) for e in expressions for path in e.paths)


def _columns(function: str, column: ColumnElement[Any]) -> tuple[ColumnElement[Any], ...]:
    match function:
        case "count":
            return (sa.func.count(column),)
        case "avg":
            return (_sum(column), sa.func.count(column))
        case "sum":
            return (_sum(column),)
    extreme = sa.func.min(column) if function == "min" else sa.func.max(column)
    return (sa.type_coerce(extreme, column.type),)


def _sum(column: ColumnElement[Any]) -> ColumnElement[Any]:
    return sa.type_coerce(sa.func.sum(column), column.type)


def _figure_writer(function: str, field: FieldDef) -> Write:
    if function == "count":
        return _same
    if function == "avg":
        return _quotient
    if function == "sum":
        return _total(field.type == "integer", _MONEY_PLACES if field.type == "money" else 0)
    return _nullable(converter(field))


def _declared_writer(found: MeasureDef) -> Write:
    if found.function == "count":
        return _same
    if found.function == "avg":
        return _quotient
    places = _MONEY_PLACES if found.kind == "money" else 0
    if found.function == "sum":
        return _total(found.kind == "integer" and found.scale == 0, places)
    kind = found.expression.type if found.expression is not None else None
    if kind is not None and kind.kind != "number":
        return _nullable(_writer(kind))
    return _nullable(lambda value: plain(Decimal(value), places))


def _total(is_whole: bool, places: int) -> Write:
    """The sum of nothing is zero."""
    if is_whole:
        return lambda value: int(value or 0)
    return lambda value: plain(Decimal(value or 0), places)


def _quotient(value: Decimal | None) -> str | None:
    return None if value is None else plain(value)


def _same(value: Any) -> Any:
    return value


def _nullable(convert: Write | None) -> Write:
    if convert is None:
        return _same
    return lambda value: None if value is None else convert(value)


def _writer(kind: ValueType) -> Write | None:
    match kind.kind:
        case "number":
            return int if kind.scale == 0 else plain
        case "date":
            return lambda value: value.isoformat()
        case "datetime":
            return write_moment
    return None
