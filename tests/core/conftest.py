"""One company with every kind of field, shared by the tests of a process: each makes records of its own."""

import itertools
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from core.db.platform_tables import HISTORY, OPERATION, OUTBOX
from core.kernel.actor import Actor
from core.kernel.errors import Invalid
from core.records import commands
from tests.conftest import POSTGRES_URL, postgres_trouble, require, sqlite_address, with_database
from tests.installation import Installation, open_installation, prepare
from tests.site_packages import Packages

DEFINITIONS = Path(__file__).parent / "definitions"
_numbers = itertools.count(1)


def prepare_lab(url):
    """Set the company up with the organisation's own objects x_job, x_job_line and x_part."""
    prepare(url, [DEFINITIONS])


class Lab(Installation):
    """The company, with ways to look at what a write left behind."""

    def name(self, prefix="T"):
        """A code that no other test has."""
        return f"{prefix}{next(_numbers)}"

    def part(self, **values):
        """A part of its own; gives its id."""
        data = {"code": self.name("P"), "name": "Bolt", **values}
        return commands.create(self.caller(), "x_part", data).id

    def job(self, username="admin", **values):
        """A job of its own, as it was stored."""
        return self.create("x_job", {"subject": "Lift", **values}, username)

    def actor(self, *roles, user="service", opening=False):
        """A caller with these roles and the id of a user."""
        held = self.caller(user).actor
        return self.platform.caller(
            Actor(held.user_id, "Somebody", frozenset(roles)), opening=opening
        )

    def refused(self, kind, write, *arguments):
        """The error that a write ends with."""
        with pytest.raises(kind) as caught:
            write(*arguments)
        return caught.value

    def faults(self, data, username="admin", record_id=None):
        """(path, code) of every fault of a job's data, in order of path."""
        caller = self.caller(username)
        if record_id is None:
            fault = self.refused(Invalid, commands.create, caller, "x_job", data)
        else:
            any_version = commands.ANY_VERSION
            fault = self.refused(
                Invalid, commands.update, caller, "x_job", record_id, data, any_version
            )
        return sorted((e.field, e.code) for e in fault.errors)

    def rows(self, table, **where):
        """Rows of a platform table that have these values."""
        query = sa.select(table).order_by(table.c[next(iter(table.primary_key.columns)).name])
        for name, value in where.items():
            query = query.where(table.c[name] == value)
        with self.services.database.read() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]

    def history(self, operation_id):
        """(object, record id, action) of an operation's history rows."""
        return [
            (r["object"], r["record_id"], r["action"])
            for r in self.rows(HISTORY, operation_id=operation_id)
        ]

    def outbox(self, operation_id):
        """(object, record id, topic) of an operation's outbox rows."""
        return [
            (r["object"], r["record_id"], r["topic"])
            for r in self.rows(OUTBOX, operation_id=operation_id)
        ]

    def fingerprint(self):
        """Figures that change with every write of a job, by table: rows, sum of versions, rows in the bin."""
        tables = [self.services.model.tables.table(n) for n in ("x_job", "x_job_line", "x_part")]
        columns = {
            table: (sa.func.sum(table.c.version), sa.func.count(table.c.deleted_at))
            for table in tables
        }
        columns |= dict.fromkeys((HISTORY, OUTBOX, OPERATION), ())
        with self.services.database.read() as connection:
            return {
                table.name: tuple(
                    connection.execute(
                        sa.select(sa.func.count(), *figures).select_from(table)
                    ).one()
                )
                for table, figures in columns.items()
            }

    @contextmanager
    def at_statements(self, act):
        """Call ``act(number, sql)`` before each statement, counted from 1 from here on."""
        count = itertools.count(1)

        def before(connection, cursor, statement, parameters, context, executemany):
            act(next(count), statement)

        engine = self.services.database.engine
        sa.event.listen(engine, "before_cursor_execute", before)
        try:
            yield
        finally:
            sa.event.remove(engine, "before_cursor_execute", before)


@pytest.fixture(
    scope="session", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]
)
def lab(request, prepared_databases):
    """The company on each database; never emptied between tests."""
    if request.param == "postgresql":
        require(postgres_trouble(), "PostgreSQL")
    name = prepared_databases.template(request.param, "lab", prepare_lab)
    is_file = request.param == "sqlite"
    url = sqlite_address(Path(name)) if is_file else with_database(POSTGRES_URL, name)
    opened = open_installation(url)
    lab = Lab(opened.platform)
    lab.url = url
    yield lab
    opened.close()


@pytest.fixture
def packages(tmp_path, monkeypatch):
    """Where plugins can be installed for one test."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    found = Packages(folder)
    yield found
    found.forget()
