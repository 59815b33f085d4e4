"""What callers may send: every fault is found at once and stands at its path."""

from decimal import Decimal

import pytest

from core.kernel.errors import Forbidden, Invalid, NotFound
from core.records import commands
from core.records.history import history


def test_every_fault_of_header_and_lines_is_told_with_its_path(lab):
    data = {
        "subjekt": "x",
        "amount": "many",
        "total": 5,
        "part": 999_999,
        "lines": [
            {"qty": -1, "price": "1"},
            {"qty": "1.234", "note": "n" * 21},
            "not a line",
            {"colour": "red", "qty": 0},
        ],
    }
    assert lab.faults(data) == [
        ("amount", "type"),
        ("lines.0.qty", "rule"),
        ("lines.1.note", "too_long"),
        ("lines.1.qty", "too_precise"),
        ("lines.2", "type"),
        ("lines.3.colour", "unknown_name"),
        ("lines.3.qty", "rule"),
        ("part", "not_found"),
        ("subject", "required"),
        ("subjekt", "unknown_name"),
        ("total", "read_only"),
    ]


def test_the_count_of_faults_is_in_the_sentence_and_none_is_told_twice(lab):
    wrong = lab.refused(
        Invalid, commands.create, lab.caller(), "x_job", {"amount": "x", "weight": "y"}
    )
    assert wrong.params["count"] == len(wrong.errors) == 3
    assert len({e.field for e in wrong.errors}) == 3


@pytest.mark.parametrize(
    ("sent", "hint"), [("subjekt", "subject"), ("amountt", "amount"), ("zzzzzz", "")]
)
def test_an_unknown_field_is_told_with_the_nearest_name(lab, sent, hint):
    wrong = lab.refused(Invalid, commands.create, lab.caller(), "x_job", {"subject": "A", sent: 1})
    assert [(e.field, e.params.get("hint", "")) for e in wrong.errors] == [(sent, hint)]


def test_a_hidden_field_is_answered_like_one_that_does_not_exist(lab):
    job = lab.job("sales")
    for name in ("secret", "sekret", "nothing"):
        wrong = lab.refused(
            Invalid,
            commands.update,
            lab.caller("sales"),
            "x_job",
            job["id"],
            {name: "x"},
            commands.ANY_VERSION,
        )
        [error] = wrong.errors
        assert (error.field, error.code) == (name, "unknown_name")
        assert error.params["hint"] != "secret"
    assert lab.get("x_job", job["id"])["secret"] is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("total", "1"),
        ("tally", 1),
        ("with_fee", "1"),
        ("state", "done"),
        ("fixed", "x"),
        ("serial", "J0001"),
        ("created_at", "2026-01-01T00:00:00Z"),
        ("created_by", 1),
        ("updated_by", 1),
    ],
)
def test_what_the_system_keeps_cannot_be_sent(lab, name, value):
    assert lab.faults({"subject": "A", name: value}) == [(name, "read_only")]


def test_a_field_that_may_only_be_read_is_forbidden(lab):
    assert lab.faults({"subject": "A", "fee": "3"}, "sales") == [("fee", "forbidden")]


def test_opening_balances_may_set_state_and_number_but_nothing_computed(lab):
    caller = lab.caller("system", opening=True)
    made = commands.create(
        caller, "x_job", {"subject": "Old", "state": "done", "permit": "P1999-007"}
    )
    stored = lab.get("x_job", made.id)
    assert (stored["state"], stored["permit"]) == ("done", "P1999-007")
    wrong = lab.refused(Invalid, commands.create, caller, "x_job", {"subject": "Old", "total": 1})
    assert [e.code for e in wrong.errors] == ["read_only"]


def test_opening_needs_its_permission(lab):
    before = lab.fingerprint()
    caller = lab.caller("manager", opening=True)
    lab.refused(Forbidden, commands.create, caller, "x_job", {"subject": "Old", "state": "done"})
    assert lab.fingerprint() == before


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("subject", 5, "type"),
        ("subject", ["a"], "type"),
        ("subject", "x" * 31, "too_long"),
        ("subject", "a\nb", "invalid"),
        ("subject", "a\x00b", "characters"),
        ("subject", "a\ud800", "characters"),
        ("amount", 1.5, "type"),
        ("amount", True, "type"),
        ("amount", -1, "too_small"),
        ("amount", 1001, "too_big"),
        ("amount", 10**30, "too_big"),
        ("weight", "1.2345", "too_precise"),
        ("weight", "NaN", "type"),
        ("weight", {"a": 1}, "type"),
        ("weight", "1" * 16, "too_big"),
        ("share", 101, "too_big"),
        ("day", "2026-02-30", "type"),
        ("day", 20260101, "type"),
        ("due", "soon", "type"),
        ("urgent", "perhaps", "type"),
        ("urgent", 2, "type"),
        ("size", "huge", "unknown_choice"),
        ("size", ["small"], "type"),
        ("mail", "nobody", "type"),
        ("call", "call me", "type"),
        ("page", "javascript:alert(1)", "type"),
        ("currency", "XXX", "unknown_currency"),
        ("part", "first", "type"),
        ("part", True, "type"),
        ("part", -3, "type"),
        ("part", 2**60, "type"),
        ("part", {"id": None}, "type"),
        ("helper", {"name": "x"}, "type"),
        ("lines", "none", "type"),
        ("lines", 3, "type"),
        ("lines", {"remove": []}, "unknown_name"),
    ],
)
def test_a_value_of_the_wrong_kind_is_refused_at_its_field(lab, name, value, code):
    wrong = lab.refused(
        Invalid, commands.create, lab.caller(), "x_job", {"subject": "A", name: value}
    )
    found = {(e.field, e.code) for e in wrong.errors}
    assert found == {(name, code)} or (name == "currency" and {f for f, _ in found} == {name})


def test_values_of_each_kind_are_stored_as_sent(lab):
    part = lab.part()
    helper = lab.caller("finance").actor.user_id
    sent = {
        "memo": "two\nlines",
        "amount": 7,
        "weight": "1.250",
        "fee": "12.50",
        "share": "12.5",
        "day": "2026-02-28",
        "due": "2026-02-28T10:00:00+08:00",
        "urgent": True,
        "size": "small",
        "currency": "EUR",
        "mail": "a@example.com",
        "call": "+86 755 1234 5678",
        "page": "https://example.com/x",
        "part": part,
        "helper": helper,
        "secret": "绝密 ‰ 😀",
    }
    made = lab.job(**sent)
    assert {name: made[name] for name in sent} == {
        **sent,
        "weight": "1.25",
        "due": "2026-02-28T02:00:00Z",
    }
    cleared = lab.update(
        "x_job", made["id"], dict.fromkeys(sent, None) | {"urgent": False, "memo": ""}
    )
    assert {name for name in sent if cleared[name] is not None} == {"urgent"}


def test_a_record_must_be_an_object(lab):
    wrong = lab.refused(Invalid, commands.create, lab.caller(), "x_job", ["subject"])
    assert ("", "type") in {(e.field, e.code) for e in wrong.errors}


def test_an_unknown_object_is_named_with_the_nearest(lab):
    wrong = lab.refused(NotFound, commands.create, lab.caller(), "x_jop", {})
    assert wrong.params["hint"] == "x_job"


class TestReferences:
    def test_missing_deleted_and_invisible_targets_are_answered_alike(self, lab):
        gone, foreign = lab.part(), lab.part()
        commands.delete(lab.caller(), "x_part", gone, commands.ANY_VERSION)
        actor = lab.actor("x_keeper", "service")
        job = lab.job(part=lab.part(keeper=actor.actor.user_id))
        answers = []
        for target in (999_999, gone, foreign):
            wrong = lab.refused(
                Invalid,
                commands.update,
                actor,
                "x_job",
                job["id"],
                {"part": target},
                commands.ANY_VERSION,
            )
            [error] = wrong.errors
            answers.append((error.field, error.code, error.message_id))
        assert set(answers) == {("part", "not_found", "record.reference_missing")}

    def test_a_target_must_meet_the_condition_unless_it_stays(self, lab):
        part = lab.part()
        job = lab.job(part=part, lines=[{"part": part}])
        commands.update(lab.caller(), "x_part", part, {"active": False}, commands.ANY_VERSION)
        assert lab.faults({"subject": "A", "part": part}) == [("part", "not_allowed")]
        assert lab.faults({"subject": "A", "lines": [{}, {"part": part}]}) == [
            ("lines.1.part", "not_allowed")
        ]
        assert lab.update("x_job", job["id"], {"memo": "kept"})["part"] == part

    def test_a_target_is_named_by_a_unique_field(self, lab):
        code = lab.name("BY")
        part = lab.part(code=code)
        made = lab.job(part={"by": {"code": code}}, lines=[{"part": {"by": {"code": code}}}])
        assert (made["part"], made["lines"][0]["part"]) == (part, part)
        assert lab.job(part={"id": part, "name": "shown, not written"})["part"] == part
        assert lab.job(part=str(part))["part"] == part

    @pytest.mark.parametrize(
        ("by", "code", "hint"),
        [
            ({"code": "no such code"}, "not_found", None),
            ({"kode": "x"}, "unknown_name", "code"),
            ({"name": "Bolt"}, "unknown_name", "code"),
            ({"code": "a", "name": "b"}, "type", None),
            ({}, "type", None),
            ("code", "type", None),
            ({"code": ["x"]}, "type", None),
            ({"code": "x" * 21}, "too_long", None),
        ],
    )
    def test_a_bad_by_is_refused(self, lab, by, code, hint):
        wrong = lab.refused(
            Invalid, commands.create, lab.caller(), "x_job", {"subject": "A", "part": {"by": by}}
        )
        [error] = wrong.errors
        assert (error.field, error.code) == ("part", code)
        assert hint is None or error.params["hint"] == hint

    def test_by_does_not_find_what_the_actor_may_not_see(self, lab):
        code = lab.name("BY")
        lab.part(code=code)
        actor = lab.actor("x_keeper", "service")
        job = lab.job(part=lab.part(keeper=actor.actor.user_id))
        change = {"part": {"by": {"code": code}}}
        wrong = lab.refused(
            Invalid, commands.update, actor, "x_job", job["id"], change, commands.ANY_VERSION
        )
        assert [e.code for e in wrong.errors] == ["not_found"]


class TestRules:
    def test_field_rules_follow_other_fields(self, lab):
        assert lab.faults({"subject": "A", "urgent": True}) == [("memo", "required")]
        assert lab.faults({"subject": "A", "share": 5}) == [("share", "rule")]
        fixed = lab.job(size="large", day="2026-03-01")
        assert lab.faults({"day": "2026-03-02"}, record_id=fixed["id"]) == [("day", "read_only")]

    def test_a_rule_says_nothing_of_a_field_that_is_faulty_already(self, lab):
        assert lab.faults({"subject": "A", "lines": [{"qty": "x"}]}) == [("lines.0.qty", "type")]

    def test_a_number_that_grows_too_large_is_told_once_at_its_path(self, lab):
        lines = [{"qty": 1, "price": 1}, {"qty": "9" * 15, "price": "9" * 9}]
        assert lab.faults({"subject": "A", "lines": lines}) == [("lines.1.net", "too_large")]


def test_a_fault_leaves_nothing_behind(lab):
    job = lab.job(lines=[{"note": "a", "price": 2}])
    before = lab.fingerprint()
    bad = {"memo": "new", "lines": [{"note": "b", "price": "x"}]}
    lab.refused(Invalid, commands.create, lab.caller(), "x_job", {"subject": "A", **bad})
    lab.refused(
        Invalid, commands.update, lab.caller(), "x_job", job["id"], bad, commands.ANY_VERSION
    )
    assert lab.fingerprint() == before


def test_history_tells_old_and_new_as_json_values(lab):
    job = lab.job(fee="1.5", day="2026-02-28")
    lab.update("x_job", job["id"], {"fee": "2", "day": "2026-03-01"})
    newest = history(lab.caller(), "x_job", job["id"])[0]
    changed = {c["field"]: (c["old"], c["new"]) for c in newest["changes"]}
    assert (Decimal(changed["fee"][0]), Decimal(changed["fee"][1])) == (Decimal("1.5"), Decimal(2))
    assert changed["day"] == ("2026-02-28", "2026-03-01")
