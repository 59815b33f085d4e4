"""The same key has one effect and one answer."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from core.db.platform_tables import IDEMPOTENCY
from core.kernel.clock import FixedClock
from core.kernel.errors import Conflict, Invalid
from core.records import commands, idempotency
from core.records.idempotency import Stored, remember
from core.records.query import get_record


def make(lab, key, *, body="1", username="admin", subject="Lift", render=None):
    """Make a job under a key, as a POST does."""

    def answer(outcome, connection):
        record = get_record(lab.caller_kept, "x_job", outcome.id, connection=connection)
        return Stored(
            201,
            f"{record['id']} {record['subject']} 客户".encode(),
            {"ETag": f'"{record["_version"]}"'},
        )

    caller = lab.caller(username)
    lab.caller_kept = caller
    return remember(
        caller,
        key,
        body,
        lambda c: commands.create(c, "x_job", {"subject": subject}),
        render or answer,
    )


def jobs(lab):
    with lab.services.database.read() as connection:
        table = lab.services.model.tables.table("x_job")
        return connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()


def test_the_same_request_gets_the_same_bytes_again(lab):
    key, before = lab.name("K"), jobs(lab)
    first, second = make(lab, key), make(lab, key)
    assert (first.status, first.body, dict(first.headers)) == (
        second.status,
        second.body,
        dict(second.headers),
    )
    assert (first.replayed, second.replayed) == (False, True)
    assert jobs(lab) == before + 1


def test_an_earlier_answer_stays_as_it_was(lab):
    key = lab.name("K")
    first = make(lab, key)
    lab.update("x_job", int(first.body.split()[0]), {"subject": "Renamed"})
    assert make(lab, key).body == first.body


def test_another_body_under_the_key_is_refused(lab):
    key = lab.name("K")
    make(lab, key)
    before = lab.fingerprint()
    wrong = lab.refused(Invalid, lambda: make(lab, key, body="2"))
    assert [(e.field, e.code) for e in wrong.errors] == [("Idempotency-Key", "reused")]
    assert lab.fingerprint() == before


def test_keys_are_everybodys_own(lab):
    key = lab.name("K")
    mine, theirs = make(lab, key), make(lab, key, username="manager")
    assert mine.body != theirs.body
    assert not theirs.replayed


@pytest.mark.parametrize("key", ["", "k" * 256, "a\nb", "a\x00b"])
def test_a_key_that_cannot_be_one_is_refused(lab, key):
    before = lab.fingerprint()
    wrong = lab.refused(Invalid, lambda: make(lab, key))
    assert wrong.message_id == "idempotency.key"
    assert lab.fingerprint() == before


def test_a_refused_request_keeps_nothing_and_may_be_sent_again(lab):
    key = lab.name("K")
    lab.refused(Invalid, lambda: make(lab, key, subject=""))
    assert lab.rows(IDEMPOTENCY, key=key) == []
    assert not make(lab, key).replayed


def test_twenty_at_once_have_one_effect(lab):
    key, before = lab.name("K"), jobs(lab)
    caller = lab.caller()
    lab.caller = lambda *_: caller
    start = threading.Barrier(20)

    def post(_):
        start.wait()
        try:
            return make(lab, key)
        except Conflict as running:
            return running

    try:
        with ThreadPoolExecutor(20) as pool:
            results = list(pool.map(post, range(20)))
    finally:
        del lab.caller
    answers = [r for r in results if isinstance(r, Stored)]
    running = [r for r in results if isinstance(r, Conflict)]
    assert len(answers) + len(running) == 20
    assert len({a.body for a in answers}) == 1
    assert sum(not a.replayed for a in answers) == 1
    assert {(r.message_id, r.retry_after) for r in running} <= {("idempotency.running", 1)}
    assert jobs(lab) == before + 1


class PowerCut(Exception):
    """Stands for the end of the process."""


def test_a_crash_before_the_commit_leaves_neither_effect_nor_answer(lab):
    key, before = lab.name("K"), lab.fingerprint()

    def crash(connection):
        raise PowerCut

    engine = lab.services.database.engine
    sa.event.listen(engine, "commit", crash)
    try:
        lab.refused(PowerCut, lambda: make(lab, key))
    finally:
        sa.event.remove(engine, "commit", crash)
    assert lab.fingerprint() == before
    assert lab.rows(IDEMPOTENCY, key=key) == []
    assert not make(lab, key).replayed


def test_a_crash_after_the_commit_is_answered_by_the_next_try(lab, monkeypatch):
    key, before = lab.name("K"), jobs(lab)
    answered = []

    def lose(topics):
        answered.append(topics)
        raise PowerCut

    with monkeypatch.context() as patched:
        patched.setattr(lab.services, "wake", lose)  # called after the commit
        make(lab, key)
    assert answered
    assert make(lab, key).replayed
    assert jobs(lab) == before + 1


def test_a_crash_while_answering_keeps_nothing(lab):
    key, before = lab.name("K"), lab.fingerprint()

    def fail(outcome, connection):
        raise PowerCut

    lab.refused(PowerCut, lambda: make(lab, key, render=fail))
    assert lab.fingerprint() == before


def test_a_command_that_ignores_its_caller_is_found_out(lab):
    with pytest.raises(RuntimeError, match="pass on the caller"):
        remember(lab.caller(), lab.name("K"), "1", lambda c: None, lambda r, c: Stored(200, b""))


def test_answers_are_kept_for_seven_days(lab, monkeypatch):
    key = lab.name("K")
    old = datetime(2020, 1, 1, tzinfo=UTC)
    with monkeypatch.context() as patched:
        patched.setattr(lab.services, "clock", FixedClock(old))
        make(lab, key)
    for now, left in ((old + timedelta(days=7), 1), (old + timedelta(days=7, seconds=1), 0)):
        idempotency.forget_old(lab.services, now)
        assert len(lab.rows(IDEMPOTENCY, key=key)) == left
