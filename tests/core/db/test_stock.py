"""Five hundred units and eight writers who want eight hundred: exactly five hundred are sold."""

import sqlalchemy as sa

from core.db.engine import Database
from core.db.migrate import load_tables, upgrade
from core.db.sequences import draw
from core.db.unit_of_work import run_command

WRITERS, EACH, IN_STOCK = 8, 100, 500
SALE = sa.Table("sale", sa.MetaData(), sa.Column("number", sa.Integer, primary_key=True))


def test_stock_is_never_oversold_and_invoices_have_no_gap(
    database, database_url, build, in_processes
):
    snapshot = build.snapshot(build.product())
    upgrade(database, snapshot)
    product = load_tables(database, snapshot).table("product")
    with database.unit_of_work() as unit:
        SALE.create(unit.connection)
        unit.connection.execute(sa.insert(product).values(code="A", stock=IN_STOCK))

    take = (
        sa.update(product)
        .where(product.c.code == "A", product.c.stock >= 1)
        .values(stock=product.c.stock - 1)
        .returning(product.c.stock)
    )

    def sell(unit):
        if unit.connection.execute(take).first() is None:
            return False
        unit.connection.execute(sa.insert(SALE).values(number=draw(unit, "invoice")))
        return True

    def work(number):
        own = Database(database_url)
        for _ in range(EACH):
            run_command(own, sell)
        own.close()

    in_processes(WRITERS, work)
    with database.read() as connection:
        assert connection.execute(sa.select(product.c.stock)).scalar_one() == 0
        numbers = (
            connection.execute(sa.select(SALE.c.number).order_by(SALE.c.number)).scalars().all()
        )
    assert numbers == list(range(1, IN_STOCK + 1))
