"""A small shop that the tests of reading share: definitions, filled tables, and callers with any roles."""

import random
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import ClassVar

import pytest
import sqlalchemy as sa

from core.db.engine import Database
from core.db.migrate import load_tables, upgrade
from core.kernel.actor import SYSTEM, Actor
from core.kernel.clock import FixedClock
from core.kernel.messages import Catalogue
from core.kernel.text import fold
from core.metadata.documents import document_from_data
from core.metadata.linker import build_snapshot
from core.metadata.yaml_loader import load_plain
from core.records.services import Caller, Model, Services

NOW = datetime(2026, 5, 17, 9, 30, tzinfo=UTC)

SHOP = """
- kind: object
  name: user
  title: "{name}"
  fields:
    name: {type: text, search: true}
  access:
    everyone: {read: all}
- kind: object
  name: territory
  title: "{name}"
  fields:
    name: {type: text}
    lead: {type: user}
  access:
    regional: {read: all}
    manager: {read: all}
- kind: object
  name: customer
  title: "{name}"
  traits: [owned]
  fields:
    code: {type: text, unique: true}
    name: {type: text, search: true}
    country: {type: text}
    territory: {type: reference, to: territory}
    credit: {type: money}
    blocked: {type: boolean}
    notes: {type: long_text}
  access:
    sales: {read: all, fields: {credit: hidden}}
    own_customers: {read: own}
    open_customers: {read: all, where: not blocked}
    regional: {read: all, where: territory.lead == me}
    manager: {read: all, create: true, update: all, delete: all}
- kind: object
  name: product
  title: "{name}"
  fields:
    name: {type: text, search: true}
  access:
    sales: {read: all}
    manager: {read: all}
- kind: object
  name: sales_order
  title: "{number} {customer}"
  traits: [owned]
  fields:
    number: {type: autonumber, format: "S{seq:4}", drawn: create}
    customer: {type: reference, to: customer}
    order_date: {type: date}
    promised: {type: datetime}
    priority: {type: integer}
    urgent: {type: boolean}
    currency: {type: currency}
    kind: {type: choice, of: [web, phone, shop]}
    note: {type: text, search: true}
    cost: {type: money}
    freight: {type: decimal, scale: 3}
    lines: {type: lines, of: sales_order_line}
    total: {type: money, rollup: sum(lines.net)}
    margin: {type: money, formula: total - cost}
    third: {type: decimal, scale: 2, formula: freight / 3}
    age: {type: integer, formula: "days(today(), order_date)"}
    caption: {type: text, formula: "concat(number, note)"}
    credit_left: {type: money, formula: customer.credit - total}
    bulk:
      type: decimal
      scale: 2
      formula: "sum(lines.qty) + count(lines) + coalesce(avg(lines.qty), 0) - coalesce(max(lines.net), 0)"
  access:
    sales: {read: own, create: true, update: own, fields: {cost: hidden}}
    web_sales: {read: all, where: 'kind == "web"', fields: {cost: hidden, freight: hidden}}
    regional: {read: all, where: customer.territory.lead == me, fields: {lines: hidden}}
    cheap: {read: own, where: cost < 100 or priority > 3}
    clerk: {read: all}
    manager: {read: all, create: true, update: all, delete: all, import: true, export: true}
    drop_box: {create: true}
- kind: object
  name: sales_order_line
  parent: sales_order
  title: "{product}"
  fields:
    product: {type: reference, to: product}
    qty: {type: decimal, scale: 2}
    price: {type: money, scale: 4}
    net: {type: money, formula: qty * price, stored: true}
  access:
    web_sales: {fields: {price: hidden}}
- kind: measure
  name: revenue
  object: sales_order_line
  sum: qty * price
  scale: 6
  show: money
- kind: measure
  name: web_orders
  object: sales_order
  count: true
  where: kind == "web"
"""


def words(value):
    """Every name in the definitions, for the glossary."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield str(key)
            yield from words(each)
    elif isinstance(value, list):
        for each in value:
            yield from words(each)
    elif isinstance(value, str):
        yield value


def shop_snapshot():
    plain = load_plain(SHOP, "shop.yaml")
    roles = sorted({role for each in plain for role in each.get("access", {})} - {"everyone"})
    plain += [{"kind": "role", "name": name} for name in roles]
    names = {w for w in words(plain) if w.replace("_", "").isalnum()} | {"state"}
    terms = {name: {"en": name, "zh_CN": name, "zh_TW": name} for name in sorted(names)}
    plain.append({"kind": "glossary", "name": "shop", "terms": terms})
    return build_snapshot([document_from_data("core", each) for each in plain])


OBJECTS = ("user", "territory", "customer", "product", "sales_order", "sales_order_line")


class Rows:
    """The same records that the database holds, as plain Python values by object and id."""

    def __init__(self):
        # In the order of the references between them.
        self.by_object = {name: {} for name in OBJECTS}

    def add(self, object_name, record_id, *, deleted=False, **values):
        stamp = NOW - timedelta(days=record_id, microseconds=record_id)
        row = {"id": record_id, "created_at": stamp, "updated_at": stamp, "created_by": 1} | values
        row["_deleted"] = deleted
        self.by_object[object_name][record_id] = row

    def live(self, name):
        rows = self.by_object[name].values()
        parent = {"sales_order_line": "sales_order"}.get(name)
        gone = {i for i, r in self.by_object[parent].items() if r["_deleted"]} if parent else set()
        return [r for r in rows if not r["_deleted"] and (not parent or r[parent] not in gone)]

    def get(self, name, record_id):
        row = self.by_object[name].get(record_id)
        return None if row is None or row["_deleted"] else row


NAMES = [
    "Äpfel AG",
    "apfel gmbh",
    "Zoë",
    "北京公司",
    "臺北",
    "ABC",
    "abc",
    "x%y_z",
    "Straße",
    "STRASSE",
    None,
]


def shop_rows():
    rows, pick = Rows(), random.Random(7)
    for i in range(1, 6):
        rows.add("user", i, name=f"User {i}")
    for i in range(1, 4):
        rows.add("territory", i, name=f"T{i}", lead=i if i < 3 else None, deleted=i == 3)
    for i in range(1, 16):
        rows.add(
            "customer",
            i,
            code=f"C{i:03}",
            name=NAMES[i % len(NAMES)],
            country=pick.choice(["DE", "CN", "德国", None]),
            territory=pick.choice([1, 2, 3, None]),
            credit=pick.choice(
                [None, Decimal(0), Decimal("1000.5"), Decimal("99999999999999.9999")]
            ),
            blocked=pick.choice([True, False, None]),
            notes=None,
            owner=pick.choice([1, 2, 3, None]),
            deleted=i == 13,
        )
    for i in range(1, 4):
        rows.add("product", i, name=f"Product {i}")
    line = 0
    for i in range(1, 71):
        lines = []
        for position in range(pick.choice([0, 1, 2, 3])):
            line += 1
            qty, price = (
                Decimal(pick.randint(1, 999)).scaleb(-2),
                Decimal(pick.randint(1, 99999)).scaleb(-4),
            )
            net = (qty * price).quantize(Decimal("0.01"), "ROUND_HALF_UP")
            gone = line % 17 == 0
            rows.add(
                "sales_order_line",
                line,
                sales_order=i,
                seq=position + 1,
                product=pick.choice([1, 2, 3, None]),
                qty=qty,
                price=price,
                net=net,
                deleted=gone,
            )
            lines += [] if gone else [net]
        rows.add(
            "sales_order",
            i,
            number=f"S{i * 37 % 100:04}" if i % 5 else None,
            customer=pick.choice([*range(1, 16), None]),
            order_date=pick.choice([None, *(date(2026, 4, d) for d in (1, 2, 3, 9, 30))]),
            promised=pick.choice(
                [None, NOW, NOW + timedelta(microseconds=1), NOW - timedelta(hours=5)]
            ),
            priority=pick.choice([None, 0, 1, 2, 3, 4, 5, -1]),
            urgent=pick.choice([True, False, None]),
            currency=pick.choice(["EUR", "JPY", "KWD", None]),
            kind=pick.choice(["web", "phone", "shop", None]),
            note=pick.choice([*NAMES, "fast %", "a_b", ""]) or None,
            cost=pick.choice([None, Decimal("99.9999"), Decimal(100), Decimal("250.5")]),
            freight=pick.choice([None, Decimal(0), Decimal("1.005"), Decimal("-7.777")]),
            total=sum(lines, Decimal(0)),
            owner=pick.choice([1, 2, 3, None]),
            deleted=i % 23 == 0,
        )
    return rows


def fill(url):
    """Make the shop's tables and put its rows in."""
    database = Database(url)
    snapshot = shop_snapshot()
    upgrade(database, snapshot)
    tables = load_tables(database, snapshot)
    with database.unit_of_work() as unit:
        for name, by_id in shop_rows().by_object.items():
            for row in by_id.values():
                unit.connection.execute(
                    sa.insert(tables.table(name)).values(**columns(snapshot, tables, name, row))
                )
    database.close()


def columns(snapshot, tables, name, row):
    values = {"version": 1, "deleted_at": NOW if row["_deleted"] else None}
    for field in snapshot.object(name).fields.values():
        if field.is_virtual:
            continue
        values[tables.column(name, field.name).name] = row.get(field.name)
        folded = tables.fold_column(name, field.name)
        if folded is not None and row.get(field.name) is not None:
            values[folded.name] = fold(row[field.name])
    return values


class Shop:
    """An open shop."""

    def __init__(self, url):
        self.database = Database(url)
        self.snapshot = shop_snapshot()
        self.rows = shop_rows()
        self.model = Model(self.snapshot, load_tables(self.database, self.snapshot))
        self.clock = FixedClock(NOW)
        self.services = Services(
            self.database,
            self.model,
            None,
            None,
            None,
            self.clock,
            Catalogue(),
            b"secret",
            currency="CNY",
        )

    def caller(self, *roles, user=1):
        """Somebody with these roles."""
        return self.by(Actor(user, f"User {user}", frozenset(roles)))

    @property
    def system(self):
        return self.by(SYSTEM)

    def by(self, actor):
        return Caller(self.services, self.model, actor)

    def seen(self, *roles, user=1, admin=False):
        """The oracle of a caller."""
        return Seen(self, roles, user, admin)

    def execute(self, statement):
        with self.database.unit_of_work() as unit:
            return unit.connection.execute(statement)


@pytest.fixture(scope="session")
def open_shops(prepared_databases):
    """The shops that only readers use, one for each database, for the whole run."""
    opened = {}
    yield opened
    for each in opened.values():
        each.database.close()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def shop(request, prepared_databases, open_shops):
    """A shop to read from; a test that changes anything takes its own."""
    backend = request.param
    if backend not in open_shops:
        if backend == "postgresql":
            request.getfixturevalue("postgres_url")  # skips where there is no server

        def fill_and_open(url):
            fill(url)
            open_shops[backend] = Shop(url)

        prepared_databases.template(backend, "read_shop", fill_and_open)
    return open_shops[backend]


@pytest.fixture
def own_shop(database_copy):
    """A shop that the test may change."""
    opened = Shop(database_copy("shop", fill))
    yield opened
    opened.database.close()


class Seen:
    """What one caller sees, worked out naively from the plain rows: the oracle of the reading tests.

    The rules of the roles are written here once more, by hand.
    """

    HIDDEN: ClassVar = {
        ("customer", "sales"): {"credit"},
        ("sales_order", "sales"): {"cost"},
        ("sales_order", "web_sales"): {"cost", "freight"},
        ("sales_order", "regional"): {"lines"},
        ("sales_order_line", "web_sales"): {"price"},
    }
    INPUTS: ClassVar = {
        ("sales_order_line", "net"): [("qty",), ("price",)],
        ("sales_order", "total"): [("lines", "net")],
        ("sales_order", "margin"): [("total",), ("cost",)],
        ("sales_order", "third"): [("freight",)],
        ("sales_order", "age"): [("order_date",)],
        ("sales_order", "bulk"): [("lines", "qty"), ("lines", "net")],
        ("sales_order", "caption"): [("number",), ("note",)],
        ("sales_order", "credit_left"): [("customer", "credit"), ("total",)],
    }

    def __init__(self, shop, roles, user=1, admin=False):
        self.shop, self.roles, self.user, self.admin = shop, set(roles), user, admin
        self.rows = shop.rows

    def _led(self, customer):
        territory = self.rows.get("territory", customer["territory"]) if customer else None
        return territory is not None and territory["lead"] == self.user

    def grants(self, name, row):
        """Roles that let the row through; with row None: roles that let any row through."""
        return {role for role in self.roles if self.rules(name, row).get(role)}

    def rules(self, name, row):
        if name == "user":
            return dict.fromkeys(ROLES, True)
        if name == "sales_order_line":
            return self.rules("sales_order", row) | {"regional": False}
        if name == "territory":
            return {"regional": True, "manager": True}
        if name == "product":
            return {"sales": True, "manager": True}
        own = row is None or row["owner"] == self.user
        if name == "customer":
            return {
                "sales": True,
                "own_customers": own,
                "open_customers": row is None or not row["blocked"],
                "regional": row is None or self._led(row),
                "manager": True,
            }
        return {
            "sales": own,
            "web_sales": row is None or row["kind"] == "web",
            "regional": row is None or self._led(self.rows.get("customer", row["customer"])),
            "cheap": own
            and (
                row is None
                or (row["cost"] is not None and row["cost"] < 100)
                or (row["priority"] is not None and row["priority"] > 3)
            ),
            "clerk": True,
            "manager": True,
        }

    def sees(self, name, row):
        return (
            row is not None and not row["_deleted"] and (self.admin or bool(self.grants(name, row)))
        )

    def visible(self, name):
        return [row for row in self.rows.live(name) if self.sees(name, row)]

    def reads(self, name, field):
        if self.admin:
            return True
        granting = self.grants(name, None)
        if not any(field not in self.HIDDEN.get((name, role), set()) for role in granting):
            return False
        return all(self.reads_path(name, path) for path in self.INPUTS.get((name, field), []))

    def reads_path(self, name, path):
        for part in path:
            if part not in self.shop.snapshot.object(name).fields or not self.reads(name, part):
                return False
            field = self.shop.snapshot.object(name).fields[part]
            name = field.to or field.of
        return True

    def value(self, name, row, path):
        """A value that the caller may read; what lies behind a hidden or deleted target is null."""
        if row is None:
            return None
        if len(path) > 1:
            target = self.shop.snapshot.object(name).fields[path[0]].to
            found = self.rows.get(target, row.get(path[0]))
            return self.value(target, found if self.sees(target, found) else None, path[1:])
        formula = getattr(self, f"_{path[0]}", None) if name == "sales_order" else None
        return formula(row) if formula else row.get(path[0])

    def _margin(self, row):
        return None if row["cost"] is None else self._minor(row["total"] - row["cost"], row)

    def _third(self, row):
        return (
            None
            if row["freight"] is None
            else (row["freight"] / 3).quantize(Decimal("0.01"), "ROUND_HALF_UP")
        )

    def _age(self, row):
        return None if row["order_date"] is None else (NOW.date() - row["order_date"]).days

    def _caption(self, row):
        return (row["number"] or "") + (row["note"] or "")

    def _bulk(self, row):
        lines = [
            line for line in self.rows.live("sales_order_line") if line["sales_order"] == row["id"]
        ]
        total = sum((line["qty"] for line in lines), Decimal(0))
        average = total / len(lines) if lines else 0
        value = total + len(lines) + average - max((line["net"] for line in lines), default=0)
        return value.quantize(Decimal("0.01"), "ROUND_HALF_UP")

    def _credit_left(self, row):
        credit = self.value("sales_order", row, ("customer", "credit"))
        return None if credit is None else self._minor(credit - row["total"], row)

    @staticmethod
    def _minor(amount, row):
        places = {"JPY": 0, "KWD": 3}.get(row["currency"], 2)
        return amount.quantize(Decimal(1).scaleb(-places), "ROUND_HALF_UP")


ROLES = [
    "sales",
    "web_sales",
    "regional",
    "cheap",
    "clerk",
    "manager",
    "own_customers",
    "open_customers",
    "drop_box",
]


@pytest.fixture
def see(shop):
    """Make the oracle of a caller."""
    return shop.seen
