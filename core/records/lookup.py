"""Records by their shown names: type-ahead, and the titles of records that something refers to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.sql import Select
from sqlalchemy.sql.elements import ColumnElement

from core.db.types import IntegerType, TextType
from core.metadata.expressions import Expression
from core.records.filters import refusal
from core.records.joins import Joins
from core.records.keyset import parse_sort, sort_key
from core.records.listing import escaped, matches_words, search_values, search_words
from core.records.plans import Circumstances, Reading, circumstances, plan
from core.records.policies import policy_of
from core.records.query import MAX_ID, reading
from core.records.record_plan import require_readable
from core.records.services import Caller
from core.records.titles import Title, main_path

MAX_CHOICES: Final = 50

_BATCH: Final = 500


@dataclass(frozen=True, slots=True)
class Choice:
    """A record that a person may choose.

    Attributes:
        id: Its id.
        title: Its shown name.
    """

    id: int
    title: str


def lookup(
    caller: Caller,
    object_name: str,
    text: str,
    limit: int = 10,
    *,
    where: Expression | str | None = None,
    connection: Connection | None = None,
) -> list[Choice]:
    """Find the records that a typed text may mean; those whose title begins with it come first.

    Args:
        caller: Who asks.
        object_name: Object searched.
        text: What was typed; each word must occur in some searched field. "" gives the first records by title.
        limit: Choices at most, 1 to 50.
        where: Condition on the record: an expression of a definition (which may use hidden fields), or a text that the
            caller wrote (which may not).
        connection: Where to read; None takes one from the pool.

    Raises:
        NotFound: There is no such object.
        Forbidden: The caller may read none of its records.
        Invalid: The text or the condition can't be used.
    """
    if not 1 <= limit <= MAX_CHOICES:
        raise refusal("read.limit", "limit", "invalid", most=MAX_CHOICES)
    words = search_words(text)
    known = circumstances(caller)
    is_trusted = isinstance(where, Expression)
    written = where.text if isinstance(where, Expression) else where
    shape = ("lookup", object_name, len(words), written, is_trusted)
    built = plan(caller, known, shape, lambda r: _LookupPlan(r, object_name, len(words), where))
    values = {
        "me": known.me,
        "row_limit": limit,
        "beginning": f"{escaped(' '.join(words))}%",
        **search_values(words),
    }
    with reading(caller, connection) as opened:
        rows = opened.execute(built.statement, values).all()
    return [Choice(row[0], built.title.text(row[1:])) for row in rows]


def titles(
    caller: Caller, ids: Mapping[str, Iterable[int]], connection: Connection | None = None
) -> dict[tuple[str, int], str]:
    """Give the shown names of records.

    Args:
        caller: Who asks.
        ids: Ids by object name.
        connection: Where to read; None takes one from the pool.

    Returns:
        Title by (object, id). It is "" for a record that is gone or that the caller may not see: only its id may be
        shown then.
    """
    wanted = {
        name: sorted({each for each in some if 0 < each < MAX_ID}) for name, some in ids.items()
    }
    found = {(name, each): "" for name, some in wanted.items() for each in some}
    policy = policy_of(caller)
    asked = {name: some for name, some in wanted.items() if some and policy.may(name, "read")}
    if not asked:
        return found
    known = circumstances(caller)
    with reading(caller, connection) as opened:
        for name, some in asked.items():
            built = _title_plan(caller, known, name)
            for start in range(0, len(some), _BATCH):
                values = {"me": known.me, "ids": some[start : start + _BATCH]}
                for row in opened.execute(built.statement, values):
                    found[name, row[0]] = built.title.text(row[1:])
    return found


def _title_plan(caller: Caller, known: Circumstances, object_name: str) -> _TitlePlan:
    return plan(caller, known, ("titles", object_name), lambda r: _TitlePlan(r, object_name))


class _TitlePlan:
    """The statement that reads titles by id."""

    def __init__(self, reading: Reading, object_name: str) -> None:
        joins = Joins(reading, object_name)
        self.title = Title(joins)
        ids = sa.bindparam("ids", expanding=True, type_=IntegerType())
        columns = _columns(joins, self.title)
        self.statement: Select[Any] = joins.select(columns, joins.root.c.id.in_(ids))


class _LookupPlan:
    """The statement behind a type-ahead."""

    def __init__(
        self, reading: Reading, object_name: str, words: int, where: Expression | str | None
    ) -> None:
        policy = reading.policy
        require_readable(policy, object_name)
        joins = Joins(reading, object_name)
        self.title = Title(joins)
        conditions = matches_words(policy, joins.resolver(), words)
        if isinstance(where, Expression):
            conditions.append(joins.resolver(trusted=True).condition(where))
        elif where:
            conditions.append(joins.written(where))
        main = main_path(policy, object_name)
        keys = parse_sort(policy, object_name, main.text if main else "")
        columns = [sort_key(joins.resolver(), key).column for key in keys]
        beginning = sa.bindparam("beginning", type_=TextType())
        order = [column.asc().nulls_last() for column in columns]
        if main is not None and words:
            order.insert(0, sa.case((columns[0].like(beginning, escape="\\"), 0), else_=1).asc())
        self.statement: Select[Any] = (
            joins.select(_columns(joins, self.title), *conditions)
            .order_by(*order)
            .limit(sa.bindparam("row_limit", type_=IntegerType()))
        )


def _columns(joins: Joins, title: Title) -> list[ColumnElement[Any]]:
    return [joins.root.c.id, *(c.label(f"c{place}") for place, c in enumerate(title.columns))]
