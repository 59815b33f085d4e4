"""Records of any object: list, read, make, change, delete, act, history, aggregate."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, request

from core.kernel.errors import FieldError, Forbidden, Invalid
from core.records import commands
from core.records.aggregate import MAX_ROWS, AggregateQuery, aggregate
from core.records.filters import split_names
from core.records.history import history
from core.records.policies import policy_of
from core.records.query import get_record, list_records
from core.records.services import Caller
from core.web import auth
from core.web.answers import entity_tag, json_answer
from core.web.api.parameters import (
    LIST_PARAMETERS,
    RECORD_PARAMETERS,
    limit_of,
    list_query,
    names_of,
    query_parameters,
    record_id,
)
from core.web.api.writing import answer_once, based_on, nothing_answer, record_answer
from core.web.limits import json_object

AGGREGATE_PARAMETERS = ("measure", "group_by", "filter", "sort", "limit")


def register(blueprint: Blueprint) -> None:
    """Add the addresses of records."""
    add = blueprint.add_url_rule
    add("/<object_name>", view_func=list_view, methods=["GET"])
    add("/<object_name>", view_func=create_view, methods=["POST"])
    add("/<object_name>/query", view_func=query_view, methods=["POST"])
    add("/<object_name>/aggregate", view_func=aggregate_view, methods=["GET"])
    add("/<object_name>/<number>", view_func=read_view, methods=["GET"])
    add("/<object_name>/<number>", view_func=update_view, methods=["PATCH"])
    add("/<object_name>/<number>", view_func=delete_view, methods=["DELETE"])
    add("/<object_name>/<number>/history", view_func=history_view, methods=["GET"])
    add("/<object_name>/<number>/actions/<action>", view_func=action_view, methods=["POST"])


def list_view(object_name: str) -> Response:
    """Answer a page of records."""
    caller = readable(object_name)
    return _page(caller, object_name, query_parameters(LIST_PARAMETERS))


def query_view(object_name: str) -> Response:
    """Answer a page of records; the parameters stand in the body, where they may be long."""
    caller = readable(object_name)
    query_parameters(())
    return _page(caller, object_name, json_object(request))


def _page(caller: Caller, object_name: str, given: Mapping[str, Any]) -> Response:
    page = list_records(caller, list_query(object_name, given))
    return json_answer({"data": page.rows, "next_cursor": page.next_cursor, "count": page.count})


def read_view(object_name: str, number: str) -> Response:
    """Answer one record with the tag of its version."""
    caller = readable(object_name)
    given = query_parameters(RECORD_PARAMETERS)
    record = get_record(
        caller,
        object_name,
        record_id(number),
        fields=names_of(given, "fields") or None,
        expand=names_of(given, "expand"),
    )
    response = json_answer(record)
    # For If-Match only: sums over children change without a new version, so "not modified" could be wrong.
    response.headers["ETag"] = entity_tag(record["_version"])
    return response


def create_view(object_name: str) -> Response:
    """Make a record."""
    caller = allowed(object_name, "create")
    query_parameters(())
    data = json_object(request)
    return answer_once(
        caller, lambda c: commands.create(c, object_name, data), record_answer(caller, 201)
    )


def update_view(object_name: str, number: str) -> Response:
    """Change a record."""
    caller = allowed(object_name, "update")
    query_parameters(())
    data = json_object(request)
    version = based_on(data)
    changed = {name: value for name, value in data.items() if name != "_version"}
    target = record_id(number)
    return answer_once(
        caller,
        lambda c: commands.update(c, object_name, target, changed, version),
        record_answer(caller, 200),
    )


def delete_view(object_name: str, number: str) -> Response:
    """Move a record to the recycle bin."""
    caller = allowed(object_name, "delete")
    given: Mapping[str, Any] = query_parameters(("_version",))
    if request.content_length:
        given = {**given, **json_object(request)}
    version = based_on(given)
    target = record_id(number)
    return answer_once(
        caller, lambda c: commands.delete(c, object_name, target, version), nothing_answer
    )


def action_view(object_name: str, number: str, action: str) -> Response:
    """Carry out an action on a record; the version is compared where one is given."""
    caller = allowed(object_name, "read")
    query_parameters(())
    data = json_object(request) if request.content_length else {}
    version = based_on(data)
    given = {name: value for name, value in data.items() if name != "_version"}
    target = record_id(number)
    wanted = commands.ANY_VERSION if version is None else version
    return answer_once(
        caller,
        lambda c: commands.act(c, object_name, target, action, given, wanted),
        record_answer(caller, 200),
    )


def history_view(object_name: str, number: str) -> Response:
    """Answer what happened to a record, newest first."""
    caller = readable(object_name)
    query_parameters(())
    return json_answer({"data": history(caller, object_name, record_id(number))})


def aggregate_view(object_name: str) -> Response:
    """Answer figures over the records that the caller may see."""
    caller = readable(object_name)
    # ``measure`` may be given several times, as links built by hand tend to.
    measures = [
        one.strip()
        for text in request.args.getlist("measure")
        for one in split_names(text)
        if one.strip()
    ]
    given = _aggregate_parameters()
    if not measures:
        raise Invalid(
            "request.parameters", errors=[FieldError("measure", "required", "request.measure")]
        )
    query = AggregateQuery(
        object_name,
        measures=tuple(measures),
        group_by=names_of(given, "group_by"),
        filter=given.get("filter") or None,
        sort=names_of(given, "sort"),
        limit=limit_of(given, 1_000, MAX_ROWS),
    )
    return json_answer({"data": aggregate(caller, query)})


def _aggregate_parameters() -> dict[str, str]:
    single = request.args.copy()
    single.setlist("measure", single.getlist("measure")[:1])
    if not single.getlist("measure"):
        single.poplist("measure")
    return query_parameters(AGGREGATE_PARAMETERS, single)


def readable(object_name: str) -> Caller:
    """Give the caller, who may read at least some records of the object."""
    return allowed(object_name, "read")


def allowed(object_name: str, verb: str) -> Caller:
    """Give the caller, who may do ``verb`` with at least some records of the object.

    Raises:
        NotFound: There is no such object.
        Forbidden: The caller may not.
    """
    caller = auth.caller()
    caller.snapshot.object(object_name)
    if not policy_of(caller).may(object_name, verb):
        raise Forbidden("record.forbidden", object=object_name, verb=verb)
    return caller
