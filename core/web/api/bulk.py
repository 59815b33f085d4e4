"""Many writes of one object in one request: all or nothing, or each by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import orjson
from flask import Blueprint, Response, request
from sqlalchemy import Connection

from core.kernel.errors import FieldError, Invalid, NotFound, PlatformError
from core.records import commands
from core.records.commands import Item, Outcome
from core.records.idempotency import Stored, remember
from core.records.services import Caller
from core.web import auth
from core.web.answers import dump, json_answer
from core.web.api.parameters import MAX_ID, query_parameters, unknown
from core.web.api.writing import answer_once, own_key, request_hash
from core.web.errors import field_problem, language
from core.web.limits import MAX_BULK_BODY, json_object

MAX_ITEMS = 10_000
"""Writes that one request may ask for."""

ACTIONS = ("create", "update", "upsert", "delete")
_KEYS = {
    "create": {"data"},
    "update": {"data", "id", "_version"},
    "upsert": {"data", "by", "_version"},
    "delete": {"id", "_version"},
}


def register(blueprint: Blueprint) -> None:
    """Add the address."""
    blueprint.add_url_rule("/<object_name>/bulk", view_func=bulk_view, methods=["POST"])


def bulk_view(object_name: str) -> Response:
    """Carry out many writes; see the documentation for the body's form."""
    caller = auth.caller()
    caller.snapshot.object(object_name)
    query_parameters(())
    body = json_object(request, limit=MAX_BULK_BODY)
    items, atomic = read_body(body)
    if atomic:
        return answer_once(caller, lambda c: commands.bulk(c, object_name, items), _all_or_nothing)
    key = request.headers.get("Idempotency-Key")
    results = [
        _by_itself(caller, object_name, place, item, key) for place, item in enumerate(items)
    ]
    failed = sum(result["status"] >= 400 for result in results)
    return json_answer({"results": results, "failed": failed}, 207 if failed else 200)


def read_body(body: Mapping[str, Any]) -> tuple[list[Item], bool]:
    """Read ``{"atomic": true, "items": [{"action", "id", "by", "_version", "data"}, …]}``.

    Raises:
        Invalid: Something in it is unknown or ill-formed; every fault is named with its place.
    """
    known = ("atomic", "items")
    errors = [unknown(str(name), known) for name in body if name not in known]
    atomic, listed = body.get("atomic", True), body.get("items")
    if not isinstance(atomic, bool):
        errors.append(FieldError("atomic", "type", "request.true_or_false", {"name": "atomic"}))
    if not isinstance(listed, list) or not 0 < len(listed) <= MAX_ITEMS:
        errors.append(FieldError("items", "range", "request.items", {"most": MAX_ITEMS}))
        listed = []
    items = [_item(one, f"items.{place}", errors) for place, one in enumerate(listed)]
    if errors:
        raise Invalid("request.parameters", errors=errors[:100])
    return items, atomic


def _item(one: Any, path: str, errors: list[FieldError]) -> Item:
    nothing = Item("create", {})
    if not isinstance(one, dict):
        errors.append(FieldError(path, "type", "request.object_expected"))
        return nothing
    action = one.get("action")
    if action not in ACTIONS:
        options = {"name": "action", "options": ", ".join(ACTIONS)}
        errors.append(FieldError(f"{path}.action", "unknown_value", "request.one_of", options))
        return nothing
    allowed = {"action", *_KEYS[action]}
    extra = [name for name in one if name not in allowed]
    errors += [replace(unknown(str(name), allowed), field=f"{path}.{name}") for name in extra]
    data = one.get("data", {} if action == "delete" else None)
    if not isinstance(data, dict):
        errors.append(FieldError(f"{path}.data", "type", "request.object_expected"))
        data = {}
    number = _number(one, "id", path, errors) if action in {"update", "delete"} else None
    version: int | None = commands.ANY_VERSION
    if action != "create" and one.get("_version") not in {"*", None}:
        version = _number(one, "_version", path, errors)
    elif action in {"update", "delete"} and one.get("_version") is None:
        version = None
    by = _by(one.get("by"), path, errors) if action == "upsert" else None
    return Item(action, data, number, version, by)


def _number(one: Mapping[str, Any], name: str, path: str, errors: list[FieldError]) -> int:
    value = one.get(name)
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value < MAX_ID:
        return value
    errors.append(FieldError(f"{path}.{name}", "type", "request.id_expected"))
    return 0


def _by(value: Any, path: str, errors: list[FieldError]) -> tuple[str, Any] | None:
    if isinstance(value, dict) and len(value) == 1:
        [(name, wanted)] = value.items()
        return str(name), wanted
    errors.append(FieldError(f"{path}.by", "type", "request.by_expected"))
    return None


def _all_or_nothing(
    outcomes: Sequence[Outcome | PlatformError],
    connection: Connection | None,  # noqa: ARG001 - shape of a renderer
) -> Stored:
    done = [one for one in outcomes if isinstance(one, Outcome)]
    results = [_result(place, one) for place, one in enumerate(done)]
    headers = {"X-Operation-Id": done[0].operation_id} if done else {}
    return Stored(200, dump({"results": results, "failed": 0}), headers)


def _by_itself(
    caller: Caller, object_name: str, place: int, item: Item, key: str | None
) -> dict[str, Any]:
    """Carry out one write in its own transaction; under a key, what was done before isn't done again."""

    def run(c: Caller) -> list[Outcome | PlatformError]:
        return commands.bulk(c, object_name, [item])

    def render(
        outcomes: Sequence[Outcome | PlatformError],
        connection: Connection | None,  # noqa: ARG001 - shape of a renderer
    ) -> Stored:
        return Stored(
            200, dump([_result(place, one) for one in outcomes if isinstance(one, Outcome)])
        )

    try:
        if key is None:
            stored = render(run(caller), None)
        else:
            stored = remember(
                caller, f"{own_key(caller, key)}#{place}", request_hash(), run, render
            )
    except PlatformError as fault:
        return _failure(place, fault)
    [result] = orjson.loads(stored.body)
    return dict(result)


def _result(place: int, outcome: Outcome) -> dict[str, Any]:
    return {
        "index": place,
        "status": 200,
        "id": outcome.id,
        "_version": outcome.version,
        "operation_id": outcome.operation_id,
    }


def _failure(place: int, fault: PlatformError) -> dict[str, Any]:
    catalogue = auth.services().catalogue
    told = [field_problem(error, catalogue, language()) for error in fault.errors]
    for one in told:
        one["field"] = str(one["field"]).removeprefix("items.0").lstrip(".")
    detail = catalogue.text(fault.message_id, language(), fault.params)
    status = NotFound.status if isinstance(fault, NotFound) else fault.status
    return {"index": place, "status": status, "code": fault.code, "detail": detail, "errors": told}
