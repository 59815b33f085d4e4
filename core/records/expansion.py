"""Embedding referenced records and lines into records: one more SELECT for each name, whatever the number of rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.sql import Select

from core.db.types import IntegerType
from core.metadata.definitions import FieldDef
from core.records.filters import FieldPath, refusal, resolve_path
from core.records.joins import Joins
from core.records.plans import Circumstances, Reading, plan
from core.records.policies import Policy, policy_of, target_of
from core.records.serialise import Selection
from core.records.services import Caller

T = TypeVar("T")

Tree = Mapping[str, "Tree"]
"""What to embed: field name -> what to embed into what it leads to."""

Record = dict[str, Any]

MAX_NAMES: Final = 20
MAX_DEPTH: Final = 2
MAX_LINES: Final = 50_000
"""Lines embedded into one answer; a list with more has to be read in smaller pages."""

_BATCH: Final = 500


def parse_expand(policy: Policy, object_name: str, names: Sequence[str]) -> dict[str, Any]:
    """Look up what is to be embedded, e.g. ``("lines.product", "customer")``.

    Raises:
        Invalid: A name is unknown or hidden, is neither a reference nor lines, or goes too deep.
    """
    if len(names) > MAX_NAMES:
        raise refusal("read.too_many_fields", "expand", "too_long", limit=MAX_NAMES)
    tree: dict[str, Any] = {}
    for name in names:
        parts = name.split(".")
        if len(parts) > MAX_DEPTH:
            raise refusal("read.path_too_long", "expand", "too_long", limit=MAX_DEPTH - 1)
        here, current = tree, object_name
        for part in parts:
            found = resolve_path(policy, current, part, "expand")
            if not target_of(found.field):
                raise refusal("read.not_expandable", "expand", "invalid", name=part)
            current = target_of(found.field)
            here = here.setdefault(part, {})
    return tree


@dataclass(frozen=True, slots=True)
class Embedding:
    """Embeds referenced records and lines, for one request.

    Attributes:
        caller: Who asks.
        known: The circumstances of the request.
        connection: Where to read.
    """

    caller: Caller
    known: Circumstances
    connection: Connection

    def embed(self, object_name: str, tree: Tree, records: Sequence[Record]) -> None:
        """Embed what ``tree`` names into ``records`` of an object, in place.

        The records are ready for JSON and within the caller's reach.

        Raises:
            Invalid: There are too many lines for one answer.
        """
        if not records:
            return
        fields = self.caller.snapshot.object(object_name).fields
        for name, below in tree.items():
            if fields[name].type == "lines":
                self._embed_lines(fields[name], below, records)
            else:
                self._embed_targets(fields[name], below, records)

    def _embed_targets(self, field: FieldDef, below: Tree, records: Sequence[Record]) -> None:
        """Replace ids by records; a target that the caller may not see is left as its bare id."""
        target = target_of(field)
        ids = sorted({r[field.name] for r in records if r[field.name] is not None})
        found: dict[int, Record] = {}
        if ids and policy_of(self.caller).may(target, "read"):
            built = self._plan(("targets", target), lambda r: _ByIdPlan(r, target))
            for rows in self._batches(built.statement, ids):
                found.update((row[0], built.selection.record(row, self.known)) for row in rows)
            self.embed(target, below, list(found.values()))
        for record in records:
            record_id = record[field.name]
            if record_id is not None:
                record[field.name] = found.get(record_id) or {"id": record_id}

    def _embed_lines(self, field: FieldDef, below: Tree, records: Sequence[Record]) -> None:
        built = self._plan(("lines", field.of), lambda r: _LinesPlan(r, field.of))
        by_header: dict[int, list[Record]] = {record["id"]: [] for record in records}
        lines: list[Record] = []
        for rows in self._batches(built.statement, sorted(by_header)):
            for row in rows:
                line = built.selection.record(row, self.known)
                by_header[row[built.parent]].append(line)
                lines.append(line)
            if len(lines) > MAX_LINES:
                raise refusal("read.too_many_lines", "expand", "too_long", limit=MAX_LINES)
        self.embed(field.of, below, lines)
        for record in records:
            record[field.name] = by_header[record["id"]]

    def _plan(self, shape: tuple[str, str], build: Callable[[Reading], T]) -> T:
        return plan(self.caller, self.known, shape, build)

    def _batches(self, statement: Select[Any], ids: Sequence[int]) -> Iterator[Sequence[Any]]:
        for start in range(0, len(ids), _BATCH):
            values = {"me": self.known.me, "ids": ids[start : start + _BATCH]}
            yield self.connection.execute(statement, values).all()


class _ByIdPlan:
    """The statement that reads the targets of references."""

    def __init__(self, reading: Reading, object_name: str) -> None:
        joins = Joins(reading, object_name)
        self.selection = Selection(joins, _paths(reading.policy, object_name), versioned=False)
        ids = sa.bindparam("ids", expanding=True, type_=IntegerType())
        self.statement: Select[Any] = joins.select(self.selection.columns, joins.root.c.id.in_(ids))


class _LinesPlan:
    """The statement that reads the lines of headers which have been read already.

    Attributes:
        parent: Position of the header's id in a row.
    """

    def __init__(self, reading: Reading, object_name: str) -> None:
        joins = Joins(reading, object_name, header_known=True)
        self.selection = Selection(joins, _paths(reading.policy, object_name), versioned=False)
        self.parent = self.selection.width
        tables = reading.model.tables
        parent = joins.root.c[tables.column(object_name, joins.object.parent).name]
        order = [joins.root.c[tables.column(object_name, "seq").name], joins.root.c.id]
        ids = sa.bindparam("ids", expanding=True, type_=IntegerType())
        self.statement: Select[Any] = joins.select(
            [*self.selection.columns, parent.label("header")], parent.in_(ids)
        ).order_by(parent, *order)


def _paths(policy: Policy, object_name: str) -> list[FieldPath]:
    visible = policy.visible[object_name].fields
    return [FieldPath((name,), object_name, visible[name]) for name in visible]
