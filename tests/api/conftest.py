"""An installation behind its web application, and clients that act as its users."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from core.web.application import build
from core.web.fab_tables import sync_fab
from tests.installation import (
    PASSWORD,
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
    def make(username: str = "admin", password: str = PASSWORD) -> Api:
        client = app.test_client()
        answer = client.post(
            "/api/v1/security/login", json={"username": username, "password": password}
        )
        assert answer.status_code == 200, answer.get_data(as_text=True)
        return Api(client, {"Authorization": f"Bearer {answer.json['access_token']}"})

    return make


@pytest.fixture
def admin(sign_in: Callable[..., Api]) -> Api:
    return sign_in("admin")


@pytest.fixture
def sales(sign_in: Callable[..., Api]) -> Api:
    return sign_in("sales")
