"""The sign-in of the two floors: a signed token, checked in every request."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

import jwt

_PREFIX = "Bearer "


def issue(secret: str) -> str:
    """Return a token that is good for one day."""
    claims = {"sub": "1", "exp": datetime.now(UTC) + timedelta(days=1)}
    return jwt.encode(claims, secret, algorithm="HS256")


def secret_of_server() -> str:
    """Return the secret that the harness gave to this server."""
    return os.environ["BENCH_SECRET"]


def is_good(authorization: str, secret: str) -> bool:
    """Tell whether an Authorization header carries a token signed with the secret."""
    if not authorization.startswith(_PREFIX):
        return False
    try:
        jwt.decode(authorization[len(_PREFIX) :], secret, algorithms=["HS256"])
    except jwt.InvalidTokenError:
        return False
    return True
