"""Lists are read completely and in order, page by page, forwards and backwards, whatever is null or equal."""

import base64
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.kernel.errors import Invalid
from core.kernel.text import fold
from core.records.query import ListQuery, list_ids, list_records

SORTS = [
    "id", "number", "customer", "order_date", "promised", "priority", "urgent", "kind", "note", "cost", "freight",
    "total", "owner", "margin", "third", "age", "caption", "credit_left", "bulk", "customer.name", "customer.credit",
    "customer.territory", "customer.territory.name", "created_at",
]  # fmt: skip
TITLED = {"customer": "name", "owner": "name", "territory": "name"}


def compared(seen, row, text):
    path = tuple(text.split("."))
    titled = (*path, TITLED.get(path[-1], ""))
    if path[-1] in TITLED and seen.reads_path("sales_order", titled):
        path = titled
    value = seen.value("sales_order", row, path)
    return fold(value) if isinstance(value, str) and text not in {"kind", "caption"} else value


def in_order(seen, rows, keys):
    """Sort from the last key to the first, nulls last in either direction."""
    descending = keys[-1].startswith("-") if keys else False
    rows = sorted(rows, key=lambda row: row["id"], reverse=descending)
    for key in reversed(keys):
        name = key.removeprefix("-")
        known = [r for r in rows if compared(seen, r, name) is not None]
        known.sort(key=lambda r, name=name: compared(seen, r, name), reverse=key.startswith("-"))
        rows = known + [r for r in rows if compared(seen, r, name) is None]
    return [row["id"] for row in rows]


def walk(caller, query):
    """All ids forwards, then all ids backwards from the last page."""
    forwards, cursor, pages = [], None, []
    while True:
        page = list_records(caller, query(cursor))
        pages.append([row["id"] for row in page.rows])
        forwards += pages[-1]
        if page.next_cursor is None:
            break
        cursor = page.next_cursor
    backwards = list(pages[-1])
    while page.previous_cursor is not None:
        page = list_records(caller, query(page.previous_cursor))
        if not page.rows:
            break
        assert page.next_cursor is not None
        backwards = [row["id"] for row in page.rows] + backwards
    return forwards, backwards


@st.composite
def orders(draw):
    names = draw(st.lists(st.sampled_from(SORTS), min_size=0, max_size=3, unique=True))
    return [draw(st.sampled_from(["", "-"])) + name for name in names]


@pytest.fixture
def check(shop, see):
    def run(keys, limit, roles, user):
        seen = see(*roles, user=user, admin=not roles)
        caller = shop.caller(*roles, user=user) if roles else shop.system
        keys = (
            keys[: [k.lstrip("-") for k in keys].index("id") + 1]
            if "id" in [k.lstrip("-") for k in keys]
            else keys
        )
        readable = all(
            seen.reads_path("sales_order", tuple(k.lstrip("-").split("."))) for k in keys
        )

        def query(cursor):
            return ListQuery(
                "sales_order", sort=",".join(keys), limit=limit, cursor=cursor, fields=("number",)
            )

        if not readable:
            with pytest.raises(Invalid) as caught:
                list_records(caller, query(None))
            assert caught.value.errors[0].code == "unknown_name"
            return
        expected = in_order(seen, seen.visible("sales_order"), keys)
        assert walk(caller, query) == (expected, expected)

    return run


def test_every_order_is_paged_through_both_ways(check):
    @given(orders(), st.integers(1, 30))
    @settings(max_examples=60)
    def run(keys, limit):
        check(keys, limit, (), 1)

    run()


def test_several_branches_of_a_policy_page_like_one_list(check):
    roles = st.lists(
        st.sampled_from(["sales", "web_sales", "regional", "cheap"]),
        min_size=2,
        max_size=4,
        unique=True,
    )

    @given(orders(), st.integers(1, 12), roles, st.integers(1, 3))
    @settings(max_examples=60)
    def run(keys, limit, names, user):
        check(keys, limit, tuple(names), user)

    run()


def test_ids_come_in_the_same_order(shop, see):
    seen = see(admin=True)
    query = ListQuery("sales_order", sort="-customer,priority", limit=500)
    expected = in_order(seen, seen.visible("sales_order"), ["-customer", "priority"])
    assert list_ids(shop.system, query) == expected


def cursor_of(caller, **values):
    return list_records(caller, ListQuery("sales_order", limit=3, **values)).next_cursor


@pytest.mark.parametrize(
    "other",
    [
        {"sort": "total"},
        {"filter": "total > 2"},
        {"q": "a"},
        {"object": "customer"},
    ],
)
def test_a_cursor_of_another_list_is_refused(shop, other):
    cursor = cursor_of(shop.system, sort="-total", filter="total > 1")
    values = {"object": "sales_order", "sort": "-total", "filter": "total > 1"} | other
    if values["object"] == "customer":
        values |= {"sort": "-credit", "filter": None}
    with pytest.raises(Invalid) as caught:
        list_records(shop.system, ListQuery(**values, cursor=cursor))
    assert (caught.value.message_id, caught.value.errors[0].field) == ("cursor.invalid", "cursor")


def test_a_cursor_may_be_used_with_other_fields_and_limits(shop):
    cursor = cursor_of(shop.system, sort="-total")
    query = ListQuery("sales_order", sort="-total", limit=7, fields=("total",), cursor=cursor)
    assert len(list_records(shop.system, query).rows) == 7


def test_a_changed_cursor_is_refused(shop):
    cursor = cursor_of(shop.system, sort="-total")
    raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    changed = [
        base64.urlsafe_b64encode(raw[:i] + bytes([raw[i] ^ 1]) + raw[i + 1 :]).decode().rstrip("=")
        for i in range(len(raw))
    ]
    for text in [*changed, "x", "", " ", "é", "=" * 50, cursor[:-2], "A" * 20_000, "\x00"]:
        if not text:
            continue
        with pytest.raises(Invalid, match=r"cursor\.invalid"):
            list_records(shop.system, ListQuery("sales_order", sort="-total", cursor=text))


def test_another_installation_s_cursor_is_refused(own_shop):
    cursor = cursor_of(own_shop.system)
    own_shop.services.secret = b"other"
    with pytest.raises(Invalid, match=r"cursor\.invalid"):
        list_records(own_shop.system, ListQuery("sales_order", cursor=cursor))


def test_records_that_come_and_go_do_not_disturb_the_pages(own_shop):
    table = own_shop.model.tables.table("sales_order")
    first = list_records(own_shop.system, ListQuery("sales_order", sort="total", limit=5))
    gone = first.rows[-1]["id"]
    own_shop.execute(
        table.update().where(table.c.id == gone).values(deleted_at=own_shop.clock.now())
    )
    cheaper = Decimal(first.rows[0]["total"])
    following = list_records(
        own_shop.system, ListQuery("sales_order", sort="total", limit=5, cursor=first.next_cursor)
    )
    assert not {row["id"] for row in first.rows} & {row["id"] for row in following.rows}
    assert all(Decimal(row["total"]) >= cheaper for row in following.rows)


def test_the_order_names_at_most_five_keys(shop):
    with pytest.raises(Invalid, match="sort_too_long"):
        list_records(
            shop.system, ListQuery("sales_order", sort="number,customer,cost,kind,note,total")
        )


def test_lines_do_not_sort(shop):
    with pytest.raises(Invalid, match="sort_by_lines"):
        list_records(shop.system, ListQuery("sales_order", sort="lines"))
