"""Orders: prices, tax and totals as in the worked examples."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.kernel.errors import Conflict, Invalid
from core.kernel.money import round_half_up
from core.records import commands
from plugins.orders.pricing import price_after_discount
from plugins.orders.tax import document_tax
from tests.installation import Installation


def order(inst: Installation, lines: list[dict[str, Any]], **data: Any) -> dict[str, Any]:
    return inst.create("sales_order", {"customer": inst.seed["customer"], "lines": lines, **data})


@pytest.fixture
def shop(installation: Installation) -> Installation:
    installation.seed = installation.seed_orders()
    return installation


def taxed(inst: Installation, rate: str) -> int:
    made: int = inst.create("tax", {"code": f"T{rate}", "name": rate, "rate": rate})["id"]
    return made


def test_w1_net_is_rounded_before_tax(shop: Installation) -> None:
    seed, tax = shop.seed, taxed(shop, "22")
    lines = [{"product": seed["widget"], "qty": 16, "price": "348.35", "discount": 4, "tax": tax}]
    made = order(shop, lines)
    assert (made["untaxed"], made["tax"], made["total"]) == ("5350.66", "1177.15", "6527.81")


@pytest.mark.parametrize(
    ("rate", "lines", "expected"),
    [
        ("8.5", (("46.07", "20"), ("9.21", "0")), ("46.07", "3.92")),
        ("23", (("55.55", "0"), ("11.11", "0")), ("66.66", "15.33")),
    ],
)
def test_w2_tax_is_rounded_once_per_document(
    shop: Installation, rate: str, lines: tuple[tuple[str, str], ...], expected: tuple[str, str]
) -> None:
    tax = taxed(shop, rate)
    widget = shop.seed["widget"]
    made = order(
        shop,
        [{"product": widget, "qty": 1, "price": p, "discount": d, "tax": tax} for p, d in lines],
    )
    assert (made["untaxed"], made["tax"]) == expected


def test_w28_average_discount_without_header_discount(shop: Installation) -> None:
    seed = shop.seed
    made = order(
        shop,
        [
            {"product": seed["widget"], "qty": 10, "price": "90"},
            {"product": seed["gadget"], "qty": 20, "price": "45"},
        ],
    )
    assert Decimal(made["average_discount"]) == Decimal(10)


def test_w29_nine_ninths_of_a_box_are_one_box(shop: Installation) -> None:
    assert sum([round_half_up(Decimal(1) / 9, 9)] * 9) != 1
    assert 9 * Decimal(1) / 9 == 1


def test_a_line_without_a_price_gets_the_list_price_and_its_own_currency(
    shop: Installation,
) -> None:
    seed = shop.seed
    made = order(shop, [{"product": seed["widget"], "qty": "2.5"}])
    line = made["lines"][0]
    assert (Decimal(line["price"]), line["net"], made["currency"]) == (
        Decimal(100),
        "250.00",
        "CNY",
    )


def test_a_changed_product_brings_its_price_but_a_manual_price_stays(shop: Installation) -> None:
    seed = shop.seed
    made = order(shop, [{"product": seed["widget"], "qty": 1}])
    line = made["lines"][0]["id"]
    changed = shop.update(
        "sales_order", made["id"], {"lines": [{"id": line, "product": seed["gadget"]}]}
    )
    assert changed["total"] == "56.50"
    manual = shop.update("sales_order", made["id"], {"lines": [{"id": line, "price": "44.44"}]})
    assert manual["lines"][0]["net"] == "44.44"
    again = shop.update("sales_order", made["id"], {"lines": [{"id": line, "qty": 2}]})
    assert again["lines"][0]["net"] == "88.88"


def test_yen_have_no_minor_unit(shop: Installation) -> None:
    seed = shop.seed
    made = order(shop, [{"product": seed["widget"], "qty": 1, "price": "10.5"}], currency="JPY")
    assert (Decimal(made["untaxed"]), Decimal(made["tax"])) == (Decimal(11), Decimal(1))


def test_only_a_manager_sells_below_the_floor(shop: Installation) -> None:
    seed = shop.seed
    data = {
        "customer": seed["customer"],
        "lines": [{"product": seed["widget"], "qty": 1, "price": "69.99"}],
    }
    with pytest.raises(Invalid) as refused:
        shop.create("sales_order", data, "sales")
    assert [(e.field, e.message_id) for e in refused.value.errors] == [
        ("lines.0.price", "order.below_floor")
    ]
    assert shop.create("sales_order", data, "manager")["untaxed"] == "69.99"


def test_a_number_is_drawn_when_the_order_is_confirmed(shop: Installation) -> None:
    seed = shop.seed
    numbers = []
    for _ in range(3):
        made = order(shop, [{"product": seed["widget"], "qty": 1}])
        assert made["number"] is None
        commands.act(shop.caller("manager"), "sales_order", made["id"], "confirm")
        numbers.append(shop.get("sales_order", made["id"])["number"])
    assert [n[-5:] for n in numbers] == ["00001", "00002", "00003"]


def test_a_confirmed_order_is_frozen(shop: Installation) -> None:
    seed = shop.seed
    made = order(shop, [{"product": seed["widget"], "qty": 1}])
    commands.act(shop.caller("manager"), "sales_order", made["id"], "confirm")
    line = made["lines"][0]["id"]
    for change in ({"lines": [{"id": line, "qty": 2}]}, {"lines": []}, {"customer_po": "X"}):
        with pytest.raises((Conflict, Invalid)):
            shop.update("sales_order", made["id"], change)
    assert shop.update("sales_order", made["id"], {"notes": "call first"})["notes"] == "call first"


def test_states_move_only_by_actions(shop: Installation) -> None:
    seed = shop.seed
    made = order(shop, [{"product": seed["widget"], "qty": 1}])
    with pytest.raises(Invalid) as refused:
        shop.update("sales_order", made["id"], {"state": "confirmed"})
    assert refused.value.errors[0].code == "read_only"
    with pytest.raises(Conflict) as wrong:
        commands.act(shop.caller("manager"), "sales_order", made["id"], "finish")
    assert wrong.value.params["possible"] == "confirm, cancel"


@given(
    st.lists(
        st.tuples(
            st.decimals("0", "99999", places=2),
            st.sampled_from([Decimal(0), Decimal(6), Decimal(13)]),
        )
    ),
    st.sampled_from([0, 2, 3]),
)
def test_document_tax_never_depends_on_the_order_of_lines(
    lines: list[tuple[Decimal, Decimal]], places: int
) -> None:
    found = document_tax(lines, places)
    assert found == document_tax(list(reversed(lines)), places)
    exact = sum((net * rate / 100 for net, rate in lines), Decimal(0))
    rates = len({rate for _, rate in lines})
    assert abs(found - exact) <= Decimal(5).scaleb(-places - 1) * max(rates, 1)


@given(st.decimals("0", "999999", places=4), st.decimals("0", "100", places=2))
def test_price_after_discount_is_rounded_half_up(price: Decimal, discount: Decimal) -> None:
    assert price_after_discount(price, discount) == round_half_up(price * (100 - discount) / 100, 4)
