"""The one secured query: lists and single records, as JSON-ready values, within the caller's rights.

Every read of business data goes through this module, :mod:`core.records.aggregate` or :mod:`core.records.lookup`; all
of them take tables and conditions from :class:`core.records.joins.Joins`, which knows no way round the policy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, Literal

from sqlalchemy import Connection, exc

from core.db.sql_expressions import error_of
from core.kernel.errors import NotFound
from core.metadata.expressions import Expression
from core.records.expansion import Embedding, Tree
from core.records.filters import invalid, refusal
from core.records.keyset import Cursor, parse_sort, read_cursor, shape_of, write_cursor
from core.records.listing import COUNT_CAP, ListPlan, search_values, search_words
from core.records.plans import Circumstances, Reading, circumstances, plan
from core.records.policies import policy_of
from core.records.record_plan import (
    RecordPlan,
    ValuesPlan,
    chosen_paths,
    embedded,
    require_readable,
    with_embedded,
)
from core.records.services import Caller

MAX_LIMIT: Final = 500
MAX_ID: Final = 2**53

Count = Literal["none", "capped", "exact"]


@dataclass(frozen=True, slots=True)
class ListQuery:
    """What a list is asked for.

    Attributes:
        object: Object listed.
        filter: Expression that records must meet, or None.
        q: Words to search for; each must occur in some searched field.
        sort: Sort keys, e.g. ``-order_date,number``; the id is added last.
        fields: Field paths wanted; empty = every readable field but lines.
        expand: References and lines to embed, e.g. ``("lines", "customer")``.
        limit: Records per page, 1 to 500.
        cursor: Where the page begins, from an earlier page.
        count: Whether to count: ``exact``, ``capped`` (up to 1,000, then "more") or ``none``.
        where: Conditions of definitions (a view's, a reference's); they may use hidden fields.
    """

    object: str
    filter: str | None = None
    q: str = ""
    sort: str = ""
    fields: tuple[str, ...] = ()
    expand: tuple[str, ...] = ()
    limit: int = 25
    cursor: str | None = None
    count: Count = "none"
    where: tuple[Expression, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list.

    Attributes:
        rows: Records ready for JSON.
        next_cursor: Where the next page begins; None at the end.
        previous_cursor: Where the page before ends; None at the beginning.
        count: Matches of the whole list, or None where it wasn't asked for.
        is_capped: Whether there are more matches than ``count`` says.
    """

    rows: Sequence[dict[str, Any]]
    next_cursor: str | None = None
    previous_cursor: str | None = None
    count: int | None = None
    is_capped: bool = False


@dataclass(frozen=True, slots=True)
class _List:
    """A list query, looked up and compiled."""

    plan: ListPlan
    tree: Tree
    shape: str


def list_records(caller: Caller, query: ListQuery, connection: Connection | None = None) -> Page:
    """Read one page of the records that the caller may see.

    Args:
        caller: Who asks.
        query: What for.
        connection: Where to read; None takes one from the pool.

    Raises:
        NotFound: There is no such object.
        Forbidden: The caller may read none of its records.
        Invalid: A parameter is wrong; ``errors`` names it.
    """
    known = circumstances(caller)
    words = search_words(query.q)
    listed = _listed(caller, known, query, len(words))
    limit = _checked_limit(query.limit)
    cursor = _cursor(caller, listed, query)
    values = {"me": known.me, **search_values(words)}
    with reading(caller, connection) as opened:
        found = listed.plan.fetch(opened, values, limit + 1, cursor)
        rows = found[:limit]
        if cursor is not None and cursor.backwards:
            rows.reverse()
        records = [listed.plan.selection.record(row, known) for row in rows]
        Embedding(caller, known, opened).embed(query.object, listed.tree, records)
        count = None
        if query.count != "none":
            count = listed.plan.count(opened, values, capped=query.count == "capped")
    is_capped = query.count == "capped" and count is not None and count > COUNT_CAP
    sign = _signer(caller, listed, query)
    following, previous = _neighbours(sign, rows, cursor, has_more=len(found) > limit)
    return Page(records, following, previous, COUNT_CAP if is_capped else count, is_capped)


def list_ids(caller: Caller, query: ListQuery, connection: Connection | None = None) -> list[int]:
    """Read the ids of one page of records, in the list's order; parameters as in :func:`list_records`."""
    known = circumstances(caller)
    words = search_words(query.q)
    listed = _listed(caller, known, query, len(words))
    cursor = _cursor(caller, listed, query)
    values = {"me": known.me, **search_values(words)}
    with reading(caller, connection) as opened:
        found = listed.plan.fetch(opened, values, _checked_limit(query.limit), cursor)
    ids = [int(row[0]) for row in found]
    return ids[::-1] if cursor is not None and cursor.backwards else ids


def get_record(
    caller: Caller,
    object_name: str,
    record_id: int,
    *,
    fields: Sequence[str] | None = None,
    expand: Sequence[str] = (),
    connection: Connection | None = None,
) -> dict[str, Any]:
    """Read one record, ready for JSON.

    Args:
        caller: Who asks.
        object_name: Its object.
        record_id: Its id.
        fields: Field paths wanted; None = every readable field, lines included.
        expand: References and lines to embed.
        connection: Where to read; None takes one from the pool.

    Raises:
        NotFound: There is no such object, or no such record that the caller may see.
        Forbidden: The caller may read none of the object's records.
        Invalid: A name in ``fields`` or ``expand`` is unknown.
    """
    known = circumstances(caller)
    wanted = None if fields is None else tuple(fields)
    names = tuple(expand)
    shape = ("record", object_name, wanted, names)
    built = plan(caller, known, shape, lambda r: RecordPlan(r, object_name, wanted, names))
    if not 0 < record_id < MAX_ID:
        raise NotFound("read.not_found", object=object_name, id=record_id)
    with reading(caller, connection) as opened:
        values = {"me": known.me, "record_id": record_id}
        row = opened.execute(built.statement, values).first()
        if row is None:
            raise NotFound("read.not_found", object=object_name, id=record_id)
        record = built.selection.record(row, known)
        Embedding(caller, known, opened).embed(object_name, built.tree, [record])
    return record


def fetch_values(
    caller: Caller, object_name: str, ids: Iterable[int], connection: Connection | None = None
) -> dict[int, dict[str, Any]]:
    """Read records as typed values by field name: Decimals, dates, ids; with ``id`` and ``_version``, without lines.

    Only records and fields that the caller may read are there; ask as the system to have them all.

    Raises:
        NotFound: There is no such object.
    """
    wanted = sorted({each for each in ids if 0 < each < MAX_ID})
    if not wanted or not policy_of(caller).may(object_name, "read"):
        caller.snapshot.object(object_name)
        return {}
    known = circumstances(caller)
    built = plan(caller, known, ("values", object_name), lambda r: ValuesPlan(r, object_name))
    found: dict[int, dict[str, Any]] = {}
    with reading(caller, connection) as opened:
        for start in range(0, len(wanted), MAX_LIMIT):
            part = wanted[start : start + MAX_LIMIT]
            rows = opened.execute(built.statement, {"me": known.me, "ids": part})
            for row in rows:
                found[row[0]] = built.selection.values(row, known)
    return found


@contextmanager
def reading(caller: Caller, connection: Connection | None) -> Iterator[Connection]:
    """Lend the connection given, or one for reading; a number that grew too long becomes a plain refusal.

    Raises:
        Invalid: A computed number has more than 18 digits.
    """
    try:
        if connection is not None:
            yield connection
            return
        with caller.services.database.read() as opened:
            yield opened
    except (exc.DBAPIError, exc.StatementError) as error:
        fault = error_of(error)
        if fault is None:
            raise
        raise invalid(fault, "") from error


def _listed(caller: Caller, known: Circumstances, query: ListQuery, words: int) -> _List:
    names = (tuple(query.fields), tuple(query.expand), tuple(each.text for each in query.where))
    shape = ("list", query.object, query.filter, words, query.sort, *names)
    return plan(caller, known, shape, lambda r: _compile(r, query, words))


def _compile(reading: Reading, query: ListQuery, words: int) -> _List:
    policy = reading.policy
    require_readable(policy, query.object)
    sort = parse_sort(policy, query.object, query.sort)
    paths = chosen_paths(policy, query.object, query.fields)
    tree = embedded(policy, query.object, query.expand, paths, with_lines=bool(query.fields))
    compiled = ListPlan(
        reading,
        query.object,
        paths=with_embedded(policy, query.object, paths, tree),
        sort=sort,
        where=query.where,
        written=(query.filter or "").strip() and (query.filter or ""),
        words=words,
    )
    order = [f"{'-' if key.descending else ''}{key.asked}" for key in sort]
    texts = [each.text for each in query.where]
    return _List(compiled, tree, shape_of(query.object, order, query.filter or "", texts))


def _checked_limit(limit: int) -> int:
    if not 1 <= limit <= MAX_LIMIT:
        raise refusal("read.limit", "limit", "invalid", most=MAX_LIMIT)
    return limit


def _cursor(caller: Caller, listed: _List, query: ListQuery) -> Cursor | None:
    if not query.cursor:
        return None
    shape = shape_of(listed.shape, query.q)
    return read_cursor(caller.services.secret, shape, listed.plan.kinds, query.cursor)


def _signer(caller: Caller, listed: _List, query: ListQuery) -> Callable[[Any, bool], str]:
    """Give the function that writes the cursor at a row: after it, or before it where its second argument says so."""
    secret, revision = caller.services.secret, caller.snapshot.revision
    compiled, shape = listed.plan, shape_of(listed.shape, query.q)

    def sign(row: Any, back: bool) -> str:
        place = compiled.place(row, backwards=back)
        return write_cursor(secret, shape, revision, compiled.kinds, place)

    return sign


def _neighbours(
    sign: Callable[[Any, bool], str], rows: Sequence[Any], cursor: Cursor | None, *, has_more: bool
) -> tuple[str | None, str | None]:
    """Give the cursors of the pages after and before, None where there is none."""
    if not rows:
        return None, None
    backwards = cursor is not None and cursor.backwards
    has_previous = has_more if backwards else cursor is not None
    return (
        sign(rows[-1], False) if backwards or has_more else None,
        sign(rows[0], True) if has_previous else None,
    )
