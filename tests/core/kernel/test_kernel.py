"""Errors, identifiers, texts and money: the ground floor."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.kernel import errors
from core.kernel.actor import SYSTEM, Actor
from core.kernel.clock import FixedClock, today
from core.kernel.errors import FieldError, Invalid, InvalidDefinitions, PlatformError, Problem
from core.kernel.ids import new_id
from core.kernel.messages import Catalogue
from core.kernel.money import (
    DIVISION_SCALE,
    divide,
    fits,
    multiply,
    parse_decimal,
    plain,
    round_half_even,
    round_half_up,
    share_out,
)
from core.kernel.text import fold, is_clean, nearest

numbers = st.decimals(min_value=-(10**9), max_value=10**9, places=6)


class TestErrors:
    def test_every_error_has_its_status_and_code(self):
        kinds = [
            k for k in vars(errors).values() if isinstance(k, type) and issubclass(k, PlatformError)
        ]
        assert {k.status for k in kinds} >= {
            400,
            401,
            403,
            404,
            409,
            412,
            413,
            422,
            428,
            429,
            503,
            507,
        }
        assert len({k.code for k in kinds}) == len(kinds)

    def test_the_log_form_names_everything(self):
        fault = Invalid(
            "record.invalid",
            errors=[FieldError("qty", "type", "field.not_number", {"a": 1})],
            count=1,
        )
        assert str(fault) == "record.invalid(count=1) [qty: field.not_number {'a': 1}]"

    def test_problems_are_sorted_by_place(self):
        places = [("b", 1, 1), ("a", 10, 1), ("a", 9, 2), ("a", 9, 1)]
        found = InvalidDefinitions([Problem(*place, "x.y") for place in places]).problems
        assert [(p.file, p.line, p.column) for p in found] == sorted(places)


TEXTS = {"a.b": ("One {name}", "一 {name}", "壹 {name}")}


class TestCatalogue:
    @pytest.mark.parametrize(
        ("language", "expected"),
        [("en", "One x"), ("zh_CN", "一 x"), ("zh_TW", "壹 x"), ("fr", "One x")],
    )
    def test_languages(self, language, expected):
        assert Catalogue(TEXTS).text("a.b", language, {"name": "x"}) == expected

    def test_what_is_missing_stays_visible(self):
        catalogue = Catalogue(TEXTS)
        assert catalogue.text("no.such") == "no.such"
        assert catalogue.text("a.b") == "One {name}"

    @given(st.text())
    def test_a_value_is_put_in_as_it_is(self, value):
        assert Catalogue(TEXTS).text("a.b", "en", {"name": value}) == f"One {value}"

    def test_one_id_has_one_text(self):
        Catalogue(TEXTS, TEXTS)
        with pytest.raises(ValueError, match=r"a\.b"):
            Catalogue(TEXTS, {"a.b": ("Two", "二", "貳")})


class TestMoney:
    @pytest.mark.parametrize(
        ("value", "scale", "up", "even"),
        [
            ("0.125", 2, "0.13", "0.12"),
            ("-0.125", 2, "-0.13", "-0.12"),
            ("0.5", 0, "1", "0"),
            ("1.005", 2, "1.01", "1.00"),
            ("1265793.0395", 2, "1265793.04", "1265793.04"),
        ],
    )
    def test_rounding(self, value, scale, up, even):
        assert round_half_up(Decimal(value), scale) == Decimal(up)
        assert round_half_even(Decimal(value), scale) == Decimal(even)

    @given(numbers, numbers)
    def test_a_product_is_exact(self, a, b):
        assert Fraction(multiply(a, b)) == Fraction(a) * Fraction(b)

    @given(numbers, numbers.filter(bool))
    def test_a_quotient_is_as_near_as_its_scale_allows(self, a, b):
        found = divide(a, b)
        assert abs(multiply(found, b) - a) <= abs(b) * Decimal(5).scaleb(-DIVISION_SCALE - 1)

    def test_by_zero_is_nothing(self):
        assert divide(Decimal(1), Decimal(0)) is None

    @given(numbers)
    def test_plain_text_reads_back(self, number):
        text = plain(number)
        assert "e" not in text.lower()
        assert parse_decimal(text) == number

    @pytest.mark.parametrize(
        ("value", "places", "text"),
        [
            ("0", 2, "0.00"),
            ("-0", 0, "0"),
            ("-0.00", 2, "0.00"),
            ("1E+3", 0, "1000"),
            ("2.50", 0, "2.5"),
        ],
    )
    def test_plain(self, value, places, text):
        assert plain(Decimal(value), places) == text

    @pytest.mark.parametrize(
        "text", ["", "x", "NaN", "Infinity", "-inf", "1e99", "1e-99", "1,5", "0x10"]
    )
    def test_what_is_no_number(self, text):
        assert parse_decimal(text) is None

    @pytest.mark.parametrize(("value", "scale", "ok"), [(10**16 - 1, 2, True), (10**16, 2, False)])
    def test_eighteen_digits_fit(self, value, scale, ok):
        assert fits(Decimal(value), scale) is ok

    @given(
        st.decimals(min_value=-(10**6), max_value=10**6, places=2),
        st.lists(st.decimals(min_value=0, max_value=1000, places=3), min_size=1, max_size=8),
    )
    def test_parts_sum_to_the_whole_and_lie_next_to_their_share(self, total, weights):
        parts = share_out(total, weights, 2)
        assert sum(parts) == total
        whole = sum(weights)
        if whole:
            for part, weight in zip(parts, weights, strict=True):
                assert abs(part - total * weight / whole) < Decimal("0.0100001")

    def test_nothing_to_share_with(self):
        assert share_out(Decimal(1), [], 2) == []


class TestText:
    @given(st.text())
    def test_folding_twice_changes_nothing(self, text):
        assert fold(fold(text)) == fold(text)

    @pytest.mark.parametrize(
        ("a", "b"), [("STRASSE", "straße"), ("ＡＢＣ", "abc"), ("Café", "CAFE\u0301")]
    )
    def test_what_looks_alike_folds_alike(self, a, b):
        assert fold(a) == fold(b)

    @pytest.mark.parametrize(
        ("name", "found"), [("totl", "total"), ("total", "total"), ("xyz", None), ("", None)]
    )
    def test_nearest(self, name, found):
        assert nearest(name, ["total", "tax", "customer"]) == found

    @pytest.mark.parametrize(
        ("text", "ok"), [("a", True), ("", True), ("a\x00", False), ("\udcff", False)]
    )
    def test_clean(self, text, ok):
        assert is_clean(text) is ok


class TestClock:
    def test_today_depends_on_the_zone(self):
        clock = FixedClock(datetime(2026, 1, 1, 1, 0, tzinfo=ZoneInfo("Asia/Shanghai")))
        assert today(clock, "Asia/Shanghai").isoformat() == "2026-01-01"
        assert today(clock, "America/New_York").isoformat() == "2025-12-31"
        assert clock.now().tzinfo is UTC

    def test_ids_are_unique_and_sort_by_time(self):
        with ThreadPoolExecutor(8) as pool:
            ids = list(pool.map(lambda _: new_id(), range(5000)))
        assert len(set(ids)) == 5000
        assert {len(i) for i in ids} == {32}
        early = new_id()
        pause = threading.Event()
        while new_id()[:12] == early[:12]:
            pause.wait(0.001)
        assert new_id() > early


def test_who_may_do_everything():
    assert SYSTEM.is_admin
    assert Actor(1, "A", frozenset({"admin"})).is_admin
    assert not Actor(1, "A", frozenset({"administrator"})).is_admin
