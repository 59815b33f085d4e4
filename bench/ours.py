"""Tradeloom as a contestant: set up by its own commands, served as its own command serves it."""

from __future__ import annotations

import re
import shutil
import sqlite3
import sys
import tempfile
from pathlib import Path
from urllib.parse import urlencode

import psycopg
import sqlalchemy as sa

from bench import ours_rows
from bench.contestants import FORM, PASSWORD, SECRET, USER, Contestant, call
from bench.facts import Size
from bench.ledger import Ledger
from bench.servers import THREADS, WORKERS, Server, ServerError, run
from bench.speak.dialect import Dialect
from bench.speak.tradeloom import Tradeloom as Speech
from bench.stores import Store

ROLE = "sales"
"""Sees all customers, but only orders of its own: the seeded ones are, so the policy has work."""

_COMMAND = (sys.executable, "-m", "core.cli.main")


class Tradeloom(Contestant):
    """The product itself."""

    key = "tradeloom"
    title = "Tradeloom"

    def __init__(self, store: Store, size: Size) -> None:
        """Take where its data lives and how much there is."""
        super().__init__(store, size)
        self._key = ""
        self._folder = Path(tempfile.mkdtemp(prefix="tradeloom-bench-var-"))

    def environment(self) -> dict[str, str]:
        """Return the settings of the installation; nothing of it lies in the working tree."""
        return {
            "TRADELOOM_DATABASE_URL": self.url,
            "TRADELOOM_SECRET_KEY": SECRET,
            "TRADELOOM_VAR": str(self._folder),
            "TRADELOOM_FILES_URL": f"file://{self._folder}/files",
            "TRADELOOM_THREADS": str(THREADS),
            "TRADELOOM_LANG": "en",
        }

    def prepare(self) -> Server:
        """Set up an installation by its own commands, then write the seeded rows."""
        self.url = self.store.empty(self.key)
        self._run("db", "upgrade")
        self._run("user", "create", USER, "--role", ROLE, "--password", PASSWORD)
        made = self._run("apikey", "create", "--role", ROLE, "--user", USER)
        self._key = _key_in(made)
        try:
            ours_rows.seed(self.url, self.size, self._user_id())
        except (KeyError, sa.exc.SQLAlchemyError, psycopg.Error, sqlite3.Error) as error:
            raise ServerError(f"the product's tables took no rows: {error!r}") from error
        serve = ("web", "--port", str(self.port), "--workers", str(WORKERS))
        return Server((*_COMMAND, *serve), self.port, self.environment(), self._folder)

    def _run(self, *arguments: str) -> str:
        return run((*_COMMAND, *arguments), self.environment(), self._folder)

    def _user_id(self) -> int:
        place = ours_rows.Places(self.url)
        user = place.place("user")
        names = user.columns
        column = (names.get("username") or names["name"]).name
        statement = sa.text(f'SELECT id FROM "{user.table}" WHERE "{column}" = :name')
        with place.engine.connect() as connection:
            return int(connection.execute(statement, {"name": USER}).scalar_one())

    def sign_in(self) -> Dialect:
        """Use the key for the API, and take a session for the pages."""
        return Speech(
            self.size, {"Authorization": f"Bearer {self._key}"}, {"Cookie": self._session()}
        )

    def _session(self) -> str:
        """Sign in by the form, as a browser does, and return the cookies."""
        _, cookies, page = call(self.port, "GET", "/login/", {})
        found = re.search(rb'name="csrf_token"[^>]*value="([^"]+)"', page)
        if found is None:
            raise ServerError("the sign-in page has no form")
        form = {"username": USER, "password": PASSWORD, "csrf_token": found[1].decode()}
        body = urlencode(form).encode()
        signed = call(self.port, "POST", "/login/", {**FORM, "Cookie": cookies}, body)[1]
        return signed or cookies

    def ledger(self) -> Ledger:
        """Return a look into its database."""
        return ours_rows.OurLedger(self.url)

    def clean(self) -> None:
        """Remove the installation's folder."""
        shutil.rmtree(self._folder, ignore_errors=True)


def _key_in(said: str) -> str:
    """Return the API key in what the command has printed."""
    found = re.search(r"\btlk_\S+", said)
    if found is None:
        raise ServerError(f"no key in: {said}")
    return found[0]
