"""At the same moment: exactly one wins, the others are told."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import sqlalchemy as sa

from core.kernel.errors import Conflict, Invalid, PlatformError
from core.records import commands

WRITERS = 8


def at_once(*runs):
    """Run everything at the same moment; gives results and platform errors in order."""
    start = threading.Barrier(len(runs))

    def one(run):
        start.wait()
        try:
            return run()
        except PlatformError as fault:
            return fault

    with ThreadPoolExecutor(len(runs)) as pool:
        return list(pool.map(one, runs))


def kinds(results):
    return Counter(type(r).__name__ for r in results)


def test_of_writers_of_one_version_exactly_one_wins(lab):
    job = lab.job(lines=[{"note": "a"}])
    caller = lab.caller()
    line = {"id": job["lines"][0]["id"]}
    results = at_once(
        *(
            lambda n=n: commands.update(
                caller,
                "x_job",
                job["id"],
                {"memo": f"by {n}", "lines": [{**line, "qty": n + 1}]},
                1,
            )
            for n in range(WRITERS)
        )
    )
    assert kinds(results) == {"Outcome": 1, "Stale": WRITERS - 1}
    stored = lab.get("x_job", job["id"])
    winner = next(n for n, r in enumerate(results) if isinstance(r, commands.Outcome))
    assert (stored["memo"], stored["lines"][0]["qty"]) == (f"by {winner}", str(winner + 1))
    assert stored["_version"] == 2


def test_who_overwrites_knowingly_loses_no_version(lab):
    job = lab.job()
    caller = lab.caller()
    results = at_once(
        *(
            lambda n=n: commands.update(
                caller, "x_job", job["id"], {"memo": f"by {n}"}, commands.ANY_VERSION
            )
            for n in range(WRITERS)
        )
    )
    assert sorted(r.version for r in results) == list(range(2, WRITERS + 2))


def test_of_two_decisions_exactly_one_is_taken(lab):
    job = lab.job(amount=1)
    caller = lab.caller()
    results = at_once(
        *(
            lambda action=action: commands.act(caller, "x_job", job["id"], action)
            for action in ["start", "start", "start", "start"]
        )
    )
    assert kinds(results) == {"Outcome": 1, "Conflict": 3}
    assert {r.params["state"] for r in results if isinstance(r, Conflict)} == {"processing"}
    won = next(r for r in results if isinstance(r, commands.Outcome))
    assert len(lab.history(won.operation_id)) == 1


def test_a_unique_value_is_given_once(lab):
    code = lab.name("U")
    caller = lab.caller()
    results = at_once(
        *[lambda: commands.create(caller, "x_job", {"subject": "A", "code": code})] * WRITERS
    )
    assert kinds(results) == {"Outcome": 1, "Invalid": WRITERS - 1}
    for fault in results:
        if isinstance(fault, Invalid):
            assert [(e.field, e.code) for e in fault.errors] == [("code", "duplicate")]


def test_upserts_of_one_value_make_one_record(lab):
    code = lab.name("U")
    caller = lab.caller()
    results = at_once(
        *(
            lambda n=n: commands.upsert(caller, "x_job", ("code", code), {"subject": f"by {n}"})
            for n in range(WRITERS)
        )
    )
    assert kinds(results) == {"Outcome": WRITERS}
    assert len({r.id for r in results}) == 1
    assert sorted(r.version for r in results) == list(range(1, WRITERS + 1))


def test_nobody_refers_to_a_record_that_is_being_deleted(lab):
    """The job is checked and about to be stored when somebody deletes its part: one of them gives way."""
    part = lab.part()
    caller = lab.caller()
    checked, decided = threading.Event(), threading.Event()
    maker: list[int] = []

    def hold(number, sql):
        if threading.get_ident() in maker and "INSERT INTO" in sql and "x_job" in sql:
            maker.clear()
            checked.set()
            decided.wait(20)

    def make():
        maker.append(threading.get_ident())
        return commands.create(caller, "x_job", {"subject": "A", "part": part})

    def delete():
        checked.wait(20)
        if lab.services.database.is_sqlite:
            decided.set()  # its one writer waits for the other's turn anyway
        return commands.delete(caller, "x_part", part, commands.ANY_VERSION)

    def release():
        """Let the maker go on once the deletion has ended or waits for a lock."""
        while not decided.wait(0.01):
            with lab.services.database.read() as connection:
                if deletion.done() or is_somebody_waiting(connection):
                    decided.set()

    with lab.at_statements(hold), ThreadPoolExecutor(2) as pool:
        creation, deletion = pool.submit(outcome_of, make), pool.submit(outcome_of, delete)
        checked.wait(20)
        release()
        made, deleted = creation.result(20), deletion.result(20)
    assert kinds([made, deleted]) == {"Outcome": 1, "Conflict": 1}
    assert isinstance(made, commands.Outcome)


def outcome_of(run):
    try:
        return run()
    except PlatformError as fault:
        return fault


def is_somebody_waiting(connection):
    query = "SELECT count(*) FROM pg_locks WHERE NOT granted AND pid <> pg_backend_pid()"
    return connection.execute(sa.text(query)).scalar_one() > 0


def test_deleting_at_the_same_moment_happens_once(lab):
    job = lab.job(lines=[{}])
    caller = lab.caller()
    results = at_once(
        *[lambda: commands.delete(caller, "x_job", job["id"], commands.ANY_VERSION)] * 4
    )
    assert kinds(results) == {"Outcome": 1, "NotFound": 3}
