"""Field type ``choice``: one of the options that the definition lists."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from core.kernel.text import nearest
from core.metadata.definitions import FieldDef
from core.metadata.expressions.types import ValueType
from core.metadata.fields.base import FieldFault, FieldType
from core.metadata.settings import as_text
from core.metadata.settings_nested import Options


@dataclass(frozen=True, slots=True)
class ChoiceType(FieldType):
    """One of a list of options, kept by its value."""

    def value_type(self, field: FieldDef) -> ValueType:
        """Give text that is one of the options."""
        return ValueType(
            "text",
            folds=not field.is_virtual,
            choices=tuple(choice.value for choice in field.choices),
        )

    def read(self, value: Any, field: FieldDef) -> str:
        """Read the value of an option."""
        text = as_text(value)
        options = [choice.value for choice in field.choices]
        if text is None:
            raise FieldFault("type", "field.not_text")
        found = text if text in options else text.strip()
        if found not in options:
            hint = nearest(text[:80], options) or ""
            raise FieldFault("unknown_choice", "field.unknown_choice", value=text[:80], hint=hint)
        return found

    def json_schema(self, field: FieldDef) -> dict[str, Any]:
        """Describe the options."""
        return {"type": "string", "enum": [choice.value for choice in field.choices]}


CHOICE = ChoiceType(
    "choice",
    storage="text",
    widget="choice",
    operators=("in", "==", "!="),
    settings={"of": Options()},
)
