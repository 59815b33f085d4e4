"""Writers never run on superseded definitions, and a change of definitions hardly makes anybody wait."""

import threading
import time

import pytest
import sqlalchemy as sa

from core.db.engine import Database
from core.db.migrate import load_tables, upgrade
from core.db.revisions import revision_lock
from core.db.unit_of_work import run_command


def in_thread(function, *args):
    thread = threading.Thread(target=function, args=args)
    thread.start()
    return thread


def test_the_lock_gives_the_live_revision(database, build):
    upgrade(database, build.snapshot())
    assert run_command(database, revision_lock) == 1
    upgrade(database, build.snapshot(build.product()))
    assert run_command(database, revision_lock) == 2


def test_writers_share_the_lock(postgres_url, build):
    database = Database(postgres_url)
    upgrade(database, build.snapshot())
    both = threading.Barrier(2, timeout=5)

    def command(unit):
        revision_lock(unit)
        both.wait()

    other = in_thread(run_command, database, command)
    run_command(database, command)
    other.join()
    database.close()


def test_a_switch_waits_for_writers_and_the_next_writer_sees_it(database, build):
    upgrade(database, build.snapshot())
    order = []
    writing = threading.Event()

    def writer(unit):
        revision_lock(unit)
        writing.set()
        time.sleep(0.5)
        order.append("written")

    def switch():
        upgrade(database, build.snapshot(build.product()))
        order.append("switched")

    first = in_thread(run_command, database, writer)
    writing.wait()
    second = in_thread(switch)
    second.join()
    first.join()
    assert order == ["written", "switched"]
    assert run_command(database, revision_lock) == 2


def test_a_writer_that_waited_for_a_switch_reads_the_new_revision(postgres_url, build):
    from core.db.revisions import lock_for_switch

    database = Database(postgres_url)
    upgrade(database, build.snapshot())
    seen = []
    with database.unit_of_work() as unit:
        lock_for_switch(unit.connection)
        waiting = in_thread(lambda: seen.append(run_command(database, revision_lock)))
        time.sleep(0.3)
        assert seen == []
        unit.connection.exec_driver_sql(
            "INSERT INTO tl_revision (revision, checksum, created_at, documents) VALUES (9, 'x', now(), '{}')"
        )
    waiting.join()
    assert seen == [9]
    database.close()


@pytest.mark.slow
def test_a_new_column_behind_a_slow_reader_stops_nobody(postgres_url, build):
    database = Database(postgres_url, pool_size=10)
    snapshot = build.snapshot(build.product())
    upgrade(database, snapshot)
    product = load_tables(database, snapshot).table("product")
    reading, done = threading.Event(), threading.Event()

    def slow_reader(unit):
        unit.connection.execute(sa.select(product.c.id)).all()
        reading.set()
        time.sleep(2)

    waits = []

    def others():
        while not done.is_set():
            started = time.monotonic()
            with database.read() as connection:
                connection.execute(sa.select(product.c.id)).all()
            waits.append(time.monotonic() - started)
            time.sleep(0.005)

    reader = in_thread(run_command, database, slow_reader)
    reading.wait()
    loop = in_thread(others)
    upgrade(database, build.snapshot(build.product(build.field("color"))))
    done.set()
    loop.join()
    reader.join()
    database.close()
    assert max(waits) < 0.5


def test_indexes_on_filled_tables_are_built_without_blocking(postgres_url, build):
    database = Database(postgres_url)
    first = build.snapshot(
        build.object("item", build.field("code")), build.object("empty", build.field("code"))
    )
    upgrade(database, first)
    item = load_tables(database, first).table("item")
    run_command(database, lambda unit: unit.connection.execute(sa.insert(item).values(code="A")))
    statements = []
    sa.event.listen(
        database.engine, "before_cursor_execute", lambda c, u, text, *a: statements.append(text)
    )
    upgrade(
        database,
        build.snapshot(
            build.object("item", build.field("code", unique=True)),
            build.object("empty", build.field("code", unique=True)),
        ),
    )
    database.close()
    created = [text for text in statements if text.startswith("CREATE UNIQUE INDEX")]
    assert len(created) == 2
    assert [' ON "item" ' in text for text in created if "CONCURRENTLY" in text] == [True]
