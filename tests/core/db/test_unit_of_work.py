"""One transaction on one connection: all or nothing, retried where the database asks for it."""

import logging
import sqlite3
import threading
import time

import psycopg
import pytest
import sqlalchemy as sa

from core.db import unit_of_work as module
from core.db.engine import Database
from core.db.unit_of_work import StartAgain, consistent_read, run_command
from core.kernel.errors import Refused, Unavailable

ITEM = sa.Table(
    "item", sa.MetaData(), sa.Column("id", sa.Integer, primary_key=True), sa.Column("a", sa.Integer)
)


@pytest.fixture
def database(database):
    with database.unit_of_work() as unit:
        ITEM.create(unit.connection)
    return database


@pytest.fixture
def no_pause(monkeypatch):
    pauses = []
    monkeypatch.setattr(module.time, "sleep", pauses.append)
    return pauses


def add(unit, value=1):
    unit.connection.execute(sa.insert(ITEM).values(a=value))


def values(database):
    with database.read() as connection:
        return connection.execute(sa.select(ITEM.c.a).order_by(ITEM.c.a)).scalars().all()


def injected(database, state):
    """An error as the driver raises it, without its cause."""
    if database.is_sqlite:
        original = sqlite3.OperationalError("database is locked")
        original.sqlite_errorcode = {
            "busy": sqlite3.SQLITE_BUSY,
            "snapshot": sqlite3.SQLITE_BUSY | 2 << 8,
        }[state]
    else:
        original = psycopg.errors.lookup(state)("secret values")
        assert original.sqlstate == state
    return sa.exc.OperationalError("UPDATE secret", {}, original)


def states(database):
    return ["busy", "snapshot"] if database.is_sqlite else ["40001", "40P01", "55P03", "0A000"]


def test_a_command_is_committed_and_gives_its_result(database):
    assert run_command(database, lambda unit: add(unit, 7) or "done") == "done"
    assert values(database) == [7]


def test_an_error_undoes_everything(database):
    def command(unit):
        add(unit)
        raise Refused("no.way")

    with pytest.raises(Refused):
        run_command(database, command)
    assert values(database) == []


def test_retries_start_with_a_fresh_unit(database, no_pause):
    for state in states(database):
        attempts = []

        def command(unit, state=state, attempts=attempts):
            attempts.append(unit)
            add(unit)
            if len(attempts) < 5:
                raise injected(database, state)
            return "done"

        before = len(values(database))
        assert run_command(database, command) == "done"
        assert [unit.is_retry for unit in attempts] == [False, True, True, True, True]
        assert len({id(unit) for unit in attempts}) == 5
        assert len(values(database)) == before + 1
    assert all(0.02 <= pause <= 1 for pause in no_pause)


def test_the_fifth_failure_is_the_last(database, no_pause):
    attempts = []

    def command(unit):
        attempts.append(unit)
        add(unit)
        raise injected(database, states(database)[0])

    with pytest.raises(Unavailable) as caught:
        run_command(database, command)
    assert len(attempts) == 5
    assert caught.value.message_id == "database.busy"
    assert "secret" not in str(caught.value)
    assert values(database) == []


def test_a_failing_commit_is_retried(database, no_pause):
    commits = []

    def fail(connection):
        commits.append(connection)
        if len(commits) < 3:
            raise injected(database, states(database)[0])

    sa.event.listen(database.engine, "commit", fail)
    try:
        run_command(database, add)
    finally:
        sa.event.remove(database.engine, "commit", fail)
    assert len(commits) == 3
    assert values(database) == [1]


def test_a_command_may_ask_to_start_again(database, no_pause):
    attempts = []

    def command(unit):
        attempts.append(unit)
        add(unit)
        if len(attempts) == 1:
            raise StartAgain

    run_command(database, command)
    assert values(database) == [1]
    with pytest.raises(Unavailable):
        run_command(database, lambda unit: (_ for _ in ()).throw(StartAgain()))


def test_other_errors_are_not_retried(database, no_pause):
    attempts = []

    def command(unit):
        attempts.append(unit)
        unit.connection.exec_driver_sql("SELECT nothing FROM nowhere")

    with pytest.raises(sa.exc.DBAPIError):
        run_command(database, command)
    assert len(attempts) == 1


def test_units_do_not_nest(database):
    with pytest.raises(RuntimeError), database.unit_of_work():
        run_command(database, add)
    with pytest.raises(RuntimeError), database.unit_of_work(), database.read():
        pass
    run_command(database, add)
    assert values(database) == [1]


def test_a_unit_takes_one_connection_from_the_pool(database):
    taken = []
    sa.event.listen(database.engine, "checkout", lambda *args: taken.append(args))

    def command(unit):
        for number in range(20):
            add(unit, number)
        with unit.savepoint():
            add(unit)

    run_command(database, command)
    assert len(taken) == 1
    assert database.engine.pool.checkedout() == 0


def test_callbacks_run_after_the_commit_and_may_read(database):
    seen = []

    def command(unit):
        add(unit, 5)
        unit.after_commit(lambda: seen.append(values(database)))
        assert seen == []

    run_command(database, command)
    assert seen == [[5]]


def test_callbacks_of_a_failed_unit_never_run(database, no_pause):
    seen = []

    def command(unit):
        unit.after_commit(lambda: seen.append(unit.is_retry))
        if not unit.is_retry:
            raise StartAgain

    run_command(database, command)
    assert seen == [True]


def test_a_failing_callback_is_logged_and_the_rest_still_run(database, caplog):
    seen = []

    def command(unit):
        add(unit)
        unit.after_commit(lambda: 1 / 0)
        unit.after_commit(lambda: seen.append("second"))
        return "done"

    with caplog.at_level(logging.ERROR, logger="tradeloom.db"):
        assert run_command(database, command) == "done"
    assert seen == ["second"]
    assert "after commit" in caplog.text
    assert values(database) == [1]


def test_a_savepoint_undoes_its_own_part_only(database):
    seen = []

    def refuse(unit):
        add(unit, 2)
        unit.after_commit(lambda: seen.append("gone"))
        raise Refused("no.way")

    def command(unit):
        add(unit, 1)
        unit.after_commit(lambda: seen.append("kept"))
        with pytest.raises(Refused), unit.savepoint():
            refuse(unit)
        with pytest.raises(sa.exc.IntegrityError), unit.savepoint():
            unit.connection.execute(sa.insert(ITEM), [{"id": 9, "a": 9}, {"id": 9, "a": 9}])
        add(unit, 3)

    run_command(database, command)
    assert values(database) == [1, 3]
    assert seen == ["kept"]


def test_a_consistent_read_does_not_move(database):
    run_command(database, add)
    with consistent_read(database) as connection:
        count = sa.select(sa.func.count()).select_from(ITEM)
        assert connection.execute(count).scalar_one() == 1
        other = threading.Thread(target=run_command, args=(database, add))
        other.start()
        other.join()
        assert connection.execute(count).scalar_one() == 1
    assert values(database) == [1, 1]


def test_a_second_writer_waits_for_the_first(database):
    order = []
    run_command(database, add)

    def first(unit):
        unit.connection.execute(sa.update(ITEM).values(a=ITEM.c.a + 1))
        started.set()
        time.sleep(0.3)
        order.append("first")

    def second(unit):
        unit.connection.execute(sa.update(ITEM).values(a=ITEM.c.a * 10))
        order.append("second")

    started = threading.Event()
    thread = threading.Thread(target=run_command, args=(database, first))
    thread.start()
    started.wait()
    run_command(database, second)
    thread.join()
    assert order == ["first", "second"]
    assert values(database) == [20]


@pytest.mark.parametrize("statement", range(1, 7))
def test_a_failure_at_any_statement_leaves_nothing(database, statement):
    count = 0

    def fail(*args):
        nonlocal count
        count += 1
        if count == statement:
            raise injected(database, states(database)[0])

    def command(unit):
        for number in range(4):
            add(unit, number)

    sa.event.listen(database.engine, "before_cursor_execute", fail)
    try:
        run_command(database, command)
    finally:
        sa.event.remove(database.engine, "before_cursor_execute", fail)
    assert values(database) == [0, 1, 2, 3]


def test_a_lost_connection_is_not_retried_and_the_pool_recovers(postgres_url):
    database = Database(postgres_url)
    attempts = []

    def command(unit):
        attempts.append(unit)
        mine = unit.connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
        killer = psycopg.connect(postgres_url.replace("+psycopg", ""), autocommit=True)
        killer.execute("SELECT pg_terminate_backend(%s)", [mine])
        killer.close()
        unit.connection.exec_driver_sql("SELECT 1")

    with pytest.raises(Unavailable) as caught:
        run_command(database, command)
    assert caught.value.message_id == "database.away"
    assert len(attempts) == 1
    assert (
        run_command(database, lambda unit: unit.connection.exec_driver_sql("SELECT 1").scalar_one())
        == 1
    )
    database.close()
