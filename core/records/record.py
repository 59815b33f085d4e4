"""Records as values: a row with its lines, before and after."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from core.metadata.definitions import ObjectDef

Reader = Callable[[str, int], "Row"]
"""Reads the target of a reference: (object name, id) -> record."""


class Row:
    """One record in memory: fields are items and attributes; lines are lists of rows.

    Attributes:
        object: Name of its object.
        id: Record id, None before it is stored.
        version: Version read from the database; 0 for a new record.
        before: Stored values before the write; None for a new record.
        deleted: Whether a line is to be removed.
        path: Prefix of a line's field paths as the caller wrote them, e.g. ``lines.2.``; "" where he didn't.
    """

    __slots__ = (
        "_definition",
        "_reader",
        "_values",
        "_writable",
        "before",
        "deleted",
        "id",
        "object",
        "path",
        "version",
    )

    def __init__(
        self,
        definition: ObjectDef,
        values: dict[str, Any],
        *,
        record_id: int | None = None,
        version: int = 0,
        before: Mapping[str, Any] | None = None,
        reader: Reader | None = None,
        writable: bool = True,
    ) -> None:
        """Hold ``values`` of a record of ``definition``."""
        self._definition = definition
        self._values = values
        self._reader = reader
        self._writable = writable
        self.object = definition.name
        self.id = record_id
        self.version = version
        self.before = before
        self.deleted = False
        self.path = ""

    @property
    def definition(self) -> ObjectDef:
        """The object's definition."""
        return self._definition

    @property
    def is_new(self) -> bool:
        """Whether the record isn't stored yet."""
        return self.before is None

    def __getitem__(self, name: str) -> Any:
        """Give a field's value; None where it has none."""
        if name == "id":
            return self.id
        if name not in self._definition.fields:
            raise KeyError(name)
        return self._values.get(name)

    def __getattr__(self, name: str) -> Any:
        """Give a field's value."""
        if name.startswith("_"):
            raise AttributeError(name)
        try:
            return self[name]
        except KeyError:
            raise AttributeError(f"{self.object} has no field {name!r}") from None

    def __setitem__(self, name: str, value: Any) -> None:
        """Set a field's value while the record is being written."""
        if not self._writable:
            raise TypeError(f"this {self.object} is read-only: change it through ctx.records")
        if name not in self._definition.fields:
            raise KeyError(f"{self.object} has no field {name!r}")
        self._values[name] = value

    def __contains__(self, name: str) -> bool:
        """Tell whether the object has the field."""
        return name in self._definition.fields

    def get(self, name: str) -> Any:
        """Give a field's value; of a reference, the record it points to (None where it is empty)."""
        field = self._definition.fields[name]
        value = self[name]
        if not field.to or value is None:
            return value
        if self._reader is None:
            raise TypeError("this record can't read others")
        return self._reader(field.to, value)

    def values(self) -> dict[str, Any]:
        """Give the values by name (the live mapping)."""
        return self._values

    def lines(self) -> Iterator[tuple[str, Row]]:
        """Iterate over (lines field, child) of every child that stays."""
        for field in self._definition.lines_fields():
            for child in self._values.get(field.name) or ():
                if not child.deleted:
                    yield field.name, child

    def walk(self) -> Iterator[tuple[str, Row]]:
        """Iterate over (path prefix, row): the record itself with "", then its lines with ``lines.0.`` and so on."""
        yield "", self
        positions: dict[str, int] = {}
        for name, child in self.lines():
            index = positions.get(name, 0)
            positions[name] = index + 1
            yield child.path or f"{name}.{index}.", child

    def all_lines(self) -> Iterator[tuple[str, Row]]:
        """Iterate over (lines field, child), removed ones too."""
        for field in self._definition.lines_fields():
            for child in self._values.get(field.name) or ():
                yield field.name, child


class RowChanges:
    """What a write changes in one row: names of the stored fields whose value differs from before."""

    __slots__ = ("_row",)

    def __init__(self, row: Row) -> None:
        """Compare ``row`` with its before-image whenever asked."""
        self._row = row

    def __contains__(self, name: str) -> bool:
        """Tell whether the field changes."""
        return bool(self.old(name) != self._row.values().get(name))

    def __iter__(self) -> Iterator[str]:
        """Iterate over the changed stored fields; a line's link to its header never changes."""
        for field in self._row.definition.fields.values():
            own = not field.is_virtual and field.name not in {"id", self._row.definition.parent}
            if own and field.name in self:
                yield field.name

    def old(self, name: str) -> Any:
        """Give the value before; None for a new record."""
        return None if self._row.before is None else self._row.before.get(name)
