"""Errors of the drivers are understood by their codes, and their text goes nowhere."""

import pytest
import sqlalchemy as sa

from core.db.faults import constraint_of, fault_of, platform_error
from core.db.migrate import load_tables, upgrade
from core.db.unit_of_work import run_command
from core.kernel.errors import StorageFull


@pytest.fixture
def tables(database, build):
    snapshot = build.snapshot(
        build.product(build.field("order", unique=True, uid="f_order")),
    )
    upgrade(database, snapshot)
    return load_tables(database, snapshot)


def failure(database, table, *rows):
    def insert(unit):
        for row in rows:
            unit.connection.execute(sa.insert(table).values(**row))

    with pytest.raises(sa.exc.IntegrityError) as caught:
        run_command(database, insert)
    return caught.value


@pytest.mark.parametrize("field", ["code", "order"])
@pytest.mark.parametrize("value", ["plain", "o'clock) = (x", ")=(,", '"q"'])
def test_a_duplicate_names_its_field(database, tables, field, value):
    product = tables.table("product")
    error = failure(database, product, {field: value}, {field: value})
    assert constraint_of(error) == ("product", (field,))
    assert tables.field_of("product", field) == ("product", field)


def test_a_deleted_record_frees_its_value(database, tables):
    from datetime import UTC, datetime

    product = tables.table("product")
    with database.unit_of_work() as unit:
        gone = {"code": "A", "deleted_at": datetime(2026, 1, 1, tzinfo=UTC)}
        unit.connection.execute(sa.insert(product), [gone, gone])
        unit.connection.execute(sa.insert(product).values(code="A"))


def test_a_key_of_several_columns_names_them_all(database, tables):
    from core.db.platform_tables import USER_ROLE

    error = failure(database, USER_ROLE, {"user_id": 1, "role": "a"}, {"user_id": 1, "role": "a"})
    assert constraint_of(error) == ("tl_user_role", ("user_id", "role"))


def test_a_reference_to_nothing_is_refused_but_no_duplicate(database, tables):
    error = failure(database, tables.table("product"), {"parent": 77})
    assert constraint_of(error) is None
    assert fault_of(error) == "other"
    assert platform_error(error) is None


def test_other_errors_are_no_constraints():
    assert constraint_of(ValueError("UNIQUE constraint failed: a.b")) is None
    assert fault_of(ValueError()) == "other"
    assert fault_of(sa.exc.TimeoutError()) == "away"


def test_a_full_disk_refuses_the_write_and_reading_goes_on(sqlite_url, build):
    from core.db.engine import Database

    database = Database(sqlite_url, pool_size=1)
    snapshot = build.snapshot(build.product())
    upgrade(database, snapshot)
    product = load_tables(database, snapshot).table("product")

    def fill(unit):
        pages = unit.connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        unit.connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
        for _ in range(500):
            unit.connection.execute(sa.insert(product).values(note="x" * 10_000))

    with pytest.raises(StorageFull) as caught:
        run_command(database, fill)
    assert caught.value.status == 507
    with database.read() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(product)).scalar_one() == 0
        connection.exec_driver_sql("PRAGMA max_page_count = 1000000")
    with database.unit_of_work() as unit:
        unit.connection.execute(sa.insert(product).values(note="x"))
    database.close()
