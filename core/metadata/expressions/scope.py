"""What names mean: field paths of an object, walked through its references."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from core.kernel.errors import ExpressionError
from core.kernel.text import nearest
from core.metadata.definitions import EMPTY, FieldDef, ObjectDef
from core.metadata.expressions.types import BOOLEAN, DATE, DATETIME, INTEGER, USER, ValueType

_SIMPLE: Mapping[str, ValueType] = {
    "integer": INTEGER,
    "date": DATE,
    "datetime": DATETIME,
    "boolean": BOOLEAN,
    "user": USER,
}
_DECIMALS = frozenset({"decimal", "money", "percent"})
_TEXTS = frozenset(
    {"text", "long_text", "choice", "currency", "autonumber", "email", "phone", "url"}
)
_SHOWN = 80
"""Characters of a wrong name that are compared and shown."""


class Scope(Protocol):
    """Gives names their types."""

    def resolve(self, path: tuple[str, ...]) -> ValueType:
        """Give the type of the field that ``path`` leads to.

        Raises:
            ExpressionError: It leads nowhere; the error names the nearest name, and its ``at`` is
                the offset of the wrong part within the dotted path.
        """
        ...


def value_type_of(field: FieldDef) -> ValueType:
    """Give the type that a field's values have in expressions.

    Raises:
        ExpressionError: The field's type is unknown.
    """
    if field.type in _SIMPLE:
        return _SIMPLE[field.type]
    if field.type in _DECIMALS:
        return ValueType("number", scale=field.scale)
    if field.type in _TEXTS:
        folds = not field.is_virtual and (field.type != "long_text" or field.search)
        return ValueType("text", folds=folds, choices=tuple(c.value for c in field.choices))
    if field.type == "reference":
        return ValueType("reference", target=field.to)
    if field.type == "lines":
        return ValueType("lines", target=field.of)
    raise ExpressionError("expression.field_type", at=0, name=field.name, type=field.type)


class ObjectScope:
    """The fields of one object, those it reaches through references, and what the caller adds."""

    def __init__(
        self,
        objects: Mapping[str, ObjectDef],
        object_name: str,
        *,
        extra: Mapping[str, ValueType] = EMPTY,
    ) -> None:
        """Start at an object.

        Args:
            objects: Every object by name.
            object_name: Name of the object whose fields are named directly.
            extra: Further names: a whole dotted name (``param.limit``), or a first part whose type is a
                reference (``old`` -> a record of the same object).
        """
        self._objects = objects
        self._object = object_name
        self._extra = extra

    def resolve(self, path: tuple[str, ...]) -> ValueType:
        """Give the type of the field that ``path`` leads to; see :class:`Scope`."""
        dotted = ".".join(path)
        if dotted in self._extra:
            return self._extra[dotted]
        first = self._extra.get(path[0])
        if first is not None:
            return self._walk(first, path, 1)
        if any(name.startswith(f"{path[0]}.") for name in self._extra):
            raise _unknown(dotted, path[0], list(self._extra), 0)
        return self._walk(ValueType("reference", target=self._object), path, 0)

    def _walk(self, start: ValueType, path: tuple[str, ...], index: int) -> ValueType:
        current = start
        for position in range(index, len(path)):
            at = sum(len(part) + 1 for part in path[:position])
            if current.kind not in {"reference", "lines"}:
                raise ExpressionError("expression.no_parts", at=at, name=".".join(path[:position]))
            current = self._field_type(current.target, path[position], position, at)
        return current

    def _field_type(self, object_name: str, name: str, position: int, at: int) -> ValueType:
        target = self._objects.get(object_name)
        if target is None:
            raise ExpressionError("expression.unknown_object", at=at, name=object_name)
        field = target.fields.get(name)
        if field is None:
            names = [*target.fields, *(self._extra if position == 0 else ())]
            raise _unknown(name, object_name, names, at)
        return value_type_of(field)


def _unknown(name: str, where: str, names: list[str], at: int) -> ExpressionError:
    name = name[:_SHOWN]
    near = nearest(name, names)
    if near is None:
        return ExpressionError("expression.unknown_name", at=at, name=name, object=where)
    return ExpressionError(
        "expression.unknown_name.near", at=at, name=name, object=where, nearest=near
    )
