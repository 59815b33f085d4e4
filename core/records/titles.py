"""The shown name of a record, put together from the parts of its object's title."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final

from sqlalchemy.sql.elements import ColumnElement

from core.metadata.definitions import FieldDef
from core.metadata.expressions import value_type_of
from core.metadata.fields import FIELD_TYPES
from core.records.filters import FieldPath
from core.records.joins import Joins
from core.records.policies import Policy, target_of

Part = str | FieldPath

_MOST_HOPS: Final = 2


def title_parts(policy: Policy, object_name: str) -> tuple[Part, ...]:
    """Give the literal texts and readable fields that make the title, references already followed.

    A part that the policy hides is left out, so it shows as nothing.
    """
    return tuple(_parts(policy, object_name, (), _MOST_HOPS))


def main_path(policy: Policy, object_name: str) -> FieldPath | None:
    """Give the first readable text of the title: what references to the object sort by; None where there is none."""
    for part in title_parts(policy, object_name):
        if isinstance(part, FieldPath) and value_type_of(part.field).kind == "text":
            return part
    return None


class Title:
    """The columns that a title needs and the way to put their values together."""

    def __init__(self, joins: Joins, prefix: tuple[str, ...] = ()) -> None:
        """Compile the title of the object that ``prefix`` leads to from the joins' object."""
        resolver = joins.resolver().nested(prefix)
        parts = title_parts(joins.policy, resolver.object)
        self.columns: list[ColumnElement[Any]] = []
        self._writers: list[str | Callable[[Any], str]] = []
        for part in parts:
            if isinstance(part, str):
                self._writers.append(part)
                continue
            self.columns.append(resolver.column(part.path))
            self._writers.append(writer(part.field))

    def text(self, values: Sequence[Any]) -> str:
        """Write the title from the values of :attr:`columns`."""
        remaining = iter(values)
        return "".join(
            part if isinstance(part, str) else part(next(remaining)) for part in self._writers
        ).strip()


def writer(field: FieldDef) -> Callable[[Any], str]:
    """Give the function that writes a field's value as plain text; nothing for null."""
    return partial(_text, FIELD_TYPES[field.type].to_text, field)


def _text(to_text: Callable[[Any, FieldDef], str], field: FieldDef, value: Any) -> str:
    return "" if value is None else to_text(value, field)


def _parts(policy: Policy, object_name: str, prefix: tuple[str, ...], hops: int) -> list[Part]:
    found: list[Part] = []
    for part in policy.snapshot.object(object_name).title:
        if not part.startswith("{"):
            found.append(part)
            continue
        path = _readable_path(policy, object_name, tuple(part.strip("{}").split(".")))
        if path is None:
            continue
        target = target_of(path.field)
        if not target:
            found.append(FieldPath(prefix + path.path, path.object, path.field))
        elif hops:
            found.extend(_parts(policy, target, prefix + path.path, hops - 1))
    return found


def _readable_path(policy: Policy, object_name: str, path: tuple[str, ...]) -> FieldPath | None:
    current = object_name
    for index, name in enumerate(path):
        field = policy.visible[current].fields.get(name)
        if field is None or field.type == "lines":
            return None
        if index == len(path) - 1:
            return FieldPath(path, current, field)
        current = target_of(field)
        if not current:
            return None
    return None
