"""Field type ``long_text``: several lines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from core.metadata.definitions import FieldDef
from core.metadata.expressions.types import ValueType
from core.metadata.fields.base import FieldFault, FieldType, clean_text
from core.metadata.settings import Whole

MAX_LENGTH = 20_000
"""Characters of a long text whose definition sets no ``max_length``."""


@dataclass(frozen=True, slots=True)
class LongTextType(FieldType):
    """Several lines of text."""

    def value_type(self, field: FieldDef) -> ValueType:
        """Give text; only a searched one has a folded copy."""
        return ValueType("text", folds=field.search and not field.is_virtual)

    def read(self, value: Any, field: FieldDef) -> str:
        """Read lines; every kind of line break becomes a line feed."""
        text = clean_text(value, (field.max_length or MAX_LENGTH) * 2)
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        if any(ch < " " and ch not in "\n\t" for ch in text):
            raise FieldFault("invalid", "field.bad_character")
        return clean_text(text, field.max_length or MAX_LENGTH)

    def json_schema(self, field: FieldDef) -> dict[str, Any]:
        """Describe text with its greatest length."""
        return {"type": "string", "maxLength": field.max_length or MAX_LENGTH}


LONG_TEXT = LongTextType(
    "long_text",
    storage="longtext",
    widget="long_text",
    operators=("contains", "is_null"),
    settings={"max_length": Whole(1, 100_000)},
)
