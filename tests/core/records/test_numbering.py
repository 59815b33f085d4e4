"""Numbers are gapless and unique whatever happens around them."""

import json
import re
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from core.kernel.clock import FixedClock
from core.kernel.errors import Refused
from core.records import commands
from core.records.numbering import format_number
from tests.core.records.confirming import ORDERS, PROCESSES

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("SO{yyyy}-{seq:5}", "SO2026-00042"),
        ("{yy}{mm}{dd}/{seq}", "260307/42"),
        ("{seq:1}", "42"),
        ("plain", "plain"),
        ("{nothing}{seq}", "{nothing}42"),
    ],
)
def test_patterns(pattern, expected):
    assert format_number(pattern, date(2026, 3, 7), 42) == expected


def test_a_series_starts_anew_with_its_period(lab, monkeypatch):
    def start(moment):
        monkeypatch.setattr(lab.services, "clock", FixedClock(moment))
        job = lab.job(amount=1)
        commands.act(lab.caller(), "x_job", job["id"], "start")
        return lab.get("x_job", job["id"])["permit"]

    summer, winter = datetime(2030, 6, 1, tzinfo=UTC), datetime(2031, 1, 1, tzinfo=UTC)
    assert [start(m) for m in (summer, summer, winter, summer)] == [
        "P2030-001",
        "P2030-002",
        "P2031-001",
        "P2030-003",
    ]


def test_a_refused_write_gives_its_number_back(lab, monkeypatch):
    first = lab.job()["serial"]

    def refuse(context, operation):
        raise Refused("record.rule_broken")

    with monkeypatch.context() as patched:
        patched.setattr(lab.services, "written", refuse)  # the last step, after the draw
        for _ in range(3):
            lab.refused(Refused, commands.create, lab.caller(), "x_job", {"subject": "A"})
    assert int(lab.job()["serial"][1:]) == int(first[1:]) + 1


@pytest.mark.parametrize("given", ["P2044-017", "P2044-17"])
def test_a_number_brought_by_an_opening_balance_is_not_drawn_again(lab, monkeypatch, given):
    year = 2044 if given == "P2044-017" else 2045
    given = given.replace("2044", str(year))
    monkeypatch.setattr(lab.services, "clock", FixedClock(datetime(year, 1, 5, tzinfo=UTC)))
    opening = lab.caller("system", opening=True)
    for number in (given, f"P{year}-003", f"form of {year}", None):
        commands.create(opening, "x_job", {"subject": "Old", "permit": number})
    job = lab.job(amount=1)
    commands.act(lab.caller(), "x_job", job["id"], "start")
    assert lab.get("x_job", job["id"])["permit"] == f"P{year}-018"


def test_eight_processes_confirm_orders_without_gap_or_double(installation):
    """A fifth of the tries is refused after the number was drawn, and some processes are killed before the commit."""
    shop = installation
    seed = shop.seed_orders()
    data = {"customer": seed["customer"], "lines": [{"product": seed["widget"]}]}
    items = [commands.Item("create", data) for _ in range(ORDERS)]
    ids = [outcome.id for outcome in commands.bulk(shop.caller(), "sales_order", items)]
    url = shop.services.database.url.render_as_string(hide_password=False)
    run = subprocess.run(
        [sys.executable, "-m", "tests.core.records.confirming", url, json.dumps(ids)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    done, refused, killed = (sum(found) for found in zip(*json.loads(run.stdout), strict=True))
    assert refused > 0
    assert killed > 0
    numbers = []
    for record_id in ids:
        record = shop.get("sales_order", record_id)
        assert (record["state"] == "confirmed") == (record["number"] is not None)
        if record["number"] is not None:
            numbers.append(int(re.fullmatch(r"SO\d{4}-(\d{5})", record["number"]).group(1)))
    assert sorted(numbers) == list(range(1, len(numbers) + 1))
    assert len(numbers) == done
    assert done + killed <= ORDERS
    assert done >= ORDERS * 0.5
    assert PROCESSES == 8
