"""Field type ``email``: an e-mail address."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from email_validator import EmailNotValidError, validate_email

from core.metadata.definitions import FieldDef
from core.metadata.fields.base import SEARCHING, FieldFault, one_line
from core.metadata.fields.text import TextType

MAX_LENGTH = 254


@dataclass(frozen=True, slots=True)
class EmailType(TextType):
    """One e-mail address."""

    def read(self, value: Any, field: FieldDef) -> str:
        """Read an address; its domain becomes small letters. Nobody is asked whether it exists."""
        del field
        text = one_line(value, MAX_LENGTH)
        try:
            return validate_email(
                text, check_deliverability=False, globally_deliverable=False
            ).normalized
        except EmailNotValidError:
            raise FieldFault("type", "field.not_email") from None

    def json_schema(self, field: FieldDef) -> dict[str, Any]:
        """Describe an address."""
        del field
        return {"type": "string", "format": "email", "maxLength": MAX_LENGTH}


EMAIL = EmailType("email", storage="text", widget="email", operators=SEARCHING, can_be_unique=True)
