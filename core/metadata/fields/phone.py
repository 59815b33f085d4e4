"""Field type ``phone``: a telephone number as people write it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from core.metadata.definitions import FieldDef
from core.metadata.fields.base import SEARCHING, FieldFault, one_line
from core.metadata.fields.text import TextType

MAX_LENGTH = 40

_PHONE = re.compile(
    r"(?=(?:[^0-9]*[0-9]){3})[0-9+*#()./ \-]+(?:(?:x|ext\.?|转|轉|#) ?[0-9]{1,8})?", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class PhoneType(TextType):
    """A telephone number, kept as written."""

    def read(self, value: Any, field: FieldDef) -> str:
        """Read a number: digits, the usual signs between them, and an extension."""
        del field
        text = one_line(
            str(value) if isinstance(value, int) and not isinstance(value, bool) else value,
            MAX_LENGTH,
        )
        if not _PHONE.fullmatch(text):
            raise FieldFault("type", "field.not_phone")
        return text

    def json_schema(self, field: FieldDef) -> dict[str, Any]:
        """Describe text."""
        del field
        return {"type": "string", "maxLength": MAX_LENGTH}


PHONE = PhoneType("phone", storage="text", widget="phone", operators=SEARCHING, can_be_unique=True)
