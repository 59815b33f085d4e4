"""Values as people read them, in three languages."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from core.web.screens.formats import Formats

EN, CN, TW = (Formats(language, "Asia/Shanghai", "CNY") for language in ("en", "zh_CN", "zh_TW"))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("0", "0"),
        ("-0.5", "-0.5"),
        ("1234567.50", "1,234,567.5"),
        ("-1000", "-1,000"),
        ("999", "999"),
        ("1E+3", "1,000"),
    ],
)
def test_numbers(value, text):
    assert EN.number(Decimal(value)) == text


@pytest.mark.parametrize(
    ("formats", "currency", "text"),
    [
        (EN, None, "¥1,234.50"),
        (EN, "USD", "$1,234.50"),
        (EN, "JPY", "¥1,235"),
        (EN, "KWD", "KWD\u00a01,234.500"),
        (CN, "CNY", "¥1,234.50"),
        (CN, "USD", "US$1,234.50"),
        (TW, "TWD", "$1,234.50"),
        (TW, "CNY", "¥1,234.50"),
    ],
)
def test_money(formats, currency, text):
    assert formats.money(Decimal("1234.5"), currency) == text


def test_negative_money_and_prices():
    assert EN.money(Decimal("-3.005"), None) == "-¥3.01"
    assert EN.money(Decimal("18.4375"), None, is_price=True) == "¥18.4375"
    assert EN.money(Decimal("18.4"), None, is_price=True) == "¥18.40"


def test_percent():
    assert EN.percent(Decimal("12.50")) == "12.5%"


@pytest.mark.parametrize(
    ("formats", "text"),
    [(EN, "Nov 3, 2026"), (CN, "2026年11月3日"), (TW, "2026年11月3日")],
    ids=["en", "cn", "tw"],
)
def test_days(formats, text):
    assert formats.day(date(2026, 11, 3)) == text


def test_moments_in_the_person_s_zone():
    moment = datetime(2026, 11, 2, 16, 5, 59, tzinfo=UTC)
    assert EN.moment(moment) == "Nov 3, 2026 00:05"
    assert EN.local_input(moment) == "2026-11-03T00:05"
    assert EN.from_local_input("2026-11-03T00:05") == "2026-11-02T16:05:00.000000Z"
    assert EN.from_local_input("soon") == "soon"
