"""The same job and the same figures through every door: console, HTTP API and page."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterator
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pytest

from core.app.server import create_app
from core.cli.console import run
from core.cli.main import cli
from core.records import accounts
from tests.installation import (
    PASSWORD,
    SECRET,
    Installation,
    open_installation,
    prepare,
    settings_for,
)
from tests.northwind.test_northwind import DATA, HERE, STEPS, prepare_book

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason=f"the order book isn't there: {DATA}")

YEARS = {"1996": "208083.97", "1997": "617085.2035", "1998": "440623.866"}


@pytest.fixture
def book_url(database_copy: Callable[[str, Callable[[str], None]], str]) -> str:
    return database_copy("northwind", prepare_book)


@pytest.fixture
def book(book_url: str) -> Iterator[Installation]:
    inst = open_installation(book_url)
    yield inst
    inst.close()


def console(monkeypatch: pytest.MonkeyPatch, url: str) -> Callable[..., int]:
    monkeypatch.setenv("TRADELOOM_DATABASE_URL", url)
    monkeypatch.setenv("TRADELOOM_SECRET_KEY", SECRET)

    def call(*words: str | Path) -> int:
        return run(cli.main, [str(word) for word in words])

    return call


def test_the_whole_job_by_console(
    database_copy: Callable[[str, Callable[[str], None]], str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    tradeloom = console(monkeypatch, database_copy("company", prepare))
    assert tradeloom("apply", HERE / "definitions") == 0
    jobs = (*STEPS, ("sales_order", "orders.csv", "orders.yaml"))
    for again in (False, True):
        for object_name, file, mapping in jobs:
            words = ("import", object_name, DATA / file, "--map", HERE / "mappings" / mapping)
            assert tradeloom(*words, "--opening") == 0
            told = capsys.readouterr().out
            assert told.startswith("0 created, 0 updated") is again, told
            assert "0 rejected" in told
    assert tradeloom("aggregate", "sales_order_line", "--measure", "sum:net") == 0
    assert json.loads(capsys.readouterr().out)["sum:net"] == "1265793.29"
    by_year = ("--group-by", "year(sales_order.order_date)")
    assert tradeloom("aggregate", "sales_order_line", "--measure", "net_revenue", *by_year) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {str(r["year(sales_order.order_date)"]): r["net_revenue"] for r in rows} == YEARS


def test_the_figures_by_api(book: Installation) -> None:
    key = accounts.create_key(book.platform.system(), "figures", roles=["manager"])
    client = create_app(
        settings_for(str(book.platform.settings.database_url)), book.platform
    ).test_client()

    def figures(**query: str) -> list[dict[str, Any]]:
        answer = client.get(
            "/api/v1/sales_order_line/aggregate",
            query_string=query,
            headers={"Authorization": f"Bearer {key}"},
        )
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.get_json()["data"]
        return found

    assert figures(measure="net_revenue")[0]["net_revenue"] == "1265793.0395"
    assert figures(measure="sum:net")[0]["sum:net"] == "1265793.29"
    year = "year(sales_order.order_date)"
    rows = figures(measure="net_revenue", group_by=year)
    assert {str(row[year]): row["net_revenue"] for row in rows} == YEARS


def test_the_figures_on_a_page(book: Installation) -> None:
    client = create_app(
        settings_for(str(book.platform.settings.database_url)), book.platform
    ).test_client()
    form = client.get("/login/").text
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', form)
    assert token is not None
    data = {"username": "manager", "password": PASSWORD, "csrf_token": token.group(1)}
    assert client.post("/login/", data=data).status_code == 303
    page = client.get("/r/sales_analysis?by=year", headers={"Accept": "text/html"}).text
    cells = re.findall(r'<td class="num">([^<]+)</td>', page)
    exact, rounded = [*YEARS.values(), "1265793.0395"], [*document_nets(), "1265793.29"]
    expected = [money(text) for pair in zip(exact, rounded, strict=True) for text in pair]
    assert cells == expected


def document_nets() -> list[str]:
    """Sum the rounded nets of the lines by year, in plain decimals."""
    with (DATA / "orders.csv").open(encoding="utf-8", newline="") as file:
        years = {row["OrderID"]: row["OrderDate"][:4] for row in csv.DictReader(file)}
    sums = dict.fromkeys(YEARS, Decimal(0))
    with (DATA / "order_details.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            net = (
                Decimal(row["UnitPrice"])
                * Decimal(row["Quantity"])
                * (1 - Decimal(row["Discount"]))
            )
            sums[years[row["OrderID"]]] += net.quantize(Decimal("0.01"), ROUND_HALF_UP)
    return [str(value) for value in sums.values()]


def money(text: str) -> str:
    """Write dollars as the page does."""
    return f"${Decimal(text):,}"
