"""What a browser prefers: language and theme, kept in cookies so that the sign-in page knows them too."""

from __future__ import annotations

from flask import Flask, Response, g, redirect, request, session

from core.kernel.errors import Unauthenticated
from core.kernel.messages import LANGUAGES
from core.web import auth
from core.web.screens.formats import Formats, formats

LANGUAGE_COOKIE = "language"
THEME_COOKIE = "theme"
THEMES = ("light", "dark")
LANGUAGE_NAMES = {"en": "English", "zh_CN": "简体中文", "zh_TW": "繁體中文"}
YEAR = 365 * 24 * 3600


def register(app: Flask) -> None:
    """Choose the language before every page, and serve the two switches."""
    app.before_request(choose_language)
    app.add_url_rule("/ui/language", "ui_language", set_language, methods=["POST"])
    app.add_url_rule("/ui/theme", "ui_theme", set_theme, methods=["POST"])


def choose_language() -> None:
    """Let the cookie decide, else the account, else what the browser asks for; Flask-Babel and FAB follow."""
    if request.path.startswith(("/api/", "/static/")):
        return
    try:
        auth.identity_or_none()
    except Unauthenticated:
        return  # the view answers
    chosen = request.cookies.get(LANGUAGE_COOKIE, "")
    if chosen in LANGUAGES:
        g.language = chosen
    if session.get("locale") != language():
        session["locale"] = language()


def language() -> str:
    """Give the language of this request."""
    chosen = g.get("language", "en")
    return chosen if chosen in LANGUAGES else "en"


def theme() -> str:
    """Give the theme of this browser."""
    chosen = request.cookies.get(THEME_COOKIE, "")
    return chosen if chosen in THEMES else THEMES[0]


def person_formats() -> Formats:
    """Give the formats of the person who asks."""
    caller = auth.caller()
    return formats(language(), caller.actor.timezone, caller.services.currency)


def set_language() -> Response:
    """Keep the chosen language and go back."""
    return _keep(LANGUAGE_COOKIE, request.form.get("language", ""), LANGUAGES)


def set_theme() -> Response:
    """Keep the chosen theme and go back."""
    return _keep(THEME_COOKIE, request.form.get("theme", ""), THEMES)


def _keep(cookie: str, value: str, allowed: tuple[str, ...]) -> Response:
    response = redirect(auth.safe_next(request.form.get("next")) or "/", 303)
    if value in allowed:
        secure = request.is_secure
        response.set_cookie(
            cookie, value, max_age=YEAR, samesite="Lax", secure=secure, httponly=True
        )
    return response  # type: ignore[return-value]  # werkzeug's response class is Flask's here
