"""The Flask application: settings, sessions, limits, FAB's shell, the API and the screens, put together once."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flask import Flask
from flask_babel import get_babel
from flask_compress import Compress
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix
from whitenoise import WhiteNoise

from core.kernel.errors import InvalidSettings
from core.records import accounts
from core.records.accounts_passwords import METHOD
from core.records.services import Services
from core.web import (
    accounts_pages,
    api,
    auth,
    errors,
    fab,
    headers,
    health,
    limits,
    screens,
    sign_in_limits,
    tokens,
)

FOLDER = Path(__file__).resolve().parent

SHORTEST_SECRET = 32
"""Characters of the shortest secret key accepted."""

WsgiApp = Callable[[dict[str, Any], Any], Iterable[bytes]]


def build(services: Services, settings: Mapping[str, Any]) -> Flask:
    """Build the application.

    Args:
        services: The installation's services.
        settings: ``SECRET_KEY`` (at least 32 characters), and optionally ``BASE_URL``, ``TRUSTED_HOSTS``, ``ENV``,
            ``LANG``, ``BROKER_URL``, ``PROXIES`` (number of trusted proxies in front), ``DEMO``, and FAB's ``AUTH_…``.

    Raises:
        InvalidSettings: The secret key is missing or too short.
    """
    app = Flask(
        "core.web", root_path=str(FOLDER), static_folder="static", template_folder="templates"
    )
    base_url = str(settings.get("BASE_URL") or "").rstrip("/")
    https = urlsplit(base_url).scheme == "https"
    app.config.update(configuration(settings, base_url, https=https))
    app.extensions[auth.SERVICES] = services
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    accounts.prepare()
    headers.register(app, https=https)
    health.register(app, services)
    errors.register(app, services.catalogue)
    tokens.configure(
        app, derived_key(settings["SECRET_KEY"]), base_url, timedelta(seconds=auth.SESSION_LIFETIME)
    )
    auth.register(app, CSRFProtect(app))
    with app.app_context():
        shell = fab.install(app, services)
        get_babel(app).locale_selector = errors.language
    app.register_blueprint(accounts_pages.TEMPLATES)
    api.register(app)
    screens.register(app, services.catalogue)
    sign_in_limits.install(app, shell.sm.limiter)
    Compress(app)
    app.wsgi_app = middleware(app, int(settings.get("PROXIES") or 0))  # type: ignore[method-assign, assignment]
    return app


def configuration(settings: Mapping[str, Any], base_url: str, *, https: bool) -> dict[str, Any]:
    """Give Flask's and its extensions' configuration; every value that differs from their default is wanted."""
    secret = str(settings.get("SECRET_KEY") or "")
    if len(secret) < SHORTEST_SECRET or len(set(secret)) < 8:
        raise InvalidSettings("settings.weak_secret", least=SHORTEST_SECRET)
    broker = str(settings.get("BROKER_URL") or "")
    return {
        "SECRET_KEY": secret,
        "BASE_URL": base_url,
        "DEMO": bool(settings.get("DEMO")),
        "DEBUG": False,
        "TESTING": False,
        "TRUSTED_HOSTS": trusted_hosts(settings, base_url),
        "MAX_CONTENT_LENGTH": limits.MAX_BODY,
        "PREFERRED_URL_SCHEME": "https" if https else "http",
        "SESSION_COOKIE_NAME": "__Host-session" if https else "session",
        "SESSION_COOKIE_SECURE": https,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_REFRESH_EACH_REQUEST": False,
        "PERMANENT_SESSION_LIFETIME": timedelta(seconds=auth.SESSION_LIFETIME),
        "WTF_CSRF_CHECK_DEFAULT": False,  # core.web.auth asks, since it knows which requests need a token
        "WTF_CSRF_SSL_STRICT": True,
        "WTF_CSRF_TIME_LIMIT": auth.SESSION_LIFETIME,
        "RATELIMIT_ENABLED": True,
        "RATELIMIT_STRATEGY": "moving-window",
        "RATELIMIT_STORAGE_URI": broker if broker.startswith("redis") else "memory://",
        "RATELIMIT_IN_MEMORY_FALLBACK_ENABLED": broker.startswith("redis"),
        "RATELIMIT_HEADERS_ENABLED": False,
        **fab_configuration(settings),
        "COMPRESS_ALGORITHM": ["br", "gzip"],
        "COMPRESS_BR_LEVEL": 4,
    }


def fab_configuration(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Give FAB's own configuration; its ``AUTH_…`` and ``OAUTH_…`` settings pass through."""
    return {
        "APP_NAME": "Tradeloom",
        "LANGUAGES": {
            "en": {"flag": "gb", "name": "English"},
            "zh_CN": {"flag": "cn", "name": "简体中文"},
            "zh_TW": {"flag": "tw", "name": "繁體中文"},
        },
        "BABEL_DEFAULT_LOCALE": settings.get("LANG") or "en",
        "BABEL_TRANSLATION_DIRECTORIES": str(FOLDER / "translations"),
        "FAB_UPDATE_PERMS": False,
        "FAB_CREATE_DB": False,
        "FAB_ADD_SECURITY_API": False,
        "FAB_API_KEY_ENABLED": False,
        "FAB_API_SWAGGER_UI": False,
        "FAB_ALLOW_GET_UNSAFE_MUTATIONS": False,
        "FAB_SAFE_REDIRECT_HOSTS": [],
        "FAB_PASSWORD_HASH_METHOD": METHOD,
        "AUTH_USER_REGISTRATION": False,
        "AUTH_ROLES_SYNC_AT_LOGIN": True,
        "AUTH_ROLE_ADMIN": "admin",
        **{name: value for name, value in settings.items() if name.startswith(("AUTH_", "OAUTH_"))},
    }


def trusted_hosts(settings: Mapping[str, Any], base_url: str) -> list[str] | None:
    """Give the host names that requests may carry; None allows any, where nothing was set."""
    named = [str(host) for host in settings.get("TRUSTED_HOSTS") or () if host]
    public = urlsplit(base_url).hostname
    if not named and public:
        named = [public, "localhost", "127.0.0.1"]
    return named or None


def derived_key(secret: str) -> str:
    """Give the key that signs tokens: another than the sessions', so that neither can be passed off as the other."""
    return hmac.new(secret.encode(), b"tradeloom access tokens", hashlib.sha256).hexdigest()


def middleware(app: Flask, proxies: int) -> WsgiApp:
    """Serve static files before Flask, and believe as many proxies as were declared."""
    served: WsgiApp = WhiteNoise(
        app.wsgi_app,
        root=str(FOLDER / "static"),
        prefix="static/",
        max_age=600,
        allow_all_origins=False,
    )
    static = keep_versioned(served)
    if proxies:
        return ProxyFix(static, x_for=proxies, x_proto=proxies, x_host=0)
    return static


def keep_versioned(app: WsgiApp) -> WsgiApp:
    """Let browsers keep static files for a year where the address carries their content's hash."""

    def serve(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if not environ.get("PATH_INFO", "").startswith("/static/"):
            return app(environ, start_response)
        versioned = environ.get("QUERY_STRING", "").startswith("v=")

        def start(status: str, given: list[tuple[str, str]], *rest: Any) -> Any:
            if versioned and status.startswith(("200", "304")):
                given = [pair for pair in given if pair[0].lower() != "cache-control"]
                given.append(("Cache-Control", "public, max-age=31536000, immutable"))
            given.append(("X-Content-Type-Options", "nosniff"))
            return start_response(status, given, *rest)

        return app(environ, start)

    return serve
