"""A record in memory as expressions of definitions see it: references lead to stored records, whoever asks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection

from core.kernel.clock import today
from core.metadata.definitions import FieldDef
from core.metadata.expressions import evaluate
from core.records import store
from core.records.services import Caller


class StoredEnvironment:
    """The values of one record, and of those it refers to as far as an expression asks for them.

    Policies and conditions of definitions are evaluated over it, so it knows no policy itself; nothing of it may be
    shown.
    """

    def __init__(
        self,
        caller: Caller,
        object_name: str,
        values: Mapping[str, Any],
        connection: Connection | None = None,
    ) -> None:
        """Look at a record.

        Args:
            caller: Who asks: for ``me`` and ``today``.
            object_name: Object of the record.
            values: Its typed values by field name.
            connection: Where further records are read; None opens one when needed.
        """
        self._caller = caller
        self._object = object_name
        self._values = values
        self._connection = connection
        self._reached: dict[str, StoredEnvironment | None] = {}

    @property
    def me(self) -> int | None:
        """Id of the acting user."""
        return self._caller.actor.user_id

    @property
    def today(self) -> date:
        """The actor's calendar day."""
        return today(self._caller.services.clock, self._caller.actor.timezone)

    @property
    def now(self) -> datetime:
        """The present moment."""
        return self._caller.services.clock.now()

    def value(self, path: tuple[str, ...]) -> Any:
        """Give the value that the path leads to; None where a reference on the way is empty."""
        here = self.at(path[:-1])
        return None if here is None else here.own_value(path[-1])

    def children(self, path: tuple[str, ...]) -> Sequence[StoredEnvironment]:
        """Give the lines that the record holds in memory."""
        here = self.at(path[:-1])
        if here is None:
            return []
        field = here.field(path[-1])
        lines = here._values.get(field.name) or ()  # noqa: SLF001 - the same class
        return [
            StoredEnvironment(self._caller, field.of, _values_of(line), self._connection)
            for line in lines
        ]

    def field(self, name: str) -> FieldDef:
        """Give a field of the record's object."""
        return self._caller.snapshot.object(self._object).fields[name]

    def own_value(self, name: str) -> Any:
        """Give a field's value; an unstored formula is computed."""
        if name in self._values:
            value = self._values[name]
            return getattr(value, "id", value)
        field = self.field(name)
        if field.formula is not None and field.is_virtual:
            return evaluate(field.formula, self)
        return None

    def at(self, path: tuple[str, ...]) -> StoredEnvironment | None:
        """Give the record that a path of references leads to, or None where one of them is empty."""
        here: StoredEnvironment | None = self
        for name in path:
            if here is None:
                return None
            here = here._follow(name)  # noqa: SLF001 - the same class
        return here

    def _follow(self, name: str) -> StoredEnvironment | None:
        if name not in self._reached:
            self._reached[name] = self._read(name)
        return self._reached[name]

    def _read(self, name: str) -> StoredEnvironment | None:
        field = self.field(name)
        target = field.to or "user"
        held = self._values.get(name)
        if held is not None and not isinstance(held, int):
            return StoredEnvironment(self._caller, target, _values_of(held), self._connection)
        record_id = self.own_value(name)
        if record_id is None:
            return None
        database = self._caller.services.database
        opened = nullcontext(self._connection) if self._connection is not None else database.read()
        with opened as connection:
            found = store.fetch(connection, self._caller.model, target, [record_id])
        values = found.get(record_id)
        return (
            None
            if values is None
            else StoredEnvironment(self._caller, target, values, self._connection)
        )


def _values_of(record: Any) -> Mapping[str, Any]:
    """Give the values of a record in memory: a row of a write in progress, or a plain mapping."""
    values: Mapping[str, Any] = (
        record if isinstance(record, Mapping) else {**record.values(), "id": record.id}
    )
    return values
