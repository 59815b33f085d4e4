"""Paging by key: sort orders, the conditions that continue them, and the signed cursors that carry them.

The order of a list is total: the sort keys, each with its nulls last, then the id. A page is read in up to two runs,
the records whose first key is set and those where it is null, so that each run follows an index on (key, id) in either
direction.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, Literal

import orjson
import sqlalchemy as sa
from sqlalchemy.sql.elements import ColumnElement, UnaryExpression

from core.kernel.errors import Invalid
from core.metadata.definitions import FieldDef
from core.metadata.expressions import value_type_of
from core.records.filters import FieldPath, refusal, resolve_path, split_names
from core.records.joins import Resolver
from core.records.policies import Policy, target_of
from core.records.titles import main_path

MAX_KEYS: Final = 5
"""Sort keys that a list may have, the id not counted."""

Segment = Literal["set", "null", "all"]
"""Which records of the list a run reads, by their first key."""

_FORMAT: Final = 1
_SIGNATURE_BYTES: Final = 16
_LONGEST_CURSOR: Final = 8_000


@dataclass(frozen=True, slots=True)
class SortBy:
    """One key of a sort order, looked up.

    Attributes:
        path: What is compared; for a reference that was asked for, the text its target is shown by.
        descending: Whether greater values come first.
        asked: The key as the caller wrote it, without sign.
    """

    path: FieldPath
    descending: bool
    asked: str


def parse_sort(policy: Policy, object_name: str, text: str) -> tuple[SortBy, ...]:
    """Read a sort order such as ``-order_date,number``; the id is added as the last key.

    Text sorts by its folded form, a choice by its value, a reference by the first text of its target's title (by id
    where the caller may read none).

    Raises:
        Invalid: It names something unknown or hidden, sorts by lines, or has too many keys.
    """
    keys: list[SortBy] = []
    for item in split_names(text):
        name = item.removeprefix("-").removeprefix("+")
        found = resolve_path(policy, object_name, name, "sort")
        if found.field.type == "lines":
            raise refusal("read.sort_by_lines", "sort", "invalid", name=name)
        if any(key.asked == name for key in keys):
            continue
        keys.append(SortBy(_compared(policy, found), item.startswith("-"), name))
        if name == "id":
            break
    if len(keys) > MAX_KEYS:
        raise refusal("read.sort_too_long", "sort", "too_long", limit=MAX_KEYS)
    if not keys or keys[-1].asked != "id":
        identity = resolve_path(policy, object_name, "id", "sort")
        keys.append(SortBy(identity, bool(keys) and keys[-1].descending, "id"))
    return tuple(keys)


def _compared(policy: Policy, found: FieldPath) -> FieldPath:
    target = target_of(found.field)
    if not target:
        return found
    title = main_path(policy, target)
    if title is None:
        return found
    return FieldPath(found.path + title.path, title.object, title.field)


@dataclass(frozen=True, slots=True)
class Key:
    """A sort key as SQL.

    Attributes:
        column: What is compared.
        kind: Kind of its values: ``text``, ``integer``, ``decimal``, ``boolean``, ``date`` or ``datetime``.
        descending: Whether greater values come first.
    """

    column: ColumnElement[Any]
    kind: str
    descending: bool


def sort_key(resolver: Resolver, sort: SortBy) -> Key:
    """Give the column that a sort order compares: the folded form of text where it is stored."""
    fold = resolver.fold(sort.path.path)
    column = resolver.column(sort.path.path) if fold is None else fold
    return Key(column, kind_of(sort.path.field), sort.descending)


def kind_of(field: FieldDef) -> str:
    """Name the kind of a field's values in cursors."""
    kind = value_type_of(field)
    if kind.kind == "number":
        return "integer" if field.type == "integer" else "decimal"
    return "integer" if kind.kind == "reference" else kind.kind


def order_by(
    keys: Sequence[Key], segment: Segment, *, backwards: bool
) -> list[UnaryExpression[Any]]:
    """Give the ORDER BY of a run.

    Args:
        keys: The sort keys, the id last.
        segment: Which records the run reads; the first key orders nothing where it is null.
        backwards: Whether the list is read from its end.
    """
    terms: list[UnaryExpression[Any]] = []
    for index, key in enumerate(keys):
        if index == 0 and segment == "null":
            continue
        if index > 0 and index < len(keys) - 1:
            is_null = key.column.is_(None)
            terms.append(is_null.desc() if backwards else is_null.asc())
        terms.append(key.column.desc() if key.descending != backwards else key.column.asc())
    return terms


def in_segment(keys: Sequence[Key], segment: Segment) -> list[ColumnElement[bool]]:
    """Give the condition that keeps a run to its records."""
    if segment == "all":
        return []
    first = keys[0].column
    return [first.is_not(None) if segment == "set" else first.is_(None)]


def seek(
    keys: Sequence[Key], nulls: Sequence[bool], segment: Segment, *, backwards: bool
) -> list[ColumnElement[bool]]:
    """Give the condition that continues a run after the cursor, whose values are the parameters ``k0``, ``k1``, ….

    Args:
        keys: The sort keys, the id last.
        nulls: For each key whether the cursor's value is null.
        segment: The run that the cursor lies in.
        backwards: Whether what comes before the cursor is wanted.
    """
    alternatives: list[ColumnElement[bool]] = []
    equal: list[ColumnElement[bool]] = []
    for index, key in enumerate(keys):
        if index == 0 and segment == "null":
            continue
        value = sa.bindparam(f"k{index}", type_=key.column.type)
        beyond = _beyond(key, value, is_null=nulls[index], backwards=backwards)
        if index > 0 and index < len(keys) - 1 and not nulls[index] and not backwards:
            beyond = sa.or_(beyond, key.column.is_(None))
        alternatives.append(sa.and_(*equal, beyond))
        equal.append(key.column.is_(None) if nulls[index] else key.column == value)
    return [*_bound(keys, nulls, segment, backwards=backwards), sa.or_(*alternatives)]


def _beyond(
    key: Key, value: ColumnElement[Any], *, is_null: bool, backwards: bool
) -> ColumnElement[bool]:
    if is_null:
        return key.column.is_not(None) if backwards else sa.false()
    return key.column < value if key.descending != backwards else key.column > value


def _bound(
    keys: Sequence[Key], nulls: Sequence[bool], segment: Segment, *, backwards: bool
) -> list[ColumnElement[bool]]:
    """Say again, as one comparison, what the alternatives imply: databases start an index scan there."""
    if segment == "null" or nulls[0] or len(keys) == 1:
        return []
    key = keys[0]
    value = sa.bindparam("k0", type_=key.column.type)
    return [key.column <= value if key.descending != backwards else key.column >= value]


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in a list.

    Attributes:
        values: The sort keys of the record at that place, the id last.
        backwards: Whether the page before it is wanted.
    """

    values: tuple[Any, ...]
    backwards: bool


def shape_of(*parts: object) -> str:
    """Give the digest of what a cursor belongs to: object, sort order, filter and search."""
    return hashlib.sha256(orjson.dumps([str(part) for part in parts])).hexdigest()[:24]


def write_cursor(
    secret: bytes, shape: str, revision: int, kinds: Sequence[str], cursor: Cursor
) -> str:
    """Write a cursor as signed text that is safe in a URL."""
    values = [_written(value) for value in cursor.values]
    body = orjson.dumps([_FORMAT, revision, shape, list(kinds), int(cursor.backwards), values])
    return base64.urlsafe_b64encode(_signature(secret, body) + body).decode().rstrip("=")


def read_cursor(secret: bytes, shape: str, kinds: Sequence[str], text: str) -> Cursor:
    """Read a cursor.

    The revision that it carries may differ from the live one, as two processes may be one revision apart; the list's
    shape and the kinds of its keys may not.

    Raises:
        Invalid: It was changed, or belongs to another list.
    """
    try:
        raw = base64.urlsafe_b64decode(
            text[:_LONGEST_CURSOR].encode("ascii") + b"=" * (-len(text) % 4)
        )
    except (ValueError, binascii.Error):
        raise _bad_cursor() from None
    signature, body = raw[:_SIGNATURE_BYTES], raw[_SIGNATURE_BYTES:]
    if not hmac.compare_digest(signature, _signature(secret, body)):
        raise _bad_cursor()
    version, _revision, its_shape, its_kinds, backwards, values = orjson.loads(body)
    if (version, its_shape, its_kinds) != (_FORMAT, shape, list(kinds)):
        raise _bad_cursor()
    read = tuple(_read(value, kind) for value, kind in zip(values, kinds, strict=True))
    return Cursor(read, bool(backwards))


def _signature(secret: bytes, body: bytes) -> bytes:
    return hmac.new(secret, b"cursor" + body, hashlib.sha256).digest()[:_SIGNATURE_BYTES]


def _bad_cursor() -> Invalid:
    return refusal("cursor.invalid", "cursor", "invalid")


def _written(value: Any) -> Any:
    if isinstance(value, Decimal):
        return format(value, "f")
    return value.isoformat() if isinstance(value, date) else value


def _read(value: Any, kind: str) -> Any:
    if value is None:
        return None
    match kind:
        case "decimal":
            return Decimal(value)
        case "date":
            return date.fromisoformat(value)
        case "datetime":
            return datetime.fromisoformat(value)
    return value
