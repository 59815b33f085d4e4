"""Keys that definitions carry, as marshmallow fields whose faults are message ids."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from marshmallow import ValidationError, fields

from core.kernel.text import is_clean, nearest

NAME = re.compile(r"[a-z][a-z0-9_]{0,47}")
"""What names of objects, fields, roles and so on look like."""

PATH = re.compile(r"[a-z][a-z0-9_]{0,47}(\.[a-z][a-z0-9_]{0,47}){0,5}")

MAX_EXPRESSION = 2_000


class Fault(str):
    """A message id with its parameters: what travels through marshmallow as an error text.

    Attributes:
        params: Values for the message's placeholders.
        at_key: Whether the fault is the key itself rather than its value.
    """

    __slots__ = ("at_key", "params")

    params: Mapping[str, Any]
    at_key: bool

    def __new__(cls, message_id: str, /, *, at_key: bool = False, **params: Any) -> Fault:
        """Name the fault."""
        fault = super().__new__(cls, message_id)
        fault.params = params
        fault.at_key = at_key
        return fault


def wrong(message_id: str, /, **params: Any) -> ValidationError:
    """Make the error that a key's value is wrong."""
    return ValidationError([Fault(message_id, **params)])


class Setting(fields.Field[Any]):
    """A key of a definition; null counts as not given."""

    default_error_messages = {  # noqa: RUF012 - marshmallow's own way
        "required": "definition.missing",
        "null": "definition.missing",
        "validator_failed": "definition.invalid",
    }

    def __init__(self, *, required: bool = False) -> None:
        """Say whether the key must be there."""
        super().__init__(required=required, allow_none=not required)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        del attr, data, kwargs
        return self._take(value)

    def _take(self, value: Any) -> Any:
        """Give the checked value.

        Raises:
            ValidationError: The value is wrong; its messages are :class:`Fault`.
        """
        raise NotImplementedError

    def json_schema(self) -> dict[str, Any]:
        """Describe the value as JSON Schema, for editors."""
        return {}


class Text(Setting):
    """Text, or a number or truth value that is taken as its text."""

    def __init__(self, *, required: bool = False, limit: int = 200) -> None:
        """Set the number of characters allowed."""
        super().__init__(required=required)
        self.limit = limit

    def _take(self, value: Any) -> str:
        text = as_text(value)
        if text is None:
            raise wrong("definition.not_text")
        if len(text) > self.limit:
            raise wrong("definition.too_long", limit=self.limit)
        if not is_clean(text) or any(ch < " " and ch not in "\n\t" for ch in text):
            raise wrong("definition.bad_character")
        return text

    def json_schema(self) -> dict[str, Any]:
        """Describe the value as JSON Schema."""
        return {"type": "string", "maxLength": self.limit}


class Pattern(Text):
    """Text of a given form."""

    def __init__(
        self, pattern: re.Pattern[str], message_id: str, *, required: bool = False
    ) -> None:
        """Set the form and the message for texts that haven't it."""
        super().__init__(required=required)
        self.pattern = pattern
        self.message_id = message_id

    def _take(self, value: Any) -> str:
        text = super()._take(value)
        if not self.pattern.fullmatch(text):
            raise wrong(self.message_id, value=text[:80])
        return text

    def json_schema(self) -> dict[str, Any]:
        """Describe the value as JSON Schema."""
        return {"type": "string", "pattern": f"^{self.pattern.pattern}$"}


class Name(Pattern):
    """A name such as ``sales_order``."""

    def __init__(self, *, required: bool = False) -> None:
        """Say whether the key must be there."""
        super().__init__(NAME, "definition.bad_name", required=required)


class FieldPath(Pattern):
    """A field's name, or a path through references such as ``customer.country``."""

    def __init__(self, *, required: bool = False) -> None:
        """Say whether the key must be there."""
        super().__init__(PATH, "definition.bad_name", required=required)


class ExpressionText(Text):
    """An expression; parsed and typed when the definitions are linked."""

    def __init__(self, *, required: bool = False) -> None:
        """Say whether the key must be there."""
        super().__init__(required=required, limit=MAX_EXPRESSION)

    def json_schema(self) -> dict[str, Any]:
        """Describe the value as JSON Schema: numbers and truth values are expressions too."""
        return {"type": ["string", "number", "boolean"], "maxLength": self.limit}


class Flag(Setting):
    """``true`` or ``false``."""

    def _take(self, value: Any) -> bool:
        if not isinstance(value, bool):
            raise wrong("definition.not_boolean")
        return value

    def json_schema(self) -> dict[str, Any]:
        """Describe the value as JSON Schema."""
        return {"type": "boolean"}


class Whole(Setting):
    """A whole number within bounds."""

    def __init__(self, least: int, most: int, *, required: bool = False) -> None:
        """Set the bounds, both allowed."""
        super().__init__(required=required)
        self.least = least
        self.most = most

    def _take(self, value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise wrong("definition.not_whole")
        if not self.least <= value <= self.most:
            raise wrong("definition.out_of_range", least=self.least, most=self.most)
        return value

    def json_schema(self) -> dict[str, Any]:
        """Describe the value as JSON Schema."""
        return {"type": "integer", "minimum": self.least, "maximum": self.most}


class Number(Setting):
    """An exact number; also as text, which is how JSON carries one with a point."""

    def _take(self, value: Any) -> Decimal:
        text = as_text(value)
        if (
            isinstance(value, bool)
            or text is None
            or not re.fullmatch(r"-?[0-9]{1,18}(\.[0-9]{1,12})?", text)
        ):
            raise wrong("definition.not_number")
        return Decimal(text)

    def json_schema(self) -> dict[str, Any]:
        """Describe the value as JSON Schema."""
        return {"type": ["number", "string"]}


class Choice(Text):
    """One of a few words."""

    def __init__(self, options: Sequence[str], *, required: bool = False) -> None:
        """Set the words."""
        super().__init__(required=required)
        self.options = tuple(options)

    def _take(self, value: Any) -> str:
        text = as_text(value)
        if text not in self.options:
            raise wrong(
                "definition.not_an_option",
                value=str(value)[:80],
                options=", ".join(self.options),
                hint=nearest(str(value)[:80], self.options) or "",
            )
        return text

    def json_schema(self) -> dict[str, Any]:
        """Describe the value as JSON Schema."""
        return {"enum": list(self.options)}


def as_text(value: Any) -> str | None:
    """Give the text of a scalar as an expression or name would write it; None for anything else."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Decimal) and value.is_finite():
        return format(value, "f")
    return None
