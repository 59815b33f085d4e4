"""Answers as bytes: JSON by orjson, exact decimals as text, entity tags."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import orjson
from flask import Response

from core.kernel.money import plain

JSON_TYPE = "application/json"

_OPTIONS = orjson.OPT_NON_STR_KEYS | orjson.OPT_UTC_Z | orjson.OPT_PASSTHROUGH_DATETIME


def dump(value: Any) -> bytes:
    """Write ``value`` as JSON in UTF-8; decimals become strings, moments end in ``Z``."""
    return orjson.dumps(value, default=_plain, option=_OPTIONS)


def json_answer(value: Any, status: int = 200, mimetype: str = JSON_TYPE) -> Response:
    """Answer with ``value`` as JSON."""
    return Response(dump(value), status=status, mimetype=mimetype)


def entity_tag(version: int) -> str:
    """Give the strong entity tag of a record's version."""
    return f'"{version}"'


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (set, frozenset, tuple)):
        return list(value)
    if isinstance(value, str):
        return str.__str__(value)  # SQLAlchemy's quoted names are a subclass that orjson refuses
    raise TypeError(f"{type(value).__name__} has no JSON form")
