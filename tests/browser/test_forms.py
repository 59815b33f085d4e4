"""Forms: making, changing and finding an order by hand, in two languages and at both widths."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PHONE, WIDE

WORDS = {
    "en": {
        "new": "New sales order", "customer": "Customer", "product": "Product", "qty": "Quantity", "price": "Price",
        "add": "Add line", "save": "Save", "edit": "Edit", "discount": "Discount %", "saved": "Saved",
        "po": "Customer's order number", "confirm": "Confirm", "search": "Search sales orders",
        "confirmed": "Confirmed",
    },
    "zh_CN": {
        "new": "新建销售订单", "customer": "客户", "product": "产品", "qty": "数量", "price": "单价",
        "add": "添加明细", "save": "保存", "edit": "编辑", "discount": "折扣%", "saved": "已保存",
        "po": "客户订单号", "confirm": "确认", "search": "搜索销售订单", "confirmed": "已确认",
    },
}  # fmt: skip


def choose(page, scope, label, text):
    """Pick a record by type-ahead, as a person does."""
    scope.get_by_role("combobox", name=re.compile(f"^{re.escape(label)}")).first.fill(text)
    page.get_by_role("option", name=text).first.click()


@pytest.mark.parametrize("language", ["en", "zh_CN"])
@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_an_order_is_made_changed_and_found(context_of, watched, overflow, language, size):
    w = WORDS[language]
    page = watched(context_of(language, size).new_page())
    page.goto("/o/sales_order/new")
    expect(page.get_by_role("heading", level=1)).to_have_text(w["new"])
    choose(page, page, w["customer"], "华星科技")
    number = f"PO-{language}-{size['width']}"
    page.get_by_label(w["po"]).fill(number)
    row = page.locator("[data-row]").first
    choose(page, row, w["product"], "Pump 3 kW")
    expect(row.get_by_role("textbox", name=w["price"])).to_have_value("1250.00")
    row.get_by_role("textbox", name=w["qty"]).fill("3")
    expect(page.locator("[data-figure='untaxed']")).to_have_text("¥3,750.00")
    page.get_by_role("button", name=w["add"]).click()
    second = page.locator("[data-row]").nth(1)
    choose(page, second, w["product"], "Valve DN20")
    expect(second.get_by_role("textbox", name=w["price"])).to_have_value("18.4375")
    second.get_by_role("textbox", name=w["qty"]).fill("10")
    expect(page.locator("[data-figure='untaxed']")).to_have_text("¥3,934.38")
    assert overflow(page) == 0
    page.get_by_role("button", name=w["save"]).click()
    page.wait_for_url(re.compile(r"/o/sales_order/\d+$"))
    expect(page.locator("#toasts")).to_contain_text(w["saved"])
    expect(page.get_by_role("main")).to_contain_text("¥3,934.38")
    page.get_by_role("link", name=w["edit"]).click()
    page.locator("[data-row]").nth(1).get_by_role("textbox", name=w["discount"]).fill("50")
    expect(page.locator("[data-figure='untaxed']")).to_have_text("¥3,842.19")
    page.keyboard.press("Control+Enter")
    page.wait_for_url(re.compile(r"/o/sales_order/\d+$"))
    expect(page.get_by_role("main")).to_contain_text("¥3,842.19")
    page.get_by_role("button", name=w["confirm"]).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("SO2026-")
    expect(page.locator(".path [aria-current=step]")).to_have_text(w["confirmed"])
    page.goto("/o/sales_order")
    page.get_by_role("searchbox", name=w["search"]).fill(number)
    expect(page.locator("#list tbody tr")).to_have_count(1)


def test_errors_stand_beside_their_inputs(page, findings):
    page.goto("/o/sales_order/new")
    row = page.locator("[data-row]").first
    choose(page, row, "Product", "Pump")
    row.get_by_role("textbox", name="Quantity").fill("many")
    page.get_by_label("Customer's order number").fill("kept")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#i_customer_e")).to_be_visible()
    expect(page.locator("#i_lines_0_qty_e")).to_be_visible()
    expect(page.get_by_label("Customer's order number")).to_have_value("kept")
    expect(page.locator("[data-row]").first.get_by_role("textbox", name="Quantity")).to_have_value(
        "many"
    )
    expect(page.locator("[data-row]").first).to_contain_text("Pump 3 kW")
    assert findings(page) == []
    choose(page, page, "Customer", "Alpine")
    page.locator("[data-row]").first.get_by_role("textbox", name="Quantity").fill("2")
    page.get_by_role("button", name="Save").click()
    page.wait_for_url(re.compile(r"/o/sales_order/\d+$"))


def test_a_conflict_keeps_what_was_typed(page, context_of):
    page.goto("/o/customer/3/edit")
    page.locator("summary", has_text="Contact details").click()
    page.get_by_label("City").fill("Shenzhen")
    other = context_of().new_page()
    other.goto("/o/customer/3/edit")
    other.locator("summary", has_text="Contact details").click()
    other.get_by_label("City").fill("Guangzhou")
    other.get_by_role("button", name="Save").click()
    other.wait_for_url(re.compile(r"/o/customer/3$"))
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("Chen Wei changed this record")
    expect(page.get_by_label("City")).to_have_value("Shenzhen")
    page.get_by_text("See differences").click()
    expect(page.locator(".diff").get_by_role("row", name="City")).to_contain_text("Guangzhou")
    page.get_by_role("button", name="Save mine anyway").click()
    page.wait_for_url(re.compile(r"/o/customer/3$"))
    expect(page.get_by_role("main")).to_contain_text("Shenzhen")


def test_two_clicks_make_one_record(page):
    page.goto("/o/uom/new")
    page.get_by_label("Code").fill("twice")
    page.get_by_label("Name").fill("Clicked twice")
    token, key = page.input_value("[name=csrf_token]"), page.input_value("[name=_key]")
    form = {
        "csrf_token": token,
        "_key": key,
        "_version": "",
        "code": "twice",
        "name": "Clicked twice",
    }
    first = page.request.post("/o/uom/new", form=form, max_redirects=0)
    second = page.request.post("/o/uom/new", form=form, max_redirects=0)
    assert (first.status, second.status) == (303, 303)
    assert first.headers["location"] == second.headers["location"]


def test_lines_by_keyboard(page):
    page.goto("/o/sales_order/7/edit")
    rows = page.locator("[data-row]")
    expect(rows).to_have_count(2)
    first = rows.first.get_by_role("textbox", name="Quantity")
    first.focus()
    page.keyboard.press("Enter")
    expect(rows.nth(1).get_by_role("textbox", name="Quantity")).to_be_focused()
    page.keyboard.press("Enter")
    expect(rows).to_have_count(3)
    rows.nth(2).get_by_role("button", name="Remove line").click()
    expect(rows).to_have_count(2)
    before = rows.first.inner_text()
    rows.nth(1).get_by_label("Move line", exact=True).press("ArrowUp")
    expect(rows.nth(1)).to_contain_text(before.split("\n")[0])


def test_deleting_asks_first(page):
    page.goto("/o/carrier/new")
    page.get_by_label("Name").first.fill("Gone Express")
    page.get_by_role("button", name="Save").click()
    page.wait_for_url(re.compile(r"/o/carrier/\d+$"))
    page.get_by_role("button", name="Delete").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Gone Express")
    dialog.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Gone Express")
    page.get_by_role("button", name="Delete").click()
    dialog.get_by_role("button", name="Delete").click()
    expect(page).to_have_url(re.compile(r"/o/carrier$"))
    expect(page.locator("#toasts")).to_contain_text("recycle bin")


def test_a_refused_action_says_why(page):
    page.goto("/o/sales_order/7")
    token = page.locator("meta[name=csrf-token]").get_attribute("content")
    answer = page.request.post(
        "/o/sales_order/7/actions/finish",
        form={"csrf_token": token, "_version": ""},
        max_redirects=0,
    )
    assert answer.status == 409
    assert "banner" in answer.text()


def test_a_session_that_ended_leads_to_the_sign_in_page(page, context_of):
    page.goto("/o/customer")
    page.context.clear_cookies(name="session")
    page.get_by_role("columnheader", name="Name").get_by_role("link").click()
    page.wait_for_url(re.compile(r"/login/\?next="))
