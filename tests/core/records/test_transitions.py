"""States move through actions only."""

import pytest

from core.kernel.errors import Conflict, Invalid, NotFound, Stale
from core.records import commands
from core.records.transitions import possible_actions


def act(lab, job, action, username="admin", data=None, version=commands.ANY_VERSION):
    return commands.act(lab.caller(username), "x_job", job["id"], action, data or {}, version)


def test_an_action_moves_the_state_draws_its_number_and_is_noted_by_name(lab):
    job = lab.job(amount=1)
    outcome = act(lab, job, "start")
    stored = lab.get("x_job", job["id"])
    assert (stored["state"], stored["_version"]) == ("processing", 2)
    assert stored["permit"] is not None
    assert lab.history(outcome.operation_id) == [("x_job", job["id"], "start")]
    assert lab.outbox(outcome.operation_id) == [("x_job", job["id"], "record.start")]


@pytest.mark.parametrize(("amount", "met"), [(None, False), (0, False), (1, True)])
def test_a_guard_must_be_met(lab, amount, met):
    job = lab.job(amount=amount)
    if met:
        act(lab, job, "start")
        return
    before = lab.fingerprint()
    refused = lab.refused(Conflict, act, lab, job, "start")
    assert refused.params["condition"] == "amount > 0"
    assert lab.fingerprint() == before


def test_what_is_sent_along_counts_for_the_guard(lab):
    job = lab.job()
    act(lab, job, "start", data={"amount": 5})
    assert lab.get("x_job", job["id"])["amount"] == 5


def test_what_is_sent_along_is_checked(lab):
    job = lab.job(amount=1)
    before = lab.fingerprint()
    wrong = lab.refused(Invalid, act, lab, job, "start", "admin", {"memo": "x", "share": 200})
    assert [e.field for e in wrong.errors] == ["share"]
    assert lab.fingerprint() == before


def test_a_transition_by_flow_is_refused_by_hand(lab):
    job = lab.job(amount=1)
    act(lab, job, "start")
    for username in ("admin", "manager"):
        assert (
            lab.refused(Conflict, act, lab, job, "finish", username).message_id == "record.by_flow"
        )
    act(lab, job, "finish", "system")
    assert lab.get("x_job", job["id"])["state"] == "done"


def test_in_the_wrong_state_the_ways_out_are_listed(lab):
    job = lab.job(amount=1)
    act(lab, job, "start")
    refused = lab.refused(Conflict, act, lab, job, "start")
    assert (refused.message_id, refused.params["state"]) == ("record.wrong_state", "processing")
    assert refused.params["possible"] == "finish, cancel"
    act(lab, job, "cancel")
    assert lab.refused(Conflict, act, lab, job, "cancel").params["possible"] == "-"


@pytest.mark.parametrize(
    ("action", "hint"), [("strt", "start"), ("explode", "cancel, finish, start")]
)
def test_an_unknown_action_is_named_with_what_there_is(lab, action, hint):
    assert lab.refused(NotFound, act, lab, lab.job(), action).params["hint"] == hint


def test_an_object_without_states_has_no_actions(lab):
    part = lab.part()
    refused = lab.refused(NotFound, commands.act, lab.caller(), "x_part", part, "start")
    assert refused.params["hint"] == "-"


def test_an_action_respects_the_version(lab):
    job = lab.job(amount=1)
    lab.update("x_job", job["id"], {"memo": "moved on"})
    lab.refused(Stale, act, lab, job, "start", "admin", {}, 1)
    act(lab, job, "start", version=2)


def test_possible_actions_are_those_by_hand_that_the_actor_may(lab):
    definition = lab.services.model.snapshot.object("x_job")

    def names(state, may=lambda name: True):
        return [t.name for t in possible_actions(definition, state, may)]

    assert names("draft") == ["start", "cancel"]
    assert names("processing") == ["cancel"]
    assert names("done") == []
    assert names("draft", lambda name: name != "start") == ["cancel"]
    assert possible_actions(lab.services.model.snapshot.object("x_part"), None, bool) == []
