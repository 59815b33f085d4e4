"""The OpenAPI 3.1 document: live with the definitions, limited to what the caller may use."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response

from core.metadata.definitions import ObjectDef
from core.records.policies import Policy, policy_of
from core.records.services import Caller
from core.web import auth
from core.web.answers import JSON_TYPE, dump
from core.web.api.meta import usable_objects
from core.web.api.openapi_parts import (
    LIST_OPTIONS,
    MATCH,
    OBJECT_FREE_PATHS,
    ONCE,
    RECORD_OPTIONS,
    SECURITY_SCHEMES,
    answer,
    answers,
    body,
    id_parameter,
    path_parameter,
    query_parameter,
    reference,
)
from core.web.api.openapi_schemas import (
    SHARED,
    class_name,
    create_schema,
    page_schema,
    read_schema,
    update_schema,
)
from core.web.api.parameters import query_parameters
from core.web.errors import language

Document = dict[str, Any]


def register(blueprint: Blueprint) -> None:
    """Add the address."""
    blueprint.add_url_rule("/openapi.json", view_func=document_view, methods=["GET"])


def document_view() -> Response:
    """Answer the document."""
    caller = auth.caller()
    query_parameters(())
    return Response(document_of(caller), mimetype=JSON_TYPE)


def document_of(caller: Caller) -> bytes:
    """Give the document for the caller's rights and language; made once per set of rights and snapshot."""
    policy = policy_of(caller)
    lang = language()
    return caller.model.memo(
        ("openapi", policy.key, lang), lambda: dump(build(caller, policy, lang))
    )


def build(caller: Caller, policy: Policy, lang: str) -> Document:
    """Build the document."""
    schemas: Document = dict(SHARED)
    paths: Document = dict(OBJECT_FREE_PATHS)
    for definition in usable_objects(caller):
        schemas.update(_schemas(caller, definition, policy, lang))
        if not definition.is_line:
            paths.update(_paths(definition, policy, lang))
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Tradeloom",
            "version": f"1.0.{caller.snapshot.revision}",
            "description": "Records of every object of the live definitions, as far as the caller may use them.",
        },
        "servers": [{"url": "/"}],
        "security": [{"bearer": []}, {"session": []}],
        "tags": [
            {"name": one.name, "description": one.label.text(lang)}
            for one in usable_objects(caller)
        ],
        "paths": paths,
        "components": {"schemas": schemas, "securitySchemes": SECURITY_SCHEMES},
    }


def _schemas(caller: Caller, definition: ObjectDef, policy: Policy, lang: str) -> Document:
    name = class_name(definition.name)
    found: Document = {name: read_schema(caller.snapshot, definition, policy, lang)}
    if not definition.is_line:
        found[f"{name}Page"] = page_schema(name)
    if policy.may(definition.name, "create") or policy.may(definition.name, "update"):
        found[f"{name}Create"] = create_schema(caller.snapshot, definition, policy, lang)
        found[f"{name}Update"] = update_schema(caller.snapshot, definition, policy, lang)
    return found


def _paths(definition: ObjectDef, policy: Policy, lang: str) -> Document:
    base = f"/api/v1/{definition.name}"
    paths: Document = {base: {}, f"{base}/{{id}}": {"parameters": [id_parameter()]}}
    if policy.may(definition.name, "read"):
        _add_reads(paths, base, definition, lang)
    _add_writes(paths, base, definition, policy, lang)
    _add_actions(paths, base, definition, policy, lang)
    return {path: item for path, item in paths.items() if set(item) - {"parameters"}}


def _add_reads(paths: Document, base: str, definition: ObjectDef, lang: str) -> None:
    name, cls, label = definition.name, class_name(definition.name), definition.plural.text(lang)
    page = answer("A page of records.", reference(f"{cls}Page"))
    record = answer("The record.", reference(cls))
    paths[base]["get"] = {
        **_operation(f"list_{name}", name, f"List: {label}", answers({"200": page})),
        "parameters": [query_parameter(*option) for option in LIST_OPTIONS],
    }
    paths[f"{base}/{{id}}"]["get"] = {
        **_operation(f"get_{name}", name, f"Read: {label}", answers({"200": record}, missing=True)),
        "parameters": [query_parameter(*option) for option in RECORD_OPTIONS],
    }
    paths[f"{base}/query"] = {
        "post": {
            **_operation(
                f"query_{name}", name, f"List by long filters: {label}", answers({"200": page})
            ),
            "requestBody": body(reference("ListParameters")),
        }
    }
    paths[f"{base}/aggregate"] = {
        "get": {
            **_operation(
                f"aggregate_{name}", name, f"Figures: {label}",
                answers({"200": answer("Rows of figures.", reference("Figures"))}),
            ),
            "parameters": [
                query_parameter("measure", {"type": "string"}, "e.g. `sum:total,count`, or a declared measure", True),
                query_parameter("group_by", {"type": "string"}, "Fields, or functions such as `year(order_date)`"),
                query_parameter("filter", {"type": "string"}, "Expression that records must meet"),
                query_parameter("sort", {"type": "string"}, "Groups or measures, `-` before one for descending"),
                query_parameter("limit", {"type": "integer", "minimum": 1, "maximum": 10000}, "Rows at most"),
            ],
        }
    }  # fmt: skip
    paths[f"{base}/{{id}}/history"] = {
        "parameters": [id_parameter()],
        "get": _operation(
            f"history_{name}", name, f"History: {label}",
            answers({"200": answer("Changes, newest first.", reference("History"))}, missing=True),
        ),
    }  # fmt: skip


def _add_writes(
    paths: Document, base: str, definition: ObjectDef, policy: Policy, lang: str
) -> None:
    name, cls, label = definition.name, class_name(definition.name), definition.label.text(lang)
    record, one = answer("The record as stored.", reference(cls)), paths[f"{base}/{{id}}"]
    may_create, may_update = policy.may(name, "create"), policy.may(name, "update")
    if may_create:
        paths[base]["post"] = {
            **_operation(
                f"create_{name}", name, f"Make: {label}", answers({"201": record}, writes=True)
            ),
            "parameters": [ONCE],
            "requestBody": body(reference(f"{cls}Create")),
        }
    if may_update:
        one["patch"] = {
            **_operation(
                f"update_{name}", name, f"Change: {label}",
                answers({"200": record}, missing=True, writes=True, versioned=True),
            ),
            "parameters": [MATCH],
            "requestBody": body(reference(f"{cls}Update")),
        }  # fmt: skip
    if policy.may(name, "delete"):
        gone = {"204": {"description": "Moved to the recycle bin."}}
        one["delete"] = {
            **_operation(
                f"delete_{name}",
                name,
                f"Delete: {label}",
                answers(gone, missing=True, writes=True, versioned=True),
            ),
            "parameters": [MATCH],
        }
    if may_create or may_update:
        paths[f"{base}/bulk"] = {"post": _bulk(name, label)}
    unique = [f for f in policy.readable(name) if definition.fields[f].unique]
    if may_create and may_update and unique:
        paths[f"{base}/by/{{field}}/{{value}}"] = _upsert(name, label, unique)


def _bulk(name: str, label: str) -> Document:
    done = answer("What became of each write.", reference("BulkResult"))
    responses = answers({"200": done, "207": done}, writes=True)
    return {
        **_operation(f"bulk_{name}", name, f"Many writes: {label}", responses),
        "parameters": [ONCE],
        "requestBody": body(reference("Bulk")),
    }


def _upsert(name: str, label: str, unique: list[str]) -> Document:
    field = {
        **path_parameter("field", "A unique field"),
        "schema": {"type": "string", "enum": unique},
    }
    record = answer("The record as stored.", reference(class_name(name)))
    good = {"200": record, "201": record}
    responses = answers(good, missing=True, writes=True, versioned=True)
    return {
        "parameters": [field, path_parameter("value", "Its value")],
        "put": {
            **_operation(f"upsert_{name}", name, f"Change or make: {label}", responses),
            "requestBody": body(reference(f"{class_name(name)}Update")),
        },
    }


def _add_actions(
    paths: Document, base: str, definition: ObjectDef, policy: Policy, lang: str
) -> None:
    cls, seen = class_name(definition.name), set()
    for transition in definition.states.transitions if definition.states else ():
        if (
            transition.by != "user"
            or transition.name in seen
            or not policy.may(definition.name, transition.name)
        ):
            continue
        seen.add(transition.name)
        label = transition.label.text(lang) if transition.label else transition.name
        record = answer("The record as it is now.", reference(cls))
        paths[f"{base}/{{id}}/actions/{transition.name}"] = {
            "parameters": [id_parameter()],
            "post": {
                **_operation(
                    f"{transition.name}_{definition.name}", definition.name, label,
                    answers({"200": record}, missing=True, writes=True, versioned=True),
                ),
                "parameters": [ONCE, MATCH],
                "requestBody": body(reference("ActionInput"), required=False),
            },
        }  # fmt: skip


def _operation(name: str, tag: str, summary: str, responses: Document) -> Document:
    return {"operationId": name, "tags": [tag], "summary": summary, "responses": responses}
