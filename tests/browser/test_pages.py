"""Every kind of page: no breach of the CSP, no accessibility finding, no sideways scroll, at both widths and themes."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PHONE, WIDE
from tests.browser.serve import PAYLOAD

PAGES = {
    "home": "/",
    "list": "/o/sales_order",
    "filtered": "/o/sales_order?filter=state+in+(%22draft%22)+and+total+%3E%3D+1000",
    "broken filter": "/o/sales_order?filter=totl+%3E+5",
    "empty list": "/o/contact",
    "new": "/o/sales_order/new",
    "record": "/o/sales_order/6",
    "edit": "/o/sales_order/7/edit",
    "history": "/o/sales_order/6/history",
    "customer": "/o/customer/6",
    "report": "/r/sales_analysis?by=year,product&bars=1",
    "users": "/users/list/",
    "user": "/users/edit/1",
    "roles": "/roles/list/",
    "my account": "/users/userinfo/",
    "status": "/status",
    "not found": "/o/nonsense",
}
LOOKS = [
    ("en", WIDE, "light"),
    ("en", PHONE, "dark"),
    ("zh_CN", WIDE, "dark"),
    ("zh_CN", PHONE, "light"),
    ("zh_TW", WIDE, "light"),
]


@pytest.mark.parametrize("look", LOOKS, ids=lambda v: f"{v[0]}-{v[1]['width']}-{v[2]}")
def test_every_page_is_clean(context_of, watched, findings, overflow, look):
    language, size, theme = look
    page = watched(context_of(language, size, theme).new_page())
    found = {}
    for name, address in PAGES.items():
        page.goto(address)
        page.wait_for_load_state("load")
        assert page.locator("html").get_attribute("data-bs-theme") == theme
        assert overflow(page) == 0, name
        assert "ui." not in page.inner_text("main"), name
        if reasons := findings(page):
            found[name] = reasons
    assert found == {}


def test_stored_markup_stays_text(page):
    for address in (
        "/o/customer",
        "/o/customer/6",
        "/o/sales_order/6",
        "/o/sales_order/6/history",
        "/o/customer/6/edit",
        "/",
    ):
        page.goto(address)
        page.wait_for_load_state("load")
        assert page.locator("img[src=x]").count() == 0
    page.goto("/o/sales_order/6")
    expect(page.get_by_role("heading", level=1)).to_contain_text(PAYLOAD)
    page.goto("/r/sales_analysis?by=customer")
    expect(page.get_by_role("region")).to_contain_text(PAYLOAD)


def test_a_warm_list_is_one_request_and_small(page):
    asked = []
    page.on("request", lambda r: asked.append(r.url))
    page.goto("/o/sales_order")
    page.wait_for_load_state("networkidle")
    assert len(asked) <= 12
    asked.clear()
    answer = page.goto("/o/sales_order?sort=number")
    page.wait_for_load_state("networkidle")
    fetched = [url for url in asked if "/static/" not in url]
    assert len(fetched) == 1
    assert len(answer.body()) <= 40_000


def test_nobody_is_shown_anything_without_signing_in(browser, server):
    context = browser.new_context(base_url=server)
    page = context.new_page()
    page.goto("/o/sales_order?sort=number")
    assert page.url.startswith(f"{server}/login/?next=")
    page.goto("/")
    assert "/login/" in page.url
    context.close()


def test_language_and_theme_are_kept_on_the_sign_in_page(browser, server, findings):
    context = browser.new_context(base_url=server, locale="en-US")
    page = context.new_page()
    page.goto("/login/")
    assert findings(page) == []
    page.get_by_role("button", name="繁體中文").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("登入")
    assert page.locator("html").get_attribute("lang") == "zh-Hant"
    page.reload()
    expect(page.get_by_role("button", name="登入")).to_be_visible()
    context.close()


def test_a_wrong_password_says_so_in_place(browser, server):
    context = browser.new_context(base_url=server)
    page = context.new_page()
    page.goto("/login/")
    page.fill("#username", "nobody-here")
    page.fill("#password", "wrong-password-1")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_be_visible()
    assert page.input_value("#username") == "nobody-here"
    context.close()


def test_the_menu_shows_what_the_person_may_open(context_of, watched, signed_in_sales):
    page = watched(context_of(who=signed_in_sales).new_page())
    page.goto("/")
    menu = page.get_by_role("navigation", name="Main menu")
    expect(menu.get_by_role("link", name="Sales orders")).to_be_visible()
    expect(menu.get_by_text("Administration")).to_have_count(0)
    assert page.goto("/status").status == 403
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert page.goto("/users/list/").status == 403


def test_theme_language_and_sign_out_from_the_user_menu(browser, server, watched):
    from tests.browser.conftest import sign_in

    context = browser.new_context(base_url=server, storage_state=sign_in(browser, server, "admin"))
    page = watched(context.new_page())
    page.goto("/o/customer")
    page.get_by_role("button", name="Chen Wei").click()
    page.get_by_role("button", name="Dark theme").click()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    assert page.url.endswith("/o/customer")
    page.get_by_role("button", name="Chen Wei").click()
    page.get_by_role("button", name="简体中文").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("客户")
    page.get_by_role("button", name="Chen Wei").click()
    page.get_by_role("button", name="退出登录").click()
    expect(page).to_have_url(f"{server}/login/")
    page.goto("/o/customer")
    assert "/login/" in page.url
    context.close()
