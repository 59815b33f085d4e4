"""The statements that read single records, and what records consist of: fields, embedded records and lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.sql import Select

from core.db.types import IntegerType
from core.kernel.errors import Forbidden
from core.records.expansion import Tree, parse_expand
from core.records.filters import FieldPath, refusal, resolve_path
from core.records.joins import Joins
from core.records.plans import Reading
from core.records.policies import Policy
from core.records.serialise import Selection

MAX_FIELDS: Final = 200

RECORD_ID: Final = sa.bindparam("record_id", type_=IntegerType())


def require_readable(policy: Policy, object_name: str) -> None:
    """Check that some of the object's records may be read.

    Raises:
        NotFound: There is no such object.
        Forbidden: None of them may.
    """
    policy.snapshot.object(object_name)
    if not policy.may(object_name, "read"):
        raise Forbidden("read.forbidden", object=object_name)


def chosen_paths(
    policy: Policy, object_name: str, fields: Sequence[str] | None
) -> tuple[FieldPath, ...]:
    """Look up the fields asked for; None or nothing stands for every readable field of the object.

    Raises:
        Invalid: A name is unknown or hidden, or there are too many.
    """
    if not fields:
        visible = policy.visible[object_name].fields
        return tuple(FieldPath((name,), object_name, visible[name]) for name in visible)
    if len(fields) > MAX_FIELDS:
        raise refusal("read.too_many_fields", "fields", "too_long", limit=MAX_FIELDS)
    paths = {name: resolve_path(policy, object_name, name, "fields") for name in fields}
    for path in paths.values():
        if path.field.type == "lines" and len(path.path) > 1:
            raise refusal("read.path_through_lines", "fields", "invalid", name=path.text)
    return tuple(paths.values())


def existence(reading: Reading, object_name: str) -> Select[Any]:
    """Give the statement that finds whether a record, the parameter ``record_id``, may be seen.

    Raises:
        NotFound: There is no such object.
        Forbidden: None of its records may be read.
    """
    require_readable(reading.policy, object_name)
    joins = Joins(reading, object_name)
    return joins.select([joins.root.c.id], joins.root.c.id == RECORD_ID)


class RecordPlan:
    """The statement that reads one record."""

    def __init__(
        self,
        reading: Reading,
        object_name: str,
        fields: tuple[str, ...] | None,
        expand_names: tuple[str, ...],
    ) -> None:
        require_readable(reading.policy, object_name)
        paths = chosen_paths(reading.policy, object_name, fields)
        self.tree = embedded(reading.policy, object_name, expand_names, paths, with_lines=True)
        joins = Joins(reading, object_name)
        self.selection = Selection(
            joins, with_embedded(reading.policy, object_name, paths, self.tree)
        )
        self.statement: Select[Any] = joins.select(
            self.selection.columns, joins.root.c.id == RECORD_ID
        )


class ValuesPlan:
    """The statement that reads records by id as typed values."""

    def __init__(self, reading: Reading, object_name: str) -> None:
        joins = Joins(reading, object_name)
        self.selection = Selection(joins, chosen_paths(reading.policy, object_name, None))
        ids = sa.bindparam("ids", expanding=True, type_=IntegerType())
        self.statement: Select[Any] = joins.select(self.selection.columns, joins.root.c.id.in_(ids))


def embedded(
    policy: Policy,
    object_name: str,
    names: Sequence[str],
    paths: Sequence[FieldPath],
    *,
    with_lines: bool,
) -> Tree:
    """Give what to embed: what was asked for, and lines that were named as fields."""
    tree = parse_expand(policy, object_name, names)
    lines = [p.path[0] for p in paths if p.field.type == "lines"] if with_lines else []
    return {**{name: {} for name in lines}, **tree}


def with_embedded(
    policy: Policy, object_name: str, paths: Sequence[FieldPath], tree: Mapping[str, Tree]
) -> list[FieldPath]:
    """Add the references that are embedded but weren't asked for as fields."""
    known = {path.path for path in paths}
    added = [resolve_path(policy, object_name, n, "expand") for n in tree if (n,) not in known]
    return [*paths, *added]
