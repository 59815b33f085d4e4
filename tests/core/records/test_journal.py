"""Versions, and what every write leaves behind: one history row and one outbox row per changed row."""

import json

import pytest
import sqlalchemy as sa

from core.db.platform_tables import HISTORY, OPERATION, OUTBOX
from core.kernel.errors import Conflict, NotFound, PreconditionRequired, Stale
from core.records import commands


def test_a_change_needs_the_version_it_is_based_on(lab):
    job = lab.job()
    for write in (
        lambda version: commands.update(lab.caller(), "x_job", job["id"], {"memo": "x"}, version),
        lambda version: commands.delete(lab.caller(), "x_job", job["id"], version),
        lambda version: commands.act(lab.caller(), "x_job", job["id"], "cancel", {}, version),
    ):
        lab.refused(PreconditionRequired, write, None)
        for version in (0, 2, 99):
            assert lab.refused(Stale, write, version).params["version"] == 1
    assert lab.get("x_job", job["id"])["_version"] == 1
    commands.update(lab.caller(), "x_job", job["id"], {"memo": "x"}, 1)
    commands.update(lab.caller(), "x_job", job["id"], {"memo": "y"}, commands.ANY_VERSION)
    assert lab.get("x_job", job["id"])["_version"] == 3


def test_an_update_that_changes_nothing_writes_nothing(lab):
    job = lab.job(fee="1.5", lines=[{"note": "a", "price": "2"}])
    same = {
        "subject": " Lift ",
        "fee": "1.50",
        "memo": "",
        "lines": [{"id": job["lines"][0]["id"]}],
    }
    before = lab.fingerprint()
    outcome = commands.update(lab.caller(), "x_job", job["id"], same, 1)
    assert (outcome.changed, outcome.version) == (False, 1)
    assert lab.fingerprint() == before


def test_each_write_is_one_operation_with_a_row_per_changed_row(lab):
    job = lab.job(lines=[{"note": "a"}, {"note": "b"}])
    a, b = (line["id"] for line in job["lines"])
    me = lab.caller().actor.user_id
    steps = [
        (
            lambda: commands.update(lab.caller(), "x_job", job["id"], {"memo": "x"}, 1),
            [("x_job", job["id"], "update")],
        ),
        (
            lambda: commands.update(
                lab.caller(), "x_job", job["id"], {"lines": [{"id": b, "qty": 2}, {"note": "c"}]}, 2
            ),
            [
                ("x_job_line", a, "delete"),
                ("x_job", job["id"], "update"),
                ("x_job_line", b, "update"),
                ("x_job_line", b + 1, "create"),
            ],
        ),
        (
            lambda: commands.act(lab.caller(), "x_job", job["id"], "cancel"),
            [("x_job", job["id"], "cancel")],
        ),
    ]
    for write, expected in steps:
        outcome = write()
        found = lab.history(outcome.operation_id)
        assert [(o, a) for o, _, a in found] == [(o, a) for o, _, a in expected]
        assert [r for o, r, _ in found if o == "x_job"] == [job["id"]]
        assert lab.outbox(outcome.operation_id) == [(o, r, f"record.{a}") for o, r, a in found]
        [operation] = lab.rows(OPERATION, id=outcome.operation_id)
        assert operation["actor_id"] == me
        rows = lab.rows(HISTORY, operation_id=outcome.operation_id)
        assert {(r["actor_id"], r["at"]) for r in rows} == {(me, operation["at"])}
        assert {r["version"] for r in rows if r["object"] == "x_job"} == {outcome.version}


def test_history_holds_exactly_what_changed(lab):
    job = lab.job(fee="1.5", urgent=False)
    outcome = commands.update(
        lab.caller("manager"), "x_job", job["id"], {"fee": "2", "memo": "m"}, 1
    )
    [row] = lab.rows(HISTORY, operation_id=outcome.operation_id)
    manager, admin = (lab.caller(name).actor.user_id for name in ("manager", "admin"))
    changes = dict(row["changes"])
    moments = changes.pop("updated_at")
    assert moments[0] < moments[1]
    assert changes == {
        "fee": ["1.5", "2"],
        "memo": [None, "m"],
        "with_fee": ["1.5", "2"],
        "updated_by": [admin, manager],
    }
    [sent] = lab.rows(OUTBOX, operation_id=outcome.operation_id)
    assert sent["payload"] == {"version": 2, "fields": sorted(row["changes"])}


def test_a_bulk_is_one_operation(lab):
    items = [commands.Item("create", {"subject": "Lift", "lines": [{}]}) for _ in range(3)]
    outcomes = commands.bulk(lab.caller(), "x_job", items)
    assert len({o.operation_id for o in outcomes}) == 1
    assert len(lab.history(outcomes[0].operation_id)) == 6


def test_a_failed_bulk_keeps_nothing_and_names_the_item(lab):
    before = lab.fingerprint()
    items = [
        commands.Item("create", {"subject": "Lift"}),
        commands.Item("create", {"subject": "Lift", "lines": [{"qty": 0}]}),
    ]
    with pytest.raises(Exception, match=r"items\.1\.lines\.0\.qty"):
        commands.bulk(lab.caller(), "x_job", items)
    assert lab.fingerprint() == before


def test_a_bulk_row_by_row_keeps_the_good_ones(lab):
    items = [
        commands.Item("create", {"subject": "Lift"}),
        commands.Item("create", {}),
        commands.Item("delete", {}, 999_999),
    ]
    good, empty, missing = commands.bulk(lab.caller(), "x_job", items, atomic=False)
    assert lab.history(good.operation_id) == [("x_job", good.id, "create")]
    assert [e.field for e in empty.errors] == ["subject"]
    assert isinstance(missing, NotFound)


def test_a_batch_undoes_a_faulty_item_alone_with_its_journal(lab):
    code = lab.name()
    items = [
        commands.Item("create", {"subject": "Lift", "code": code}),
        commands.Item("create", {"subject": "Lift", "code": code, "lines": [{}]}),
        commands.Item("create", {"subject": "Lift"}),
    ]
    first, second, third = commands.batch(lab.caller(), "x_job", items)
    assert [e.code for e in second.errors] == ["duplicate"]
    assert lab.history(first.operation_id) == [
        ("x_job", first.id, "create"),
        ("x_job", third.id, "create"),
    ]
    serials = [lab.get("x_job", i)["serial"] for i in (first.id, third.id)]
    assert int(serials[1][1:]) == int(serials[0][1:]) + 1


def test_a_dry_run_keeps_nothing(lab):
    before = lab.fingerprint()
    found = commands.batch(
        lab.caller(), "x_job", [commands.Item("create", {"subject": "Lift"})], dry_run=True
    )
    assert found[0].changed
    assert lab.fingerprint() == before


class TestDelete:
    def test_a_record_that_others_refer_to_stays(self, lab):
        part = lab.part()
        job = lab.job(part=part)
        refused = lab.refused(Conflict, commands.delete, lab.caller(), "x_part", part, 1)
        assert (refused.params["by"], refused.params["field"]) == ("x_job", "part")
        commands.delete(lab.caller(), "x_job", job["id"], 1)
        commands.delete(lab.caller(), "x_part", part, 1)

    def test_a_reference_from_a_line_counts_too(self, lab):
        part = lab.part()
        job = lab.job(lines=[{"part": part}])
        refused = lab.refused(Conflict, commands.delete, lab.caller(), "x_part", part, 1)
        assert refused.params["by"] == "x_job_line"
        lab.update("x_job", job["id"], {"lines": []})
        commands.delete(lab.caller(), "x_part", part, 1)

    def test_the_row_stays_in_the_table_and_its_unique_value_is_free(self, lab):
        code = lab.name()
        job = lab.job(code=code)
        commands.delete(lab.caller(), "x_job", job["id"], 1)
        [row] = lab.rows(lab.services.model.tables.table("x_job"), id=job["id"])
        assert row["deleted_at"] is not None
        lab.refused(NotFound, commands.update, lab.caller(), "x_job", job["id"], {}, 2)
        lab.refused(NotFound, commands.delete, lab.caller(), "x_job", job["id"], 2)
        lab.job(code=code)


class TestUpsert:
    def test_it_makes_then_changes_then_leaves(self, lab):
        code = lab.name()
        by = ("code", code)
        made = commands.upsert(lab.caller(), "x_job", by, {"subject": "Lift"})
        changed = commands.upsert(lab.caller(), "x_job", by, {"subject": "Hoist"})
        same = commands.upsert(lab.caller(), "x_job", by, {"subject": "Hoist"})
        assert (made.id, changed.id) == (changed.id, same.id)
        assert [made.version, changed.version, same.changed] == [1, 2, False]

    def test_only_a_unique_field_recognises(self, lab):
        wrong = lab.refused(
            Exception, commands.upsert, lab.caller(), "x_job", ("cod", "x"), {"subject": "A"}
        )
        assert wrong.errors[0].params["hint"] == "code"


def test_stored_json_is_plain(lab):
    """History is JSON of the same shape on both databases."""
    job = lab.job(due="2026-01-02T03:04:05Z", weight="1.5")
    with lab.services.database.read() as connection:
        text = connection.execute(
            sa.select(sa.cast(HISTORY.c.changes, sa.Text)).where(
                HISTORY.c.object == "x_job", HISTORY.c.record_id == job["id"]
            )
        ).scalar_one()
    found = json.loads(text) if isinstance(text, str) else text
    found = json.loads(found) if isinstance(found, str) else found
    assert (found["due"], found["weight"]) == ([None, "2026-01-02T03:04:05Z"], [None, "1.5"])
