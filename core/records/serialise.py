"""Rows to JSON: which columns a read selects and how each becomes its JSON value, compiled once per shape."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from functools import partial
from typing import Any, Final

from sqlalchemy.sql.elements import ColumnElement

from core.kernel.errors import ExpressionError
from core.kernel.money import fits, round_half_up
from core.metadata.definitions import FieldDef
from core.metadata.expressions import Expression, evaluate
from core.metadata.expressions.numbers import as_decimal
from core.metadata.fields import FIELD_TYPES
from core.records.filters import FieldPath
from core.records.formulas import settled
from core.records.joins import Joins
from core.records.plans import Circumstances, Reading

Converter = Callable[[Any], Any]

_AS_IT_IS: Final = frozenset({"text", "longtext", "integer", "boolean", "reference"})
_NUMBERS: Final = frozenset({"decimal", "money", "percent"})


def converter(field: FieldDef) -> Converter | None:
    """Give the function that turns a value of the field (never null) into JSON; None where it stays as it is."""
    field_type = FIELD_TYPES[field.type]
    if field_type.storage in _AS_IT_IS:
        return None
    if field_type.storage == "date":
        return date.isoformat
    return partial(_to_json, field_type.to_json, field)


def _to_json(to_json: Callable[[Any, FieldDef], Any], field: FieldDef, value: Any) -> Any:
    return to_json(value, field)


class Selection:
    """The columns of a read and the way from its rows to records.

    A row holds the id, the stored fields, the version, then what unstored formulas are computed from.

    Attributes:
        columns: What to select, each with a label of its own.
    """

    def __init__(self, joins: Joins, paths: Sequence[FieldPath], *, versioned: bool = True) -> None:
        """Compile the selection.

        Args:
            joins: The tables; joins are added for what the paths pass.
            paths: Fields wanted, in order; ``id`` always comes first, lines are left out.
            versioned: Whether records carry ``_version``.
        """
        self.columns: list[ColumnElement[Any]] = []
        self._places: dict[tuple[str, ...], int] = {}
        self._resolver = joins.resolver()
        wanted = [p for p in paths if p.path != ("id",) and p.field.type != "lines"]
        stored = [path for path in wanted if not path.field.is_virtual]
        # Plain strings: SQLAlchemy's quoted names are refused as keys by the JSON writer.
        self._names = ["id", *(str(path.text) for path in stored)]
        self._place(("id",))
        for path in stored:
            self._append(path.path, self._resolver.column(path.path))
        if versioned:
            self._names.append("_version")
            self._label(joins.root.c.version)
        self._converters = [
            (name, convert)
            for name, convert in ((str(path.text), converter(path.field)) for path in stored)
            if convert is not None
        ]
        self._formulas = [
            (str(path.text), self._formula(joins.reading, path))
            for path in wanted
            if path.field.is_virtual
        ]
        order = ["id", *(str(path.text) for path in wanted), *(["_version"] if versioned else [])]
        self._order = order if self._formulas else None

    @property
    def width(self) -> int:
        """How many columns a row begins with; what the caller adds comes after them."""
        return len(self.columns)

    def record(self, row: Sequence[Any], circumstances: Circumstances) -> dict[str, Any]:
        """Turn a row into a record ready for JSON."""
        record: dict[str, Any] = dict(zip(self._names, row, strict=False))
        for name, convert in self._converters:
            value = record[name]
            if value is not None:
                record[name] = convert(value)
        if self._order is None:
            return record
        for name, formula in self._formulas:
            value = formula.value(row, circumstances)
            plain = formula.convert is None or value is None
            record[name] = value if plain else formula.convert(value)  # type: ignore[misc]
        return {name: record[name] for name in self._order}

    def values(self, row: Sequence[Any], circumstances: Circumstances) -> dict[str, Any]:
        """Turn a row into typed values by field name."""
        values: dict[str, Any] = dict(zip(self._names, row, strict=False))
        for name, formula in self._formulas:
            values[name] = formula.value(row, circumstances)
        return values

    def _label(self, column: ColumnElement[Any]) -> int:
        self.columns.append(column.label(f"c{len(self.columns)}"))
        return len(self.columns) - 1

    def _append(self, path: tuple[str, ...], column: ColumnElement[Any]) -> None:
        self._places[path] = self._label(column)

    def _place(self, path: tuple[str, ...]) -> int:
        """Give the position of a path's value in the row, selecting it where it isn't yet."""
        if path not in self._places:
            self._append(path, self._resolver.column(path))
        return self._places[path]

    def _formula(self, reading: Reading, path: FieldPath) -> RowFormula:
        expression = settled(reading, path.object, path.field)
        prefix = path.path[:-1]
        places = {each: self._place(prefix + each) for each in expression.paths}
        return RowFormula(path.field, expression, places)


class RowFormula:
    """An unstored formula that is computed from other columns of the same row.

    Attributes:
        convert: Turns its value into JSON; None where it stays as it is.
    """

    def __init__(
        self,
        field: FieldDef,
        expression: Expression,
        places: Mapping[tuple[str, ...], int],
    ) -> None:
        """Keep where the inputs stand.

        Args:
            field: The field it computes.
            expression: The formula.
            places: Position in the row by path.
        """
        self.convert = converter(field)
        self._field = field
        self._expression = expression
        self._places = places

    def value(self, row: Sequence[Any], circumstances: Circumstances) -> Any:
        """Give the value, rounded as the field says; null where it can't be computed."""
        try:
            value = evaluate(self._expression, _RowEnvironment(row, self._places, circumstances))
        except ExpressionError:
            return None
        if value is None or self._field.type not in _NUMBERS:
            return value
        number = round_half_up(as_decimal(value), self._field.scale)
        return number if fits(number, self._field.scale) else None


class _RowEnvironment:
    """One row of a result as an expression sees it."""

    __slots__ = ("_circumstances", "_places", "_row")

    def __init__(
        self,
        row: Sequence[Any],
        places: Mapping[tuple[str, ...], int],
        circumstances: Circumstances,
    ) -> None:
        self._row = row
        self._places = places
        self._circumstances = circumstances

    @property
    def me(self) -> int | None:
        return self._circumstances.me

    @property
    def today(self) -> date:
        return self._circumstances.today

    @property
    def now(self) -> datetime:
        return self._circumstances.now

    def value(self, path: tuple[str, ...]) -> Any:
        return self._row[self._places[path]]

    def children(self, path: tuple[str, ...]) -> Sequence[_RowEnvironment]:
        raise ExpressionError("expression.lines_outside", at=0, name=".".join(path))
