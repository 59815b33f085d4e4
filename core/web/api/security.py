"""Sign-in of programs: user name and password for tokens, a refresh token for new ones, and the way out."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, g, request

from core.kernel.errors import FieldError, Invalid, NotFound, Unauthenticated
from core.records import accounts
from core.web import auth, tokens
from core.web.answers import json_answer
from core.web.api.parameters import query_parameters, unknown
from core.web.limits import json_object

PROVIDERS = ("db", "ldap")
LOGIN_MEMBERS = ("username", "password", "provider", "refresh")


def register(blueprint: Blueprint) -> None:
    """Add the addresses."""
    blueprint.add_url_rule("/security/login", view_func=login_view, methods=["POST"])
    blueprint.add_url_rule("/security/refresh", view_func=refresh_view, methods=["POST"])
    blueprint.add_url_rule("/security/logout", view_func=logout_view, methods=["POST"])


def login_view() -> Response:
    """Answer tokens for a user name and a password that fit."""
    query_parameters(())
    body = json_object(request)
    errors = [unknown(str(name), LOGIN_MEMBERS) for name in body if name not in LOGIN_MEMBERS]
    errors += [
        FieldError(name, "required", "request.text_expected", {"name": name})
        for name in ("username", "password")
        if not isinstance(body.get(name), str) or not body[name]
    ]
    if body.get("provider", "db") not in PROVIDERS:
        options = {"name": "provider", "options": ", ".join(PROVIDERS)}
        errors.append(FieldError("provider", "unknown_value", "request.one_of", options))
    if not isinstance(body.get("refresh", False), bool):
        errors.append(FieldError("refresh", "type", "request.true_or_false", {"name": "refresh"}))
    if errors:
        raise Invalid("request.parameters", errors=errors)
    return _tokens(_account(body), refresh=bool(body.get("refresh")))


def _account(body: dict[str, Any]) -> accounts.Account:
    address = request.remote_addr or ""
    if body.get("provider", "db") != "db":
        raise NotFound("auth.provider_off", provider=body["provider"])
    account = accounts.authenticate(auth.services(), body["username"], body["password"], address)
    if account.must_change:
        raise auth.PasswordExpired("auth.password_expired")
    return account


def _tokens(account: accounts.Account, *, refresh: bool) -> Response:
    session = accounts.open_session(auth.services(), account, "api", g.request_id)
    return json_answer(tokens.issue(account, session, refresh=refresh))


def refresh_view() -> Response:
    """Answer new tokens for a refresh token; it works once, and a second use ends the session."""
    query_parameters(())
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise Unauthenticated("auth.required")
    claims = tokens.read(token.strip(), "refresh")
    parts = auth.services()
    session = accounts.rotate_session(
        parts, claims.user_id, claims.session_id, claims.refresh_id, claims.epoch
    )
    account = accounts.account_of(parts, claims.user_id)
    if account is None:
        raise Unauthenticated("auth.revoked")
    return json_answer(tokens.issue(account, session, refresh=True))


def logout_view() -> Response:
    """End the caller's session; with ``{"everywhere": true}`` every session, token and key of the user."""
    query_parameters(())
    identity = auth.identity()
    body = json_object(request) if request.content_length else {}
    errors = [unknown(str(name), ("everywhere",)) for name in body if name != "everywhere"]
    if errors:
        raise Invalid("request.parameters", errors=errors)
    if identity.source == "session":
        auth.sign_out(everywhere=body.get("everywhere") is True)
    elif body.get("everywhere") is True and identity.actor.user_id is not None:
        accounts.sign_out_everywhere(auth.caller(), identity.actor.user_id)
    elif identity.session_id and identity.actor.user_id is not None:
        accounts.close_session(auth.services(), identity.actor.user_id, identity.session_id)
    return Response(status=204)
