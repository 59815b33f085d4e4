"""Defaults, formulas and roll-ups; money is exact and rounded to its currency; a preview stores nothing."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.kernel.clock import FixedClock
from core.kernel.money import round_half_up
from core.records import commands


def test_roll_ups_over_no_lines(lab):
    empty = lab.job()
    assert (empty["total"], empty["tally"], empty["heavy"]) == ("0.00", 0, "0.00")
    assert (empty["least"], empty["most"], empty["mean"]) == (None, None, None)
    assert empty["per_piece"] is None


def test_nulls_take_no_part_in_roll_ups(lab):
    made = lab.job(lines=[{"price": None}, {"price": "3"}, {"qty": 2, "price": "4.5"}])
    assert (made["total"], made["tally"]) == ("12.00", 3)
    assert (made["least"], made["most"], made["mean"]) == ("3.00", "4.50", "3.75")
    assert made["lines"][0]["net"] is None


def test_a_roll_up_may_have_a_condition(lab):
    made = lab.job(lines=[{"qty": 10, "price": 1}, {"qty": "10.01", "price": 1}])
    assert made["heavy"] == "10.01"


def test_a_formula_with_a_null_is_null(lab):
    assert lab.job(lines=[{"price": 3}])["with_fee"] is None
    assert lab.job(lines=[{"price": 3}], fee="0.5")["with_fee"] == "3.50"


def test_division_is_rounded_half_up_to_the_field_and_by_zero_is_null(lab):
    made = lab.job(lines=[{"price": 1}, {"price": 0}, {"price": 0}])
    assert made["per_piece"] == "0.3333"
    assert lab.update("x_job", made["id"], {"lines": []})["per_piece"] is None


@pytest.mark.parametrize(
    ("currency", "fee", "net"),
    [("CNY", "1.01", "0.34"), ("JPY", "1", "0"), ("KWD", "1.005", "0.335"), (None, "1.01", "0.34")],
)
def test_money_is_rounded_to_the_minor_unit_of_its_currency(lab, currency, fee, net):
    made = lab.job(currency=currency, fee="1.005", lines=[{"qty": "0.01", "price": "33.5"}])
    assert Decimal(made["fee"]) == Decimal(fee)
    assert Decimal(made["lines"][0]["net"]) == Decimal(net)
    assert Decimal(made["lines"][0]["price"]) == Decimal("33.5")  # a price keeps its own scale


def test_another_currency_rounds_everything_anew(lab):
    made = lab.job(currency="CNY", lines=[{"price": "0.5"}, {"price": "0.5"}])
    assert Decimal(made["total"]) == 1
    changed = lab.update("x_job", made["id"], {"currency": "JPY"})
    assert [Decimal(line["net"]) for line in changed["lines"]] == [1, 1]
    assert Decimal(changed["total"]) == 2


def test_defaults_fill_what_was_not_sent_and_only_at_creation(lab):
    made = lab.job("sales", lines=[{"price": 1}])
    me = lab.caller("sales").actor.user_id
    assert (made["fixed"], made["urgent"], made["owner"]) == ("as made", False, me)
    assert (made["created_by"], made["lines"][0]["qty"]) == (me, "1")
    cleared = lab.update("x_job", made["id"], {"day": None}, username="sales")
    assert cleared["day"] is None


def test_today_is_the_day_in_the_zone_of_the_actor(lab, monkeypatch):
    monkeypatch.setattr(lab.services, "clock", FixedClock(datetime(2026, 5, 31, 17, 0, tzinfo=UTC)))
    assert lab.job("sales")["day"] == "2026-06-01"
    assert lab.get("x_job", lab.job("sales")["id"])["created_at"] == "2026-05-31T17:00:00Z"


amounts = st.decimals(min_value=0, max_value=99999, places=4)
quantities = st.decimals(min_value="0.01", max_value=9999, places=2)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(quantities, amounts), min_size=1, max_size=5))
def test_totals_equal_plain_decimals(lab, pairs):
    made = lab.job(currency="CNY", lines=[{"qty": str(q), "price": str(p)} for q, p in pairs])
    nets = [round_half_up(q * p, 2) for q, p in pairs]
    assert [Decimal(line["net"]) for line in made["lines"]] == nets
    assert Decimal(made["total"]) == sum(nets)
    assert Decimal(made["mean"]) == round_half_up(
        round_half_up(sum(p for _, p in pairs) / len(pairs), 12), 6
    )


class TestPreview:
    def test_it_computes_and_stores_nothing(self, lab):
        before = lab.fingerprint()
        row = commands.preview(
            lab.caller(), "x_job", {"fee": 1, "lines": [{"qty": 2, "price": 3}, {}]}
        )
        assert (row["total"], row["with_fee"], row["tally"]) == (Decimal(6), Decimal(7), 2)
        assert (row["serial"], row.id) == (None, None)
        assert lab.fingerprint() == before

    def test_it_starts_from_what_is_stored(self, lab):
        job = lab.job(fee=1, lines=[{"price": 10}, {"price": 20}])
        before = lab.fingerprint()
        change = {"lines": {"update": [{"id": job["lines"][0]["id"], "qty": 3}]}}
        row = commands.preview(lab.caller(), "x_job", change, job["id"])
        assert (row["total"], row["with_fee"]) == (Decimal(50), Decimal(51))
        assert lab.fingerprint() == before

    def test_faults_of_a_half_filled_form_are_left_out(self, lab):
        row = commands.preview(
            lab.caller(),
            "x_job",
            {"nonsense": 1, "amount": "x", "lines": [{"qty": "q", "price": 2}]},
        )
        assert row["total"] == Decimal(2)
