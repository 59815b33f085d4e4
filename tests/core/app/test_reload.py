"""Definitions that another process made live are taken over without a restart and without a failed write."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from core.app.platform import set_up
from core.kernel.errors import Invalid
from core.records import commands, services
from tests.installation import open_installation

FIELD = """
kind: object
name: customer
layer: organisation
fields:
  x_dock{number}: {{type: text, label: {{en: Dock {number}, zh_CN: 装卸口 {number}, zh_TW: 裝卸口 {number}}}}}
"""


@pytest.fixture
def other(installation):
    """Another process on the same database."""
    url = installation.services.database.url.render_as_string(hide_password=False)
    opened = open_installation(url)
    yield opened
    opened.close()


@pytest.fixture
def apply(other, tmp_path):
    """Make a field more live in the other process."""

    def step(number):
        (tmp_path / "customer.yaml").write_text(FIELD.format(number=number), encoding="utf-8")
        set_up(other.platform, [tmp_path])

    return step


def test_a_write_prepared_on_superseded_definitions_runs_on_the_live_ones(installation, apply):
    caller = installation.caller()
    apply(1)
    made = commands.create(caller, "customer", {"name": "Acme", "x_dock1": "B"})
    assert installation.get("customer", made.id)["x_dock1"] == "B"
    revision = installation.services.model.snapshot.revision
    assert revision == caller.snapshot.revision + 1


def test_what_has_gone_is_refused_and_nothing_is_lost(installation, apply):
    apply(1)
    made = installation.create("customer", {"name": "Acme", "x_dock1": "B"})
    caller = installation.caller()
    apply(2)
    with pytest.raises(Invalid) as refused:
        commands.update(caller, "customer", made["id"], {"x_dock1": "C"}, 1)
    assert refused.value.errors[0].code == "unknown_name"
    assert installation.update("customer", made["id"], {"x_dock2": "D"}, 1)["x_dock2"] == "D"


def test_a_process_that_only_reads_follows(installation, apply, monkeypatch):
    monkeypatch.setattr(services, "LOOK_SECONDS", 0.0)
    known = installation.services
    before = known.model
    known.follow()
    assert known.model is before
    apply(1)
    assert "x_dock1" not in known.model.snapshot.object("customer").fields
    known.follow()
    assert "x_dock1" in known.model.snapshot.object("customer").fields


def test_it_does_not_look_all_the_time(installation, apply, monkeypatch):
    monkeypatch.setattr(services, "LOOK_SECONDS", 3600.0)
    known = installation.services
    known._looked = float("-inf")
    known.follow()
    apply(1)
    before = known.model
    known.follow()
    assert known.model is before


def test_writers_at_work_while_definitions_move_all_succeed(installation, apply):
    start = threading.Barrier(5)
    caller = installation.caller()

    def write(number):
        start.wait()
        return [
            commands.create(caller, "customer", {"name": f"{number}-{n}"}).version
            for n in range(12)
        ]

    def move(_):
        start.wait()
        for number in (1, 2):
            apply(number)
        return [1] * 12

    with ThreadPoolExecutor(5) as pool:
        jobs = [pool.submit(write, n) for n in range(4)] + [pool.submit(move, 0)]
        results = [job.result(60) for job in jobs]
    assert results == [[1] * 12] * 5
    installation.create("customer", {"name": "Last", "x_dock2": "B"})
