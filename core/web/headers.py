"""Headers that every answer carries, and the id that correlates request, log and audit."""

from __future__ import annotations

import re

from flask import Flask, Response, g, request

from core.kernel.ids import new_id

CONTENT_SECURITY_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")


def register(app: Flask, *, https: bool) -> None:
    """Give each request an id and each answer its security headers.

    Args:
        app: The application.
        https: Whether the public address is https, so that HSTS may be promised.
    """

    @app.before_request
    def begin() -> None:
        offered = request.headers.get("X-Request-Id", "")
        g.request_id = offered if _REQUEST_ID.fullmatch(offered) else new_id()

    @app.after_request
    def finish(response: Response) -> Response:
        headers = response.headers
        headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        headers.setdefault("X-Content-Type-Options", "nosniff")
        headers.setdefault("Referrer-Policy", "same-origin")
        headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        headers.setdefault("X-Request-Id", g.get("request_id", ""))
        if https:
            headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
        if not request.path.startswith("/static/"):
            headers["Cache-Control"] = "no-store"
        return response
