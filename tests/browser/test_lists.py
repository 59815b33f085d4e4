"""Lists: search, filters, the expression box, sort order, pages, columns, views, the palette."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import expect

from tests.browser.conftest import PHONE


def state_of(page):
    return {name: values[0] for name, values in parse_qs(urlsplit(page.url).query).items()}


def rows(page):
    return page.locator("#list tbody tr")


def test_sorting_by_a_heading(page):
    page.goto("/o/sales_order")
    heading = page.get_by_role("columnheader", name="Total")
    expect(heading).to_have_attribute("aria-sort", "none")
    heading.get_by_role("link").click()
    expect(heading).to_have_attribute("aria-sort", "ascending")
    heading.get_by_role("link").click()
    expect(heading).to_have_attribute("aria-sort", "descending")
    assert state_of(page)["sort"] == "-total"
    page.reload()
    expect(heading).to_have_attribute("aria-sort", "descending")


def test_paging_forth_and_back(page):
    page.goto("/o/sales_order?sort=id")
    first = rows(page).first.inner_text()
    expect(rows(page)).to_have_count(25)
    expect(page.get_by_role("button", name="Previous page")).to_be_disabled()
    page.get_by_role("link", name="Next page").click()
    expect(rows(page)).not_to_have_count(25)
    assert first not in page.locator("#list tbody").inner_text().split("\n")
    page.go_back()
    expect(rows(page)).to_have_count(25)
    page.go_forward()
    page.get_by_role("link", name="Previous page").click()
    expect(rows(page)).to_have_count(25)
    assert rows(page).first.inner_text() == first


def test_counting_is_asked_for(page):
    page.goto("/o/sales_order?filter=id+%3C%3D+30")
    page.get_by_role("link", name="Count records").click()
    expect(page.locator(".pager")).to_contain_text("30 records")


def test_searching_while_typing(page):
    page.goto("/o/customer")
    page.get_by_role("searchbox", name="Search customers").press_sequentially("juniper")
    expect(rows(page)).to_have_count(1)
    expect(rows(page)).to_contain_text("Juniper Energy")
    assert state_of(page)["q"] == "juniper"


def test_the_filter_panel_writes_an_expression(page):
    page.goto("/o/sales_order")
    page.get_by_role("button", name="Filter").click()
    panel = page.locator("#filters")
    panel.get_by_role("checkbox", name="Confirmed").check()
    expect(page.get_by_role("listitem").filter(has_text="StateConfirmed")).to_be_visible()
    assert state_of(page)["filter"] == 'state in ("confirmed")'
    panel.get_by_text("Total", exact=True).click()
    panel.get_by_label("Total: from").fill("5000")
    panel.get_by_label("Total: from").press("Tab")
    expect(page.locator(".chips")).to_contain_text("≥ 5000")
    assert state_of(page)["filter"] == 'state in ("confirmed") and total >= 5000'
    for text in page.locator("#list tbody td.num").all_inner_texts():
        assert float(text.strip("¥").replace(",", "")) >= 5000


def test_filtering_by_a_record(page):
    page.goto("/o/sales_order")
    page.get_by_role("button", name="Filter").click()
    panel = page.locator("#filters")
    panel.locator("summary", has_text="Customer").click()
    panel.get_by_role("combobox", name="Customer").last.fill("Alpine")
    page.get_by_role("option", name="Alpine Studios").click()
    expect(page.locator(".chips")).to_contain_text("Alpine Studios")
    for row in rows(page).all():
        expect(row).to_contain_text("Alpine Studios")


def test_a_chip_takes_its_condition_away_and_keeps_the_rest(page):
    page.goto('/o/sales_order?filter=state in ("draft") and customer.country == null')
    expect(page.locator(".chip-x")).to_have_count(2)
    page.get_by_role("link", name="Remove filter State").click()
    expect(page.locator(".chip-x")).to_have_count(1)
    assert state_of(page)["filter"] == "customer.country == null"


def test_what_the_panel_cannot_show_survives_it(page):
    page.goto("/o/sales_order?filter=customer.country == null or total > 5")
    page.get_by_role("button", name="Filter").click()
    page.locator("#filters").get_by_role("checkbox", name="Draft").check()
    expect(page.locator(".chip-x")).to_have_count(2)
    assert (
        state_of(page)["filter"] == '(customer.country == null or total > 5) and state in ("draft")'
    )


def test_another_field_can_be_asked_for(page):
    page.goto("/o/sales_order")
    page.get_by_role("button", name="Filter").click()
    panel = page.locator("#filters")
    panel.get_by_role("combobox", name="Filter by another field").select_option(label="Notes")
    panel.locator("summary", has_text="Notes").click()
    expect(panel.get_by_role("textbox", name="Notes")).to_be_visible()


def test_a_broken_expression_is_explained_in_place(page):
    page.goto("/o/sales_order")
    page.get_by_role("button", name="Filter").click()
    page.locator("#filters").get_by_role("button", name="Edit as expression").click()
    box = page.get_by_role("textbox", name="Filter expression")
    box.fill("total > 5 and totl < 9")
    page.get_by_role("button", name="Apply").click()
    expect(page.locator("#expr_e")).to_contain_text("total")
    expect(page.locator(".expr-at mark")).to_have_text("totl")
    expect(box).to_have_value("total > 5 and totl < 9")
    box.fill("total > 5")
    page.get_by_role("button", name="Apply").click()
    expect(page.locator(".chip-x")).to_have_count(1)


def test_columns_are_chosen_and_remembered(page):
    page.goto("/o/sales_order")
    page.get_by_role("button", name="Columns").click()
    panel = page.locator("#columns")
    panel.get_by_role("checkbox", name="Owner").uncheck()
    expect(page.get_by_role("columnheader", name="Owner")).to_have_count(0)
    panel.get_by_role("checkbox", name="Currency").check()
    expect(page.get_by_role("columnheader", name="Currency")).to_be_visible()
    assert "currency" in state_of(page)["columns"]
    page.goto("/o/sales_order")
    expect(page.get_by_role("columnheader", name="Currency")).to_be_visible()


def test_views_are_tabs(page):
    page.goto("/o/sales_order")
    page.get_by_role("link", name="Open orders").click()
    expect(page.get_by_role("link", name="Open orders")).to_have_attribute("aria-current", "page")
    assert state_of(page)["view"] == "open"


def test_a_reference_leads_to_its_record(page):
    page.goto("/o/sales_order?filter=customer.code == 'C000'")
    page.get_by_role("link", name="Terra Systems").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Terra Systems")


def test_the_palette_finds_records_and_pages(page):
    page.goto("/")
    page.keyboard.press("Control+k")
    box = page.get_by_role("searchbox", name="Search everything")
    expect(box).to_be_focused()
    box.press_sequentially("alpine")
    expect(
        page.locator("#pal-out").get_by_role("link", name="Alpine Studios").first
    ).to_be_visible()
    box.fill("sales an")
    expect(page.locator("#pal-out").get_by_role("link", name="Sales analysis")).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sales analysis")


def test_cards_on_a_phone(context_of, watched, overflow):
    page = watched(context_of("zh_CN", PHONE).new_page())
    page.goto("/o/sales_order")
    expect(page.get_by_role("columnheader", name="客户")).to_be_hidden()
    expect(rows(page).first.get_by_role("link").first).to_be_visible()
    page.get_by_role("button", name="筛选").click()
    page.locator("#filters").get_by_role("checkbox", name="草稿").check()
    expect(page.locator(".chip-x")).to_contain_text("草稿")
    assert overflow(page) == 0


def test_a_report_row_leads_to_its_records(page):
    page.goto("/r/sales_analysis?by=year")
    expect(page.get_by_role("rowheader", name="Total")).to_be_visible()
    page.get_by_role("link", name="Customer", exact=True).click()
    expect(page.get_by_role("columnheader", name="Customer")).to_be_visible()
    page.get_by_role("link", name="Show as bars").click()
    expect(page.locator("progress").first).to_be_visible()
    page.get_by_role("link", name="Show the records").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sales orders")
    assert rows(page).count() > 0
