"""Fixtures that every test may use: databases, real services, a browser."""

from __future__ import annotations

import functools
import getpass
import os
import re
import shutil
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import hypothesis
import psycopg
import pytest

ROOT = Path(__file__).resolve().parent.parent
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
POSTGRES_URL = os.environ.get(
    "TEST_POSTGRES_URL", f"postgresql+psycopg://{getpass.getuser()}@127.0.0.1:5432/postgres"
)
REDIS_URL = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/15")
RABBITMQ_URL = os.environ.get("TEST_RABBITMQ_URL", "amqp://guest:guest@127.0.0.1:5672//")

MISSING = "service missing:"
REFUSED_REQUEST = "Failed to load resource: the server responded with a status of 4"
MARKER_OF_FIXTURE = {
    "postgres_url": "postgres",
    "redis_url": "redis",
    "rabbitmq_url": "rabbitmq",
    "browser": "browser",
}

hypothesis.settings.register_profile("tradeloom", deadline=None, print_blob=True)
hypothesis.settings.load_profile("tradeloom")


# The run as a whole.


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the slow tests be asked for."""
    parser.addoption("--full", action="store_true", help="run the tests marked slow, too")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark tests by the services that they use, and leave the slow ones out unless asked for."""
    skip = pytest.mark.skip(reason="slow; runs with --full")
    for item in items:
        for fixture, marker in MARKER_OF_FIXTURE.items():
            if fixture in getattr(item, "fixturenames", ()):
                item.add_marker(marker)
        if item.get_closest_marker("slow") and not config.getoption("--full"):
            item.add_marker(skip)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name each service that was not there, with the number of tests that it would have served."""
    missing: Counter[str] = Counter()
    for report in terminalreporter.stats.get("skipped", []):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        if MISSING in reason:
            missing[reason.split(MISSING, 1)[1].strip()] += 1
    if not missing:
        return
    terminalreporter.section("services that were not there")
    for service, count in sorted(missing.items()):
        terminalreporter.write_line(f"{service}: {count} tests skipped")
    terminalreporter.write_line("REQUIRE_SERVICES=1 turns each of these into a failure.")


@pytest.fixture(autouse=True)
def own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the settings of whoever runs the tests out of them."""
    for name in [name for name in os.environ if name.startswith("TRADELOOM_")]:
        monkeypatch.delenv(name)


# Services.


def require(reason: str | None, service: str) -> None:
    """Skip the test where a service is missing, or fail it where services are required."""
    if reason is None:
        return
    sentence = f"{MISSING} {service} ({reason})"
    if os.environ.get("REQUIRE_SERVICES") == "1":
        pytest.fail(sentence, pytrace=False)
    pytest.skip(sentence)


def shown(url: str) -> str:
    """A service's address without its password."""
    return re.sub(r"//[^@/]*@", "//", url)


def libpq(url: str) -> str:
    """An SQLAlchemy URL as psycopg itself reads it."""
    return url.replace("postgresql+psycopg://", "postgresql://", 1)


@functools.cache
def postgres_trouble() -> str | None:
    """Why PostgreSQL can't be used; None when it can."""
    try:
        psycopg.connect(libpq(POSTGRES_URL), connect_timeout=3).close()
    except psycopg.OperationalError as error:
        return f"{shown(POSTGRES_URL)}: {str(error).splitlines()[0]}"
    return None


@functools.cache
def redis_trouble() -> str | None:
    """Why Redis can't be used; None when it can."""
    import redis

    client = redis.Redis.from_url(REDIS_URL, socket_connect_timeout=3)
    try:
        client.ping()
    except redis.RedisError as error:
        return f"{shown(REDIS_URL)}: {error}"
    finally:
        client.close()
    return None


@functools.cache
def rabbitmq_trouble() -> str | None:
    """Why RabbitMQ can't be used; None when it can."""
    from kombu import Connection
    from kombu.exceptions import OperationalError

    connection = Connection(RABBITMQ_URL, connect_timeout=3)
    try:
        connection.ensure_connection(max_retries=1, timeout=3)
    except OperationalError as error:
        return f"{shown(RABBITMQ_URL)}: {error}"
    finally:
        connection.release()
    return None


@pytest.fixture
def redis_url() -> str:
    """The address of a running Redis; keys need names of their own, as workers share it."""
    require(redis_trouble(), "Redis")
    return REDIS_URL


@pytest.fixture
def rabbitmq_url() -> str:
    """The address of a running RabbitMQ; queues need names of their own, as workers share it."""
    require(rabbitmq_trouble(), "RabbitMQ")
    return RABBITMQ_URL


# Databases. Each test gets one of its own, empty or copied from one that was prepared once.


def with_database(url: str, name: str) -> str:
    """The same server, another database."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def postgres_execute(statement: str) -> None:
    """Run one statement on the maintenance database."""
    with psycopg.connect(libpq(POSTGRES_URL), autocommit=True) as connection:
        connection.execute(statement.encode())


@contextmanager
def postgres_database(template: str = "template0") -> Iterator[str]:
    """The URL of a PostgreSQL database that is dropped at the end."""
    name = f"test_{uuid.uuid4().hex}"
    postgres_execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    try:
        yield with_database(POSTGRES_URL, name)
    finally:
        postgres_execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def sqlite_address(path: Path) -> str:
    """The URL of an SQLite file."""
    return f"sqlite:///{path}"


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The URL of an SQLite file that does not exist yet."""
    return sqlite_address(tmp_path / "test.db")


@pytest.fixture
def postgres_url() -> Iterator[str]:
    """The URL of an empty PostgreSQL database."""
    require(postgres_trouble(), "PostgreSQL")
    with postgres_database() as url:
        yield url


@pytest.fixture(
    params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)],
)
def database_url(request: pytest.FixtureRequest) -> str:
    """The URL of an empty database: the test runs once on SQLite and once on PostgreSQL."""
    return request.getfixturevalue({"sqlite": "sqlite_url"}.get(request.param, "postgres_url"))


class PreparedDatabases:
    """Databases that are filled once in each test process and copied for each test."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._made: dict[tuple[str, str], str] = {}

    def template(self, backend: str, name: str, prepare: Callable[[str], None]) -> str:
        """The path or the name of the filled database; `prepare` must close what it opens."""
        key = (backend, name)
        if key not in self._made:
            if backend == "sqlite":
                self._made[key] = str(self.folder / f"{name}.db")
                prepare(sqlite_address(Path(self._made[key])))
            else:
                self._made[key] = f"test_template_{uuid.uuid4().hex}"
                postgres_execute(f'CREATE DATABASE "{self._made[key]}" TEMPLATE template0')
                prepare(with_database(POSTGRES_URL, self._made[key]))
        return self._made[key]

    def close(self) -> None:
        """Drop what the server holds; the files go with their folder."""
        for (backend, _), name in self._made.items():
            if backend != "sqlite":
                postgres_execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@pytest.fixture(scope="session")
def prepared_databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PreparedDatabases]:
    """The filled databases of this test process."""
    databases = PreparedDatabases(tmp_path_factory.mktemp("databases"))
    yield databases
    databases.close()


@pytest.fixture(
    params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)],
)
def database_copy(
    request: pytest.FixtureRequest, prepared_databases: PreparedDatabases, tmp_path: Path
) -> Iterator[Callable[[str, Callable[[str], None]], str]]:
    """A function (name, prepare) -> URL of a copy of the database that `prepare(url)` fills once."""
    if request.param == "postgresql":
        require(postgres_trouble(), "PostgreSQL")
    with ExitStack() as opened:

        def copy(name: str, prepare: Callable[[str], None]) -> str:
            template = prepared_databases.template(request.param, name, prepare)
            if request.param == "postgresql":
                return opened.enter_context(postgres_database(template))
            shutil.copyfile(template, tmp_path / f"{name}.db")
            return sqlite_address(tmp_path / f"{name}.db")

        yield copy


# A browser.


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, object]) -> dict[str, object]:
    """Start the system's Chromium, quiet and without calls home."""
    require(None if Path(CHROMIUM).exists() else f"{CHROMIUM}: no such file", "Chromium")
    quiet = (
        "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
        "--disable-component-update --disable-sync"
    )
    return {**browser_type_launch_args, "executable_path": CHROMIUM, "args": quiet.split()}


@pytest.fixture
def page(page):  # type: ignore[no-untyped-def]
    """A page that fails its test on a script error, a console error or a breach of the CSP."""
    page.add_init_script(
        "document.addEventListener('securitypolicyviolation',"
        " e => console.error('CSP ' + e.violatedDirective + ' ' + e.blockedURI))"
    )
    troubles: list[str] = []

    def on_console(message) -> None:  # type: ignore[no-untyped-def]
        refused = message.text.startswith(REFUSED_REQUEST)
        if message.type == "error" and not refused:
            troubles.append(message.text)

    def on_response(response) -> None:  # type: ignore[no-untyped-def]
        if response.status >= 500:
            troubles.append(f"{response.status} {response.url}")

    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("console", on_console)
    page.on("response", on_response)
    yield page
    assert troubles == []


@pytest.fixture(scope="session")
def axe_source() -> str:
    """The accessibility checker's script, for `page.evaluate`."""
    return (ROOT / "tests" / "vendor" / "axe.js").read_text(encoding="utf-8")


# A whole installation.


@pytest.fixture
def installation(database_copy: Callable[[str, Callable[[str], None]], str]) -> Iterator[object]:
    """An empty company with one user per role, on each database; see tests/installation.py."""
    from tests.installation import open_installation, prepare

    opened = open_installation(database_copy("company", prepare))
    yield opened
    opened.close()
