"""Field type ``autonumber``: a number that the platform draws, such as ``SO2026-00042``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from core.metadata.definitions import FieldDef
from core.metadata.expressions.types import ValueType
from core.metadata.fields.base import SEARCHING, FieldType, one_line
from core.metadata.settings import Name, Pattern

MAX_LENGTH = 60

FORMAT = re.compile(
    r"(?:[A-Za-z0-9/._-]|\{(?:yyyy|yy|mm|dd)\}){0,30}\{seq:(?:[1-9]|1[0-2])\}(?:[A-Za-z0-9/._-]|\{(?:yyyy|yy|mm|dd)\}){0,20}"
)
"""Letters, digits and ``/ . _ -``, the date parts ``{yyyy} {yy} {mm} {dd}``, and once ``{seq:N}`` with N digits."""


@dataclass(frozen=True, slots=True)
class AutonumberType(FieldType):
    """A number drawn from a sequence; never accepted from outside, except when opening data are imported."""

    def value_type(self, field: FieldDef) -> ValueType:
        """Give text."""
        return ValueType("text", folds=not field.is_virtual)

    def read(self, value: Any, field: FieldDef) -> str:
        """Read the number as text."""
        del field
        return one_line(
            str(value) if isinstance(value, int) and not isinstance(value, bool) else value,
            MAX_LENGTH,
        )

    def json_schema(self, field: FieldDef) -> dict[str, Any]:
        """Describe text that is only read."""
        del field
        return {"type": "string", "maxLength": MAX_LENGTH, "readOnly": True}


AUTONUMBER = AutonumberType(
    "autonumber",
    storage="text",
    widget="text",
    operators=SEARCHING,
    settings={"format": Pattern(FORMAT, "definition.bad_format", required=True), "drawn": Name()},
    can_be_unique=True,
    can_be_computed=False,
)
