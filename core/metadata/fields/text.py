"""Field type ``text``: one line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from core.metadata.definitions import FieldDef
from core.metadata.expressions.types import ValueType
from core.metadata.fields.base import SEARCHING, FieldType, one_line
from core.metadata.settings import Whole

MAX_LENGTH = 255
"""Characters of a text field whose definition sets no ``max_length``."""


@dataclass(frozen=True, slots=True)
class TextType(FieldType):
    """One line of text."""

    def value_type(self, field: FieldDef) -> ValueType:
        """Give text; stored text has a folded copy for search."""
        return ValueType("text", folds=not field.is_virtual)

    def read(self, value: Any, field: FieldDef) -> str:
        """Read one line; blanks around it are dropped."""
        return one_line(value, field.max_length or MAX_LENGTH)

    def json_schema(self, field: FieldDef) -> dict[str, Any]:
        """Describe text with its greatest length."""
        return {"type": "string", "maxLength": field.max_length or MAX_LENGTH}


TEXT = TextType(
    "text",
    storage="text",
    widget="text",
    operators=SEARCHING,
    settings={"max_length": Whole(1, 2000)},
    can_be_unique=True,
)
