"""From a request to the actor: session cookie, access token or API key, and the caller pinned for the request.

An ``Authorization`` header decides alone: where it is present the cookie is never consulted, which is why such
requests need no CSRF token. Without it, every request that may change something must carry one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, cast
from urllib.parse import quote, urlsplit

from flask import Flask, current_app, g, request, session
from flask_login import current_user, login_user, logout_user
from flask_wtf.csrf import CSRFError, CSRFProtect

from core.kernel.actor import Actor
from core.kernel.errors import Forbidden, Unauthenticated
from core.kernel.messages import LANGUAGES
from core.records import accounts
from core.records.services import Caller, Services
from core.web import tokens
from core.web.errors import SIGN_IN_URL
from core.web.visitor import Visitor

SESSION_LIFETIME = 12 * 3600
"""Seconds after which a sign-in ends, used or not."""

IDLE_LIFETIME = 30 * 60
"""Seconds without a request after which a browser's sign-in ends."""

SEEN_EVERY = 60
"""Seconds between renewals of the idle mark; each costs a cookie in the answer."""

PASSWORD_PATHS = frozenset({"/resetmypassword/form", "/logout/"})
"""Addresses that stay open to somebody whose password must be changed."""

SERVICES = "tradeloom"
"""Key of the services in ``app.extensions``."""

OPEN_PREFIXES = (
    "/static/",
    "/healthz",
    "/readyz",
    "/metrics",
    "/api/v1/security/login",
    "/api/v1/security/refresh",
)
"""Addresses that neither need nor change a session, so that no CSRF token is asked for."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who is behind the request and how that is known.

    Attributes:
        source: ``session``, ``token`` or ``key``.
        session_id: The sign-in; "" for API keys.
        must_change: Whether nothing may be done before the password is changed.
    """

    actor: Actor
    source: Literal["session", "token", "key"]
    session_id: str = ""
    must_change: bool = False


class PasswordExpired(Forbidden):
    """The password must be changed first."""

    code = "password_expired"


def services() -> Services:
    """Give the installation's services."""
    return cast("Services", current_app.extensions[SERVICES])


def register(app: Flask, csrf: CSRFProtect) -> None:
    """Choose the language and guard against forged requests before every request of ``app``."""
    app.extensions[SIGN_IN_URL] = sign_in_url

    @app.before_request
    def begin() -> None:
        g.language = accepted_language()
        if (
            request.method in {"GET", "HEAD", "OPTIONS", "TRACE"}
            or "Authorization" in request.headers
        ):
            return
        if request.path.startswith(OPEN_PREFIXES):
            return
        if request.path.startswith("/api/") and "_user_id" not in session:
            return  # no cookie, no token: the view answers 401
        refuse_foreign_origin()
        csrf.protect()


def accepted_language() -> str:
    """Give the language that the browser asks for first among ours, else the installation's."""
    for tag, _ in request.accept_languages:
        parts = set(tag.lower().replace("_", "-").split("-"))
        if "zh" in parts:
            return "zh_TW" if parts & {"hant", "tw", "hk", "mo"} else "zh_CN"
        if "en" in parts:
            return "en"
    return str(current_app.config["BABEL_DEFAULT_LOCALE"])


def refuse_foreign_origin() -> None:
    """Refuse a cookie request that another site's page sent.

    Raises:
        CSRFError: The browser names another origin.
    """
    origin = request.headers.get("Origin")
    if origin and origin != "null" and urlsplit(origin).netloc != request.host:
        raise CSRFError("foreign origin")
    if origin == "null":
        raise CSRFError("opaque origin")


def caller() -> Caller:
    """Give the caller of this request: made once, its model pinned until the answer.

    Raises:
        Unauthenticated: Nobody is signed in, or the credentials are no longer good.
    """
    found: Caller | None = g.get("caller")
    if found is None:
        parts, who = services(), identity()
        if who.must_change and request.path not in PASSWORD_PATHS:
            raise PasswordExpired("auth.password_expired")
        parts.follow()
        found = Caller(parts, parts.model, who.actor, request_id=g.request_id)
        g.caller = found
    return found


def identity() -> Identity:
    """Give the identity behind this request.

    Raises:
        Unauthenticated: There is none.
    """
    found = identity_or_none()
    if found is None:
        raise Unauthenticated("auth.required")
    return found


def identity_or_none() -> Identity | None:
    """Give the identity behind this request, None for a visitor who shows no credentials.

    Raises:
        Unauthenticated: Credentials are shown and they are bad.
    """
    if "identity" not in g:
        g.identity = _identify()
        if g.identity is not None and g.identity.actor.language in LANGUAGES:
            g.language = g.identity.actor.language
    found: Identity | None = g.identity
    return found


def _identify() -> Identity | None:
    header = request.headers.get("Authorization")
    if header is None:
        return _by_session()
    scheme, _, credential = header.partition(" ")
    if scheme.lower() != "bearer" or not credential.strip():
        raise Unauthenticated("auth.token_invalid")
    credential = credential.strip()
    if credential.startswith(accounts.KEY_PREFIX):
        return Identity(accounts.actor_of_key(services(), credential), "key")
    return by_token(credential)


def by_token(token: str) -> Identity:
    """Give the identity that an access token stands for.

    Raises:
        Unauthenticated: The token, its session or its user is no longer good.
    """
    claims = tokens.read(token, "access")
    account = accounts.account_in_session(
        services(), claims.user_id, claims.session_id, claims.epoch
    )
    if account is None:
        raise Unauthenticated("auth.revoked")
    actor = accounts.actor_of_account(services(), account)
    return Identity(actor, "token", claims.session_id, account.must_change)


def _by_session() -> Identity | None:
    visitor = visitor_or_none()
    if visitor is None:
        return None
    return Identity(visitor.actor, "session", session["sid"], visitor.account.must_change)


def visitor_or_none() -> Visitor | None:
    """Give the visitor that the session cookie names, None without a good one."""
    user: Any = current_user
    return user._get_current_object() if user.is_authenticated else None  # noqa: SLF001 - a proxy's documented way


def load_visitor(user_id: str) -> Visitor | None:
    """Load the user of a session cookie: alive, same epoch, neither too old nor idle too long."""
    try:
        number, epoch = int(user_id), int(session["epoch"])
        signed_in, seen, sid = float(session["at"]), float(session["seen"]), str(session["sid"])
    except (KeyError, ValueError, TypeError):
        return None
    now = services().clock.now().timestamp()
    if now - signed_in > SESSION_LIFETIME or now - seen > IDLE_LIFETIME:
        return None
    account = accounts.account_in_session(services(), number, sid, epoch)
    if account is None:
        return None
    if now - seen > SEEN_EVERY:
        session["seen"] = now
    return Visitor(account, accounts.actor_of_account(services(), account))


def sign_in(account: accounts.Account) -> Visitor:
    """Start a browser session for an authenticated account; what the session held before is dropped."""
    visitor = Visitor(account, accounts.actor_of_account(services(), account))
    opened = accounts.open_session(services(), account, "browser", g.request_id)
    kept = session.get("locale")
    session.clear()
    session.permanent = True
    now = services().clock.now().timestamp()
    session.update(sid=opened.id, epoch=account.epoch, at=now, seen=now)
    if kept:
        session["locale"] = kept
    login_user(visitor)
    g.pop("identity", None)
    g.pop("caller", None)
    return visitor


def sign_out(*, everywhere: bool = False) -> None:
    """End the browser's session, or every session, token and key of its user."""
    visitor = visitor_or_none()
    if visitor is not None:
        if everywhere:
            accounts.sign_out_everywhere(caller(), visitor.id)
        else:
            accounts.close_session(services(), visitor.id, session.get("sid", ""))
    logout_user()
    session.clear()
    g.pop("identity", None)
    g.pop("caller", None)


def sign_in_url() -> str:
    """Give the address of the sign-in page that leads back to where the person was."""
    here = request.full_path.rstrip("?") if request.method == "GET" else ""
    current = urlsplit(request.headers.get("HX-Current-URL", ""))
    if request.headers.get("HX-Request") and current.path:
        here = current.path + (f"?{current.query}" if current.query else "")
    return (
        f"/login/?next={quote(here, safe='/')}" if safe_next(here) not in {"", "/"} else "/login/"
    )


def safe_next(target: str | None) -> str:
    """Give ``target`` where it is a path of this site, else "": never another host, scheme or a header break."""
    text = target or ""
    if not text.startswith("/") or text.startswith(("//", "/\\")) or "\\" in text:
        return ""
    if any(ord(ch) < 0x20 or ord(ch) == 0x7F for ch in text):
        return ""
    parts = urlsplit(text)
    return "" if parts.scheme or parts.netloc else text


def complete_session(_app: Flask, user: Visitor) -> None:
    """Give a session that another of FAB's sign-in views began (LDAP, OAuth) what ours have."""
    if "sid" not in session:
        opened = accounts.open_session(services(), user.account, "browser", g.request_id)
        now = services().clock.now().timestamp()
        session.permanent = True
        session.update(sid=opened.id, epoch=user.account.epoch, at=now, seen=now)
