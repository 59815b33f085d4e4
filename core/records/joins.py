"""The FROM clause of a secured SELECT: joins for looked-up names, and policies as SQL.

A path that a caller wrote passes a reference only to targets which the caller may read: the target's row condition is
part of the join, so a hidden or deleted target reads as null. Paths of definitions (policies, measures) see every live
target.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.sql import FromClause, Select
from sqlalchemy.sql.elements import ColumnElement

from core.db.sql_expressions import to_sql, to_sql_value
from core.db.types import IntegerType
from core.metadata.definitions import FieldDef, ObjectDef
from core.metadata.expressions import Expression
from core.records.filters import compile_filter, written_in
from core.records.formulas import FIGURE, field_at, over_lines, settled
from core.records.plans import Reading
from core.records.policies import target_of
from core.records.reach import RowCondition

ME: Final = sa.bindparam("me", type_=IntegerType())
"""The acting user's id, a parameter of every statement whose policy asks for the owner."""


class Resolver:
    """Gives the columns that an expression's paths stand for, seen from one record of the SELECT."""

    def __init__(self, reading: Reading, object_name: str) -> None:
        """Start at an object."""
        self.reading = reading
        self.model = reading.model
        self.object = object_name

    @property
    def me(self) -> int | None:
        """Id of the acting user."""
        return self.reading.circumstances.me

    @property
    def today(self) -> date:
        """The actor's calendar day."""
        return self.reading.circumstances.today

    @property
    def now(self) -> datetime:
        """The present moment."""
        return self.reading.circumstances.now

    def condition(self, expression: Expression) -> ColumnElement[bool]:
        """Give a boolean expression as SQL."""
        self.reading.uses.update(expression.uses)
        expression = over_lines(self.model.snapshot, self.object, expression)
        return to_sql(expression, self, self.model.tables.dialect_name)

    def value(self, expression: Expression, scale: int | None = None) -> ColumnElement[Any]:
        """Give an expression's value as SQL, numbers rounded to ``scale``."""
        self.reading.uses.update(expression.uses)
        expression = over_lines(self.model.snapshot, self.object, expression)
        return to_sql_value(expression, self, self.model.tables.dialect_name, scale)

    def source(self, path: tuple[str, ...]) -> tuple[FromClause, str]:
        """Give the table that a path of references leads to, and its object."""
        raise NotImplementedError

    def nested(self, path: tuple[str, ...]) -> Resolver:
        """Give the resolver that starts where a path of references leads to."""
        raise NotImplementedError

    def field(self, path: tuple[str, ...]) -> FieldDef:
        """Give the field that the path leads to."""
        return field_at(self.model.snapshot, self.object, path)

    def column(self, path: tuple[str, ...]) -> ColumnElement[Any]:
        """Give the value that the path leads to; an unstored formula becomes its own SQL."""
        figure = next((i for i, name in enumerate(path) if name.startswith(FIGURE)), None)
        if figure is not None:
            return _over_lines(self.nested(path[:figure]), path[figure:])
        field = self.field(path)
        if field.is_virtual:
            owner = self.nested(path[:-1])
            return owner.value(settled(self.reading, owner.object, field), field.scale)
        source, object_name = self.source(path[:-1])
        return source.c[self.model.tables.column(object_name, field.name).name]

    def fold(self, path: tuple[str, ...]) -> ColumnElement[Any] | None:
        """Give the stored folded form of a text, or None where there is none."""
        if any(name.startswith(FIGURE) for name in path) or self.field(path).is_virtual:
            return None
        source, object_name = self.source(path[:-1])
        column = self.model.tables.fold_column(object_name, path[-1])
        return None if column is None else source.c[column.name]


class Joins:
    """The tables of one SELECT over the records of one object.

    Attributes:
        object: The object.
        root: Its table.
        from_clause: The table with everything joined so far.
    """

    def __init__(self, reading: Reading, object_name: str, *, header_known: bool = False) -> None:
        """Start with the object's table; line objects are tied to their header.

        Args:
            reading: For whom and over what.
            object_name: Object whose records are selected.
            header_known: The header has been read through its own policy already.
        """
        self.reading = reading
        self.model = reading.model
        self.policy = reading.policy
        self.object: ObjectDef = self.model.snapshot.object(object_name)
        self.root: FromClause = self.model.tables.table(object_name)
        self.from_clause: FromClause = self.root
        self._reached: dict[tuple[tuple[str, ...], bool], FromClause] = {}
        self._header_known = header_known
        self._remember((), self.root)
        if not header_known:
            self._tie_to_header()

    def resolver(self, *, trusted: bool = False) -> Resolver:
        """Give the resolver of paths from the object; ``trusted`` for expressions of definitions."""
        return _JoinResolver(self, self.object.name, (), trusted=trusted)

    def select(
        self, columns: Iterable[ColumnElement[Any]], *conditions: ColumnElement[bool]
    ) -> Select[Any]:
        """Give the SELECT of the living records that may be read and meet the conditions.

        It comes last: whatever is asked of the joins afterwards isn't part of it.
        """
        where = [self.live(), *self.permitted(), *conditions]
        return sa.select(*columns).select_from(self.from_clause).where(*where)

    def written(self, text: str, parameter: str = "filter") -> ColumnElement[bool]:
        """Give a condition that the caller wrote.

        Raises:
            Invalid: It can't be parsed, typed or asked of the database, or names something unknown or hidden.
        """
        expression = compile_filter(self.policy, self.object.name, text, parameter=parameter)
        with written_in(parameter):
            return self.resolver().condition(expression)

    def reach(self, path: tuple[str, ...], *, trusted: bool) -> tuple[FromClause, str]:
        """Give the table at the end of a path of references, joined on first use, and its object."""
        object_name = self.object.name
        for end in range(1, len(path) + 1):
            source = self._reached[(path[: end - 1], trusted)]
            field = self.model.snapshot.object(object_name).fields[path[end - 1]]
            column = source.c[self.model.tables.column(object_name, field.name).name]
            object_name = target_of(field)
            if (path[:end], trusted) not in self._reached:
                target = self._alias(object_name)
                on = target_condition(self.reading, object_name, target, trusted=trusted)
                self.from_clause = self.from_clause.outerjoin(
                    target, sa.and_(target.c.id == column, *on)
                )
                self._reached[(path[:end], trusted)] = target
        return self._reached[(path, trusted)], object_name

    def live(self) -> ColumnElement[bool]:
        """Give the condition that the record isn't deleted."""
        return self.root.c.deleted_at.is_(None)

    def branches(self, verb: str = "read") -> list[ColumnElement[bool] | None]:
        """Give the policy as alternative conditions: none = nothing is visible, None = no condition."""
        condition = self.policy.row_condition(self.object.name, verb)
        if self._header_known:
            return [] if condition.is_nothing else [None]
        return branch_conditions(condition, self.resolver(trusted=True).nested(condition.via))

    def permitted(self, verb: str = "read") -> list[ColumnElement[bool]]:
        """Give the policy as conditions that all must hold."""
        return _all_of(self.branches(verb))

    def _tie_to_header(self) -> None:
        condition = self.policy.row_condition(self.object.name, "read")
        source, object_name = self.root, self.object.name
        for end in range(1, len(condition.via) + 1):
            name = condition.via[end - 1]
            column = source.c[self.model.tables.column(object_name, name).name]
            object_name = target_of(self.model.snapshot.object(object_name).fields[name])
            source = self._alias(object_name)
            on = sa.and_(source.c.id == column, source.c.deleted_at.is_(None))
            self.from_clause = self.from_clause.join(source, on)
            self._remember(condition.via[:end], source)

    def _remember(self, path: tuple[str, ...], source: FromClause) -> None:
        """Keep a table that both kinds of paths may use."""
        self._reached[(path, True)] = self._reached[(path, False)] = source

    def _alias(self, object_name: str) -> FromClause:
        return self.model.tables.table(object_name).alias(f"j{len(self._reached)}")


class _JoinResolver(Resolver):
    """Paths become joins."""

    def __init__(
        self, joins: Joins, object_name: str, prefix: tuple[str, ...], *, trusted: bool
    ) -> None:
        super().__init__(joins.reading, object_name)
        self._joins = joins
        self._prefix = prefix
        self._trusted = trusted

    def source(self, path: tuple[str, ...]) -> tuple[FromClause, str]:
        """Join what the path passes."""
        return self._joins.reach(self._prefix + path, trusted=self._trusted)

    def nested(self, path: tuple[str, ...]) -> Resolver:
        """Start further down."""
        if not path:
            return self
        _, object_name = self.source(path)
        return _JoinResolver(self._joins, object_name, self._prefix + path, trusted=self._trusted)


class _LookupResolver(Resolver):
    """Paths become scalar subqueries: for conditions inside a join, where no further join can stand."""

    def __init__(
        self, reading: Reading, object_name: str, table: FromClause, level: int = 0
    ) -> None:
        super().__init__(reading, object_name)
        self._table = table
        self._level = level

    def source(self, path: tuple[str, ...]) -> tuple[FromClause, str]:
        """Give the table itself; longer paths never come here."""
        assert not path
        return self._table, self.object

    def nested(self, path: tuple[str, ...]) -> Resolver:
        """Start further down: every column asked for becomes a subquery."""
        return _NestedLookup(self, path) if path else self

    def column(self, path: tuple[str, ...]) -> ColumnElement[Any]:
        """Give the column, through a subquery where the path passes references."""
        if len(path) == 1 or path[0].startswith(FIGURE):
            return super().column(path)
        inner = self._inner(path[0])
        return self._lookup(path[0], inner, inner.column(path[1:]))

    def fold(self, path: tuple[str, ...]) -> ColumnElement[Any] | None:
        """Give the folded form, through a subquery where the path passes references."""
        if len(path) == 1:
            return super().fold(path)
        inner = self._inner(path[0])
        column = inner.fold(path[1:])
        return None if column is None else self._lookup(path[0], inner, column)

    def _inner(self, name: str) -> _LookupResolver:
        target = target_of(self.model.snapshot.object(self.object).fields[name])
        table = self.model.tables.table(target).alias(f"l{self._level}_{name}")
        return _LookupResolver(self.reading, target, table, self._level + 1)

    def _lookup(
        self, name: str, inner: _LookupResolver, column: ColumnElement[Any]
    ) -> ColumnElement[Any]:
        own = self._table.c[self.model.tables.column(self.object, name).name]
        table = inner._table
        found = sa.select(column).where(table.c.id == own, table.c.deleted_at.is_(None))
        return found.correlate(self._table).scalar_subquery()


class _NestedLookup(Resolver):
    """A lookup resolver seen from further down its path."""

    def __init__(self, outer: _LookupResolver, prefix: tuple[str, ...]) -> None:
        super().__init__(outer.reading, target_of(outer.field(prefix)))
        self._outer = outer
        self._prefix = prefix

    def nested(self, path: tuple[str, ...]) -> Resolver:
        """Start further down still."""
        return _NestedLookup(self._outer, self._prefix + path) if path else self

    def column(self, path: tuple[str, ...]) -> ColumnElement[Any]:
        """Give the column from the outer start."""
        return self._outer.column(self._prefix + path)

    def fold(self, path: tuple[str, ...]) -> ColumnElement[Any] | None:
        """Give the folded form from the outer start."""
        return self._outer.fold(self._prefix + path)


def _over_lines(resolver: Resolver, path: tuple[str, ...]) -> ColumnElement[Any]:
    """Give a figure over the lines of one record as a subquery: a path like ``#sum``, ``lines``, ``net``."""
    function = path[0].removeprefix(FIGURE)
    end = next(
        place
        for place in range(1, len(path))
        if resolver.field(path[1 : place + 1]).type == "lines"
    )
    holder, object_name = resolver.source(path[1:end])
    lines = resolver.model.snapshot.object(object_name).fields[path[end]]
    tables = resolver.model.tables
    child = resolver.model.snapshot.object(lines.of)
    table = tables.table(child.name).alias()
    inner = _LookupResolver(resolver.reading, child.name, table)
    column = inner.column(path[end + 1 :] or ("id",))
    result: ColumnElement[Any] = getattr(sa.func, function)(column)
    if function == "count":
        result = sa.type_coerce(result, IntegerType())
    elif function == "sum":
        result = sa.func.coalesce(result, sa.literal(0, IntegerType()))
    if function != "count":
        result = sa.type_coerce(result, column.type)
    parent = table.c[tables.column(child.name, child.parent).name]
    found = sa.select(result).where(parent == holder.c.id, table.c.deleted_at.is_(None))
    return found.correlate(holder).scalar_subquery()


def target_condition(
    reading: Reading, object_name: str, table: FromClause, *, trusted: bool
) -> list[ColumnElement[bool]]:
    """Give what a referenced record must meet to be seen, as conditions on its aliased table."""
    conditions: list[ColumnElement[bool]] = [table.c.deleted_at.is_(None)]
    if trusted:
        return conditions
    condition = reading.policy.row_condition(object_name, "read")
    resolver = _LookupResolver(reading, object_name, table)
    if condition.via:
        conditions.append(resolver.column((*condition.via, "id")).is_not(None))
    return conditions + _all_of(branch_conditions(condition, resolver.nested(condition.via)))


def branch_conditions(
    condition: RowCondition, resolver: Resolver
) -> list[ColumnElement[bool] | None]:
    """Turn a row condition into alternatives: none = nothing is visible, None = no condition.

    Args:
        condition: The condition.
        resolver: Starts at the condition's object.
    """
    found: list[ColumnElement[bool] | None] = []
    for branch in condition.branches:
        parts: list[ColumnElement[bool]] = []
        if branch.own:
            # A plain comparison: a record without owner is nobody's own.
            parts.append(resolver.column(("owner",)) == ME)
        if branch.where is not None:
            parts.append(resolver.condition(branch.where))
        found.append(sa.and_(*parts) if parts else None)
    return found


def _all_of(branches: Iterable[ColumnElement[bool] | None]) -> list[ColumnElement[bool]]:
    alternatives = list(branches)
    if not alternatives:
        return [sa.false()]
    if any(each is None for each in alternatives):
        return []
    return [sa.or_(*(each for each in alternatives if each is not None))]
