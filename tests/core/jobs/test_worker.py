"""The worker: each duty by itself, whatever happens to the others, until it is told to stop."""

import logging
import threading

import pytest
import sqlalchemy as sa

from core.db.platform_tables import HISTORY, LOCK
from core.jobs.worker import Duty, checkpoint, duties, run_once, work


def test_a_duty_that_fails_stops_no_other_and_is_tried_again(caplog):
    stop, runs = threading.Event(), {"bad": 0, "good": 0}

    def bad():
        runs["bad"] += 1
        raise ValueError("broken")

    def good():
        runs["good"] += 1
        if runs["bad"] >= 3:
            stop.set()
        return 1

    with caplog.at_level(logging.ERROR, "core.jobs.worker"):
        work([Duty("bad", bad, 0.0), Duty("good", good, 0.0)], stop)
    assert runs["bad"] >= 3
    assert runs["good"] >= 3
    assert "duty bad failed" in caplog.text


def test_a_duty_waits_for_its_time_unless_there_is_more_to_do():
    results = [3, 0]
    duty = Duty("some", lambda: results.pop(0), 3600.0)
    assert run_once(duty)
    first = duty.due
    assert not run_once(duty)
    assert duty.due - first > 3590


def test_a_duty_is_not_run_before_its_time():
    stop, runs = threading.Event(), []

    def often():
        runs.append("often")
        if len(runs) > 5:
            stop.set()
        return 1

    def rarely():
        runs.append("rarely")
        return 0

    work([Duty("rarely", rarely, 3600.0), Duty("often", often, 0.0)], stop)
    assert runs.count("rarely") == 1


def test_stop_ends_the_wait_at_once_and_leaves_the_rest_undone():
    stop, runs = threading.Event(), []

    def last():
        runs.append("last")
        stop.set()
        return 0

    worker = threading.Thread(
        target=work, args=([Duty("last", last, 0.0), Duty("never", runs.append, 0.0)], stop)
    )
    worker.start()
    worker.join(10)
    assert not worker.is_alive()
    assert runs == ["last"]


def test_an_idle_worker_hears_the_stop_without_delay():
    stop, idle = threading.Event(), threading.Event()

    def nothing():
        idle.set()
        return 0

    worker = threading.Thread(target=work, args=([Duty("idle", nothing, 3600.0)], stop))
    worker.start()
    assert idle.wait(10)
    stop.set()
    worker.join(10)
    assert not worker.is_alive()


def test_the_platforms_duties_do_their_work(lab):
    lab.job()
    found = duties(lab.services)
    names = {duty.name for duty in found}
    assert {"seal", "idempotency"} <= names
    assert ("checkpoint" in names) is lab.services.database.is_sqlite
    for duty in found:
        while duty.run():
            pass
    assert lab.rows(HISTORY, position=None) == []


def test_one_worker_alone_moves_the_log(lab):
    if not lab.services.database.is_sqlite:
        pytest.skip("PostgreSQL keeps its own log")
    with lab.services.database.unit_of_work() as unit:
        unit.connection.execute(sa.delete(LOCK))
    checkpoint(lab.services, "one")
    checkpoint(lab.services, "two")
    [lease] = lab.rows(LOCK)
    assert (lease["name"], lease["holder"]) == ("checkpoint", "one")
