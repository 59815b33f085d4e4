"""Signed tokens of API sessions: a short access token, and a refresh token that works once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import Flask
from flask_jwt_extended import create_access_token, create_refresh_token, decode_token
from flask_jwt_extended.exceptions import JWTExtendedException
from jwt.exceptions import PyJWTError

from core.kernel.errors import Unauthenticated
from core.records.accounts import Account, Session

ACCESS_LIFETIME = timedelta(minutes=15)
ISSUER = "tradeloom"


@dataclass(frozen=True, slots=True)
class Claims:
    """What a valid token says.

    Attributes:
        user_id: Whom it was made for.
        session_id: The sign-in it belongs to; ending that ends the token.
        epoch: The user's epoch when it was made.
        refresh_id: For refresh tokens: the one-time id; "" for access tokens.
    """

    user_id: int
    session_id: str
    epoch: int
    refresh_id: str


def configure(app: Flask, secret: str, base_url: str, lifetime: timedelta) -> None:
    """Set one algorithm, one issuer and one audience; whatever differs is refused."""
    app.config.update(
        JWT_SECRET_KEY=secret,
        JWT_ALGORITHM="HS256",
        JWT_DECODE_ALGORITHMS=["HS256"],
        JWT_ACCESS_TOKEN_EXPIRES=ACCESS_LIFETIME,
        JWT_REFRESH_TOKEN_EXPIRES=lifetime,
        JWT_ENCODE_ISSUER=ISSUER,
        JWT_DECODE_ISSUER=ISSUER,
        JWT_ENCODE_AUDIENCE=base_url or ISSUER,
        JWT_DECODE_AUDIENCE=base_url or ISSUER,
        JWT_TOKEN_LOCATION=["headers"],
    )


def issue(account: Account, session: Session, *, refresh: bool) -> dict[str, str]:
    """Make the tokens of a session, named as Flask-AppBuilder's clients expect them."""
    identity = str(account.id)
    claims: dict[str, Any] = {"sid": session.id, "epoch": account.epoch}
    tokens = {"access_token": create_access_token(identity, additional_claims=claims)}
    if refresh:
        once = {**claims, "rid": session.refresh_id}
        tokens["refresh_token"] = create_refresh_token(identity, additional_claims=once)
    return tokens


def read(token: str, kind: str) -> Claims:
    """Check a token and give what it says.

    Args:
        token: The encoded token.
        kind: ``access`` or ``refresh``.

    Raises:
        Unauthenticated: It is expired, forged, of another kind or made by another installation.
    """
    try:
        found = decode_token(token)
        if found.get("type") != kind:
            raise Unauthenticated("auth.token_invalid")
        return Claims(
            user_id=int(found["sub"]),
            session_id=str(found["sid"]),
            epoch=int(found["epoch"]),
            refresh_id=str(found.get("rid", "")),
        )
    except (PyJWTError, JWTExtendedException, KeyError, ValueError, TypeError) as error:
        raise Unauthenticated("auth.token_invalid") from error
