"""Sealed rows form one order without gaps and a chain that shows every change made behind its back."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from core.db.platform_tables import HISTORY, OUTBOX
from core.jobs import sealer
from core.jobs.sealer import first_break, seal
from core.records import commands


def seal_all(lab):
    while seal(lab.services):
        pass


def sealed(lab, table=HISTORY):
    return [r for r in lab.rows(table) if r["position"] is not None]


def execute(lab, *statements):
    with lab.services.database.unit_of_work() as unit:
        for statement in statements:
            unit.connection.execute(statement)


@pytest.fixture
def chain(lab):
    """Some sealed rows; gives their history positions."""
    made = commands.create(lab.caller(), "x_job", {"subject": "A", "lines": [{}, {}]})
    seal_all(lab)
    rows = lab.rows(HISTORY, operation_id=made.operation_id)
    return [row["position"] for row in rows]


@pytest.mark.parametrize("table", [HISTORY, OUTBOX], ids=["history", "outbox"])
def test_positions_run_from_one_without_gap_and_the_chain_holds(lab, chain, table):
    rows = sealed(lab, table)
    assert sorted(r["position"] for r in rows) == list(range(1, len(rows) + 1))
    assert [r for r in lab.rows(table) if r["position"] is None] == []
    assert len({r["hash"] for r in rows}) == len(rows)
    assert first_break(lab.services, table) is None


def test_what_comes_later_is_appended(lab, chain):
    before = {r["id"]: (r["position"], r["hash"]) for r in sealed(lab)}
    lab.job()
    assert seal(lab.services) == 2
    after = {r["id"]: (r["position"], r["hash"]) for r in sealed(lab)}
    assert {i: after[i] for i in before} == before
    assert len(after) == len(before) + 1
    assert seal(lab.services) == 0


def test_large_backlogs_are_sealed_in_batches(lab, chain, monkeypatch):
    monkeypatch.setattr(sealer, "BATCH", 3)
    items = [commands.Item("create", {"subject": "A"}) for _ in range(4)]
    commands.bulk(lab.caller(), "x_job", items)
    assert [seal(lab.services), seal(lab.services), seal(lab.services)] == [6, 2, 0]
    assert first_break(lab.services) is None


@pytest.mark.parametrize(
    "change",
    [
        {"changes": {"subject": [None, "B"]}},
        {"actor_id": 999},
        {"action": "delete"},
        {"version": 7},
        {"hash": "0" * 64},
        {"record_id": 999_999},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_changed_row_is_found(lab, chain, change):
    position = chain[1]
    [row] = [r for r in sealed(lab) if r["position"] == position]
    place = HISTORY.c.position == position
    execute(lab, sa.update(HISTORY).where(place).values(change))
    try:
        assert first_break(lab.services) == position
    finally:
        execute(lab, sa.update(HISTORY).where(place).values({n: row[n] for n in change}))
    assert first_break(lab.services) is None


def test_a_removed_row_and_two_exchanged_rows_are_found(lab, chain):
    first, second, third = (next(r for r in sealed(lab) if r["position"] == p) for p in chain[:3])
    execute(lab, sa.delete(HISTORY).where(HISTORY.c.id == second["id"]))
    try:
        assert first_break(lab.services) == second["position"]
    finally:
        execute(lab, sa.insert(HISTORY).values(second))
    places = {first["id"]: third["position"], third["id"]: first["position"]}

    def exchange(positions):
        execute(
            lab,
            *(sa.update(HISTORY).where(HISTORY.c.id == i).values(position=-i) for i in positions),
            *(
                sa.update(HISTORY).where(HISTORY.c.id == i).values(position=p)
                for i, p in positions.items()
            ),
        )

    exchange(places)
    try:
        assert first_break(lab.services) == first["position"]
    finally:
        exchange({first["id"]: first["position"], third["id"]: third["position"]})
    assert first_break(lab.services) is None


def test_without_the_key_a_chain_cannot_be_forged(lab, chain, monkeypatch):
    monkeypatch.setattr(lab.services, "secret", b"another key")
    assert first_break(lab.services) == 1


def test_two_sealers_at_once_seal_each_row_once(lab, chain, monkeypatch):
    monkeypatch.setattr(sealer, "BATCH", 5)
    for _ in range(3):
        commands.bulk(lab.caller(), "x_job", [commands.Item("create", {"subject": "A"})] * 8)
    before = len(sealed(lab))
    start = threading.Barrier(4)

    def run(_):
        start.wait()
        return sum(iter(lambda: seal(lab.services), 0))

    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(run, range(4)))
    assert sum(done) == 2 * 24
    rows = sealed(lab)
    assert len(rows) == before + 24
    assert sorted(r["position"] for r in rows) == list(range(1, len(rows) + 1))
    assert first_break(lab.services) is None
    assert first_break(lab.services, OUTBOX) is None


def test_a_fault_while_sealing_leaves_the_chain_whole(lab, chain):
    lab.job()

    def fail(number, sql):
        if "UPDATE" in sql and "tl_outbox" in sql:
            raise RuntimeError("power cut")

    with lab.at_statements(fail), pytest.raises(RuntimeError):
        seal(lab.services)
    assert first_break(lab.services) is None
    assert seal(lab.services) == 2
    assert first_break(lab.services) is None
