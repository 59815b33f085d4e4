"""A lease has one holder; when it runs out, another takes it."""

from datetime import UTC, datetime, timedelta
from threading import Thread

import pytest

from core.db.engine import Database
from core.db.leases import claim
from core.db.unit_of_work import run_command

NOW = datetime(2026, 11, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def database(database_url):
    from core.db.platform_tables import LOCK

    opened = Database(database_url)
    with opened.unit_of_work() as unit:
        LOCK.create(unit.connection)
    yield opened
    opened.close()


def take(database, holder, at=NOW):
    return run_command(database, lambda uow: claim(uow, "checkpoint", holder, at, MINUTE))


def test_the_first_has_it_and_renews_it(database):
    assert take(database, "a")
    assert take(database, "a", NOW + timedelta(seconds=30))
    assert not take(database, "b", NOW + timedelta(seconds=80))


def test_it_passes_on_when_it_runs_out(database):
    assert take(database, "a")
    assert take(database, "b", NOW + timedelta(seconds=61))
    assert not take(database, "a", NOW + timedelta(seconds=62))


def test_eight_threads_ask_and_one_gets_it(database):
    won = []

    def ask(name):
        if take(database, name):
            won.append(name)

    threads = [Thread(target=ask, args=(f"t{n}",)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1
