"""Field type ``date``: a calendar day."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Any

from core.metadata.definitions import FieldDef
from core.metadata.expressions.types import ValueType
from core.metadata.fields.base import ORDERING, FieldFault, FieldType

_ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, slots=True)
class DateType(FieldType):
    """A calendar day without time or zone."""

    def value_type(self, field: FieldDef) -> ValueType:
        """Give a date."""
        del field
        return ValueType("date")

    def read(self, value: Any, field: FieldDef) -> dt.date:
        """Read ``YYYY-MM-DD``."""
        del field
        if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
            return value
        text = value.strip() if isinstance(value, str) else ""
        if not _ISO_DATE.fullmatch(text):
            raise FieldFault("type", "field.not_date")
        try:
            return dt.date.fromisoformat(text)
        except ValueError:
            raise FieldFault("type", "field.not_date") from None

    def to_json(self, value: Any, field: FieldDef) -> str | None:
        """Write ``YYYY-MM-DD``."""
        del field
        return None if value is None else value.isoformat()

    def json_schema(self, field: FieldDef) -> dict[str, Any]:
        """Describe an ISO date."""
        del field
        return {"type": "string", "format": "date"}


DATE = DateType("date", storage="date", widget="date", operators=ORDERING, can_be_unique=True)
