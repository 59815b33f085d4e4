"""Figures over the records that a caller may see: measures by groups, exact on both databases."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import Connection, exc
from sqlalchemy.sql import Select
from sqlalchemy.sql.elements import ColumnElement, UnaryExpression

from core.db.types import IntegerType
from core.metadata.expressions import Expression
from core.records.filters import refusal
from core.records.joins import Joins
from core.records.lookup import titles
from core.records.measures import Figure, group, measure
from core.records.plans import Reading, circumstances, plan
from core.records.query import reading
from core.records.record_plan import require_readable
from core.records.services import Caller

MAX_ROWS: Final = 10_000
"""Groups of one answer."""

MAX_GROUPS: Final = 6
MAX_MEASURES: Final = 20

_OVERFLOW: Final = "integer overflow"


@dataclass(frozen=True, slots=True)
class AggregateQuery:
    """What figures are asked for.

    Attributes:
        object: Object whose records are summed up.
        measures: ``sum:FIELD`` (also count, min, max, avg), ``count``, or names of declared measures.
        group_by: Field paths, or functions of them such as ``year(order_date)``.
        filter: Expression that records must meet, or None.
        sort: Texts of groups or measures, ``-`` before one for descending; the groups follow as the last keys.
        limit: Rows at most, 1 to 10,000.
        where: Conditions of definitions; they may use hidden fields.
    """

    object: str
    measures: tuple[str, ...] = ("count",)
    group_by: tuple[str, ...] = ()
    filter: str | None = None
    sort: tuple[str, ...] = ()
    limit: int = 1_000
    where: tuple[Expression, ...] = ()


def aggregate(
    caller: Caller, query: AggregateQuery, connection: Connection | None = None
) -> list[dict[str, Any]]:
    """Sum up the records that the caller may see.

    Args:
        caller: Who asks.
        query: What for.
        connection: Where to read; None takes one from the pool.

    A declared measure that names its currency is split by it, so that different currencies are never added up.

    Returns:
        Flat rows in JSON form: each group and measure under its text as asked for; a group that is a reference also
        has its target's title under ``{text}.title``. Decimals are exact text, averages have up to 12 places.

    Raises:
        NotFound: There is no such object.
        Forbidden: The caller may read none of its records.
        Invalid: A parameter is wrong, a sum has too many digits, or there are too many groups to sort by an average.
    """
    if not 1 <= query.limit <= MAX_ROWS:
        raise refusal("read.limit", "limit", "invalid", most=MAX_ROWS)
    query = _by_currency(caller, query)
    known = circumstances(caller)
    names = (tuple(query.measures), tuple(query.group_by), tuple(query.sort))
    shape = ("aggregate", query.object, query.filter, *names, tuple(e.text for e in query.where))
    built = plan(caller, known, shape, lambda r: _AggregatePlan(r, query))
    with reading(caller, connection) as opened:
        records = [built.record(row) for row in built.fetch(opened, known.me, query.limit)]
        _add_titles(caller, built.groups, records, opened)
    return records


def _by_currency(caller: Caller, query: AggregateQuery) -> AggregateQuery:
    declared = (caller.snapshot.measures.get(name) for name in query.measures)
    paths = {each.currency: None for each in declared if each is not None and each.currency}
    missing = tuple(path for path in paths if path not in query.group_by)
    return replace(query, group_by=(*query.group_by, *missing)) if missing else query


def _add_titles(
    caller: Caller, groups: Sequence[Figure], records: list[dict[str, Any]], connection: Connection
) -> None:
    references = {each.text: each.references for each in groups if each.references}
    wanted: dict[str, set[int]] = {}
    for text, target in references.items():
        ids = (record[text] for record in records if record[text] is not None)
        wanted.setdefault(target, set()).update(ids)
    found = titles(caller, wanted, connection)
    for record in records:
        for text, target in references.items():
            record[f"{text}.title"] = found.get((target, record[text]), "")


class _AggregatePlan:
    """The statement behind one shape of aggregate.

    Attributes:
        groups: What rows are grouped by.
    """

    def __init__(self, reading: Reading, query: AggregateQuery) -> None:
        require_readable(reading.policy, query.object)
        _check_size(query)
        joins = Joins(reading, query.object)
        self.groups = [group(joins, text) for text in dict.fromkeys(query.group_by)]
        measures = [measure(joins, text) for text in dict.fromkeys(query.measures)]
        self._figures = [*self.groups, *measures]
        self._sort = self._sort_keys(query.sort)
        self._in_python = any(self._figure(text).is_average for text, _ in self._sort)
        self._places = dict(self._numbered())
        columns = [column for each in self._figures for column in each.columns]
        labels = [column.label(_label(place)) for place, column in enumerate(columns)]
        conditions = _conditions(joins, query)
        # Groups are named by their labels: each use of an expression has parameters of its own, and PostgreSQL
        # doesn't see that they are equal.
        self._statement: Select[Any] = (
            joins.select(labels, *conditions)
            .group_by(*(_label(place) for place in range(len(self.groups))))
            .limit(sa.bindparam("row_limit", type_=IntegerType()))
        )
        if not self._in_python:
            self._statement = self._statement.order_by(*self._order())

    def fetch(self, connection: Connection, me: int | None, limit: int) -> Sequence[Any]:
        """Read the rows in order, at most ``limit`` of them."""
        most = MAX_ROWS + 1 if self._in_python else limit
        try:
            rows = connection.execute(self._statement, {"me": me, "row_limit": most}).all()
        except exc.OperationalError as error:
            if _OVERFLOW in str(error.orig):
                raise refusal("aggregate.sum_too_large", "measure", "too_long") from error
            raise
        if not self._in_python:
            return rows
        if len(rows) > MAX_ROWS:
            raise refusal("aggregate.too_many_groups", "sort", "too_long", limit=MAX_ROWS)
        return self._sorted(list(rows))[:limit]

    def record(self, row: Sequence[Any]) -> dict[str, Any]:
        """Turn a row into its JSON form."""
        return {each.text: each.json(self._part(each, row)) for each in self._figures}

    def _part(self, figure: Figure, row: Sequence[Any]) -> Sequence[Any]:
        place = self._places[figure.text]
        return row[place : place + len(figure.columns)]

    def _numbered(self) -> Iterator[tuple[str, int]]:
        place = 0
        for each in self._figures:
            yield each.text, place
            place += len(each.columns)

    def _figure(self, text: str) -> Figure:
        return next(each for each in self._figures if each.text == text)

    def _sort_keys(self, asked: Sequence[str]) -> list[tuple[str, bool]]:
        known = [each.text for each in self._figures]
        keys: dict[str, bool] = {}
        for item in asked:
            text = item.removeprefix("-")
            if text not in known:
                raise refusal("aggregate.unknown_sort", "sort", "unknown_name", name=text)
            keys.setdefault(text, item.startswith("-"))
        for each in self.groups:
            keys.setdefault(each.text, False)
        return list(keys.items())

    def _order(self) -> list[UnaryExpression[Any]]:
        labels = ((_label(self._places[text]), descending) for text, descending in self._sort)
        return [
            (sa.desc(label) if descending else sa.asc(label)).nulls_last()
            for label, descending in labels
        ]

    def _sorted(self, rows: list[Any]) -> list[Any]:
        """Sort exactly, nulls last: from the last key to the first, as sorting is stable."""
        for text, descending in reversed(self._sort):
            figure = self._figure(text)
            pairs = [(figure.value(self._part(figure, row)), row) for row in rows]
            known = [pair for pair in pairs if pair[0] is not None]
            known.sort(key=lambda pair: pair[0], reverse=descending)
            rows = [row for _, row in known] + [row for value, row in pairs if value is None]
        return rows


def _label(place: int) -> str:
    """Name a column so that no field can have the same name."""
    return f"_{place}"


def _check_size(query: AggregateQuery) -> None:
    if len(query.group_by) > MAX_GROUPS:
        raise refusal("read.too_many_fields", "group_by", "too_long", limit=MAX_GROUPS)
    if not 1 <= len(query.measures) <= MAX_MEASURES:
        raise refusal("read.too_many_fields", "measure", "too_long", limit=MAX_MEASURES)


def _conditions(joins: Joins, query: AggregateQuery) -> list[ColumnElement[bool]]:
    found = [joins.resolver(trusted=True).condition(each) for each in query.where]
    if query.filter and query.filter.strip():
        found.append(joins.written(query.filter))
    return found
