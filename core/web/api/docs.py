"""The page that lists the API's operations and kinds of problems; no script, no foreign file."""

from __future__ import annotations

from typing import Any

import orjson
from flask import Blueprint, Response, current_app, render_template

from core.web import auth
from core.web.api.openapi import document_of
from core.web.errors import HTTP_CODES, language

METHODS = ("get", "post", "put", "patch", "delete")


def register(blueprint: Blueprint) -> None:
    """Add the address."""
    blueprint.add_url_rule("/docs", view_func=docs_view, methods=["GET"])


def docs_view() -> Response:
    """Show what the caller may use."""
    caller = auth.caller()
    document = orjson.loads(document_of(caller))
    catalogue, lang = caller.services.catalogue, language()
    problems = [
        (code.replace("_", "-"), status, catalogue.text(f"problem.{code}.title", lang),
         catalogue.text(f"problem.{code}.detail", lang))
        for status, code in sorted({*HTTP_CODES.items(), (409, "refused"), (400, "csrf")})
    ]  # fmt: skip
    shell = current_app.extensions["appbuilder"]
    html = render_template(
        "accounts/api_docs.html",
        groups=_groups(document),
        problems=problems,
        words=lambda message_id: catalogue.text(message_id, lang),
        appbuilder=shell,
        base_template=shell.base_template,
    )
    return Response(html, mimetype="text/html")


def _groups(document: dict[str, Any]) -> list[tuple[str, list[dict[str, Any]]]]:
    """Give the operations by tag, in the document's order."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for path, item in document["paths"].items():
        for method in METHODS:
            operation = item.get(method)
            if operation is None:
                continue
            parameters = [*item.get("parameters", ()), *operation.get("parameters", ())]
            shown = {**operation, "method": method.upper(), "path": path, "parameters": parameters}
            groups.setdefault(operation["tags"][0], []).append(shown)
    return list(groups.items())
