"""A database is brought to the definitions: only by adding, safely repeated, old or new and never between."""

import time
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
import sqlalchemy as sa

from core.db.ddl import plan
from core.db.elements import load_elements
from core.db.engine import Database
from core.db.live_schema import read_schema
from core.db.messages import MESSAGES
from core.db.migrate import Authorship, load_tables, upgrade
from core.db.platform_tables import METADATA, REVISION
from core.db.revisions import current_revision, load_documents
from core.kernel.clock import FixedClock
from core.kernel.errors import Conflict, NotFound
from core.kernel.messages import Catalogue


def revision(database):
    with database.read() as connection:
        return current_revision(connection)


def schema(database):
    with database.read() as connection:
        return read_schema(connection)


def insert(database, table, *rows):
    with database.unit_of_work() as unit:
        for row in rows:
            unit.connection.execute(sa.insert(table).values(**row))


def fetch(database, *columns):
    with database.read() as connection:
        return [
            tuple(row)
            for row in connection.execute(sa.select(*columns).order_by(columns[0].table.c.id))
        ]


def test_an_empty_database_gets_everything(database, build):
    snapshot = build.snapshot(build.product())
    clock = FixedClock(datetime(2026, 5, 1, tzinfo=UTC))
    result = upgrade(database, snapshot, by=Authorship("Ann", "First", {"kind": "x"}), clock=clock)
    assert (result.revision, result.is_changed) == (1, True)
    assert revision(database) == (1, snapshot.checksum)
    live = schema(database)
    assert set(METADATA.tables) | {"user", "product"} <= set(live.columns)
    assert all(step.risk == "additive" for step in result.steps)
    with database.read() as connection:
        assert load_documents(connection, 1) == snapshot.documents
        row = connection.execute(sa.select(REVISION)).one()
        with pytest.raises(NotFound):
            load_documents(connection, 2)
    assert (row.author, row.title, row.inverse, row.created_at) == (
        "Ann",
        "First",
        {"kind": "x"},
        clock.now(),
    )


def test_a_second_upgrade_does_nothing(database, build):
    snapshot = build.snapshot(build.product())
    upgrade(database, snapshot)
    written = []

    def note(connection, cursor, statement, *args):
        if statement.split(None, 1)[0] not in {"SELECT", "SHOW", "BEGIN", "COMMIT", "SET"}:
            written.append(statement)

    sa.event.listen(database.engine, "before_cursor_execute", note)
    result = upgrade(database, snapshot)
    sa.event.remove(database.engine, "before_cursor_execute", note)
    assert (result.revision, result.is_changed, result.steps) == (1, False, ())
    assert [statement for statement in written if not statement.startswith("\nSELECT")] == []
    assert plan(database, snapshot) == []


def test_the_plan_tells_people_and_changes_nothing(database, build):
    upgrade(database, build.snapshot(build.product()))
    before = schema(database)
    wider = build.snapshot(build.product(build.field("color", search=True)), build.object("shelf"))
    steps = plan(database, wider)
    assert {step.kind for step in steps} == {
        "create_table",
        "create_index",
        "add_column",
        "add_reference",
    } - ({"add_reference"} if database.is_sqlite else set())
    for step in steps:
        for language in ("en", "zh_CN", "zh_TW"):
            text = Catalogue(MESSAGES).text(step.words, language, step.params)
            assert text != step.words
            assert "{" not in text
    assert schema(database) == before
    assert revision(database)[0] == 1


def test_new_fields_become_columns_beside_old_rows(database, build):
    first = build.snapshot(build.product())
    upgrade(database, first)
    insert(database, load_tables(database, first).table("product"), {"code": "A"})
    second = build.snapshot(
        build.product(
            build.field("weight", "decimal"), build.field("maker", "reference", to="user")
        )
    )
    assert upgrade(database, second).revision == 2
    tables = load_tables(database, second)
    insert(database, tables.table("product"), {"code": "B", "weight": Decimal("1.5")})
    product = tables.table("product")
    assert fetch(database, product.c.code, product.c.weight) == [("A", None), ("B", Decimal("1.5"))]
    with pytest.raises(sa.exc.IntegrityError):
        insert(database, product, {"maker": 99})


def test_a_renamed_field_keeps_its_column(database, build):
    first = build.product()
    upgrade(database, build.snapshot(first))
    insert(database, load_tables(database, build.snapshot(first)).table("product"), {"code": "A"})
    second = build.snapshot(build.renamed(first, "code", "sku"))
    result = upgrade(database, second)
    assert result.is_changed
    assert [step.kind for step in result.steps] == []
    tables = load_tables(database, second)
    assert fetch(database, tables.column("product", "sku")) == [("A",)]
    assert tables.fold_column("product", "sku").name == "code__fold"
    assert tables.field_of("product", "code") == ("product", "sku")


def test_the_old_name_of_a_renamed_field_is_free_for_another(database, build):
    first = build.product()
    upgrade(database, build.snapshot(first))
    insert(database, load_tables(database, build.snapshot(first)).table("product"), {"code": "A"})
    renamed = build.renamed(first, "code", "sku")
    fields = {"code": build.field("code", uid="f_other"), **renamed.fields}
    second = build.snapshot(replace(renamed, fields=fields))
    upgrade(database, second)
    tables = load_tables(database, second)
    assert fetch(database, tables.column("product", "sku"), tables.column("product", "code")) == [
        ("A", None)
    ]


def test_a_renamed_object_keeps_its_table(database, build):
    first = build.product()
    upgrade(database, build.snapshot(first))
    insert(database, load_tables(database, build.snapshot(first)).table("product"), {"code": "A"})
    second = build.snapshot(replace(first, name="article"))
    upgrade(database, second)
    tables = load_tables(database, second)
    assert tables.table("article").name == "product"
    assert fetch(database, tables.column("article", "code")) == [("A",)]


def with_written_uids(definition):
    """The object as the linker makes it: each field's uid is the object's name and its own."""
    fields = {
        f.name: replace(f, uid=f"{definition.name}.{f.name}") for f in definition.fields.values()
    }
    return replace(definition, fields=fields, uid=definition.name)


def test_a_renamed_object_keeps_the_columns_of_fields_without_a_uid_of_their_own(database, build):
    first = with_written_uids(build.product())
    upgrade(database, build.snapshot(first))
    insert(
        database,
        load_tables(database, build.snapshot(first)).table("product"),
        {"code": "A", "stock": 5},
    )
    renamed = replace(with_written_uids(replace(first, name="article")), uid="product")
    fields = dict(renamed.fields)
    fields["sku"] = replace(fields.pop("code"), name="sku", uid="product.code")
    fields["code"] = build.field("code", uid="article.code")
    second = build.snapshot(replace(renamed, fields=fields))
    kinds = [step.kind for step in upgrade(database, second).steps if step.phase == "switch"]
    assert kinds == []
    tables = load_tables(database, second)
    found = fetch(
        database, *(tables.column("article", name) for name in ("id", "sku", "stock", "code"))
    )
    assert found == [(1, "A", 5, None)]
    assert tables.table("article").name == "product"
    assert plan(database, second) == []
    insert(database, tables.table("article"), {tables.column("article", "code").name: "new"})
    third = build.snapshot(build.without(replace(renamed, fields=fields), "sku"))
    upgrade(database, third)
    tables = load_tables(database, third)
    assert fetch(database, tables.column("article", "code")) == [(None,), ("new",)]


def test_a_dropped_field_is_a_tombstone_and_comes_back_as_a_new_column(database, build):
    first = build.product()
    upgrade(database, build.snapshot(first))
    insert(
        database,
        load_tables(database, build.snapshot(first)).table("product"),
        {"code": "A", "stock": 5},
    )
    result = upgrade(database, build.snapshot(build.without(first, "stock")))
    assert [(step.kind, step.risk) for step in result.steps] == [("retire_column", "destructive")]
    assert "stock" in schema(database).columns["product"]
    with database.read() as connection:
        elements = {e.column: e for e in load_elements(connection) if e.table == "product"}
    assert elements["stock"].until == 2
    assert elements["code"].is_live

    third = build.snapshot(first)
    assert upgrade(database, third).revision == 3
    tables = load_tables(database, third)
    assert tables.column("product", "stock").name == "stock_2"
    assert fetch(database, tables.column("product", "stock"), tables.table("product").c.code) == [
        (None, "A")
    ]
    assert "stock" in schema(database).columns["product"]


def test_a_rollback_brings_the_values_of_a_dropped_field_back(database, build):
    first = build.product()
    upgrade(database, build.snapshot(first))
    insert(
        database,
        load_tables(database, build.snapshot(first)).table("product"),
        {"code": "A", "stock": 5},
    )
    upgrade(database, build.snapshot(build.without(build.without(first, "stock"), "code")))
    assert upgrade(database, build.snapshot(first), revive=True).revision == 3
    tables = load_tables(database, build.snapshot(first))
    found = fetch(database, *(tables.column("product", name) for name in ("code", "stock")))
    assert found == [("A", 5)]
    assert tables.column("product", "stock").name == "stock"
    assert plan(database, build.snapshot(first)) == []


def test_a_reader_that_is_one_revision_behind_still_finds_its_columns(database, build):
    first = build.product()
    upgrade(database, build.snapshot(first))
    insert(database, load_tables(database, build.snapshot(first)).table("product"), {"stock": 5})
    upgrade(database, build.snapshot(build.without(first, "stock")))
    behind = load_tables(database, replace(build.snapshot(first), revision=1))
    assert fetch(database, behind.column("product", "stock")) == [(5,)]


def test_a_dropped_object_is_a_tombstone(database, build):
    first = build.snapshot(build.product())
    upgrade(database, first)
    insert(database, load_tables(database, first).table("product"), {"code": "A"})
    result = upgrade(database, build.snapshot())
    assert [step.kind for step in result.steps if step.phase == "switch"] == ["retire_table"]
    assert "product" in schema(database).columns
    upgrade(database, first)
    assert load_tables(database, first).table("product").name == "product_2"


def test_a_number_with_more_places_takes_its_values_along(database, build):
    narrow = build.object(
        "item", build.field("price", "money", scale=2), build.field("count", "integer")
    )
    first = build.snapshot(narrow)
    upgrade(database, first)
    insert(
        database,
        load_tables(database, first).table("item"),
        {"price": Decimal("-12.34"), "count": 7},
        {},
    )
    wide = build.object(
        "item", build.field("price", "money", scale=4), build.field("count", "decimal", scale=3)
    )
    second = build.snapshot(wide)
    result = upgrade(database, second)
    assert {(step.kind, step.risk) for step in result.steps if step.phase == "switch"} == {
        ("convert_column", "rewriting")
    }
    item = load_tables(database, second)
    found = fetch(database, item.column("item", "price"), item.column("item", "count"))
    assert found == [(Decimal("-12.3400"), Decimal("7.000")), (None, None)]
    assert upgrade(database, second).steps == ()


def test_a_number_too_long_for_the_new_type_stops_the_change(database, build):
    first = build.snapshot(build.object("item", build.field("price", "money", scale=2)))
    upgrade(database, first)
    item = load_tables(database, first).table("item")
    insert(database, item, {"price": Decimal("9999999999999999.99")})
    with pytest.raises(Conflict) as caught:
        upgrade(
            database, build.snapshot(build.object("item", build.field("price", "money", scale=3)))
        )
    assert caught.value.message_id == "ddl.values_too_long"
    assert revision(database) == (1, first.checksum)
    assert fetch(database, item.c.price) == [(Decimal("9999999999999999.99"),)]


def test_a_field_of_another_kind_starts_afresh(database, build):
    upgrade(database, build.snapshot(build.object("item", build.field("size"))))
    second = build.snapshot(build.object("item", build.field("size", "integer")))
    result = upgrade(database, second)
    assert [(s.kind, s.risk) for s in result.steps if s.phase == "switch"] == [
        ("replace_column", "destructive")
    ]
    assert load_tables(database, second).column("item", "size").name == "size_2"
    assert "size" in schema(database).columns["item"]


def test_text_that_becomes_searchable_is_folded(database, build):
    first = build.snapshot(build.object("item", build.field("note", "long_text")))
    upgrade(database, first)
    item = load_tables(database, first).table("item")
    insert(database, item, *({"note": f"Straße {n}"} for n in range(2500)), {})
    searched = build.snapshot(build.object("item", build.field("note", "long_text", search=True)))
    result = upgrade(database, searched)
    assert [s.kind for s in result.steps if s.phase == "switch"] == ["fill_fold"]
    tables = load_tables(database, searched)
    found = fetch(database, tables.fold_column("item", "note"))
    assert found == [*((f"strasse {n}",) for n in range(2500)), (None,)]
    assert upgrade(database, searched).steps == ()
    upgrade(database, first)
    with database.unit_of_work() as unit:
        unit.connection.execute(sa.update(item).values(note="Élan"))
    upgrade(database, searched)
    assert set(fetch(database, tables.fold_column("item", "note"))) == {("élan",)}


def test_a_unique_field_with_duplicates_is_refused_and_nothing_changes(database, build):
    first = build.snapshot(build.object("item", build.field("code")))
    upgrade(database, first)
    item = load_tables(database, first).table("item")
    insert(database, item, {"code": "A"}, {"code": "A"})
    before = schema(database).indexes
    unique = build.snapshot(build.object("item", build.field("code", unique=True)))
    with pytest.raises(Conflict) as caught:
        upgrade(database, unique)
    assert (caught.value.message_id, caught.value.params) == (
        "ddl.duplicates",
        {"table": "item", "columns": "code"},
    )
    assert revision(database)[0] == 1
    assert schema(database).indexes == before
    insert(database, item, {"code": "A"})
    with database.unit_of_work() as unit:
        unit.connection.execute(sa.delete(item).where(item.c.id > 1))
    assert upgrade(database, unique).revision == 2
    with pytest.raises(sa.exc.IntegrityError):
        insert(database, item, {"code": "A"})


def test_a_field_that_is_no_longer_unique_accepts_duplicates(database, build):
    upgrade(database, build.snapshot(build.object("item", build.field("code", unique=True))))
    second = build.snapshot(build.object("item", build.field("code")))
    result = upgrade(database, second)
    assert [(step.kind, step.phase) for step in result.steps] == [("drop_index", "clean")]
    insert(database, load_tables(database, second).table("item"), {"code": "A"}, {"code": "A"})


def test_a_change_made_for_another_revision_is_refused(database, build):
    upgrade(database, build.snapshot())
    upgrade(database, build.snapshot(build.product()), expected_revision=1)
    with pytest.raises(Conflict) as caught:
        upgrade(database, build.snapshot(), expected_revision=1)
    assert caught.value.params == {"revision": 2}
    assert revision(database)[0] == 2


# Failures.


class Boom(Exception):
    """What a failing statement raises."""


def fail_at(database, number):
    """Let the n-th statement of the process fail; give the function that takes the fault away."""
    count = 0

    def fail(*args):
        nonlocal count
        count += 1
        if count == number:
            raise Boom

    def stop():
        sa.event.remove(database.engine, "before_cursor_execute", fail)
        return count

    sa.event.listen(database.engine, "before_cursor_execute", fail)
    return stop


def crash_everywhere(database, snapshot, old):
    """Let every statement of an upgrade fail in turn; after each failure the revision is the old or the new one."""
    number = 0
    while True:
        number += 1
        stop = fail_at(database, number)
        try:
            upgrade(database, snapshot)
        except Boom:
            stop()
            live = schema(database).columns
            found = revision(database) if "tl_revision" in live else (0, "")
            assert found in {old, (old[0] + 1, snapshot.checksum)}
            if database.is_sqlite:
                assert found == old
        else:
            stop()
            return number


def test_an_upgrade_that_fails_anywhere_leaves_old_or_new_and_can_be_repeated(database, build):
    first = build.snapshot(build.object("item", build.field("price", "money", scale=2)))
    assert crash_everywhere(database, first, (0, "")) > 20
    assert revision(database) == (1, first.checksum)
    assert plan(database, first) == []
    item = load_tables(database, first).table("item")
    insert(database, item, {"price": Decimal("1.23")})
    second = build.snapshot(
        build.object(
            "item",
            build.field("price", "money", scale=4),
            build.field("code", unique=True, search=True),
            build.field("maker", "reference", to="user"),
        ),
        build.object("shelf", build.field("item", "reference", to="item")),
    )
    assert crash_everywhere(database, second, (1, first.checksum)) > 10
    assert revision(database) == (2, second.checksum)
    assert plan(database, second) == []
    tables = load_tables(database, second)
    assert fetch(database, tables.column("item", "price")) == [(Decimal("1.2300"),)]


def test_a_half_prepared_change_does_not_stand_in_the_way_of_another(database, build):
    upgrade(database, build.snapshot(build.object("item")))
    steps = len(plan(database, build.snapshot(build.object("item", build.field("size")))))
    assert steps
    for number in range(1, 60, 3):
        stop = fail_at(database, number)
        try:
            upgrade(database, build.snapshot(build.object("item", build.field("size"))))
        except Boom:
            stop()
        else:
            stop()
            break
        other = build.snapshot(
            build.object("item", build.field("size", "decimal", scale=number % 5))
        )
        upgrade(database, other)
        tables = load_tables(database, other)
        insert(database, tables.table("item"), {tables.column("item", "size").name: Decimal(3)})
        upgrade(database, build.snapshot(build.object("item")))


def test_two_processes_upgrade_at_once(database, database_url, build, in_processes):
    snapshot = build.snapshot(build.product())

    def work(number):
        own = Database(database_url)
        assert upgrade(own, snapshot).revision == 1
        own.close()

    in_processes(4, work)
    assert revision(database) == (1, snapshot.checksum)
    assert plan(database, snapshot) == []


def test_a_killed_upgrade_is_finished_by_the_next(database, database_url, build):
    import os
    import signal

    snapshot = build.snapshot(
        *(build.object(f"thing_{n}", build.field("code", unique=True)) for n in range(15))
    )
    for delay in (0.01, 0.03, 0.06, 0.1, 0.15):
        child = os.fork()
        if child == 0:
            try:
                upgrade(Database(database_url), snapshot)
            finally:
                os._exit(0)
        time.sleep(delay)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        if "tl_revision" in schema(database).columns:
            assert revision(database) in {(0, ""), (1, snapshot.checksum)}
    upgrade(database, snapshot)
    assert revision(database) == (1, snapshot.checksum)
    assert plan(database, snapshot) == []
