"""Physical names: chosen once, from an element's first name, and kept for ever under its uid.

A renamed object or field keeps its table or column. What is dropped keeps its name too, as a tombstone, so a field
that is dropped and added again gets a new column.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from core.kernel.errors import Invalid
from core.metadata.definitions import FieldDef, ObjectDef
from core.metadata.fields import FIELD_TYPES
from core.metadata.fields.base import Storage
from core.metadata.snapshot import Snapshot

MOST_FIELDS = 500
"""Stored fields that an object may have."""

FOLD_SUFFIX = "__fold"
"""What follows a text column's name in the name of the column that search and sort compare."""

RESERVED_COLUMNS = frozenset({"version", "deleted_at"})
"""Columns of every business table that are no fields."""

RESERVED_TABLES = ("tl_", "ab_", "sqlite_", "pg_")
"""Beginnings of table names that belong to the platform, to sign-in and to the databases themselves."""


@dataclass(frozen=True, slots=True)
class Element:
    """A table or column and the object or field that it was made for.

    Attributes:
        uid: Stable identity; a field's begins with its object's.
        kind: ``object`` or ``field``.
        name: API name when the element was recorded.
        table: Physical table.
        column: Physical column; "" for an object.
        storage: How the column stores values, e.g. ``decimal:4``, ``reference:customer`` or ``text+fold`` (a folded
            copy is kept beside it); "" for an object.
        since: Revision with which it went live; None while it is only prepared.
        until: Revision with which it was dropped: from then on it is a tombstone; None while it isn't.
    """

    uid: str
    kind: Literal["object", "field"]
    name: str
    table: str
    column: str = ""
    storage: str = ""
    since: int | None = 0
    until: int | None = None

    @property
    def is_live(self) -> bool:
        """Whether the live definitions use it."""
        return self.since is not None and self.until is None


@dataclass(frozen=True, slots=True)
class Names:
    """The physical names of one snapshot.

    Attributes:
        tables: Table by object name.
        columns: Column by (object name, field name); stored fields only.
        elements: Everything above as elements, by (table, column).
    """

    tables: Mapping[str, str]
    columns: Mapping[tuple[str, str], str]
    elements: Mapping[tuple[str, str], Element]


def storage_of(field: FieldDef) -> Storage:
    """Name the storage kind of a field; ``none`` where no column holds its values."""
    return "none" if field.is_virtual else FIELD_TYPES[field.type].storage


def has_fold(field: FieldDef) -> bool:
    """Tell whether a folded copy of the field is stored beside it."""
    storage = storage_of(field)
    return storage == "text" or (storage == "longtext" and field.search)


def target_of(field: FieldDef) -> str:
    """Name the object that a reference points to."""
    return field.to or ("user" if field.type == "user" else "")


def object_uid(definition: ObjectDef) -> str:
    """Give the identity under which an object's table is recorded."""
    return definition.uid or definition.name


def base_storage(storage: str) -> str:
    """Give the part of a storage name on which the column itself depends."""
    return storage.removesuffix("+fold")


def choose_names(
    snapshot: Snapshot, recorded: Iterable[Element] = (), *, revive: bool = False
) -> Names:
    """Give every stored element of the snapshot its physical name: the recorded one, or a free one.

    Args:
        snapshot: The definitions. Where its revision isn't the newest, elements that were dropped since then count.
        recorded: Every element that the database knows.
        revive: Whether tombstones are used again for the uid that they were made for (a rollback brings values back).

    Raises:
        Invalid: An object has more fields than a table can hold.
    """
    recorded = tuple(recorded)
    known = _by_uid(recorded, snapshot.revision, revive=revive)
    taken: dict[str, set[str]] = {}
    for element in recorded:
        taken.setdefault(element.table, set(RESERVED_COLUMNS)).add(element.column)
    targets = {name: object_uid(definition) for name, definition in snapshot.objects.items()}
    tables: dict[str, str] = {}
    columns: dict[tuple[str, str], str] = {}
    elements: dict[tuple[str, str], Element] = {}
    for name, definition in sorted(snapshot.objects.items()):
        uid = object_uid(definition)
        table = known[uid][0].table if uid in known else _free_table(name, taken)
        tables[name] = table
        elements[table, ""] = Element(uid, "object", name, table)
        columns_taken = taken.setdefault(table, set(RESERVED_COLUMNS))
        for element in _fields(definition, table, known, columns_taken, targets):
            columns[name, element.name] = element.column
            elements[table, element.column] = element
    return Names(tables, columns, elements)


def _by_uid(
    recorded: Iterable[Element], revision: int, *, revive: bool
) -> dict[str, list[Element]]:
    found: dict[str, list[Element]] = {}
    for element in recorded:
        was_live_then = element.until is not None and 0 < revision < element.until
        if element.until is None or was_live_then or revive:
            found.setdefault(element.uid, []).append(element)
    for candidates in found.values():
        # What is live comes first, then what is prepared, then tombstones, the youngest first.
        candidates.sort(key=lambda e: (e.until is not None, e.since is None, -(e.until or 0)))
    return found


def _fields(
    definition: ObjectDef,
    table: str,
    known: Mapping[str, Sequence[Element]],
    taken: set[str],
    targets: Mapping[str, str],
) -> list[Element]:
    stored = [field for field in definition.fields.values() if storage_of(field) != "none"]
    if len(stored) > MOST_FIELDS:
        raise Invalid(
            "ddl.too_many_fields", object=definition.name, count=len(stored), limit=MOST_FIELDS
        )
    uids = _field_uids(definition, stored, known)
    found = []
    for field in stored:
        uid = uids[field.name]
        storage = _signature(field, targets)
        fitting = (
            element.column
            for element in known.get(uid, ())
            if element.table == table and base_storage(element.storage) == base_storage(storage)
        )
        column = next(fitting, "") or _free(field.name, taken)
        taken.add(column)
        found.append(Element(uid, "field", field.name, table, column, storage))
    return found


def _field_uids(
    definition: ObjectDef, fields: Iterable[FieldDef], known: Container[str]
) -> dict[str, str]:
    """Give each field an identity that outlives a new name of its object: the uid written down, or its own name."""
    owner = object_uid(definition)
    found: dict[str, str] = {}
    used: set[str] = set()
    for field in sorted(fields, key=lambda f: not _has_own_uid(definition, f)):
        local = field.uid.removeprefix(f"{owner}.").removeprefix(f"{definition.name}.")
        uid = f"{owner}.{local or field.name}"
        # A renamed field keeps the identity of its first name; another field of that name gets, and keeps, a second.
        second = f"{uid}#2"
        if uid in used or (not _has_own_uid(definition, field) and second in known):
            uid = second
        used.add(uid)
        found[field.name] = uid
    return found


def _has_own_uid(definition: ObjectDef, field: FieldDef) -> bool:
    return field.uid not in {"", field.name, f"{definition.name}.{field.name}"}


def _signature(field: FieldDef, targets: Mapping[str, str]) -> str:
    storage = storage_of(field)
    match storage:
        case "decimal":
            return f"decimal:{field.scale}"
        case "reference":
            target = target_of(field)
            return f"reference:{targets.get(target, target)}"
        case "text" | "longtext":
            return "text+fold" if has_fold(field) else "text"
        case _:
            return storage


def _free_table(name: str, taken: Mapping[str, object]) -> str:
    first = f"x_{name}" if name.startswith(RESERVED_TABLES) else name
    return _free(first, taken)


def _free(name: str, taken: Iterable[str]) -> str:
    used = set(taken)
    candidate, number = name, 1
    while (
        candidate in used or f"{candidate}{FOLD_SUFFIX}" in used or candidate.endswith(FOLD_SUFFIX)
    ):
        number += 1
        candidate = f"{name}_{number}"
    return candidate
