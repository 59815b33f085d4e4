"""Parameters of reads: unknown, repeated and ill-formed ones are refused by name, with the nearest right one."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from flask import request
from werkzeug.datastructures import MultiDict

from core.kernel.errors import FieldError, Invalid, NotFound
from core.kernel.text import is_clean, nearest
from core.records.filters import split_names
from core.records.query import ListQuery
from core.web.limits import MAX_PARAMETER

LIST_PARAMETERS = ("filter", "q", "sort", "fields", "expand", "limit", "cursor", "count")
RECORD_PARAMETERS = ("fields", "expand")

DEFAULT_LIMIT = 25
MAX_LIMIT = 500
MAX_ID = 2**53


def record_id(text: str) -> int:
    """Read a record id from an address.

    Raises:
        NotFound: It isn't an integer below 2^53: no record has such an id.
    """
    if text.isascii() and text.isdigit() and len(text) <= 16 and 0 < int(text) < MAX_ID:
        return int(text)
    raise NotFound("request.no_such_record", id=text[:40])


def query_parameters(
    known: Collection[str], given: MultiDict[str, str] | None = None
) -> dict[str, str]:
    """Give the parameters of the address.

    Args:
        known: Names that may occur.
        given: The parameters; those of the request where nothing is said.

    Raises:
        Invalid: One is unknown, given twice, too long, or holds characters that can't be stored.
    """
    errors: list[FieldError] = []
    found = request.args if given is None else given
    for name, values in found.lists():
        if name not in known:
            errors.append(unknown(name, known))
        elif len(values) > 1:
            errors.append(
                FieldError(name, "repeated", "request.repeated_parameter", {"name": name})
            )
        elif len(values[0]) > MAX_PARAMETER:
            errors.append(
                FieldError(name, "too_long", "request.parameter_too_long", {"limit": MAX_PARAMETER})
            )
        elif not is_clean(values[0]):
            errors.append(FieldError(name, "unclean", "request.unclean"))
    if errors:
        raise Invalid("request.parameters", errors=errors)
    return found.to_dict()


def unknown(name: str, known: Collection[str]) -> FieldError:
    """Say that a parameter is unknown, with the nearest right name."""
    shown = name[:80].replace("\x00", "\ufffd")
    hint = nearest(shown, known)
    params = {"name": shown, "hint": hint or ", ".join(sorted(known)) or "-"}
    return FieldError(shown, "unknown_name", "request.unknown_parameter", params)


def list_query(object_name: str, given: Mapping[str, Any]) -> ListQuery:
    """Make the query that list parameters ask for.

    Args:
        object_name: Object.
        given: The parameters, as text or, in a body, as JSON values.

    Raises:
        Invalid: A parameter is unknown or ill-formed.
    """
    errors = [unknown(str(name), LIST_PARAMETERS) for name in given if name not in LIST_PARAMETERS]
    limit = _limit(given.get("limit"), errors)
    count = _text(given, "count", errors) or "none"
    if count not in {"none", "exact"}:
        params = {"name": "count", "options": "exact, none"}
        errors.append(FieldError("count", "unknown_value", "request.one_of", params))
    query = ListQuery(
        object_name,
        filter=_text(given, "filter", errors) or None,
        q=_text(given, "q", errors),
        sort=",".join(_names(given, "sort", errors)),
        fields=_names(given, "fields", errors),
        expand=_names(given, "expand", errors),
        limit=limit,
        cursor=_text(given, "cursor", errors) or None,
        count="exact" if count == "exact" else "none",
    )
    if errors:
        raise Invalid("request.parameters", errors=errors)
    return query


def names_of(given: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """Read a list of names, separated by commas or as a JSON list.

    Raises:
        Invalid: It is something else.
    """
    errors: list[FieldError] = []
    found = _names(given, name, errors)
    if errors:
        raise Invalid("request.parameters", errors=errors)
    return found


def limit_of(given: Mapping[str, Any], default: int = DEFAULT_LIMIT, most: int = MAX_LIMIT) -> int:
    """Read the number of rows wanted.

    Raises:
        Invalid: It isn't a number from 1 to ``most``.
    """
    errors: list[FieldError] = []
    found = _limit(given.get("limit"), errors, default, most)
    if errors:
        raise Invalid("request.parameters", errors=errors)
    return found


def _limit(
    value: Any, errors: list[FieldError], default: int = DEFAULT_LIMIT, most: int = MAX_LIMIT
) -> int:
    if value is None or value == "":
        return default
    text = str(value) if isinstance(value, (str, int)) and not isinstance(value, bool) else ""
    if text.isascii() and text.isdigit() and len(text) <= 6 and 1 <= int(text) <= most:
        return int(text)
    errors.append(FieldError("limit", "range", "request.limit", {"least": 1, "most": most}))
    return default


def _text(given: Mapping[str, Any], name: str, errors: list[FieldError]) -> str:
    value = given.get(name)
    if value is None or isinstance(value, str):
        return value or ""
    errors.append(FieldError(name, "type", "request.text_expected", {"name": name}))
    return ""


def _names(given: Mapping[str, Any], name: str, errors: list[FieldError]) -> tuple[str, ...]:
    value = given.get(name)
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        parts = value
    else:
        parts = split_names(_text(given, name, errors))
    return tuple(part.strip() for part in parts if part.strip())
