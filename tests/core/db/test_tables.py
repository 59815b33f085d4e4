"""Tables follow the definitions: types, fold columns, indexes, references, and names that never clash."""

import pytest
import sqlalchemy as sa
from sqlalchemy.schema import CreateTable

from core.db.names import Element, choose_names
from core.db.tables import Tables
from core.kernel.errors import Invalid, NotFound
from core.metadata.definitions import IndexDef, SortKey, ViewDef


@pytest.fixture(params=["sqlite", "postgresql"])
def dialect_name(request):
    return request.param


def indexes(table):
    return {
        (
            tuple(
                part.name if isinstance(part, sa.Column) else f"{part.element.name} desc"
                for part in index.expressions
            ),
            bool(index.unique),
        )
        for index in table.indexes
    }


def test_each_field_has_its_column(build, dialect_name):
    tables = Tables(build.snapshot(build.product()), dialect_name)
    product = tables.table("product")
    assert [column.name for column in product.c] == [
        "code", "code__fold", "note", "price", "rate", "stock", "is_sold", "since", "seen_at", "parent", "id", "owner",
        "created_at", "created_by", "updated_at", "updated_by", "version", "deleted_at",
    ]  # fmt: skip
    assert all(c.nullable for c in product.c if c.name not in {"id", "version"})
    assert tables.column("product", "price").type.scale == 4
    assert tables.fold_column("product", "code").name == "code__fold"
    assert tables.fold_column("product", "note") is None
    assert tables.fold_column("product", "stock") is None
    assert tables.version("product").name == "version"
    assert tables.deleted_at("product").name == "deleted_at"
    assert tables.field_of("product", "code__fold") == ("product", "code")
    assert tables.field_of("product", "version") is None
    with pytest.raises(NotFound):
        tables.table("produkt")
    with pytest.raises(KeyError):
        tables.column("product", "codes")


def test_lines_and_unstored_formulas_have_no_column(build, dialect_name):
    order = build.object("sales_order", build.field("lines", "lines", of="sales_order_line"))
    tables = Tables(build.snapshot(order), dialect_name)
    assert "lines" not in tables.table("sales_order").c


def test_a_field_may_be_named_like_a_column_of_the_platform(build, dialect_name):
    target = build.object(
        "target", build.field("version", "integer"), build.field("deleted_at", "date")
    )
    tables = Tables(build.snapshot(target), dialect_name)
    assert tables.column("target", "version") is not tables.version("target")
    assert tables.column("target", "version").name == "version_2"
    assert tables.column("target", "deleted_at").name == "deleted_at_2"


def test_words_of_sql_are_names_like_any_other(build, dialect_name):
    order = build.object(
        "order", build.field("select"), build.field("from", "date"), build.field("group", "integer")
    )
    text = str(CreateTable(Tables(build.snapshot(order), dialect_name).table("order")))
    for name in ("order", "select", "from", "group"):
        assert f'"{name}"' in text


def test_indexes_serve_lookups_pages_and_uniqueness(build):
    line = build.object(
        "sales_order_line",
        build.field("sales_order", "reference", to="sales_order"),
        build.field("seq", "integer"),
        build.field("qty", "decimal"),
        parent="sales_order",
    )
    order = build.object(
        "sales_order",
        build.field("number", "autonumber", unique=True),
        build.field("customer", "reference", to="user"),
        build.field("order_date", "date"),
        build.field("title", search=True),
        views={
            "list": ViewDef(
                "list", None, (), sort=(SortKey("order_date", True), SortKey("number", True))
            ),
            "mixed": ViewDef(
                "mixed", None, (), sort=(SortKey("order_date", True), SortKey("title"))
            ),
            "far": ViewDef("far", None, (), sort=(SortKey("customer.name"),)),
        },
        indexes=(IndexDef(("customer", "order_date")),),
    )
    for name, end in (("sqlite", ()), ("postgresql", ("id",))):
        tables = Tables(build.snapshot(order, line), name)
        assert indexes(tables.table("sales_order_line")) == {
            (("sales_order", "seq", *end), False),
            (("owner", *end), False),
        }
        assert indexes(tables.table("sales_order")) == {
            (("number",), True),
            (("customer", *end), False),
            (("owner", *end), False),
            (("title__fold", *end), False),
            (("order_date", "number__fold", *end), False),
            (("order_date", "title__fold desc", *end), False),
            (("customer", "order_date", *end), False),
        }


def test_references_are_checked_but_never_cascade(build, dialect_name):
    table = Tables(build.snapshot(build.product()), dialect_name).table("product")
    found = {constraint.column_keys[0]: constraint for constraint in table.foreign_key_constraints}
    assert set(found) == {"parent", "owner"}
    assert {(c.ondelete, c.onupdate, c.deferrable) for c in found.values()} == {(None, None, True)}


def test_names_of_constraints_fit_and_differ(build, dialect_name):
    long = "a_very_long_name_for_an_object_that_a_person_chose"
    fields = [build.field(f"{long}_{n}", "reference", to="user") for n in range(3)]
    tables = Tables(build.snapshot(build.object(long, *fields)), dialect_name)
    names = [str(i.name) for i in tables.table(long).indexes]
    names += [str(c.name) for c in tables.table(long).foreign_key_constraints]
    assert len(set(names)) == len(names) == 8
    assert all(len(name) <= 63 for name in names)


def test_recorded_names_win_and_tombstones_are_never_used_again(build):
    product = build.product()
    recorded = [
        Element("o_product", "object", "article", "article"),
        Element("o_product.f_code", "field", "sku", "article", "sku", "text+fold"),
        Element("o_product.f_old", "field", "price", "article", "price", "decimal:2", until=3),
        Element("o_gone", "object", "product", "product", until=3),
        Element("o_product.f_stock", "field", "stock", "article", "stock", "text"),
    ]
    names = choose_names(build.snapshot(product), recorded)
    assert names.tables["product"] == "article"
    assert names.columns["product", "code"] == "sku"
    assert names.columns["product", "price"] == "price_2"
    assert names.columns["product", "stock"] == "stock_2"
    assert names.columns["product", "note"] == "note"


def test_platform_names_are_kept_free(build):
    names = choose_names(build.snapshot(build.object("tl_user"), build.object("ab_role")))
    assert names.tables["tl_user"] == "x_tl_user"
    assert names.tables["ab_role"] == "x_ab_role"


def test_a_column_never_hides_a_fold_column(build):
    names = choose_names(
        build.snapshot(build.object("a", build.field("x__fold"), build.field("x")))
    )
    assert names.columns["a", "x__fold"] != "x__fold"


def test_the_501st_field_is_refused_in_a_sentence(build):
    fields = [build.field(f"f{n}", "integer") for n in range(494)]
    assert len(choose_names(build.snapshot(build.object("wide", *fields))).columns) == 507
    with pytest.raises(Invalid) as caught:
        choose_names(build.snapshot(build.object("wide", *fields, build.field("one_more"))))
    assert caught.value.params == {"object": "wide", "count": 501, "limit": 500}
