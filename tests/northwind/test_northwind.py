"""The main job on real input: a published order book comes in, and every figure is exact."""

from __future__ import annotations

import csv
import json
import random
from collections.abc import Callable, Iterator
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pytest

from core.changes.apply import mapping_from_file, organisation_documents
from core.jobs import imports
from core.records.aggregate import AggregateQuery, aggregate
from tests.installation import Installation, open_installation, prepare

HERE = Path(__file__).parent
DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "northwind"

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason=f"the order book isn't there: {DATA}")

STEPS = (
    ("x_supplier", "suppliers.csv", "suppliers.yaml"),
    ("product_category", "categories.csv", "categories.yaml"),
    ("product", "products.csv", "products.yaml"),
    ("carrier", "shippers.csv", "shippers.yaml"),
    ("user", "employees.csv", "employees.yaml"),
    ("customer", "customers.csv", "customers.yaml"),
)
COUNTS = {
    "x_supplier": 29,
    "product_category": 8,
    "product": 77,
    "carrier": 3,
    "user": 9,
    "customer": 91,
}
NET = "1265793.0395"


def bring_in(
    inst: Installation, object_name: str, file: Path, mapping: str, *, lines: Path | None = None
) -> imports.Result:
    """Import one file as `tradeloom import --opening` does."""
    platform = inst.platform
    found = mapping_from_file(
        platform.sources(), organisation_documents(platform.database), HERE / "mappings" / mapping
    )
    job = imports.prepare(
        inst.caller("system", opening=True), object_name, file, found, lines_path=lines
    )
    return imports.run(job)


def prepare_masters(url: str) -> None:
    prepare(url, [HERE / "definitions"])
    inst = open_installation(url)
    for object_name, file, mapping in STEPS:
        result = bring_in(inst, object_name, DATA / file, mapping)
        assert result.rejected == []
        assert result.created == COUNTS[object_name]
    inst.close()


def prepare_book(url: str) -> None:
    prepare_masters(url)
    inst = open_installation(url)
    result = bring_in(inst, "sales_order", DATA / "orders.csv", "orders.yaml")
    assert (result.created, result.rejected) == (830, [])
    inst.close()


@pytest.fixture
def book(database_copy: Callable[[str, Callable[[str], None]], str]) -> Iterator[Installation]:
    inst = open_installation(database_copy("northwind", prepare_book))
    yield inst
    inst.close()


@pytest.fixture
def masters(database_copy: Callable[[str, Callable[[str], None]], str]) -> Iterator[Installation]:
    inst = open_installation(database_copy("northwind_masters", prepare_masters))
    yield inst
    inst.close()


@pytest.fixture(scope="module")
def reference() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((DATA / "reference.json").read_text(encoding="utf-8"))
    return found


def figures(inst: Installation, by: str) -> dict[Any, Decimal]:
    """Split the declared measure by one dimension."""
    query = AggregateQuery("sales_order_line", measures=("net_revenue",), group_by=(by,), limit=500)
    rows = aggregate(inst.caller("system"), query)
    return {row[by]: Decimal(row["net_revenue"]) for row in rows}


def total(inst: Installation, measure: str) -> Decimal:
    query = AggregateQuery("sales_order_line", measures=(measure,))
    return Decimal(aggregate(inst.caller("system"), query)[0][measure])


def check_totals(inst: Installation) -> None:
    assert total(inst, "sum:net") == Decimal("1265793.29")
    assert total(inst, "line_net") == Decimal("1265793.29")
    assert total(inst, "net_revenue") == Decimal(NET)


def test_totals_are_exact(book: Installation) -> None:
    check_totals(book)


def test_split_by_year(book: Installation, reference: dict[str, Any]) -> None:
    found = figures(book, "year(sales_order.order_date)")
    assert {str(k): v for k, v in found.items()} == decimals(reference["net_by_year"])


def test_split_by_month(book: Installation, reference: dict[str, Any]) -> None:
    found = figures(book, 'period(sales_order.order_date, "month")')
    assert found == decimals(reference["net_by_month"])


def test_split_by_quarter(book: Installation, reference: dict[str, Any]) -> None:
    found = figures(book, 'period(sales_order.order_date, "quarter")')
    assert found == decimals(reference["net_by_quarter"])


def test_split_by_employee(book: Installation, reference: dict[str, Any]) -> None:
    expected = {row["name"]: Decimal(row["net"]) for row in reference["by_employee"]}
    assert figures(book, "sales_order.owner.name") == expected


def test_split_by_category(book: Installation, reference: dict[str, Any]) -> None:
    assert figures(book, "product.category.name") == decimals(reference["net_by_category"])


def test_split_by_country(book: Installation, reference: dict[str, Any]) -> None:
    assert figures(book, "sales_order.customer.country") == decimals(
        reference["net_by_customer_country"]
    )


def test_split_by_customer(book: Installation, reference: dict[str, Any]) -> None:
    expected = {row["key"]: Decimal(row["value"]) for row in reference["customers"]}
    assert figures(book, "sales_order.customer.code") == expected


def test_split_by_supplier_of_the_organisations_own_field(
    book: Installation, reference: dict[str, Any]
) -> None:
    assert figures(book, "product.x_supplier.name") == decimals(reference["net_by_supplier"])


def test_orders_keep_what_the_file_says(book: Installation) -> None:
    query = AggregateQuery(
        "sales_order", measures=("count", "sum:freight"), filter='state == "done"'
    )
    row = aggregate(book.caller("system"), query)[0]
    assert (int(row["count"]), Decimal(row["sum:freight"])) == (830, Decimal("64942.69"))


def test_employees_come_without_a_password(book: Installation) -> None:
    from core.kernel.errors import Unauthenticated
    from core.records import accounts

    assert accounts.find_account(book.services, "employee1") is not None
    with pytest.raises(Unauthenticated):
        accounts.authenticate(book.services, "employee1", "", "127.0.0.1")


def test_importing_again_changes_nothing(book: Installation) -> None:
    for object_name, file, mapping in (*STEPS, ("sales_order", "orders.csv", "orders.yaml")):
        result = bring_in(book, object_name, DATA / file, mapping)
        assert (result.created, result.updated, result.rejected) == (0, 0, []), object_name
        assert result.unchanged == COUNTS.get(object_name, 830)
    check_totals(book)


@pytest.mark.parametrize(
    ("orders", "mapping", "lines"),
    [
        ("quirks/orders_mdy_dates_NULL_text.csv", "orders_mdy.yaml", "order_details.csv"),
        ("orders.csv", "orders.yaml", "quirks/order_details_cp1252_decimal_comma.csv"),
        ("orders.csv", "orders.yaml", "quirks/order_details_float32_noise.csv"),
    ],
)
def test_awkward_order_files_give_the_same_figures(
    masters: Installation, reference: dict[str, Any], orders: str, mapping: str, lines: str
) -> None:
    result = bring_in(masters, "sales_order", DATA / orders, mapping, lines=DATA / lines)
    assert (result.created, result.rejected) == (830, [])
    check_totals(masters)
    found = figures(masters, "year(sales_order.order_date)")
    assert {str(k): v for k, v in found.items()} == decimals(reference["net_by_year"])


@pytest.mark.parametrize(
    "file",
    [
        "quirks/customers_utf8_bom_crlf.csv",
        "quirks/customers_utf16le_bom_tab.txt",
        "quirks/customers_cp1252_semicolon.csv",
    ],
)
def test_awkward_customer_files_are_the_same_customers(masters: Installation, file: str) -> None:
    result = bring_in(masters, "customer", DATA / file, "customers.yaml")
    assert (result.created, result.updated, result.rejected) == (0, 0, [])
    assert result.unchanged == 91


def test_twenty_resamples_agree_with_plain_decimals(masters: Installation, tmp_path: Path) -> None:
    with (DATA / "orders.csv").open(encoding="utf-8", newline="") as file:
        orders = list(csv.DictReader(file))
    with (DATA / "order_details.csv").open(encoding="utf-8", newline="") as file:
        details = list(csv.DictReader(file))
    exact, rounded = Decimal(0), Decimal(0)
    for seed in range(20):
        chosen = random.Random(seed).sample(orders, 12)
        lines = [line for line in details if line["OrderID"] in {o["OrderID"] for o in chosen}]
        renumbered = [{**o, "OrderID": f"{seed}-{o['OrderID']}"} for o in chosen]
        write(tmp_path / "orders.csv", renumbered)
        write(
            tmp_path / "order_details.csv",
            [{**n, "OrderID": f"{seed}-{n['OrderID']}"} for n in lines],
        )
        result = bring_in(masters, "sales_order", tmp_path / "orders.csv", "orders.yaml")
        assert (result.created, result.rejected) == (12, [])
        for line in lines:
            net = (
                Decimal(line["UnitPrice"])
                * Decimal(line["Quantity"])
                * (1 - Decimal(line["Discount"]))
            )
            exact += net
            rounded += net.quantize(Decimal("0.01"), ROUND_HALF_UP)
        assert total(masters, "net_revenue") == exact
        assert total(masters, "sum:net") == rounded


def test_a_dry_run_keeps_nothing(masters: Installation) -> None:
    platform = masters.platform
    mapping = mapping_from_file(
        platform.sources(),
        organisation_documents(platform.database),
        HERE / "mappings" / "orders.yaml",
    )
    caller = masters.caller("system", opening=True)
    result = imports.run(
        imports.prepare(caller, "sales_order", DATA / "orders.csv", mapping, dry_run=True)
    )
    assert result.created == 830
    query = AggregateQuery("sales_order", measures=("count",))
    assert int(aggregate(masters.caller("system"), query)[0]["count"]) == 0


def test_a_bad_row_is_rejected_alone_and_by_name(masters: Installation, tmp_path: Path) -> None:
    rows = [
        {
            "CustomerID": "NEW1",
            "CompanyName": "Good",
            "Country": "Peru",
            "City": "",
            "Phone": "",
            "Fax": "",
        },
        {
            "CustomerID": "NEW2",
            "CompanyName": "",
            "Country": "Peru",
            "City": "",
            "Phone": "",
            "Fax": "",
        },
    ]
    extra = dict.fromkeys(("Address", "Region", "PostalCode"), "")
    write(tmp_path / "customers.csv", [{**row, **extra} for row in rows])
    result = bring_in(masters, "customer", tmp_path / "customers.csv", "customers.yaml")
    assert result.created == 1
    assert [(r.row.number, [e.field for e in r.error.errors]) for r in result.rejected] == [
        (3, ["name"])
    ]


def decimals(values: dict[str, str]) -> dict[str, Decimal]:
    return {key: Decimal(value) for key, value in values.items()}


def write(path: Path, rows: list[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
