"""How much one request may ask for: size and depth of bodies, tries to sign in."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from flask import Request

from core.kernel.errors import FieldError, Invalid, Malformed, PlatformError, TooLarge
from core.kernel.text import is_clean

MAX_BODY = 2 * 1024 * 1024
"""Bytes a request body may have."""

MAX_BULK_BODY = 32 * 1024 * 1024
"""Bytes the body of a bulk, import or upload request may have."""

MAX_DEPTH = 20
"""Levels of nesting a JSON body may have."""

MAX_PARAMETER = 16_000
"""Characters one query parameter may have."""

SIGN_IN_LIMIT = "5 per minute"
"""Failed tries on the sign-in page per address and user name."""

API_SIGN_IN_LIMIT = "10 per minute"
"""Failed tries on the API's sign-in per address and user name."""

ADDRESS_LIMIT = "60 per minute"
"""Failed tries at either door per address, whatever the user name."""

_STRINGS = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)
_INNERMOST = re.compile(rb"\{\}|\[\]")
_NOT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_SUSPICIOUS = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")


class UnsupportedMediaType(PlatformError):
    """The body is of a kind this address doesn't read."""

    status = 415
    code = "unsupported_media_type"


def json_body(request: Request, *, limit: int = MAX_BODY) -> Any:
    """Read the request's JSON; numbers with a point are decimals from their text, never binary floats.

    Raises:
        TooLarge: The body has more than ``limit`` bytes.
        UnsupportedMediaType: It isn't declared as JSON.
        Malformed: It isn't JSON in UTF-8.
        Invalid: It is nested too deeply, or holds text that can't be stored.
    """
    request.max_content_length = limit
    if (request.content_length or 0) > limit:
        raise TooLarge("request.too_large", limit=limit // 1024 // 1024)
    if not request.is_json:
        raise UnsupportedMediaType("request.json_expected")
    return parse_json(request.get_data())


def json_object(request: Request, *, limit: int = MAX_BODY) -> dict[str, Any]:
    """Read the request's JSON, which must be an object.

    Raises:
        Invalid: It is something else.
    """
    body = json_body(request, limit=limit)
    if not isinstance(body, dict):
        raise Invalid("request.object_expected")
    return body


def parse_json(data: bytes) -> Any:
    """Read JSON from bytes within the limits above."""
    if depth_exceeds(data, MAX_DEPTH):
        raise Invalid("request.too_deep", limit=MAX_DEPTH)
    try:
        body = json.loads(
            data.decode("utf-8"), parse_float=Decimal, parse_constant=_refuse_constant
        )
    except (ValueError, RecursionError, ArithmeticError) as error:
        raise Malformed("request.not_json") from error
    if _SUSPICIOUS.search(data):
        refuse_unclean(body)
    return body


def depth_exceeds(data: bytes, limit: int) -> bool:
    """Tell whether JSON text is nested deeper than ``limit``, without parsing it.

    Only brackets outside strings are kept; each round removes the innermost pairs.
    """
    if data.count(b"[") + data.count(b"{") <= limit:
        return False
    brackets = _STRINGS.sub(b"", data).translate(None, _NOT_BRACKETS)
    for _ in range(limit):
        shorter = _INNERMOST.sub(b"", brackets)
        if len(shorter) == len(brackets):
            break
        brackets = shorter
    return brackets.count(b"[") + brackets.count(b"{") > 0


def refuse_unclean(body: Any) -> None:
    """Refuse text with a NUL or half a surrogate pair: not every database can hold it.

    Raises:
        Invalid: Names each field that holds such text.
    """
    bad = [path for path, text in _texts(body, "") if not is_clean(text)]
    if bad:
        raise Invalid(
            "request.unclean",
            errors=[FieldError(_shown(p), "unclean", "request.unclean") for p in bad],
        )


def _texts(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield path, key
            yield from _texts(item, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _texts(item, f"{path}.{index}" if path else str(index))


def _shown(path: str) -> str:
    return path.encode("utf-8", "replace").decode("utf-8").replace("\x00", "\ufffd")


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON number")
