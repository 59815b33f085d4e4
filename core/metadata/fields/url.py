"""Field type ``url``: a web address."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from core.metadata.definitions import FieldDef
from core.metadata.fields.base import SEARCHING, FieldFault, one_line
from core.metadata.fields.text import TextType

MAX_LENGTH = 2000


@dataclass(frozen=True, slots=True)
class UrlType(TextType):
    """A web address; only ``http`` and ``https``, since it becomes a link."""

    def read(self, value: Any, field: FieldDef) -> str:
        """Read an absolute address."""
        del field
        text = one_line(value, MAX_LENGTH)
        try:
            parts = urlsplit(text)
            usable = (
                parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port or 1) > 0
            )
        except ValueError:
            usable = False
        if not usable or any(ch in text for ch in ' <>"\\^`{|}'):
            raise FieldFault("type", "field.not_url")
        return text

    def json_schema(self, field: FieldDef) -> dict[str, Any]:
        """Describe an address."""
        del field
        return {"type": "string", "format": "uri", "maxLength": MAX_LENGTH}


URL = UrlType("url", storage="text", widget="url", operators=SEARCHING, can_be_unique=True)
