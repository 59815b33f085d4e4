"""The one border where errors become answers: problem+json (RFC 9457) for programs, a page for people.

Every ``PlatformError`` carries a message id; its wording is looked up here in the reader's language. Whatever is not a
``PlatformError`` or an HTTP error is logged with the request id and answered with 500 and no detail.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from flask import Flask, Response, current_app, g, render_template, request
from flask_limiter.errors import RateLimitExceeded
from flask_wtf.csrf import CSRFError
from jinja2 import TemplateNotFound
from markupsafe import escape
from werkzeug.exceptions import HTTPException

from core.kernel.errors import (
    ExpressionError,
    FieldError,
    InvalidDefinitions,
    PlatformError,
    TooLarge,
    Unauthenticated,
)
from core.kernel.messages import Catalogue
from core.web.answers import json_answer

log = logging.getLogger(__name__)

PROBLEM_TYPE = "application/problem+json"

SIGN_IN_URL = "sign_in_url"
"""Key of the function in ``app.extensions`` that gives the address of the sign-in page for this request."""

HTTP_CODES = {
    400: "malformed", 401: "unauthenticated", 403: "forbidden", 404: "not_found", 405: "method_not_allowed",
    406: "not_acceptable", 409: "conflict", 411: "malformed", 412: "stale", 413: "too_large", 414: "too_large",
    415: "unsupported_media_type", 422: "invalid", 428: "precondition_required", 429: "too_many", 431: "too_large",
    501: "not_implemented", 503: "unavailable",
}  # fmt: skip


class Problem:
    """An error in the form of RFC 9457, with its words already in one language."""

    def __init__(self, status: int, code: str, title: str, detail: str) -> None:
        """Start a problem without field errors."""
        self.status = status
        self.code = code
        self.title = title
        self.detail = detail
        self.errors: list[dict[str, Any]] = []
        self.extra: dict[str, Any] = {}
        self.retry_after: int | None = None

    def body(self) -> dict[str, Any]:
        """Give the members of the JSON document."""
        return {
            "type": f"{current_app.config.get('BASE_URL', '')}/api/v1/docs#{self.code.replace('_', '-')}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "errors": self.errors,
            "request_id": g.get("request_id", ""),
            **self.extra,
        }


def register(app: Flask, catalogue: Catalogue) -> None:
    """Send every error of ``app`` through this module."""

    def on_platform_error(error: PlatformError) -> Response:
        return answer(of_platform_error(error, catalogue, language()))

    def on_http_error(error: HTTPException) -> Response:
        if error.response is not None and (error.code or 500) < 400:
            return error.response  # type: ignore[return-value]  # a redirect raised as an exception
        return answer(of_http_error(error, catalogue, language()), headers_of(error))

    def on_anything_else(error: Exception) -> Response:
        log.error("request %s failed", g.get("request_id", ""), exc_info=error)
        return answer(of_status(500, "internal", catalogue, language()))

    app.register_error_handler(PlatformError, on_platform_error)
    app.register_error_handler(HTTPException, on_http_error)
    app.register_error_handler(Exception, on_anything_else)


def language() -> str:
    """Give the reader's language: chosen at the request's start, else English."""
    chosen: str = g.get("language", "en")
    return chosen


def of_platform_error(error: PlatformError, catalogue: Catalogue, lang: str) -> Problem:
    """Put a platform error into words."""
    detail = catalogue.text(error.message_id, lang, error.params)
    problem = Problem(error.status, error.code, title_of(error.code, catalogue, lang), detail)
    problem.errors = [field_problem(item, catalogue, lang) for item in error.errors]
    problem.retry_after = error.retry_after
    if isinstance(error, ExpressionError):
        problem.errors = [expression_problem(error, detail)]
    if isinstance(error, InvalidDefinitions):
        problem.errors = definition_problems(error, catalogue, lang)
    if not problem.detail and problem.errors:
        problem.detail = str(problem.errors[0]["message"])
    return problem


def of_http_error(error: HTTPException, catalogue: Catalogue, lang: str) -> Problem:
    """Put an HTTP error of Flask or its extensions into words of our own; theirs may quote the request."""
    status = error.code or 500
    if isinstance(error, RateLimitExceeded):
        limited = of_status(429, "too_many", catalogue, lang)
        limited.retry_after = error.limit.limit.get_expiry()
        return limited
    code = (
        "csrf"
        if isinstance(error, CSRFError)
        else HTTP_CODES.get(status, "error" if status < 500 else "internal")
    )
    problem = of_status(status, code, catalogue, lang)
    if status in {429, 503}:
        problem.retry_after = 5
    return problem


def of_status(status: int, code: str, catalogue: Catalogue, lang: str) -> Problem:
    """Give a problem that says no more than its kind."""
    return Problem(
        status,
        code,
        title_of(code, catalogue, lang),
        catalogue.text(f"problem.{code}.detail", lang),
    )


def title_of(code: str, catalogue: Catalogue, lang: str) -> str:
    """Give the short summary of a kind of problem; it is the same for every occurrence."""
    known = f"problem.{code}.title"
    return catalogue.text(known if known in catalogue else "problem.error.title", lang)


def field_problem(error: FieldError, catalogue: Catalogue, lang: str) -> dict[str, Any]:
    """Put one field error into words."""
    told = {
        "field": error.field,
        "code": error.code,
        "message": catalogue.text(error.message_id, lang, error.params),
    }
    return told if error.at is None else {**told, "at": error.at}


def expression_problem(error: ExpressionError, message: str) -> dict[str, Any]:
    """Say which parameter held the broken expression, and where in it."""
    code = error.message_id.rpartition(".")[2]
    return {
        "field": g.get("expression_field", "filter"),
        "code": code,
        "message": message,
        "at": error.at,
    }


def definition_problems(
    error: InvalidDefinitions, catalogue: Catalogue, lang: str
) -> list[dict[str, Any]]:
    """List every fault of a set of definitions with its place."""
    return [
        {
            "field": item.path,
            "code": item.message_id.rpartition(".")[2],
            "message": catalogue.text(item.message_id, lang, item.params),
            "file": item.file,
            "line": item.line,
            "column": item.column,
        }
        for item in error.problems
    ]


def headers_of(error: HTTPException) -> dict[str, str]:
    """Keep the headers that belong to the status (Allow, Retry-After and the like)."""
    kept = {"allow", "retry-after", "accept", "www-authenticate"}
    return {
        name: str(value)
        for name, value in error.get_headers(request.environ)
        if name.lower() in kept
    }


def answer(problem: Problem, headers: Mapping[str, str] | None = None) -> Response:
    """Send the problem in the form the client asked for."""
    response = (
        page(problem) if wants_page() else json_answer(problem.body(), problem.status, PROBLEM_TYPE)
    )
    response.headers.update(headers or {})
    if problem.retry_after is not None:
        response.headers["Retry-After"] = str(problem.retry_after)
    if problem.status == Unauthenticated.status and not wants_page():
        response.headers.setdefault("WWW-Authenticate", 'Bearer realm="tradeloom"')
    if problem.status == TooLarge.status:
        response.headers["Connection"] = "close"  # the rest of the body is not read
    return response


def wants_page() -> bool:
    """Tell whether a person's browser asks: outside the API, and HTML preferred to JSON."""
    if (
        request.path.startswith(("/api/", "/healthz", "/readyz", "/metrics"))
        and request.path != "/api/v1/docs"
    ):
        return False
    best = request.accept_mimetypes.best_match(["application/json", "text/html", PROBLEM_TYPE])
    return best == "text/html"


def page(problem: Problem) -> Response:
    """Render the error page; the plain one below where the themed one is missing or broken."""
    if problem.status == Unauthenticated.status:
        return to_sign_in()
    if problem.code == "password_expired":
        return lead_to("/resetmypassword/form")
    try:
        html = render_template("error.html", problem=problem, request_id=g.get("request_id", ""))
    except TemplateNotFound:
        html = plain_page(problem)
    return Response(html, status=problem.status, mimetype="text/html")


def to_sign_in() -> Response:
    """Lead to the sign-in page."""
    return lead_to(current_app.extensions[SIGN_IN_URL]())


def lead_to(target: str) -> Response:
    """Lead elsewhere; htmx is told by a header, since it would swap that page into a fragment."""
    if request.headers.get("HX-Request"):
        return Response(status=204, headers={"HX-Redirect": target})
    return Response(status=302, headers={"Location": target})


def plain_page(problem: Problem) -> str:
    """Give a page that needs nothing but this module."""
    return (
        f'<!doctype html><html lang="{escape(html_language())}"><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{escape(problem.title)}</title>'
        f"<main><h1>{escape(problem.title)}</h1><p>{escape(problem.detail)}</p>"
        f'<p><small>{escape(g.get("request_id", ""))}</small></p><p><a href="/">Tradeloom</a></p></main></html>'
    )


def html_language() -> str:
    """Give the page's language as HTML writes it."""
    return {"zh_CN": "zh-Hans", "zh_TW": "zh-Hant"}.get(language(), "en")
