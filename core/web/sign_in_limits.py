"""Rate limits on both doors to sign-in: per address and user name, and per address alone.

Only failures count, so that a program that signs in often isn't punished; a failure is any answer but success.
"""

from __future__ import annotations

from typing import Any

from flask import Flask, Response, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

from core.kernel.errors import PlatformError
from core.kernel.text import fold
from core.web import limits

DOORS = {
    "SignInPages.login": limits.SIGN_IN_LIMIT,
    "api.login_view": limits.API_SIGN_IN_LIMIT,
    "PasswordPages.mine": limits.SIGN_IN_LIMIT,
}
"""Endpoint -> limit per address and user name."""


def install(app: Flask, limiter: Limiter) -> None:
    """Put the limits on the views of ``app``."""
    for endpoint, per_name in DOORS.items():
        view: Any = app.view_functions[endpoint]
        for limit, key in (
            (per_name, address_and_name),
            (limits.ADDRESS_LIMIT, get_remote_address),
        ):
            view = limiter.limit(limit, key_func=key, methods=["POST"], deduct_when=failed)(view)
        app.view_functions[endpoint] = view


def failed(response: Response) -> bool:
    """Tell whether a try failed."""
    return response.status_code in {400, 401, 403, 422, 429}


def address_and_name() -> str:
    """Give the key of the finer limit."""
    return f"{get_remote_address()}/{fold(_name())[:100]}"


def _name() -> str:
    if not request.is_json:
        return request.form.get("username", "")
    try:
        body: Any = limits.json_body(request)
    except PlatformError:
        return ""
    name = body.get("username") if isinstance(body, dict) else ""
    return name if isinstance(name, str) else ""
