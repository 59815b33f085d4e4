"""Lines are written with their header: as a whole list, or as what to create, update and delete."""

import pytest

from core.kernel.errors import Conflict, Invalid
from core.records import commands
from core.records.inputs import MAX_LINES


@pytest.fixture
def job(lab):
    return lab.job(lines=[{"note": note, "qty": 1, "price": 10} for note in "klm"])


def notes(record):
    return "".join(line["note"] for line in record["lines"])


def ids(record):
    return [line["id"] for line in record["lines"]]


def test_a_list_is_the_whole(lab, job):
    a, b, c = ids(job)
    changed = lab.update(
        "x_job", job["id"], {"lines": [{"id": c}, {"note": "n", "price": 1}, {"id": a, "qty": 2}]}
    )
    assert notes(changed) == "mnk"
    assert ids(changed)[0] == c
    assert ids(changed)[2] == a
    assert b not in ids(changed)
    assert [line["seq"] for line in changed["lines"]] == [1, 2, 3]
    assert changed["total"] == "31.00"


def test_absent_fields_of_a_line_keep_their_values(lab, job):
    a, b, c = ids(job)
    changed = lab.update("x_job", job["id"], {"lines": [{"id": a, "qty": 5}, {"id": b}, {"id": c}]})
    assert notes(changed) == "klm"
    assert (changed["lines"][0]["net"], changed["total"]) == ("50.00", "70.00")


@pytest.mark.parametrize("nothing", [[], None])
def test_an_empty_list_removes_every_line(lab, job, nothing):
    changed = lab.update("x_job", job["id"], {"lines": nothing})
    assert (changed["lines"], changed["total"], changed["tally"]) == ([], "0.00", 0)


def test_changes_by_verb_leave_other_lines_and_the_order_alone(lab, job):
    a, b, c = ids(job)
    change = {"update": [{"id": a, "qty": 3}], "delete": [b], "create": [{"note": "n"}]}
    outcome = commands.update(
        lab.caller(), "x_job", job["id"], {"lines": change}, commands.ANY_VERSION
    )
    changed = lab.get("x_job", job["id"])
    assert notes(changed) == "kmn"
    touched = {(name, record, action) for name, record, action in lab.history(outcome.operation_id)}
    assert touched == {
        ("x_job", job["id"], "update"),
        ("x_job_line", a, "update"),
        ("x_job_line", b, "delete"),
        ("x_job_line", c, "update"),  # its position moved up
        ("x_job_line", ids(changed)[2], "create"),
    }


def test_a_change_of_one_line_does_not_touch_the_others(lab, job):
    _, b, _ = ids(job)
    outcome = commands.update(
        lab.caller(), "x_job", job["id"], {"lines": {"update": [{"id": b, "note": "B"}]}}, 1
    )
    assert lab.history(outcome.operation_id) == [
        ("x_job", job["id"], "update"),
        ("x_job_line", b, "update"),
    ]
    assert notes(lab.get("x_job", job["id"])) == "kBm"


def test_a_line_of_another_record_is_not_taken(lab, job):
    other = lab.job(lines=[{"note": "x"}])
    stranger = ids(other)[0]
    before = lab.fingerprint()
    for lines, path in (
        ([{"id": stranger, "note": "mine"}], "lines.0.id"),
        ({"update": [{"id": stranger}]}, "lines.update.0.id"),
        ({"delete": [ids(job)[0], stranger]}, "lines.delete.1"),
        ({"update": [{"note": "no id"}]}, "lines.update.0.id"),
        ({"create": [{}, {"id": ids(job)[0]}]}, "lines.create.1.id"),
    ):
        assert lab.faults({"lines": lines}, record_id=job["id"]) == [(path, "not_found")]
    assert lab.fingerprint() == before


@pytest.mark.parametrize(
    ("lines", "path", "code"),
    [
        ([{"id": []}], "lines.0.id", "not_found"),
        ([{"id": True}], "lines.0.id", "not_found"),
        ([{"id": {"id": 1}}], "lines.0.id", "not_found"),
        ({"delete": [[1]]}, "lines.delete.0", "not_found"),
        ({"delete": 5}, "lines", "type"),
        ({"update": "x"}, "lines", "type"),
        ({"create": {"note": "x"}}, "lines", "type"),
        ({"create": [{"qty": "x"}]}, "lines.create.0.qty", "type"),
        ({"create": [{"qty": -1}]}, "lines.create.0.qty", "rule"),
        ([{"seq": 9}], "lines.0.seq", "read_only"),
        ([{"x_job": 1}], "lines.0.x_job", "read_only"),
    ],
)
def test_a_bad_shape_is_told_at_its_place(lab, job, lines, path, code):
    assert lab.faults({"lines": lines}, record_id=job["id"]) == [(path, code)]


def test_the_same_line_twice_is_a_fault(lab, job):
    a = ids(job)[0]
    assert lab.faults({"lines": [{"id": a}, {"id": a}]}, record_id=job["id"]) == [
        ("lines.1.id", "not_found")
    ]


def test_too_many_lines_are_refused_before_any_work(lab, job):
    wrong = lab.refused(
        Invalid,
        commands.update,
        lab.caller(),
        "x_job",
        job["id"],
        {"lines": [{}] * (MAX_LINES + 1)},
        commands.ANY_VERSION,
    )
    assert (wrong.message_id, wrong.params["limit"]) == ("record.too_many_lines", MAX_LINES)


def test_lines_are_written_through_their_header_only(lab, job):
    line = ids(job)[0]
    for write in (
        lambda: commands.create(lab.caller(), "x_job_line", {"note": "x"}),
        lambda: commands.update(lab.caller(), "x_job_line", line, {"note": "x"}, 1),
        lambda: commands.delete(lab.caller(), "x_job_line", line, 1),
    ):
        assert lab.refused(Conflict, write).params["header"] == "x_job"


def test_deleting_a_header_takes_its_lines_along(lab, job):
    outcome = commands.delete(lab.caller(), "x_job", job["id"], 1)
    assert sorted(lab.history(outcome.operation_id)) == sorted(
        [("x_job", job["id"], "delete"), *(("x_job_line", i, "delete") for i in ids(job))]
    )
    lines = lab.services.model.tables.table("x_job_line")
    stored = [row for row in lab.rows(lines) if row["x_job"] == job["id"]]
    assert len(stored) == 3
    assert all(row["deleted_at"] is not None and row["version"] == 2 for row in stored)
