"""The compiled form of one list: its SELECTs by run and direction, its count, its way to JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.sql import Select
from sqlalchemy.sql.elements import ColumnElement

from core.db.types import IntegerType, TextType
from core.kernel.text import fold, is_clean
from core.metadata.expressions import Expression, value_type_of
from core.records.filters import FieldPath, refusal
from core.records.joins import Joins, Resolver
from core.records.keyset import (
    Cursor,
    Key,
    Segment,
    SortBy,
    in_segment,
    kind_of,
    order_by,
    seek,
    sort_key,
)
from core.records.plans import Reading
from core.records.policies import Policy, target_of
from core.records.serialise import Selection
from core.records.titles import main_path, title_parts

MAX_WORDS: Final = 8
MAX_SEARCH: Final = 200
COUNT_CAP: Final = 1_000
"""Matches that a capped count tells apart; beyond it says "more"."""

_LIMIT: Final = sa.bindparam("row_limit", type_=IntegerType())
_ESCAPE: Final = "\\"


def search_words(text: str) -> list[str]:
    """Split what a person searches for into folded words.

    Raises:
        Invalid: The text is too long.
    """
    if not is_clean(text):
        raise refusal("read.unclean_text", "q", "invalid")
    words = fold(text).split()
    if len(text) > MAX_SEARCH or len(words) > MAX_WORDS:
        raise refusal("read.search_too_long", "q", "too_long", limit=MAX_SEARCH, words=MAX_WORDS)
    return words


def search_values(words: Sequence[str]) -> dict[str, str]:
    """Give the statement's parameters for the words searched."""
    return {f"q{index}": f"%{escaped(word)}%" for index, word in enumerate(words)}


def escaped(word: str) -> str:
    """Give a word as it stands in a LIKE pattern."""
    for sign in (_ESCAPE, "%", "_"):
        word = word.replace(sign, _ESCAPE + sign)
    return word


def search_columns(policy: Policy, resolver: Resolver) -> list[ColumnElement[Any]]:
    """Give the folded texts that a search looks through: searched fields, the title's, and numbers."""
    visible = policy.visible[resolver.object].fields
    paths: dict[tuple[str, ...], None] = {
        (field.name,): None
        for field in visible.values()
        if (field.search or field.type == "autonumber") and value_type_of(field).kind == "text"
    }
    for field in visible.values():
        shown = main_path(policy, target_of(field)) if field.search and field.to else None
        if shown is not None:
            paths.setdefault((field.name, *shown.path))
    for part in title_parts(policy, resolver.object):
        if isinstance(part, FieldPath) and value_type_of(part.field).kind == "text":
            paths.setdefault(part.path)
    folds = (resolver.fold(path) for path in paths)
    return [column for column in folds if column is not None]


def matches_words(policy: Policy, resolver: Resolver, count: int) -> list[ColumnElement[bool]]:
    """Give the condition that each of ``count`` words occurs in some searched text."""
    if not count:
        return []
    columns = search_columns(policy, resolver)
    if not columns:
        return [sa.false()]
    return [
        sa.or_(*(c.like(sa.bindparam(f"q{i}", type_=TextType()), escape=_ESCAPE) for c in columns))
        for i in range(count)
    ]


class ListPlan:
    """One list's statements; each is built at its first use and kept.

    Attributes:
        selection: Columns and their way to JSON.
        kinds: Kinds of the sort keys, the id last.
    """

    def __init__(
        self,
        reading: Reading,
        object_name: str,
        *,
        paths: Sequence[FieldPath],
        sort: Sequence[SortBy],
        where: Sequence[Expression] = (),
        written: str = "",
        words: int = 0,
    ) -> None:
        """Describe the list.

        Args:
            reading: For whom and over what.
            object_name: Object listed.
            paths: Fields shown.
            sort: Sort keys, the id last.
            where: Conditions of definitions.
            written: Condition that the caller wrote, or "".
            words: How many words are searched.
        """
        self._reading = reading
        self._object = object_name
        self._conditions = tuple(where)
        self._written = written
        self._words = words
        self._joins = Joins(reading, object_name)
        self.selection = Selection(self._joins, paths)
        resolver = self._joins.resolver()
        self._keys: list[Key] = [sort_key(resolver, each) for each in sort]
        self.kinds = tuple(kind_of(each.path.field) for each in sort)
        self._where = self._filter(self._joins)
        self._branches = self._joins.branches()
        self._key_places: list[int] = []
        self._columns = self._with_keys()
        self._runs: dict[tuple[Segment, tuple[bool, ...] | None, bool], Select[Any]] = {}
        self._counts: dict[bool, Select[Any]] = {}

    def fetch(
        self, connection: Connection, values: Mapping[str, Any], limit: int, cursor: Cursor | None
    ) -> list[Any]:
        """Read up to ``limit`` rows after (or, nearest first, before) the cursor."""
        if not self._branches:
            return []
        rows: list[Any] = []
        parameters = {**values, **_cursor_values(cursor)}
        for segment, is_start in self._segments(cursor):
            left = limit - len(rows)
            if left <= 0:
                break
            statement = self._run(segment, cursor, is_start=is_start)
            rows.extend(connection.execute(statement, {**parameters, "row_limit": left}).all())
        return rows

    def count(self, connection: Connection, values: Mapping[str, Any], *, capped: bool) -> int:
        """Count the records of the whole list, up to one more than :data:`COUNT_CAP` where capped."""
        if not self._branches:
            return 0
        statement = self._counts.get(capped)
        if statement is None:
            statement = self._counts[capped] = self._count(capped=capped)
        found: int = connection.execute(statement, values).scalar_one()
        return found

    def place(self, row: Sequence[Any], *, backwards: bool) -> Cursor:
        """Give the cursor at a row."""
        return Cursor(tuple(row[place] for place in self._key_places), backwards)

    def _with_keys(self) -> list[ColumnElement[Any]]:
        columns = list(self.selection.columns)
        known = {id(column.element): i for i, column in enumerate(columns)}
        for key in self._keys:
            place = known.get(id(key.column))
            if place is None:
                place = len(columns)
                columns.append(key.column.label(f"c{place}"))
            self._key_places.append(place)
        return columns

    def _filter(self, joins: Joins) -> list[ColumnElement[bool]]:
        found = [joins.resolver(trusted=True).condition(each) for each in self._conditions]
        if self._written:
            found.append(joins.written(self._written))
        return found + matches_words(joins.policy, joins.resolver(), self._words)

    def _segments(self, cursor: Cursor | None) -> list[tuple[Segment, bool]]:
        """Give the runs still to read, in order, each with whether the cursor lies in it."""
        if len(self._keys) == 1:
            return [("all", cursor is not None)]
        if cursor is None:
            return [("set", False), ("null", False)]
        in_nulls = cursor.values[0] is None
        if cursor.backwards:
            return [("null", True), ("set", False)] if in_nulls else [("set", True)]
        return [("null", True)] if in_nulls else [("set", True), ("null", False)]

    def _run(self, segment: Segment, cursor: Cursor | None, *, is_start: bool) -> Select[Any]:
        backwards = cursor is not None and cursor.backwards
        nulls = tuple(v is None for v in cursor.values) if cursor and is_start else None
        key = (segment, nulls, backwards)
        found = self._runs.get(key)
        if found is None:
            found = self._runs[key] = self._build(segment, nulls, backwards=backwards)
        return found

    def _build(
        self, segment: Segment, nulls: tuple[bool, ...] | None, *, backwards: bool
    ) -> Select[Any]:
        conditions = [self._joins.live(), *self._where, *in_segment(self._keys, segment)]
        if nulls is not None:
            conditions += seek(self._keys, nulls, segment, backwards=backwards)
        base = sa.select(*self._columns).select_from(self._joins.from_clause).where(*conditions)
        selects = [base if b is None else base.where(b) for b in self._branches]
        ordered = [
            each.order_by(*order_by(self._keys, segment, backwards=backwards)).limit(_LIMIT)
            for each in selects
        ]
        if len(ordered) == 1:
            return ordered[0]
        # Each branch of the policy follows its own index; the few rows of each are merged and cut.
        merged = sa.union(*(sa.select(each.subquery()) for each in ordered)).subquery()
        keys = [
            Key(merged.c[place], key.kind, key.descending)
            for place, key in zip(self._key_places, self._keys, strict=True)
        ]
        return (
            sa.select(merged).order_by(*order_by(keys, segment, backwards=backwards)).limit(_LIMIT)
        )

    def _count(self, *, capped: bool) -> Select[Any]:
        joins = Joins(self._reading, self._object)
        conditions = self._filter(joins)
        if not capped:
            return joins.select([sa.func.count()], *conditions)
        rows = joins.select([joins.root.c.id], *conditions).limit(COUNT_CAP + 1)
        return sa.select(sa.func.count()).select_from(rows.subquery())


def _cursor_values(cursor: Cursor | None) -> dict[str, Any]:
    if cursor is None:
        return {}
    return {f"k{i}": value for i, value in enumerate(cursor.values) if value is not None}
