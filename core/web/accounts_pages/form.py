"""What the account pages share: reading a form, showing faults beside their inputs, texts in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response, current_app, request
from flask_wtf.csrf import generate_csrf

from core.kernel.errors import FieldError, Invalid, PlatformError
from core.kernel.text import is_clean
from core.web import auth
from core.web.errors import language


def text(message_id: str, **params: Any) -> str:
    """Give a text of the catalogue in the reader's language."""
    return auth.services().catalogue.text(message_id, language(), params)


def field(name: str) -> str:
    """Give one input of the form, without blanks around it.

    Raises:
        Invalid: It holds characters that can't be stored.
    """
    value = request.form.get(name, "")
    if not is_clean(value):
        raise Invalid("request.unclean", errors=[FieldError(name, "unclean", "request.unclean")])
    return value if "password" in name or name in {"current", "new", "again"} else value.strip()


def faults_of(error: PlatformError | None) -> dict[str, str]:
    """Give the messages by input; those without an input under ""."""
    if error is None:
        return {}
    if not error.errors:
        return {"": text(error.message_id, **error.params)}
    return {item.field: text(item.message_id, **item.params) for item in error.errors}


def render(view: Any, template: str, error: PlatformError | None = None, **values: Any) -> Response:
    """Render a page of this folder; with an error, its status and its words."""
    html = view.render_template(
        f"accounts/{template}",
        words=text,
        faults=faults_of(error),
        csrf_token=generate_csrf(),
        **values,
    )
    response: Response = current_app.make_response(html)
    if error is not None:
        response.status_code = error.status
        if error.retry_after is not None:
            response.headers["Retry-After"] = str(error.retry_after)
    return response


def go(target: str) -> Response:
    """Lead on after a form."""
    return Response(status=303, headers={"Location": target})


def given(names: Mapping[str, str]) -> dict[str, Any]:
    """Read several inputs: form name -> field name; empty ones are None."""
    return {target: field(name) or None for name, target in names.items()}
