"""Field type ``datetime``: a moment, kept in UTC."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Any

from core.metadata.definitions import FieldDef
from core.metadata.expressions.types import ValueType
from core.metadata.fields.base import ORDERING, FieldFault, FieldType

_ISO_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?([Zz]|[+-][0-9]{2}:?[0-9]{2})?)?"
)


@dataclass(frozen=True, slots=True)
class DatetimeType(FieldType):
    """A moment, to the microsecond."""

    def value_type(self, field: FieldDef) -> ValueType:
        """Give a moment."""
        del field
        return ValueType("datetime")

    def read(self, value: Any, field: FieldDef) -> dt.datetime:
        """Read ISO 8601; without an offset it counts as UTC."""
        del field
        moment = value if isinstance(value, dt.datetime) else _parse(value)
        try:
            return (moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)).astimezone(dt.UTC)
        except OverflowError:
            raise FieldFault("type", "field.not_datetime") from None

    def to_json(self, value: Any, field: FieldDef) -> str | None:
        """Write ISO 8601 in UTC with ``Z``; fractions of a second only where there are any."""
        del field
        return (
            None
            if value is None
            else value.astimezone(dt.UTC).replace(tzinfo=None).isoformat() + "Z"
        )

    def json_schema(self, field: FieldDef) -> dict[str, Any]:
        """Describe an ISO moment."""
        del field
        return {"type": "string", "format": "date-time"}


def _parse(value: Any) -> dt.datetime:
    text = value.strip() if isinstance(value, str) else ""
    if not _ISO_MOMENT.fullmatch(text):
        raise FieldFault("type", "field.not_datetime")
    try:
        return dt.datetime.fromisoformat(text.upper())
    except ValueError:
        raise FieldFault("type", "field.not_datetime") from None


DATETIME = DatetimeType("datetime", storage="datetime", widget="datetime", operators=ORDERING)
