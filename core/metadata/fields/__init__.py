"""The field types, one file each; everything that knows a type is in its file."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from core.metadata.fields.autonumber import AUTONUMBER
from core.metadata.fields.base import FieldFault, FieldType
from core.metadata.fields.boolean import BOOLEAN
from core.metadata.fields.choice import CHOICE
from core.metadata.fields.currency import CURRENCY
from core.metadata.fields.date import DATE
from core.metadata.fields.datetime import DATETIME
from core.metadata.fields.decimal import DECIMAL
from core.metadata.fields.email import EMAIL
from core.metadata.fields.integer import INTEGER
from core.metadata.fields.lines import LINES
from core.metadata.fields.long_text import LONG_TEXT
from core.metadata.fields.money import MONEY
from core.metadata.fields.percent import PERCENT
from core.metadata.fields.phone import PHONE
from core.metadata.fields.reference import REFERENCE
from core.metadata.fields.text import TEXT
from core.metadata.fields.url import URL
from core.metadata.fields.user import USER

__all__ = ["FIELD_TYPES", "FieldFault", "FieldType"]

_ALL: tuple[FieldType, ...] = (
    TEXT, LONG_TEXT, INTEGER, DECIMAL, MONEY, CURRENCY, PERCENT, DATE, DATETIME, BOOLEAN, CHOICE, REFERENCE, LINES,
    USER, AUTONUMBER, EMAIL, PHONE, URL,
)  # fmt: skip

FIELD_TYPES: Mapping[str, FieldType] = MappingProxyType(
    {field_type.name: field_type for field_type in _ALL}
)
"""Field types by the name that definitions use."""
