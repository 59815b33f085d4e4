"""Rights hold for the record as it was and as it would become."""

import pytest

from core.kernel.errors import Forbidden, Invalid, NotFound
from core.records import commands

ANY = commands.ANY_VERSION


def user(lab, name):
    return lab.caller(name).actor.user_id


def test_a_colleagues_record_can_be_neither_seen_nor_written(lab):
    job = lab.job("manager")
    before = lab.fingerprint()
    sales = lab.caller("sales")
    lab.refused(NotFound, commands.update, sales, "x_job", job["id"], {"memo": "x"}, ANY)
    lab.refused(NotFound, commands.delete, sales, "x_job", job["id"], ANY)
    lab.refused(NotFound, commands.act, sales, "x_job", job["id"], "cancel")
    assert lab.fingerprint() == before


def test_a_record_that_may_only_be_read_is_forbidden(lab):
    part = lab.part()
    lab.refused(Forbidden, commands.update, lab.caller("sales"), "x_part", part, {"name": "x"}, ANY)
    customer = lab.create("customer", {"name": "Acme"}, "manager")
    refused = lab.refused(
        Forbidden,
        commands.update,
        lab.caller("sales"),
        "customer",
        customer["id"],
        {"city": "x"},
        ANY,
    )
    assert refused.message_id == "record.forbidden_row"


def test_ones_own_record_cannot_be_handed_out_of_ones_reach(lab):
    job = lab.job("sales")
    before = lab.fingerprint()
    for owner in (user(lab, "manager"), None):
        lab.refused(
            Forbidden,
            commands.update,
            lab.caller("sales"),
            "x_job",
            job["id"],
            {"owner": owner, "memo": "x"},
            ANY,
        )
    assert lab.fingerprint() == before
    moved = lab.update("x_job", job["id"], {"owner": user(lab, "finance")}, username="manager")
    assert moved["owner"] == user(lab, "finance")


def test_a_record_cannot_be_made_outside_ones_reach(lab):
    before = lab.fingerprint()
    data = {"subject": "A", "owner": user(lab, "manager")}
    lab.refused(Forbidden, commands.create, lab.caller("sales"), "x_job", data)
    assert lab.fingerprint() == before
    assert lab.job("sales", owner=user(lab, "sales"))["owner"] == user(lab, "sales")
    assert lab.job("manager", owner=user(lab, "sales"))["owner"] == user(lab, "sales")


@pytest.mark.parametrize("name", ["warehouse", "finance", "owner"])
def test_without_a_right_nothing_is_written(lab, name):
    job = lab.job()
    caller = lab.caller(name)
    for write in (
        lambda: commands.create(caller, "x_job", {"subject": "A"}),
        lambda: commands.update(caller, "x_job", job["id"], {"memo": "x"}, ANY),
        lambda: commands.delete(caller, "x_job", job["id"], ANY),
        lambda: commands.act(caller, "x_job", job["id"], "cancel"),
        lambda: commands.preview(caller, "x_job", {"subject": "A"}),
    ):
        lab.refused(Forbidden, write)


def test_a_condition_over_a_reference_holds_before_and_after(lab):
    keeper = lab.actor("x_keeper")
    me = keeper.actor.user_id
    mine, foreign = lab.part(keeper=me), lab.part()
    job, other = lab.job(part=mine), lab.job(part=foreign)
    commands.update(keeper, "x_job", job["id"], {"memo": "x"}, ANY)
    lab.refused(NotFound, commands.update, keeper, "x_job", other["id"], {"memo": "x"}, ANY)
    lab.refused(Forbidden, commands.update, keeper, "x_job", job["id"], {"part": None}, ANY)
    lab.refused(Invalid, commands.update, keeper, "x_job", job["id"], {"part": foreign}, ANY)
    commands.delete(keeper, "x_job", job["id"], ANY)


class TestActions:
    def test_an_action_that_a_role_does_not_name_is_forbidden(self, lab):
        job = lab.job()
        refused = lab.refused(
            Forbidden, commands.act, lab.actor("service"), "x_job", job["id"], "cancel"
        )
        assert refused.message_id == "record.forbidden_action"

    def test_an_action_reaches_no_further_than_the_role_that_grants_it(self, lab):
        """One role may change every job but act on none, the other act on its own: together not act on all."""
        both = lab.actor("service", "x_closer")
        foreign, own = lab.job("manager"), lab.job(owner=both.actor.user_id)
        commands.update(both, "x_job", foreign["id"], {"memo": "may be changed"}, ANY)
        lab.refused(Forbidden, commands.act, both, "x_job", foreign["id"], "cancel")
        commands.act(both, "x_job", own["id"], "cancel")
        assert [lab.get("x_job", j["id"])["state"] for j in (foreign, own)] == [
            "draft",
            "cancelled",
        ]


def test_a_field_that_may_not_be_written_is_safe_in_lines_and_bulk_too(lab):
    job = lab.job("sales")
    items = [commands.Item("update", {"fee": 1}, job["id"])]
    with pytest.raises(Invalid) as wrong:
        commands.bulk(lab.caller("sales"), "x_job", items)
    assert [(e.field, e.code) for e in wrong.value.errors] == [("items.0.fee", "forbidden")]
    [fault] = commands.batch(lab.caller("sales"), "x_job", items)
    assert [(e.field, e.code) for e in fault.errors] == [("fee", "forbidden")]
