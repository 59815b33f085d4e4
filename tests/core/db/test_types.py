"""Values come back as they went in, compare and sum alike on both databases, and never get rounded in between."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
import sqlalchemy as sa

from core.db.migrate import load_tables, upgrade
from core.db.types import DecimalType, NumberTooLong


@pytest.fixture
def product(database, build):
    snapshot = build.snapshot(build.product())
    upgrade(database, snapshot)
    return load_tables(database, snapshot).table("product")


def insert(database, table, *rows):
    with database.unit_of_work() as unit:
        for row in rows:
            unit.connection.execute(sa.insert(table).values(**row))


def fetch(database, statement):
    with database.read() as connection:
        return connection.execute(statement).all()


PRICES = [
    "0.0001",
    "-0.0001",
    "99999999999999.9999",
    "-99999999999999.9999",
    "2",
    "10",
    "1265793.04",
]


def test_decimals_are_exact_and_carry_their_scale(database, product):
    insert(database, product, *({"price": Decimal(text)} for text in PRICES))
    found = [
        row.price for row in fetch(database, sa.select(product.c.price).order_by(product.c.id))
    ]
    assert found == [Decimal(text) for text in PRICES]
    assert {value.as_tuple().exponent for value in found} == {-4}


def test_decimals_sort_sum_and_compare_in_the_database(database, product):
    prices = [Decimal(text) for text in PRICES]
    insert(database, product, *({"price": price} for price in prices))
    in_order = fetch(database, sa.select(product.c.price).order_by(product.c.price))
    assert [row.price for row in in_order] == sorted(prices)
    total = fetch(database, sa.select(sa.func.sum(product.c.price)))[0][0]
    assert total == sum(prices)
    above = sa.select(sa.func.count()).where(product.c.price > Decimal("9.9999"))
    assert fetch(database, above)[0][0] == sum(1 for price in prices if price > Decimal("9.9999"))
    equal = sa.select(sa.func.count()).where(product.c.price == Decimal("2.000"))
    assert fetch(database, equal)[0][0] == 1


def test_a_thousand_tenths_are_exactly_a_hundred(database, product):
    with database.unit_of_work() as unit:
        unit.connection.execute(sa.insert(product), [{"price": Decimal("0.1")}] * 1000)
        found = unit.connection.execute(sa.select(sa.func.sum(product.c.price))).scalar_one()
    assert found == Decimal(100)


def test_a_delta_is_added_exactly(database, product):
    insert(database, product, {"price": Decimal("0.3")})
    with database.unit_of_work() as unit:
        add = sa.update(product).values(price=product.c.price + sa.bindparam("delta"))
        unit.connection.execute(add, {"delta": Decimal("-0.1")})
        found = unit.connection.execute(sa.select(product.c.price)).scalar_one()
    assert found == Decimal("0.2")


@pytest.mark.parametrize("value", ["100000000000000", "-100000000000000", "1e30"])
def test_more_than_eighteen_digits_are_refused(database, product, value):
    with pytest.raises(NumberTooLong) as caught:
        insert(database, product, {"price": Decimal(value)})
    assert caught.value.params == {"digits": 14, "scale": 4}
    assert fetch(database, sa.select(product.c.id)) == []


def test_more_places_than_the_column_has_are_a_fault_in_the_code(database, product):
    with pytest.raises(sa.exc.StatementError, match="can't hold"):
        insert(database, product, {"price": Decimal("0.00001")})


def test_integers_have_sixty_four_bits(database, product):
    insert(database, product, {"stock": 2**63 - 1})
    assert fetch(database, sa.select(product.c.stock)) == [(2**63 - 1,)]
    with pytest.raises(NumberTooLong):
        insert(database, product, {"stock": 2**63})


MOMENTS = [
    datetime(1996, 7, 4, tzinfo=UTC),
    datetime(2026, 2, 28, 23, 59, 59, 999999, tzinfo=UTC),
    datetime(2026, 3, 1, 1, 30, tzinfo=timezone(timedelta(hours=8))),
    datetime(999, 1, 1, 0, 0, 0, 1, tzinfo=UTC),
]


def test_moments_come_back_in_utc_to_the_microsecond(database, product):
    insert(database, product, *({"seen_at": moment} for moment in MOMENTS))
    found = [
        row.seen_at for row in fetch(database, sa.select(product.c.seen_at).order_by(product.c.id))
    ]
    assert found == MOMENTS
    assert {value.utcoffset() for value in found} == {timedelta(0)}
    in_order = fetch(database, sa.select(product.c.seen_at).order_by(product.c.seen_at))
    assert [row.seen_at for row in in_order] == sorted(MOMENTS)
    later = sa.select(sa.func.count()).where(product.c.seen_at >= MOMENTS[2])
    assert fetch(database, later)[0][0] == 2


def test_a_moment_without_a_zone_is_a_fault_in_the_code(database, product):
    with pytest.raises(sa.exc.StatementError, match="time zone"):
        insert(database, product, {"seen_at": datetime(2026, 1, 1)})  # noqa: DTZ001


def test_dates_booleans_and_texts_come_back(database, product):
    row = {"since": date(2026, 2, 28), "is_sold": False, "code": "德国 'x'", "note": "a\nb" * 5000}
    insert(database, product, row, {"is_sold": True}, {})
    found = fetch(
        database,
        sa.select(product.c.since, product.c.is_sold, product.c.code, product.c.note).order_by(
            product.c.id
        ),
    )
    assert found[0] == tuple(row.values())
    assert found[1] == (None, True, None, None)
    assert found[2] == (None, None, None, None)
    assert found[0].is_sold is False


def test_booleans_are_conditions(database, product):
    insert(database, product, {"is_sold": True}, {"is_sold": False}, {})
    assert fetch(database, sa.select(sa.func.count()).where(product.c.is_sold))[0][0] == 1
    assert fetch(database, sa.select(sa.func.count()).where(sa.not_(product.c.is_sold)))[0][0] == 1
    assert (
        fetch(database, sa.select(sa.func.count()).where(product.c.is_sold.is_(sa.true())))[0][0]
        == 1
    )


def test_text_sorts_by_code_point(database, product):
    codes = ["b", "B", "a", "ä", "z", "Z", "é", "_", "1", "中", "一", "😀", "\ufffd"]
    insert(database, product, *({"code": code} for code in codes))
    found = [
        row.code for row in fetch(database, sa.select(product.c.code).order_by(product.c.code))
    ]
    assert found == sorted(codes)


def test_sqlite_keeps_every_column_to_its_type(sqlite_url, build):
    from core.db.engine import Database

    database = Database(sqlite_url)
    upgrade(database, build.snapshot(build.product()))
    with pytest.raises(sa.exc.IntegrityError), database.unit_of_work() as unit:
        unit.connection.exec_driver_sql("INSERT INTO product (price) VALUES (0.5)")
    with pytest.raises(sa.exc.IntegrityError), database.unit_of_work() as unit:
        unit.connection.exec_driver_sql("INSERT INTO product (stock) VALUES ('many')")
    database.close()


def test_scales_are_different_statements():
    one, two = DecimalType(2), DecimalType(4)
    assert one._static_cache_key != two._static_cache_key
