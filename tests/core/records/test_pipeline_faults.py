"""A write happens whole or not at all, whichever statement fails; repeats that the database asks for are unseen."""

import random
import sqlite3

import psycopg
import pytest
import sqlalchemy as sa

from core.kernel.errors import StorageFull, Unavailable
from core.records import commands

ANY = commands.ANY_VERSION


class PowerCut(Exception):
    """Stands for whatever ends a transaction from outside."""


def busy(lab, statement):
    """What the driver raises when another transaction was in the way."""
    if lab.services.database.is_sqlite:
        original = sqlite3.OperationalError("database is locked")
        original.sqlite_errorcode = sqlite3.SQLITE_BUSY
    else:
        original = psycopg.errors.SerializationFailure("could not serialize access")
    return sa.exc.OperationalError(statement, {}, original)


def make(lab):
    return lambda: commands.create(lab.caller(), "x_job", {"subject": "A", "lines": [{}, {}]})


def change(lab):
    job = lab.job(lines=[{"note": "a"}, {"note": "b"}])
    lines = [{"id": job["lines"][1]["id"], "qty": 2}, {"note": "c"}]
    return lambda: commands.update(
        lab.caller(), "x_job", job["id"], {"memo": "x", "part": lab.spare, "lines": lines}, 1
    )


def remove(lab):
    job = lab.job(lines=[{}])
    return lambda: commands.delete(lab.caller(), "x_job", job["id"], 1)


def begin(lab):
    job = lab.job(amount=1, lines=[{}])
    return lambda: commands.act(lab.caller(), "x_job", job["id"], "start", {"memo": "x"}, 1)


def several(lab):
    items = [commands.Item("create", {"subject": "A"}) for _ in range(2)]
    return lambda: commands.bulk(lab.caller(), "x_job", items)[-1]


COMMANDS = {"create": make, "update": change, "delete": remove, "act": begin, "bulk": several}


@pytest.fixture
def spare(lab):
    lab.spare = lab.part()


def count_statements(lab, run):
    seen = []
    caller = lab.caller()
    lab.caller = lambda *_: caller
    try:
        with lab.at_statements(lambda number, sql: seen.append(sql)):
            run()
    finally:
        del lab.caller
    return seen


def failing_at(lab, place, fault):
    """Before statement ``place`` of what follows, raise once."""

    def act(number, sql):
        if number == place:
            raise fault(sql)

    return lab.at_statements(act)


@pytest.mark.usefixtures("spare")
@pytest.mark.parametrize("name", COMMANDS)
def test_a_fault_at_any_statement_leaves_nothing_and_the_command_works_again(lab, name):
    prepare = COMMANDS[name]
    statements = count_statements(lab, prepare(lab))
    assert len(statements) >= 6
    caller = lab.caller()
    lab.caller = lambda *_: caller
    try:
        for place in range(1, len(statements) + 1):
            run = prepare(lab)
            before = lab.fingerprint()
            with failing_at(lab, place, PowerCut), pytest.raises(PowerCut):
                run()
            assert lab.fingerprint() == before, statements[place - 1]
            outcome = run()
            assert lab.outbox(outcome.operation_id) == [
                (o, r, f"record.{a}") for o, r, a in lab.history(outcome.operation_id)
            ]
            assert lab.fingerprint() != before
    finally:
        del lab.caller


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.usefixtures("spare")
def test_a_fault_at_the_commit_leaves_nothing(lab, name):
    run = COMMANDS[name](lab)
    before = lab.fingerprint()

    def fail(connection):
        raise PowerCut

    engine = lab.services.database.engine
    sa.event.listen(engine, "commit", fail)
    try:
        lab.refused(PowerCut, run)
    finally:
        sa.event.remove(engine, "commit", fail)
    assert lab.fingerprint() == before
    assert run().changed


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.usefixtures("spare")
def test_what_the_database_asks_to_repeat_is_repeated_unseen(lab, name):
    chance = random.Random(name)
    statements = len(count_statements(lab, COMMANDS[name](lab)))
    caller = lab.caller()
    for place in sorted(chance.sample(range(2, statements + 1), 4)):
        run = COMMANDS[name](lab)
        before = lab.fingerprint()
        lab.caller = lambda *_: caller
        try:
            with failing_at(lab, place, lambda sql: busy(lab, sql)):
                outcome = run()
        finally:
            del lab.caller
        after = lab.fingerprint()
        assert after["tl_operation"][0] == before["tl_operation"][0] + 1
        written = len(lab.history(outcome.operation_id))
        for table in ("tl_history", "tl_outbox"):
            assert after[table][0] == before[table][0] + written


def test_a_database_that_stays_busy_is_told_with_a_time_to_come_back(lab):
    run = make(lab)
    before = lab.fingerprint()

    def act(number, sql):
        if "INSERT" in sql:
            raise busy(lab, sql)

    with lab.at_statements(act):
        refused = lab.refused(Unavailable, run)
    assert (refused.message_id, refused.retry_after) == ("database.busy", 1)
    assert lab.fingerprint() == before


def test_a_full_disk_is_told_and_writing_works_once_there_is_room(lab):
    run = make(lab)
    before = lab.fingerprint()
    if lab.services.database.is_sqlite:
        original = sqlite3.OperationalError("database or disk is full")
        original.sqlite_errorcode = sqlite3.SQLITE_FULL
    else:
        original = psycopg.errors.DiskFull("could not extend file")

    def act(number, sql):
        if "INSERT" in sql:
            raise sa.exc.OperationalError(sql, {}, original)

    with lab.at_statements(act):
        lab.refused(StorageFull, run)
    assert lab.fingerprint() == before
    assert run().changed


def test_the_text_of_a_database_error_never_shows(lab):
    code = lab.name("SECRET")
    lab.job(code=code)
    wrong = lab.refused(
        Exception, commands.create, lab.caller(), "x_job", {"subject": "A", "code": code}
    )
    assert [(e.field, e.code) for e in wrong.errors] == [("code", "duplicate")]
    assert code not in str(wrong)
    assert "x_job." not in str(wrong)
