"""The hand-written contestants: how each is prepared, served and signed in to."""

from __future__ import annotations

import re
import secrets
import sys
from abc import ABC, abstractmethod
from collections.abc import Mapping
from http.client import HTTPConnection
from urllib.parse import urlencode

import orjson

from bench.facts import Size
from bench.ledger import Ledger, SharedLedger
from bench.plain import signed
from bench.servers import Server, ServerError, free_port, gunicorn, run
from bench.speak.dialect import Dialect
from bench.speak.fab import Fab
from bench.speak.json_service import JsonService
from bench.stores import Store

SECRET = secrets.token_urlsafe(48)
USER = "bench"
PASSWORD = secrets.token_hex(12)


class Contestant(ABC):
    """One system under load."""

    key: str
    title: str
    is_peer = False

    def __init__(self, store: Store, size: Size) -> None:
        """Take where its data lives and how much there is."""
        self.store = store
        self.size = size
        self.port = free_port()
        self.url = ""

    @abstractmethod
    def prepare(self) -> Server:
        """Make its database with the seeded data and its user; return its server, not started."""

    @abstractmethod
    def sign_in(self) -> Dialect:
        """Sign in to the running server and return how to speak to it."""

    @abstractmethod
    def ledger(self) -> Ledger:
        """Return a look into its database."""

    def clean(self) -> None:
        """Remove what lies outside the database."""
        return


class _Shared(Contestant):
    """A contestant over the shared tables."""

    application: str

    def environment(self) -> dict[str, str]:
        """Return the names its server needs."""
        return {"BENCH_DATABASE_URL": self.url, "BENCH_SECRET": SECRET}

    def prepare(self) -> Server:
        """Copy the seeded database and set up the framework's own tables."""
        self.url = self.store.copy(self.key)
        self.set_up()
        return Server(gunicorn(self.application, self.port), self.port, self.environment())

    def set_up(self) -> None:
        """Set up what the framework needs beside the shared tables."""
        return

    def ledger(self) -> Ledger:
        """Return a look into its database."""
        return SharedLedger(self.url)


class Bare(_Shared):
    """Bare WSGI with the database's driver."""

    key = "bare"
    title = "bare WSGI"
    application = "bench.plain.bare:application"

    def sign_in(self) -> Dialect:
        """Make a signed token."""
        headers = {"Authorization": f"Bearer {signed.issue(SECRET)}"}
        return JsonService(self.size, headers, headers)


class Limit(Bare):
    """Bare Flask with Core and orjson, which all others are measured against."""

    key = "limit"
    title = "the limit"
    application = "bench.plain.limit:application"


class FlaskAppBuilder(_Shared):
    """Flask-AppBuilder, hand-written."""

    key = "fab"
    title = "Flask-AppBuilder"
    application = "bench.fab.app:application"
    is_peer = True

    def set_up(self) -> None:
        """Make the framework's tables, permissions and a user."""
        run([sys.executable, "-m", "bench.fab.app", USER, PASSWORD], self.environment())

    def sign_in(self) -> Dialect:
        """Take a token from the framework's own sign-in, and a session for the pages."""
        credentials = {"username": USER, "password": PASSWORD}
        body = orjson.dumps({**credentials, "provider": "db", "refresh": False})
        answer = call(
            self.port, "POST", "/api/v1/security/login", {"Content-Type": "application/json"}, body
        )
        token = orjson.loads(answer[2])["access_token"]
        form = urlencode(credentials).encode()
        cookies = call(self.port, "POST", "/login/", FORM, form)[1]
        return Fab(self.size, {"Authorization": f"Bearer {token}"}, {"Cookie": cookies})


class RestFramework(_Shared):
    """Django REST framework, hand-written."""

    key = "drf"
    title = "Django REST fr."
    application = "bench.drf.app:application"
    is_peer = True
    _token = ""

    def set_up(self) -> None:
        """Make Django's tables and a user with a role and a token."""
        command = [sys.executable, "-m", "bench.drf.app", USER, PASSWORD]
        self._token = run(command, self.environment()).split()[-1]

    def sign_in(self) -> Dialect:
        """Use the token, and sign in to the admin for its pages."""
        path = "/admin/login/"
        _, cookies, page = call(self.port, "GET", path, {})
        found = re.search(rb'csrfmiddlewaretoken" value="(\w+)"', page)
        if found is None:
            raise ServerError("Django's sign-in page has no form")
        form = {
            "username": USER,
            "password": PASSWORD,
            "csrfmiddlewaretoken": found[1].decode(),
            "next": "/admin/",
        }
        headers = {**FORM, "Cookie": cookies}
        session = call(self.port, "POST", path, headers, urlencode(form).encode())[1]
        return JsonService(
            self.size,
            {"Authorization": f"Token {self._token}"},
            {"Cookie": f"{cookies}; {session}"},
            base="/api",
            slash="/",
            page_path="/admin/drf/customer/",
            suffix="",
            rows_key="results",
        )


FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def call(
    port: int, method: str, path: str, headers: Mapping[str, str], body: bytes | None = None
) -> tuple[int, str, bytes]:
    """Make one request and return its status, its cookies as a header value, and its body."""
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request(method, path, body, dict(headers))
        answer = connection.getresponse()
        set_cookies = answer.headers.get_all("Set-Cookie") or []
        content = answer.read()
    finally:
        connection.close()
    if answer.status >= 400:
        start = content[:200].decode(errors="replace")
        raise ServerError(f"{method} {path} answered {answer.status}: {start}")
    cookies = "; ".join(cookie.split(";")[0] for cookie in set_cookies)
    return answer.status, cookies, content
