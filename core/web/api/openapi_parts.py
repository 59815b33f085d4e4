"""The parts of the OpenAPI document that no definition changes."""

from __future__ import annotations

from typing import Any

Part = dict[str, Any]

MAX_ID = 2**53 - 1

LIST_OPTIONS: tuple[tuple[str, Part, str], ...] = (
    (
        "filter",
        {"type": "string"},
        'Expression that records must meet, e.g. `state == "open" and total >= 1000`',
    ),
    ("q", {"type": "string"}, "Words to search for"),
    ("sort", {"type": "string"}, "Sort keys, e.g. `-order_date,number`"),
    ("fields", {"type": "string"}, "Fields wanted, e.g. `number,customer.name`"),
    ("expand", {"type": "string"}, "References and lines to embed, e.g. `lines,customer`"),
    ("limit", {"type": "integer", "minimum": 1, "maximum": 500, "default": 25}, "Records per page"),
    ("cursor", {"type": "string"}, "`next_cursor` of the page before"),
    (
        "count",
        {"type": "string", "enum": ["none", "exact"], "default": "none"},
        "Whether to count all matches",
    ),
)
RECORD_OPTIONS = (LIST_OPTIONS[3], LIST_OPTIONS[4])

SECURITY_SCHEMES: Part = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "The access token of `POST /api/v1/security/login`, or an API key.",
    },
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "session",
        "description": "The browser's session; changes need the header `X-CSRFToken` as well.",
    },
}

ONCE: Part = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "maxLength": 255},
    "description": "The same key and body get the first answer again for seven days.",
}

MATCH: Part = {
    "name": "If-Match",
    "in": "header",
    "required": False,
    "schema": {"type": "string"},
    "description": "The ETag that the change is based on, or `*` to overwrite knowingly.",
}


def reference(name: str) -> Part:
    """Refer to a schema."""
    return {"$ref": f"#/components/schemas/{name}"}


def answer(description: str, schema: Part, media: str = "application/json") -> Part:
    """Describe an answer."""
    return {"description": description, "content": {media: {"schema": schema}}}


def problem(description: str) -> Part:
    """Describe an error."""
    return answer(description, reference("ApiProblem"), "application/problem+json")


def answers(
    good: Part, *, missing: bool = False, writes: bool = False, versioned: bool = False
) -> Part:
    """Give the answers of an operation: the good ones and the errors that may come."""
    found = {
        **good,
        "400": problem("The request can't be read."),
        "401": problem("Nobody is signed in."),
        "403": problem("The caller may not."),
        "422": problem("Something in the request is wrong; `errors` says what."),
        "429": problem("Too many requests."),
    }
    if missing:
        found["404"] = problem("There is no such record, or the caller may not see it.")
    if writes:
        found["409"] = problem("The state has moved, or a rule refuses.")
        found["413"] = problem("The body is too big.")
    if versioned:
        found["412"] = problem("Somebody else was first.")
        found["428"] = problem("The version is missing.")
    return found


def body(schema: Part, *, required: bool = True) -> Part:
    """Describe a JSON body."""
    return {"required": required, "content": {"application/json": {"schema": schema}}}


def id_parameter() -> Part:
    """Describe the record's id in the address."""
    schema = {"type": "integer", "minimum": 1, "maximum": MAX_ID}
    return {"name": "id", "in": "path", "required": True, "schema": schema}


def path_parameter(name: str, description: str) -> Part:
    """Describe a text in the address."""
    return {
        "name": name,
        "in": "path",
        "required": True,
        "schema": {"type": "string"},
        "description": description,
    }


def query_parameter(name: str, schema: Part, description: str, required: bool = False) -> Part:
    """Describe a parameter of the address."""
    return {
        "name": name,
        "in": "query",
        "required": required,
        "schema": schema,
        "description": description,
    }


def _free(operation: str, summary: str, good: Part, **more: Any) -> Part:
    return {
        "operationId": operation,
        "tags": ["platform"],
        "summary": summary,
        "responses": answers(good),
        **more,
    }


OBJECT_FREE_PATHS: Part = {
    "/api/v1/security/login": {
        "post": _free(
            "login",
            "Sign in",
            {"200": answer("Tokens.", reference("Tokens"))},
            requestBody=body(reference("Login")),
            security=[],
        )
    },
    "/api/v1/security/refresh": {
        "post": _free(
            "refresh",
            "New tokens for a refresh token",
            {"200": answer("Tokens.", reference("Tokens"))},
        )
    },
    "/api/v1/security/logout": {
        "post": _free("logout", "End the session", {"204": {"description": "Ended."}})
    },
    "/api/v1/meta/objects": {
        "get": _free(
            "list_objects", "Objects", {"200": answer("Objects.", reference("ObjectList"))}
        )
    },
    "/api/v1/meta/objects/{name}": {
        "parameters": [path_parameter("name", "Name of an object")],
        "get": _free(
            "get_object", "One object", {"200": answer("The object.", reference("ObjectInfo"))}
        ),
    },
    "/api/v1/meta/revision": {
        "get": _free(
            "get_revision",
            "The live definitions",
            {"200": answer("The revision.", reference("Revision"))},
        )
    },
}
"""Paths that every caller has."""
