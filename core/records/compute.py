"""Defaults, formulas and roll-ups over the tree in memory, leaf first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from core.kernel.errors import ExpressionError
from core.kernel.money import DIVISION_SCALE, MINOR_UNITS, divide, fits, round_half_up
from core.metadata.definitions import FieldDef, ObjectDef, RollupDef
from core.metadata.expressions import evaluate
from core.metadata.order import formula_order
from core.records.record import Row

if TYPE_CHECKING:
    from core.records.writing import Writing


class RowEnvironment:
    """What an expression sees of a row: its values, its references' values, its lines."""

    __slots__ = ("_extra", "_row", "_writing")

    def __init__(self, writing: Writing, row: Row, extra: Mapping[str, Any] | None = None) -> None:
        """Look at ``row``; ``extra`` adds names such as ``old``."""
        self._writing = writing
        self._row = row
        self._extra = extra or {}

    @property
    def me(self) -> int | None:
        """Id of the acting user."""
        return self._writing.caller.actor.user_id

    @property
    def today(self) -> date:
        """Today in the actor's time zone."""
        return self._writing.today

    @property
    def now(self) -> datetime:
        """The present moment."""
        return self._writing.moment

    def value(self, path: tuple[str, ...]) -> Any:
        """Give the value at a path, walking references; None where one of them is empty."""
        definition: ObjectDef = self._row.definition
        values: Mapping[str, Any] | None = self._row.values()
        record_id: Any = self._row.id
        for step, name in enumerate(path):
            value = record_id if name == "id" else (values or {}).get(name)
            if step == len(path) - 1 or value is None:
                return value
            field = definition.fields[name]
            definition = self._writing.model.snapshot.object(field.to)
            if isinstance(value, Row):
                values, record_id = value.values(), value.id
            else:
                values, record_id = self._writing.values_of(field.to, value), value
            if values is None:
                return None
        return None

    def children(self, path: tuple[str, ...]) -> Sequence[RowEnvironment]:
        """Give the environments of the lines at a path."""
        lines = self._row.values().get(path[0]) or ()
        return [RowEnvironment(self._writing, child) for child in lines if not child.deleted]


def fill_defaults(writing: Writing, row: Row) -> None:
    """Give new rows (header, then lines) the defaults of fields that have no value yet."""
    _link_lines(row)
    if row.is_new:
        _defaults_of(writing, row)
    for _, child in row.lines():
        if child.is_new:
            _defaults_of(writing, child)


def _defaults_of(writing: Writing, row: Row) -> None:
    environment = RowEnvironment(writing, row)
    for field in row.definition.fields.values():
        if row.values().get(field.name) is not None or field.type == "lines":
            continue
        if field.default is not None:
            row[field.name] = settle(writing, row, field, evaluate(field.default, environment))
        elif field.name == "owner" and field.system:
            row[field.name] = writing.caller.actor.user_id
    states = row.definition.states
    if states is not None and row.values().get("state") is None:
        row["state"] = states.initial


def _link_lines(row: Row) -> None:
    """Let lines see their header in expressions: the parent field of a line in memory holds the header row."""
    for _, child in row.all_lines():
        child.values()[child.definition.parent] = row


def compute(writing: Writing, row: Row) -> None:
    """Recompute line formulas, then roll-ups, then the header's formulas."""
    _link_lines(row)
    for path, one in reversed(list(row.walk())):
        _compute_row(writing, one, path)


def _compute_row(writing: Writing, row: Row, path: str) -> None:
    definition = row.definition
    environment = RowEnvironment(writing, row)
    order = writing.model.memo(("order", definition.name), lambda: formula_order(definition))
    for name in order:
        field = definition.fields[name]
        if field.rollup is not None:
            value = _roll_up(writing, row, field.rollup)
        elif field.formula is not None:
            value = _evaluate(writing, field, environment, path)
        else:
            continue
        row.values()[name] = settle(writing, row, field, value, path)
    for field in definition.fields.values():
        if field.round_to_currency and not field.is_computed:
            row.values()[field.name] = settle(writing, row, field, row.values().get(field.name))


def _evaluate(writing: Writing, field: FieldDef, environment: RowEnvironment, path: str) -> Any:
    try:
        return evaluate(field.formula, environment) if field.formula else None
    except ExpressionError as fault:
        writing.fault(f"{path}{field.name}", "formula", fault.message_id, **fault.params)
        return None


def _roll_up(writing: Writing, row: Row, rollup: RollupDef) -> Any:
    children = [child for name, child in row.lines() if name == rollup.lines]
    if rollup.where is not None:
        children = [c for c in children if evaluate(rollup.where, RowEnvironment(writing, c))]
    if rollup.function == "count":
        return len(children)
    values = [c[rollup.field] for c in children if c[rollup.field] is not None]
    return aggregate(rollup.function, values)


def aggregate(function: str, values: Sequence[Any]) -> Any:
    """Aggregate values as SQL does: nulls are left out already; sum of nothing is 0, the others are None."""
    if function == "sum":
        return sum(values, Decimal(0))
    if not values:
        return None
    if function == "avg":
        return divide(sum(values, Decimal(0)), Decimal(len(values)))
    return min(values) if function == "min" else max(values)


def settle(writing: Writing, row: Row, field: FieldDef, value: Any, path: str = "") -> Any:
    """Bring a computed or default value to the field's own form: rounded half up to its scale or currency.

    Args:
        writing: The write in progress; takes the fault of a number that is too large.
        row: Row of the field.
        field: The field.
        value: Its value so far.
        path: Prefix of the row's field paths in errors, e.g. ``lines.2.``.
    """
    if value is None or isinstance(value, Row):
        return value
    if field.type == "integer":
        return int(value)
    if field.type not in {"decimal", "money", "percent"}:
        return value
    number = value if isinstance(value, Decimal) else Decimal(value)
    scale = field.scale
    if field.round_to_currency:
        scale = min(scale, MINOR_UNITS.get(currency_of(writing, row, field), 2))
    number = round_half_up(number, scale)
    if not fits(number, field.scale):
        writing.fault(
            f"{path}{field.name}", "too_large", "record.number_too_large", name=field.name
        )
        return None
    return round_half_up(number, min(field.scale, DIVISION_SCALE))


def currency_of(writing: Writing, row: Row, field: FieldDef) -> str:
    """Name the currency of a money field: its own currency field, the header's, or the company's."""
    holder = row
    for _ in range(2):
        name = field.currency_field or _currency_field(holder.definition)
        if name and name in holder.definition.fields and holder.values().get(name):
            return str(holder.values()[name])
        parent = holder.values().get(holder.definition.parent) if holder.definition.parent else None
        if not isinstance(parent, Row):
            break
        holder, field = parent, FieldDef(name="", type="money", label=field.label)
    return writing.caller.services.currency


def _currency_field(definition: ObjectDef) -> str:
    return next((f.name for f in definition.fields.values() if f.type == "currency"), "")
