"""An installation behind its web application, and clients that act as its users."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from core.records import accounts
from core.web import tokens
from core.web.application import build
from core.web.auth import SERVICES
from core.web.fab_tables import sync_fab
from tests.installation import (
    SECRET,
    Installation,
    open_installation,
    prepare,
    settings_for,
)


def prepare_web(url: str) -> None:
    """Set up the company with FAB's tables."""
    prepare(url)
    from core.app.platform import open_platform

    platform = open_platform(settings_for(url))
    sync_fab(platform.database, platform.ready().model.snapshot.roles)
    platform.database.close()


@dataclass
class Api:
    """A program that talks to the API as one user."""

    client: FlaskClient
    headers: dict[str, str]

    def __call__(self, method: str, path: str, **options: Any) -> Any:
        headers = {**self.headers, **options.pop("headers", {})}
        return self.client.open(f"/api/v1{path}", method=method, headers=headers, **options)


@pytest.fixture
def installation(
    database_copy: Callable[[str, Callable[[str], None]], str],
) -> Iterator[Installation]:
    opened = open_installation(database_copy("web", prepare_web))
    yield opened
    opened.close()


@pytest.fixture
def app(installation: Installation) -> Flask:
    return build(installation.services, {"SECRET_KEY": SECRET})


@pytest.fixture
def sign_in(app: Flask) -> Callable[..., Api]:
    """Give what the sign-in would answer, without the quarter of a second that its hash costs."""

    def make(username: str = "admin") -> Api:
        services = app.extensions[SERVICES]
        account = accounts.find_account(services, username)
        assert account is not None
        with app.test_request_context():
            session = accounts.open_session(services, account, "api")
            issued = tokens.issue(account, session, refresh=True)
        return Api(app.test_client(), {"Authorization": f"Bearer {issued['access_token']}"})

    return make


@pytest.fixture
def admin(sign_in: Callable[..., Api]) -> Api:
    return sign_in("admin")


@pytest.fixture
def sales(sign_in: Callable[..., Api]) -> Api:
    return sign_in("sales")
