"""What every writing request shares: the version it is based on, its answer, and answering twice the same."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from flask import Response, request
from sqlalchemy import Connection

from core.kernel.errors import FieldError, Invalid, NotFound, Stale
from core.records import commands, idempotency
from core.records.commands import Outcome
from core.records.idempotency import Stored
from core.records.query import get_record
from core.records.services import Caller
from core.web.answers import JSON_TYPE, dump, entity_tag

T = TypeVar("T")

# Compression adds its name to a tag and proxies weaken it; the version inside stays comparable.
_TAG = re.compile(r'\s*(?:W/)?"(\d{1,16})(?::[a-z]+)?"\s*')


def based_on(body: Mapping[str, Any] | None) -> int | None:
    """Give the version that a change is based on: from If-Match, else from ``_version`` in the body.

    Returns:
        The version; ``ANY_VERSION`` where the caller overwrites knowingly; None where nothing was said.

    Raises:
        Invalid: ``_version`` isn't a version.
        Stale: If-Match names no version that a record can have.
    """
    header = request.headers.get("If-Match")
    if header is not None:
        if header.strip() == "*":
            return commands.ANY_VERSION
        found = _TAG.fullmatch(header)
        if found is None:
            raise Stale("record.stale", object="", id="", version="")
        return int(found.group(1))
    version: Any = (body or {}).get("_version")
    if isinstance(version, str) and version.isascii() and version.isdigit() and len(version) < 17:
        version = int(version)
    if version is None or (
        isinstance(version, int) and not isinstance(version, bool) and 0 < version < 2**53
    ):
        return version
    raise Invalid("request.parameters", errors=[FieldError("_version", "type", "request.version")])


def answer_once(
    caller: Caller, run: Callable[[Caller], T], render: Callable[[T, Connection | None], Stored]
) -> Response:
    """Run a command and answer; with an Idempotency-Key, the same request gets the same answer for seven days."""
    key = request.headers.get("Idempotency-Key") if request.method == "POST" else None
    if key is None:
        stored = render(run(caller), None)
    else:
        stored = idempotency.remember(caller, own_key(caller, key), request_hash(), run, render)
    response = Response(stored.body or None, status=stored.status, mimetype=JSON_TYPE)
    response.headers.update(dict(stored.headers))
    if stored.replayed:
        response.headers["Idempotent-Replayed"] = "true"
    return response


def own_key(caller: Caller, key: str) -> str:
    """Give the key as it is kept; programs without a user don't share theirs with one another."""
    return key if caller.actor.user_id is not None else f"{caller.actor.name}/{key}"


def request_hash() -> str:
    """Give the digest that tells one request from another under the same key."""
    digest = hashlib.sha256(
        f"{request.method} {request.full_path}\n".encode("utf-8", "surrogatepass")
    )
    digest.update(request.get_data())
    return digest.hexdigest()


def record_answer(caller: Caller, status: int) -> Callable[[Outcome, Connection | None], Stored]:
    """Give the function that answers a write with the record as the caller may see it."""

    def render(outcome: Outcome, connection: Connection | None) -> Stored:
        record: dict[str, Any]
        try:
            record = get_record(caller, outcome.object, outcome.id, connection=connection)
        except NotFound:  # written, yet out of the writer's own sight
            record = {"id": outcome.id, "_version": outcome.version}
        headers = {"ETag": entity_tag(outcome.version), "X-Operation-Id": outcome.operation_id}
        if status == 201:
            headers["Location"] = f"/api/v1/{outcome.object}/{outcome.id}"
        return Stored(status, dump(record), headers)

    return render


def nothing_answer(outcome: Outcome, connection: Connection | None) -> Stored:  # noqa: ARG001 - shape of a renderer
    """Answer a deletion."""
    return Stored(204, b"", {"X-Operation-Id": outcome.operation_id})
