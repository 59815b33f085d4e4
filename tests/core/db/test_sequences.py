"""Numbers without gaps, whoever draws them and whatever is rolled back."""

import random

import pytest
import sqlalchemy as sa

from core.db.engine import Database
from core.db.migrate import upgrade
from core.db.sequences import draw, draw_many, last_drawn
from core.db.unit_of_work import run_command
from core.kernel.errors import Refused

WRITERS = 8
EACH = 40
DRAWN = sa.Table("drawn", sa.MetaData(), sa.Column("n", sa.Integer, primary_key=True))


@pytest.fixture
def database(database, build):
    upgrade(database, build.snapshot())
    with database.unit_of_work() as unit:
        DRAWN.create(unit.connection)
    return database


def test_numbers_begin_at_one_and_series_are_apart(database):
    assert [run_command(database, lambda unit: draw(unit, "a")) for _ in range(3)] == [1, 2, 3]
    assert run_command(database, lambda unit: draw(unit, "b")) == 1
    assert run_command(database, lambda unit: list(draw_many(unit, "a", 4))) == [4, 5, 6, 7]
    with database.read() as connection:
        assert last_drawn(connection, "a") == 7
        assert last_drawn(connection, "c") == 0
    with pytest.raises(ValueError, match="at least one"):
        run_command(database, lambda unit: draw_many(unit, "a", 0))


def test_a_rolled_back_draw_is_drawn_again(database):
    def command(unit):
        draw(unit, "a")
        raise Refused("no.way")

    with pytest.raises(Refused):
        run_command(database, command)
    assert run_command(database, lambda unit: draw(unit, "a")) == 1


def test_eight_writers_leave_no_gap(database, database_url, in_processes):
    def work(number):
        own = Database(database_url)
        chance = random.Random(number)

        def command(unit):
            drawn = draw(unit, "invoice")
            unit.connection.execute(sa.insert(DRAWN).values(n=drawn))
            if chance.random() < 0.2:
                raise Refused("no.way")

        done = 0
        while done < EACH:
            try:
                run_command(own, command)
                done += 1
            except Refused:
                pass
        own.close()

    in_processes(WRITERS, work)
    with database.read() as connection:
        numbers = connection.execute(sa.select(DRAWN.c.n).order_by(DRAWN.c.n)).scalars().all()
        assert last_drawn(connection, "invoice") == WRITERS * EACH
    assert numbers == list(range(1, WRITERS * EACH + 1))


def test_other_series_are_not_blocked_on_postgresql(postgres_url, build):
    database = Database(postgres_url)
    upgrade(database, build.snapshot())
    import threading

    held, free = threading.Event(), threading.Event()

    def holder(unit):
        draw(unit, "2025")
        held.set()
        free.wait(10)

    thread = threading.Thread(target=run_command, args=(database, holder))
    thread.start()
    held.wait(10)
    assert run_command(database, lambda unit: draw(unit, "2026")) == 1
    free.set()
    thread.join()
    database.close()
