"""Lists and single records: filters, search, fields, embedded records, counting."""

from decimal import Decimal

import pytest
import sqlalchemy as sa

from core.kernel.errors import Forbidden, Invalid, NotFound
from core.kernel.messages import Catalogue
from core.kernel.text import fold
from core.metadata.expressions import ObjectScope, compile_expression
from core.records.messages_read import MESSAGES
from core.records.policies import policy_of
from core.records.query import ListQuery, fetch_values, get_record, list_records
from core.records.titles import title_parts


def ids(page):
    return [row["id"] for row in page.rows]


def test_a_list_reads_25_records_by_id(shop):
    page = list_records(shop.system, ListQuery("sales_order"))
    assert ids(page) == [row["id"] for row in shop.rows.live("sales_order")][:25]
    assert page.count is None
    assert page.previous_cursor is None
    assert page.next_cursor


def test_deleted_records_are_never_there(shop):
    gone = [i for i, row in shop.rows.by_object["sales_order"].items() if row["_deleted"]]
    assert gone
    page = list_records(shop.system, ListQuery("sales_order", limit=500))
    assert not set(gone) & set(ids(page))
    assert fetch_values(shop.system, "sales_order", gone) == {}
    for record_id in gone:
        with pytest.raises(NotFound):
            get_record(shop.system, "sales_order", record_id)


def test_lines_of_deleted_headers_are_never_there(shop):
    page = list_records(shop.system, ListQuery("sales_order_line", limit=500))
    assert ids(page) == [row["id"] for row in shop.rows.live("sales_order_line")]


@pytest.mark.parametrize("limit", [0, -1, 501, 10**20])
def test_the_limit_is_bounded(shop, limit):
    with pytest.raises(Invalid) as caught:
        list_records(shop.system, ListQuery("sales_order", limit=limit))
    assert caught.value.errors[0].field == "limit"


@pytest.mark.parametrize("record_id", [0, -1, 2**53, 2**63, 10**30, 999])
def test_an_id_that_is_nobody_s_is_not_found(shop, record_id):
    with pytest.raises(NotFound):
        get_record(shop.system, "sales_order", record_id)
    assert fetch_values(shop.system, "sales_order", [record_id]) == {}


def test_unknown_objects(shop):
    with pytest.raises(NotFound):
        list_records(shop.system, ListQuery("sales_ordr"))
    with pytest.raises(NotFound):
        get_record(shop.system, "nothing", 1)
    with pytest.raises(NotFound):
        fetch_values(shop.system, "nothing", [1])


@pytest.mark.parametrize("count", ["none", "exact", "capped"])
def test_counting(shop, count):
    page = list_records(
        shop.system, ListQuery("sales_order", filter="total > 10", count=count, limit=2)
    )
    total = sum(1 for row in shop.rows.live("sales_order") if row["total"] > 10)
    assert (page.count, page.is_capped) == ((None if count == "none" else total), False)


def test_a_capped_count_stops(shop, monkeypatch):
    monkeypatch.setattr("core.records.listing.COUNT_CAP", 10)
    monkeypatch.setattr("core.records.query.COUNT_CAP", 10)
    page = list_records(shop.system, ListQuery("sales_order", count="capped"))
    assert (page.count, page.is_capped) == (10, True)


def test_an_unknown_name_is_refused_with_the_nearest(shop):
    with pytest.raises(Invalid) as caught:
        list_records(shop.system, ListQuery("sales_order", filter='kind == "web" and totl > 3'))
    error = caught.value.errors[0]
    assert (error.field, error.code, error.at) == ("filter", "unknown_name", 18)
    assert error.params["nearest"] == "total"
    assert (caught.value.status, caught.value.message_id) == (422, error.message_id)


@pytest.mark.parametrize(
    ("values", "parameter"),
    [
        ({"filter": "total >"}, "filter"),
        ({"filter": "total"}, "filter"),
        ({"filter": "total > 'x'"}, "filter"),
        ({"filter": "lines.net > 1"}, "filter"),
        ({"filter": "1 == 1 and " * 40 + "true"}, "filter"),
        ({"filter": "(" * 200}, "filter"),
        ({"filter": "note == '\ud800'"}, "filter"),
        ({"filter": "caption contains 'x'"}, "filter"),
        ({"filter": "sum(lines.nett) > 1"}, "filter"),
        ({"sort": "nothing"}, "sort"),
        ({"sort": "customer.territory.lead.name"}, "sort"),
        ({"sort": "lines.net"}, "sort"),
        ({"sort": "total.x"}, "sort"),
        ({"sort": "\x00"}, "sort"),
        ({"fields": ("nothing",)}, "fields"),
        ({"fields": ("lines.net",)}, "fields"),
        ({"fields": ("a" * 300,)}, "fields"),
        ({"fields": ("",)}, "fields"),
        ({"fields": ("number",) * 201}, "fields"),
        ({"expand": ("number",)}, "expand"),
        ({"expand": ("customer.territory.lead",)}, "expand"),
        ({"expand": ("nothing",)}, "expand"),
        ({"expand": ("customer",) * 21}, "expand"),
        ({"q": "a " * 9}, "q"),
        ({"q": "a" * 201}, "q"),
        ({"q": "\x00"}, "q"),
        ({"q": "\udfff"}, "q"),
    ],
)
def test_bad_parameters_are_refused_by_name(shop, values, parameter):
    with pytest.raises(Invalid) as caught:
        list_records(shop.system, ListQuery("sales_order", **values))
    assert caught.value.errors[0].field == parameter


@pytest.mark.parametrize(
    "text",
    [
        "abc",
        "ABC s00",
        "strasse",
        "ÄPFEL",
        "äpf",
        "北京",
        "%",
        "_",
        "x%y",
        "\\",
        "  ",
        "abc zoë",
        "s0037",
        "gmbh AP",
    ],
)
def test_every_word_of_a_search_must_occur(shop, text):
    def words_of(row):
        customer = shop.rows.get("customer", row["customer"]) or {}
        return [fold(v) for v in (row["number"], row["note"], customer.get("name")) if v]

    expected = [
        row["id"]
        for row in shop.rows.live("sales_order")
        if all(any(word in each for each in words_of(row)) for word in fold(text).split())
    ]
    assert ids(list_records(shop.system, ListQuery("sales_order", q=text, limit=500))) == expected


def test_a_search_sees_only_what_the_reader_sees(shop):
    clerk = shop.caller("clerk")
    found = list_records(clerk, ListQuery("sales_order", q="gmbh", limit=500)).rows
    assert found
    assert all("gmbh" in (row["note"] or "") for row in found)


def test_objects_without_searched_texts_find_nothing(shop):
    assert list_records(shop.system, ListQuery("sales_order_line", q="x")).rows == []


def test_fields_come_in_the_order_asked_for(shop):
    query = ListQuery(
        "sales_order",
        fields=("total", "customer.name", "number", "margin", "customer.territory.name"),
    )
    row = list_records(shop.system, query).rows[0]
    assert [*row] == [
        "id",
        "total",
        "customer.name",
        "number",
        "margin",
        "customer.territory.name",
        "_version",
    ]
    assert all(type(name) is str for name in row)


def test_references_and_lines_are_embedded(shop):
    query = ListQuery(
        "sales_order", expand=("customer.territory", "lines.product", "owner"), limit=500
    )
    for row in list_records(shop.system, query).rows:
        plain = shop.rows.get("sales_order", row["id"])
        lines = [r for r in shop.rows.live("sales_order_line") if r["sales_order"] == row["id"]]
        assert [line["id"] for line in row["lines"]] == [
            r["id"] for r in sorted(lines, key=lambda r: r["seq"])
        ]
        for line in row["lines"]:
            assert line["product"] is None or line["product"]["name"].startswith("Product")
        customer = shop.rows.get("customer", plain["customer"])
        if customer is not None:
            assert row["customer"]["name"] == customer["name"]
            territory = shop.rows.get("territory", customer["territory"])
            if territory:
                assert row["customer"]["territory"]["name"] == territory["name"]
        elif plain["customer"]:
            assert row["customer"] == {"id": plain["customer"]}
        assert plain["owner"] is None or row["owner"]["name"] == f"User {plain['owner']}"


def test_a_reference_is_embedded_though_it_was_not_asked_for(shop):
    query = ListQuery(
        "sales_order", fields=("number", "lines"), expand=("customer",), filter="customer == 5"
    )
    row = list_records(shop.system, query).rows[0]
    assert row["customer"]["id"] == 5
    assert isinstance(row["lines"], list)
    assert set(row) == {"id", "number", "customer", "lines", "_version"}


def test_too_many_lines_are_refused(shop, monkeypatch):
    monkeypatch.setattr("core.records.expansion.MAX_LINES", 3)
    with pytest.raises(Invalid, match="too_many_lines"):
        list_records(shop.system, ListQuery("sales_order", expand=("lines",)))


def test_one_record_has_every_readable_field_and_its_lines(shop):
    record = get_record(shop.system, "sales_order", 1)
    assert set(record) == {*shop.snapshot.object("sales_order").fields, "_version"}
    assert get_record(shop.system, "sales_order", 1, fields=("number",)) == {
        "id": 1,
        "number": record["number"],
        "_version": 1,
    }
    assert "lines" not in get_record(
        shop.caller("regional", "clerk"), "sales_order", 1, fields=("number",)
    )


def test_lines_alone_are_records_too(shop):
    record = get_record(shop.system, "sales_order_line", 1, expand=("sales_order",))
    assert record["sales_order"]["id"] == shop.rows.get("sales_order_line", 1)["sales_order"]


def test_conditions_of_definitions_may_use_hidden_fields(shop):
    scope = ObjectScope(shop.snapshot.objects, "sales_order")
    where = (compile_expression("cost > 100", scope),)
    found = list_records(shop.caller("sales"), ListQuery("sales_order", where=where, limit=500))
    expected = [
        r["id"] for r in shop.rows.live("sales_order") if r["owner"] == 1 and (r["cost"] or 0) > 100
    ]
    assert ids(found) == expected


def test_values_are_typed(shop):
    values = fetch_values(shop.system, "sales_order", [1, 2])
    for record_id, found in values.items():
        plain = shop.rows.get("sales_order", record_id)
        for name in (
            "number",
            "customer",
            "order_date",
            "promised",
            "priority",
            "urgent",
            "cost",
            "freight",
            "total",
        ):
            assert found[name] == plain[name]
            assert type(found[name]) is type(plain[name])
        assert found["_version"] == 1
    assert (
        "cost"
        not in fetch_values(
            shop.caller("sales"),
            "sales_order",
            [r["id"] for r in shop.rows.live("sales_order") if r["owner"] == 1],
        ).popitem()[1]
    )


def test_a_connection_may_be_given(own_shop):
    with own_shop.database.unit_of_work() as unit:
        assert get_record(own_shop.system, "sales_order", 1, connection=unit.connection)["id"] == 1
        assert ids(
            list_records(own_shop.system, ListQuery("sales_order", limit=1), unit.connection)
        ) == [1]
        with pytest.raises(RuntimeError):
            get_record(own_shop.system, "sales_order", 1)


def test_reading_needs_the_right_to_read(shop):
    with pytest.raises(Forbidden):
        list_records(shop.caller("sales"), ListQuery("territory"))


def test_titles_leave_out_what_is_hidden(shop):
    def paths(caller):
        return [
            p if isinstance(p, str) else p.text
            for p in title_parts(policy_of(caller), "sales_order")
        ]

    assert paths(shop.system) == ["number", " ", "customer.name"]
    assert paths(shop.caller("clerk")) == ["number", " "]


def test_the_refusals_have_words(shop):
    catalogue = Catalogue(MESSAGES)
    for values in ({"limit": 0}, {"q": "a" * 300}, {"sort": "lines"}, {"expand": ("number",)}):
        with pytest.raises(Invalid) as caught:
            list_records(shop.system, ListQuery("sales_order", **values))
        text = catalogue.text(caught.value.message_id, "en", caught.value.params)
        assert text != caught.value.message_id
        assert "{" not in text


def test_a_result_of_too_many_digits_is_a_refusal_not_a_crash(own_shop):
    table = own_shop.model.tables.table("sales_order")
    own_shop.execute(sa.update(table).values(total=-Decimal("99999999999999.9999")))
    for values in ({"sort": "credit_left"}, {"filter": "credit_left > 0"}):
        with pytest.raises(Invalid, match="result_too_large"):
            list_records(own_shop.system, ListQuery("sales_order", **values))
    rows = list_records(
        own_shop.system, ListQuery("sales_order", fields=("credit_left",), limit=500)
    ).rows
    assert None in {row["credit_left"] for row in rows}
