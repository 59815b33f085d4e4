"""What every template may use: texts, icons, assets, the shell around the page.

Everything hangs on the Jinja environment itself: FAB renders its widgets without Flask's context processors.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import Flask, Response, current_app, flash, g, render_template, request
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup, escape

from core.kernel.errors import PlatformError
from core.kernel.messages import Catalogue
from core.web import auth
from core.web.screens import cells, menu, preferences
from core.web.screens.formats import TAGS

STATIC = Path(__file__).resolve().parent.parent / "static"
FALLBACK_ICON = "table"


def register(app: Flask, catalogue: Catalogue) -> None:
    """Make the template functions known to ``app``."""
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(
        t=text,
        icon=icon,
        asset=asset,
        inside=inside,
        shell=shell,
        pill=lambda label, color: Markup(cells.pill(label, color)),  # noqa: S704 - escapes its label
        person=lambda name: Markup(cells.person(name)),  # noqa: S704 - escapes the name
        csrf=generate_csrf,
    )
    app.extensions["screens_catalogue"] = catalogue


def render(template: str, **values: Any) -> str:
    """Render a template of the screens."""
    return render_template(f"ui/{template}", **values)


def text(message_id: str, **params: Any) -> str:
    """Give a text of the message catalogue in the person's language."""
    catalogue: Catalogue = current_app.extensions["screens_catalogue"]
    return catalogue.text(message_id, preferences.language(), params)


def inside(label: str) -> str:
    """Give a label as it stands inside an English sentence: ``Sales order`` -> ``sales order``, but ``VAT rate``."""
    return label[:1].lower() + label[1:] if label[1:2].islower() else label


def is_partial(target: str) -> bool:
    """Tell whether htmx asks for the part ``target`` only; a restored history entry wants the whole page."""
    headers = request.headers
    return (
        headers.get("HX-Request") == "true"
        and headers.get("HX-Target") == target
        and headers.get("HX-History-Restore-Request") != "true"
    )


def answer(html: str, status: int = 200, **headers: str) -> Response:
    """Answer with HTML; caches must not confuse a page with its part."""
    response = Response(html, status=status, mimetype="text/html")
    response.headers["Vary"] = "HX-Request, HX-Target, Cookie"
    for name, value in headers.items():
        response.headers[name.replace("_", "-")] = value
    return response


def leave_to(target: str) -> Response:
    """Send the browser on after a successful form, in the way it asked."""
    if request.headers.get("HX-Request") == "true":
        return Response(status=204, headers={"HX-Redirect": target})
    return Response(status=303, headers={"Location": target})


def icon(name: str) -> Markup:
    """Draw an icon of the sprite; an unknown name gives a plain table."""
    known = name if name in _icons() else FALLBACK_ICON
    sprite = asset("vendor/icons.svg")
    return Markup('<svg class="i" aria-hidden="true"><use href="{}#{}"/></svg>').format(
        sprite, known
    )


def asset(path: str) -> str:
    """Give the address of a static file, with its content's hash so that it may be cached for ever."""
    version = _version(path) if not current_app.debug else _hash(STATIC / path)
    return f"/static/{path}?v={version}" if version else f"/static/{path}"


def shell() -> dict[str, Any]:
    """Give what the frame around a page shows; made once per request."""
    found: dict[str, Any] | None = g.get("shell")
    if found is None:
        found = g.shell = _shell()
    return found


def problem_text(error: Any) -> str:
    """Give the words of a platform error in the person's language."""
    return text(error.message_id, **error.params)


def _shell() -> dict[str, Any]:
    language = preferences.language()
    identity = _identity()
    here = request.full_path.rstrip("?") if request.method == "GET" else request.path
    return {
        "name": "Tradeloom",
        "language": language,
        "lang": TAGS[language],
        "theme": preferences.theme(),
        "languages": [
            (code, TAGS[code], name) for code, name in preferences.LANGUAGE_NAMES.items()
        ],
        "here": here,
        "user": identity.actor.name if identity else "",
        "is_demo": bool(current_app.config.get("DEMO")),
        **(
            menu.shown(auth.caller(), language, request.path)
            if identity
            else {"menu": "", "tabs": ""}
        ),
    }


def _identity() -> auth.Identity | None:
    try:
        return auth.identity_or_none()
    except PlatformError:  # the frame of an error page stands when the sign-in can't be read
        return None


@lru_cache(maxsize=1)
def _icons() -> frozenset[str]:
    return frozenset((STATIC / "icons.txt").read_text(encoding="utf-8").split())


@lru_cache(maxsize=256)
def _version(path: str) -> str:
    if path.startswith("vendor/"):
        return _manifest().get(path.removeprefix("vendor/"), "")
    return _hash(STATIC / path)


@lru_cache(maxsize=1)
def _manifest() -> dict[str, str]:
    try:
        listed = json.loads((STATIC / "vendor" / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {name: entry["hash"] for name, entry in listed["files"].items()}


def _hash(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()[:16]
    except OSError:
        return ""


def escaped(value: object) -> str:
    """Escape a value for HTML."""
    return str(escape(value))


View = Callable[..., Response | str]


def notice(message_id: str, **params: Any) -> None:
    """Show a short message on the next page."""
    flash(text(message_id, **params), "success")
