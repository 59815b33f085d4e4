"""The fixtures of the API's tests, and browsers that keep cookies."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.api.conftest import admin, app, installation, sales, sign_in
from tests.installation import PASSWORD

__all__ = ["admin", "app", "installation", "sales", "sign_in"]

HTML = {"Accept": "text/html"}


@dataclass
class Browser:
    """A person's browser: cookies, and forms sent with the page's token."""

    client: FlaskClient

    def get(self, path: str, **options: Any) -> Any:
        return self.client.get(path, headers={**HTML, **options.pop("headers", {})}, **options)

    def post(
        self,
        path: str,
        data: dict[str, Any] | None = None,
        *,
        page: str = "/login/",
        **options: Any,
    ) -> Any:
        token = self.token(page)
        return self.client.post(
            path, data={"csrf_token": token, **(data or {})}, headers=HTML, **options
        )

    def token(self, page: str = "/users/userinfo/") -> str:
        answer = self.get(page)
        found = re.search(
            r'name="csrf[_-]token"[^>]*(?:value|content)="([^"]+)"', answer.get_data(as_text=True)
        )
        if found is None:
            found = re.search(
                r'name="csrf[_-]token"[^>]*(?:value|content)="([^"]+)"',
                self.get("/users/userinfo/").get_data(as_text=True),
            )
        assert found is not None, answer.status
        return found.group(1)

    def sign_in(self, name: str = "admin", password: str = PASSWORD, path: str = "/login/") -> Any:
        return self.post(path, {"username": name, "password": password})


@pytest.fixture
def browser_of(app: Flask) -> Callable[..., Browser]:
    def make(name: str = "admin", password: str = PASSWORD) -> Browser:
        browser = Browser(app.test_client())
        if name:
            answer = browser.sign_in(name, password)
            assert answer.status_code == 303, answer.get_data(as_text=True)
        return browser

    return make
