"""What every field type answers: how it is stored, read, written, shown and checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from core.kernel.text import is_clean
from core.metadata.definitions import EMPTY, FieldDef
from core.metadata.hints import hinted
from core.metadata.settings import Setting

if TYPE_CHECKING:
    from core.metadata.expressions.types import ValueType

Storage = Literal[
    "text", "longtext", "integer", "decimal", "boolean", "date", "datetime", "reference", "none"
]

EQUALITY = ("==", "!=", "in")
ORDERING = ("==", "!=", "<", "<=", ">", ">=")
SEARCHING = ("contains", "starts_with", "==", "!=", "in")


class FieldFault(Exception):
    """A value that doesn't suit its field.

    Attributes:
        code: Stable machine-readable code, e.g. ``type``, ``too_long``, ``unknown_name``.
        message_id: Id in the message catalogue.
        params: Values for the message's placeholders.
    """

    def __init__(self, code: str, message_id: str, /, **params: Any) -> None:
        """Name the fault; a parameter ``hint`` may hold the nearest right value."""
        super().__init__(message_id)
        self.code = code
        self.message_id, self.params = hinted(message_id, params)


@dataclass(frozen=True, slots=True)
class FieldType:
    """One type of field; each type is one file of this package.

    Attributes:
        name: Name in definitions.
        storage: Storage kind of the column; ``none`` where another table holds the values.
        widget: Name of the input and cell template.
        operators: Filter operators offered in the filter panel, most usual first.
        settings: Keys that a definition of this type may carry beyond those of every field.
        is_ordered: Whether ``minimum`` and ``maximum`` make sense.
        can_be_unique: Whether ``unique`` makes sense.
        can_be_computed: Whether a formula may give the value.
    """

    name: str
    storage: Storage
    widget: str
    operators: tuple[str, ...] = EQUALITY
    settings: Mapping[str, Setting] = field(default_factory=lambda: EMPTY)
    is_ordered: bool = False
    can_be_unique: bool = False
    can_be_computed: bool = True

    def value_type(self, field: FieldDef) -> ValueType:
        """Give the type that the field has in expressions."""
        raise NotImplementedError

    def parse(self, value: Any, field: FieldDef) -> Any:
        """Turn a JSON value or a form's or file's text into the Python value; None and empty text give None.

        Raises:
            FieldFault: The value doesn't suit the field.
        """
        if value is None or (isinstance(value, str) and not value.strip()):
            return None
        return self.read(value, field)

    def read(self, value: Any, field: FieldDef) -> Any:
        """Turn a value that is there into the Python value; called by :meth:`parse`.

        Raises:
            FieldFault: The value doesn't suit the field.
        """
        raise NotImplementedError

    def to_json(self, value: Any, field: FieldDef) -> Any:
        """Turn the Python value into what JSON carries."""
        del field
        return value

    def to_text(self, value: Any, field: FieldDef) -> str:
        """Turn the Python value into the text of a file's cell; :meth:`parse` reads it back."""
        json_value = self.to_json(value, field)
        return "" if json_value is None else str(json_value)

    def json_schema(self, field: FieldDef) -> dict[str, Any]:
        """Describe the JSON value as JSON Schema 2020-12, without null."""
        raise NotImplementedError


def clean_text(value: Any, limit: int) -> str:
    """Give text of at most ``limit`` characters without the characters that no database stores.

    Raises:
        FieldFault: It isn't text, is too long, or holds NUL or half a surrogate pair.
    """
    if not isinstance(value, str):
        raise FieldFault("type", "field.not_text")
    if not is_clean(value):
        raise FieldFault("invalid", "field.bad_character")
    if len(value) > limit:
        raise FieldFault("too_long", "field.too_long", limit=limit)
    return value


def one_line(value: Any, limit: int) -> str:
    """Give text without blanks around it and without line breaks or other control characters inside.

    Raises:
        FieldFault: It isn't such a text.
    """
    text = clean_text(value.strip() if isinstance(value, str) else value, limit)
    if any(ch < " " or "\x7f" <= ch <= "\x9f" for ch in text):
        raise FieldFault("invalid", "field.bad_character")
    return text


def check_bounds(value: Any, field: FieldDef) -> None:
    """Compare with the field's ``minimum`` and ``maximum``.

    Raises:
        FieldFault: The value lies outside.
    """
    if field.minimum is not None and value < field.minimum:
        raise FieldFault("too_small", "field.too_small", minimum=field.minimum)
    if field.maximum is not None and value > field.maximum:
        raise FieldFault("too_big", "field.too_big", maximum=field.maximum)
