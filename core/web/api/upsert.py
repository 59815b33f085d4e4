"""PUT by a unique field: change the record that has the value, or make it."""

from __future__ import annotations

from flask import Blueprint, Response, request
from sqlalchemy import Connection

from core.kernel.errors import Forbidden
from core.records import commands
from core.records.commands import Outcome
from core.records.idempotency import Stored
from core.records.policies import policy_of
from core.web import auth
from core.web.api.parameters import query_parameters
from core.web.api.writing import answer_once, based_on, record_answer
from core.web.limits import json_object, refuse_unclean


def register(blueprint: Blueprint) -> None:
    """Add the address."""
    blueprint.add_url_rule(
        "/<object_name>/by/<field>/<path:value>", view_func=upsert_view, methods=["PUT"]
    )


def upsert_view(object_name: str, field: str, value: str) -> Response:
    """Change or make the record whose unique ``field`` holds ``value``; 201 where it was made."""
    caller = auth.caller()
    caller.snapshot.object(object_name)
    policy = policy_of(caller)
    if not (policy.may(object_name, "create") or policy.may(object_name, "update")):
        raise Forbidden("record.forbidden", object=object_name, verb="update")
    query_parameters(())
    refuse_unclean({field: value})
    data = json_object(request)
    version = based_on(data)
    given = {name: item for name, item in data.items() if name != "_version"}
    wanted = commands.ANY_VERSION if version is None else version

    def render(outcome: Outcome, connection: Connection | None) -> Stored:
        is_new = outcome.version == 1 and outcome.changed
        return record_answer(caller, 201 if is_new else 200)(outcome, connection)

    return answer_once(
        caller, lambda c: commands.upsert(c, object_name, (field, value), given, wanted), render
    )
