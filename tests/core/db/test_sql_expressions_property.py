"""Both SQL back ends give what the Python back end gives, for random expressions over random rows."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import hypothesis
import pytest
import sqlalchemy as sa
from hypothesis import strategies as st

from core.db import sqlite_functions
from core.db.sql_expressions import error_of, to_sql, to_sql_value
from core.db.sql_expressions_postgresql import DIVISION
from core.db.types import BooleanType, DateTimeType, DateType, DecimalType, IntegerType, TextType
from core.kernel.errors import ExpressionError
from core.kernel.money import fits, round_half_up
from core.kernel.text import fold
from core.metadata.definitions import ChoiceDef, FieldDef, Label, ObjectDef
from core.metadata.expressions import Expression, ObjectScope, compile_expression, evaluate, quote
from core.metadata.expressions.functions import FUNCTIONS
from core.metadata.expressions.nodes import Call, Operation, walk

BATCH = 25
ROWS = 12
TODAY = date(2026, 3, 15)
NOW = datetime(2026, 3, 15, 10, 30, 0, 123456, tzinfo=UTC)
ME = 3

LABEL = Label("x", "x", "x")
CHOICES = ("draft", "open", "done")
TEXTS = ("name", "note", "kind", "partner.country")
NUMBERS = ("price", "rate", "ratio", "qty", "count_of")
FOLDED = ("name", "note", "kind")
UNICODE = (
    "",
    "a",
    "A",
    "straße",
    "STRASSE",
    "Ünïcödé",
    "张伟",
    "ｆｕｌｌ",
    "İi",
    "ﬁn",
    "a%b_c",
    "\\",
    "z'\"",
    "\U0001f600",
    "\uffff",
)
AMOUNTS = (
    "0",
    "0.5",
    "1.5",
    "2.5",
    "-0.5",
    "-2.5",
    "0.25",
    "0.05",
    "0.01",
    "1",
    "-1",
    "3",
    "7",
    "10",
    "-12.34",
    "99.99",
    "1000",
)
DAYS = (
    date(1, 1, 1),
    date(1996, 2, 29),
    date(1999, 12, 31),
    date(2026, 3, 15),
    date(2026, 4, 1),
    date(9999, 12, 31),
)


def field_def(name: str, kind: str, **more: Any) -> FieldDef:
    return FieldDef(name=name, type=kind, label=LABEL, **more)


def object_def(name: str, *fields: FieldDef) -> ObjectDef:
    return ObjectDef(name, "core", LABEL, LABEL, fields={f.name: f for f in fields})


OBJECTS = {
    "item": object_def(
        "item",
        field_def("price", "money", scale=2),
        field_def("rate", "percent", scale=4),
        field_def("ratio", "decimal", scale=6),
        field_def("qty", "integer"),
        field_def("count_of", "integer"),
        field_def("name", "text"),
        field_def("note", "text"),
        field_def("kind", "choice", choices=tuple(ChoiceDef(c, LABEL) for c in CHOICES)),
        field_def("due", "date"),
        field_def("sent", "date"),
        field_def("made_at", "datetime"),
        field_def("seen_at", "datetime"),
        field_def("is_open", "boolean"),
        field_def("is_paid", "boolean"),
        field_def("partner", "reference", to="partner"),
        field_def("other", "reference", to="partner"),
        field_def("owner", "user"),
    ),
    "partner": object_def("partner", field_def("country", "text")),
}
SCOPE = ObjectScope(OBJECTS, "item")
STORED: dict[str, Any] = {
    "text": TextType(),
    "choice": TextType(),
    "date": DateType(),
    "datetime": DateTimeType(),
    "boolean": BooleanType(),
    "integer": IntegerType(),
    "reference": IntegerType(),
    "user": IntegerType(),
}


def make_table() -> sa.Table:
    columns: list[sa.Column[Any]] = [sa.Column("id", sa.Integer, primary_key=True)]
    columns += [
        sa.Column(f.name, DecimalType(f.scale) if f.scale else STORED[f.type])
        for f in OBJECTS["item"].fields.values()
    ]
    columns += [sa.Column("partner.country", TextType())]
    columns += [sa.Column(f"{name}__fold", TextType()) for name in FOLDED]
    return sa.Table("item", sa.MetaData(), *columns)


@dataclass
class Row:
    """A row as the Python back end sees it."""

    values: dict[str, Any]
    me: int = ME
    today: date = TODAY
    now: datetime = NOW

    def value(self, path: tuple[str, ...]) -> Any:
        return self.values[".".join(path)]

    def children(self, path: tuple[str, ...]) -> list[Row]:
        raise LookupError(path)


@dataclass
class Columns:
    """The resolver over the test's table."""

    table: sa.Table
    me: int = ME
    today: date = TODAY
    now: datetime = NOW

    def column(self, path: tuple[str, ...]) -> sa.ColumnElement[Any]:
        return self.table.c[".".join(path)]

    def fold(self, path: tuple[str, ...]) -> sa.ColumnElement[Any] | None:
        return self.table.c.get(".".join(path) + "__fold")


CALLS: dict[str, tuple[str, tuple[str, ...]]] = {
    "today": ("date", ()),
    "now": ("moment", ()),
    "me": ("reference", ()),
    "date": ("date", ("moment",)),
    "start_of_day": ("moment", ("date",)),
    "year": ("number", ("day",)),
    "quarter": ("number", ("day",)),
    "month": ("number", ("day",)),
    "day": ("number", ("day",)),
    "period": ("text", ("day", "unit")),
    "days": ("number", ("day", "day")),
    "add_days": ("date", ("date", "whole")),
    "if": ("*", ("boolean", "*", "*")),
    "coalesce": ("*", ("*", "*")),
    "is_null": ("boolean", ("*",)),
    "round": ("number", ("number", "places")),
    "floor": ("number", ("number",)),
    "ceil": ("number", ("number",)),
    "abs": ("number", ("number",)),
    "min": ("+", ("+", "+")),
    "max": ("+", ("+", "+", "+")),
    "upper": ("text", ("text",)),
    "lower": ("text", ("text",)),
    "length": ("number", ("text",)),
    "concat": ("text", ("text", "text")),
    "starts_with": ("boolean", ("folded", "part")),
    "ends_with": ("boolean", ("folded", "part")),
}
"""What each function gives and takes; ``*`` is any kind and ``+`` an ordered one, the same throughout a call."""

RARE = ("days", "day", "round", "month", "year", "ceil", "abs", "quarter", "length")
TURNS = (*CALLS, *RARE, *3 * ("is_null", "starts_with", "ends_with", "me"), "me", "me")
KINDS = ("number", "number", "number", "text", "date", "moment", "reference")


class Maker:
    """Random expressions as text, by the type that they are to have; now and then a wrong one."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance

    def any_of(self, kind: str, depth: int) -> str:
        if self.chance.random() < 0.012:
            kind = self.chance.choice(KINDS)
        return str(getattr(self, kind)(depth))

    def pick(self, *options: str) -> str:
        return self.chance.choice(options)

    def leaf(self, depth: int) -> bool:
        return depth <= 0 or self.chance.random() < 0.15

    def expression(self, turn: int) -> str:
        """Make an expression around a use of one function; turns give each its share."""
        name = TURNS[turn % len(TURNS)]
        if self.chance.random() < 0.03:
            return f"{self.pick('', 'not ')}{self.folded(0)} contains {self.part(0)}"
        made, kind = self.call(name, 3)
        if self.chance.random() < 0.12:
            return made
        if kind == "boolean":
            return f"{self.any_of('boolean', 2)} {self.pick('and', 'or')} {self.pick('', 'not ')}{made}"
        if kind == "number" and self.chance.random() < 0.3:
            return f"{made} {self.pick('+', '-', '*', '/')} {self.any_of('number', 1)}"
        return f"{self.pick('', 'not ')}{self.relation(kind, made, 2)}"

    def call(self, name: str, depth: int, kind: str = "") -> tuple[str, str]:
        """Make a call, and name the kind of its result."""
        gives, takes = CALLS[name]
        if gives in {"*", "+"} or takes == ("*",):
            kind = kind or (
                self.pick("number", "date", "moment") if gives == "+" else self.pick(*KINDS)
            )
        arguments = [kind if take in {"*", "+"} else take for take in takes]
        text = f"{name}({', '.join(self.any_of(argument, depth - 1) for argument in arguments)})"
        return text, kind if gives in {"*", "+"} else gives

    def calling(self, kind: str, depth: int) -> str:
        names = 3 * [n for n, (gives, takes) in CALLS.items() if gives == kind and takes]
        names += ["if", "coalesce"] if kind != "boolean" else ["if"]
        names += ["min", "max"] if kind in {"number", "date", "moment"} else []
        return self.call(self.pick(*names), depth, "" if kind == "boolean" else kind)[0]

    def number(self, depth: int) -> str:
        if self.leaf(depth):
            if self.chance.random() < 0.75:
                return self.pick(*NUMBERS)
            return self.pick(*AMOUNTS, "0.005", "1.000001", "null")
        a, deeper = self.pick(*NUMBERS), depth - 1
        match self.chance.randrange(8):
            case 0 | 1:
                return f"({self.any_of('number', deeper)} {self.pick('+', '-')} {self.any_of('number', deeper)})"
            case 2:
                return f"{a} * {self.any_of('number', 0)}"
            case 3:
                return f"{a} / {self.any_of('number', 0)}"
            case 4:
                return f"(-{self.any_of('number', deeper)})"
        return self.calling("number", depth)

    def text(self, depth: int) -> str:
        if self.leaf(depth):
            is_field = self.chance.random() < 0.8
            return self.pick(*TEXTS) if is_field else quote(self.chance.choice(UNICODE))
        return self.calling("text", depth)

    def date(self, depth: int) -> str:
        if self.leaf(depth):
            literal = f'date("{self.chance.choice(DAYS).isoformat()}")'
            return self.pick("due", "sent", "due", "sent", "due", "sent", literal, "today()")
        return self.calling("date", depth)

    def moment(self, depth: int) -> str:
        if self.leaf(depth):
            return self.pick(
                "made_at", "seen_at", "made_at", "seen_at", "made_at", "seen_at", "now()"
            )
        return self.calling("moment", depth)

    def day(self, depth: int) -> str:
        return self.any_of(self.pick("date", "moment"), depth)

    def reference(self, depth: int) -> str:
        if self.leaf(depth):
            return self.pick("partner", "other")
        return self.calling("reference", depth)

    def whole(self, depth: int) -> str:
        return self.pick("qty", "-30", "1", "10000000000", self.rounded(depth), self.rounded(depth))

    def rounded(self, depth: int) -> str:
        return f"{self.pick('floor', 'ceil', 'round')}({self.any_of('number', depth)})"

    def unit(self, depth: int) -> str:
        return quote(self.pick("year", "quarter", "month"))

    def places(self, depth: int) -> str:
        return str(self.chance.randrange(5))

    def folded(self, depth: int) -> str:
        return self.pick(*FOLDED)

    def part(self, depth: int) -> str:
        return self.pick(
            *(quote(text) for text in UNICODE), *FOLDED, *FOLDED, "null", 'upper("ss")'
        )

    def boolean(self, depth: int) -> str:
        if self.leaf(depth):
            return self.pick(
                "is_open", "is_paid", "is_open", "is_paid", "is_paid", "true", "false", "null"
            )
        deeper = depth - 1
        a, b = self.any_of("boolean", deeper), self.any_of("boolean", deeper)
        match self.chance.randrange(12):
            case 0 | 1:
                joint = self.pick(" and ", " or ")
                return (
                    f"({joint.join([a, b, *([self.any_of('boolean', 0)] if depth > 1 else [])])})"
                )
            case 2 | 3:
                return f"(not {a})"
            case 4 | 5:
                return f"({self.folded(0)} contains {self.part(0)})"
            case 6:
                return self.listed(deeper)
            case 8:
                return f"(({a}) {self.pick('==', '!=')} ({b}))"
            case 7:
                return self.calling("boolean", depth)
        kind = self.pick(*KINDS)
        return self.relation(kind, self.any_of(kind, deeper), deeper)

    def relation(self, kind: str, left: str, depth: int) -> str:
        if kind == "reference":
            return self.same_reference(left)
        op, right = self.pick("==", "!=", "<", "<", "<=", ">", ">=", ">="), self.any_of(kind, depth)
        if kind == "date" and self.chance.random() < 0.3:
            right = quote(self.chance.choice(DAYS).isoformat())
        elif kind == "moment" and self.chance.random() < 0.3:
            right = self.pick("due", '"2026-03-15T10:30:00.123456Z"', '"1999-12-31"')
        elif kind == "number" and self.chance.random() < 0.3:
            right = self.pick("0.005", "0.0000005", "-0.125", "999999999999999999", "null")
        return f"({right} {op} {left})" if self.chance.random() < 0.2 else f"({left} {op} {right})"

    def same_reference(self, left: str) -> str:
        if left == "me()" or self.chance.random() < 0.3:
            return f"(owner {self.pick('==', '!=')} {self.pick('me', 'me()', 'null', '3', '4')})"
        return f"({left} {self.pick('==', '!=')} {self.pick('partner', 'other', '1', '2', 'null')})"

    def listed(self, depth: int) -> str:
        word = self.pick("in", "not in")
        match self.chance.randrange(5):
            case 0:
                return (
                    f"(kind {word} ({', '.join(quote(c) for c in self.chance.sample(CHOICES, 2))}))"
                )
            case 1:
                return f"({self.pick(*NUMBERS)} {word} ({', '.join(self.chance.sample(AMOUNTS, 4))}, 0.0051))"
            case 2:
                return f"(owner {word} (me, 4, null))"
            case 3:
                return f"({self.any_of('text', depth)} {word} [{self.any_of('text', depth)}, {self.any_of('text', 0)}])"
        return f"({self.any_of('date', depth)} {word} ({self.any_of('date', 0)}, {self.any_of('date', 0)}))"


def make_rows(chance: random.Random) -> list[Row]:
    return [Row({"id": n, **make_values(chance)}) for n in range(1, ROWS + 1)]


def make_values(chance: random.Random) -> dict[str, Any]:
    values: dict[str, Any] = {"partner.country": make_value(chance, FieldDef("c", "text", LABEL))}
    for f in OBJECTS["item"].fields.values():
        values[f.name] = make_value(chance, f)
    return values


def make_value(chance: random.Random, f: FieldDef) -> Any:
    if chance.random() < 0.15:
        return None
    if f.scale:
        return make_decimal(chance, f.scale)
    makers: dict[str, Callable[[], Any]] = {
        "integer": lambda: chance.choice((0, 1, -1, 2, 3, 5, 10, -7, 999, 10**15)),
        "choice": lambda: chance.choice(CHOICES),
        "text": lambda: chance.choice(UNICODE),
        "date": lambda: chance.choice(DAYS),
        "datetime": lambda: make_moment(chance),
        "boolean": lambda: chance.random() < 0.5,
    }
    return makers.get(f.type, lambda: chance.randrange(1, 6))()


def make_decimal(chance: random.Random, scale: int) -> Decimal:
    unit = Decimal(1).scaleb(-scale)
    if chance.random() < 0.3:
        return chance.randrange(-(10**6), 10**6) * unit
    if chance.random() < 0.05:
        return chance.choice((-1, 1)) * (10**18 - 1) * unit
    return round_half_up(Decimal(chance.choice(AMOUNTS)), scale)


def make_moment(chance: random.Random) -> datetime:
    day = datetime.combine(chance.choice(DAYS[1:5]), datetime.min.time(), UTC)
    return day + timedelta(microseconds=chance.choice((0, 0, 1, 37_800_123_456)))


@dataclass
class Quality:
    """What the generator has made, so that a test of nothing shows."""

    texts: int = 0
    typed: int = 0
    pairs: int = 0
    hard_pairs: int = 0
    uses: Counter[str] = field(default_factory=Counter)

    def note(self, expression: Expression, rows: list[Row]) -> None:
        self.typed += 1
        for node in walk(expression.node):
            if isinstance(node, Call):
                self.uses[node.name] += 1
            elif isinstance(node, Operation):
                self.uses[node.op] += 1
        for row in rows:
            values = [row.value(path) for path in expression.paths]
            self.pairs += 1
            self.hard_pairs += is_hard(values)

    def check(self) -> None:
        assert self.typed / self.texts >= 0.6
        assert self.hard_pairs / self.pairs >= 0.3
        operators = ("+", "-", "*", "/", "==", "!=", "<", "<=", ">", ">=", "contains")
        least = 50 * self.texts // 1_250
        names = (*FUNCTIONS, *operators)
        assert {name: self.uses[name] for name in names if self.uses[name] < least} == {}


def is_hard(values: list[Any]) -> bool:
    """Whether the row has a null, a tie or a half among the fields that the expression uses."""
    known = [value for value in values if value is not None]
    halves = any(isinstance(v, Decimal) and str(v.normalize()).endswith("5") for v in known)
    return len(known) < len(values) or len({str(v) for v in known}) < len(known) or halves


class Bench:
    """The table in one database."""

    def __init__(self, url: str) -> None:
        self.engine = sa.create_engine(url)
        self.dialect = self.engine.dialect.name
        self.table = make_table()
        if self.dialect == "sqlite":
            sa.event.listen(self.engine, "connect", lambda c, _: sqlite_functions.register(c))
        self.table.create(self.engine)
        if self.dialect == "postgresql":
            with self.engine.begin() as connection:
                connection.exec_driver_sql(DIVISION)

    def fill(self, rows: list[Row]) -> None:
        data = []
        for row in rows:
            folds = {
                f"{n}__fold": None if row.values[n] is None else fold(row.values[n]) for n in FOLDED
            }
            data.append(row.values | folds)
        with self.engine.begin() as connection:
            connection.execute(self.table.delete())
            connection.execute(self.table.insert(), data)

    def columns(self, expression: Expression, scale: int, label: str) -> Iterator[sa.Label[Any]]:
        resolver = Columns(self.table)
        yield to_sql_value(expression, resolver, self.dialect, scale).label(label)
        if expression.type.kind == "boolean":
            condition = to_sql(expression, resolver, self.dialect)
            yield sa.case((condition, 1), else_=0).label(f"{label}_where")

    def select(self, columns: list[sa.Label[Any]]) -> list[sa.RowMapping]:
        statement = sa.select(*columns).select_from(self.table).order_by(self.table.c.id)
        with self.engine.connect() as connection:
            return list(connection.execute(statement).mappings())


def expected(expression: Expression, row: Row, scale: int) -> Any:
    value = evaluate(expression, row)
    if expression.type.kind != "number" or value is None:
        return value
    rounded = round_half_up(Decimal(value), scale)
    return rounded if scale else int(rounded)


def check_batch(bench: Bench, quality: Quality, seed: int) -> None:
    chance = random.Random(seed)
    rows = make_rows(chance)
    bench.fill(rows)
    maker = Maker(chance)
    wanted: list[tuple[Expression, int]] = []
    for turn in range(seed, seed + BATCH):
        text = maker.expression(turn)
        quality.texts += 1
        try:
            expression = compile_expression(text, SCOPE)
            to_sql_value(expression, Columns(bench.table), bench.dialect)
        except ExpressionError:
            continue
        quality.note(expression, rows)
        wanted.append((expression, chance.choice((0, 2, 4, 6))))
    compare(bench, rows, wanted)


def compare(bench: Bench, rows: list[Row], wanted: list[tuple[Expression, int]]) -> None:
    columns, answers = [], {}
    for number, (expression, scale) in enumerate(wanted):
        values = [expected(expression, row, scale) for row in rows]
        numbers = [Decimal(v) for v in values if v is not None and expression.type.kind == "number"]
        if not all(fits(n, scale) for n in numbers):
            check_too_large(bench, expression, scale)
            continue
        columns += list(bench.columns(expression, scale, f"c{number}"))
        answers[f"c{number}"] = (expression, scale, values)
    found = bench.select(columns) if columns else []
    for label, (expression, scale, values) in answers.items():
        got = [row[label] for row in found]
        assert got == values, f"{expression.text!r} at scale {scale}"
        assert {type(v) for v in got} == {type(v) for v in values}, expression.text
        if expression.type.kind == "boolean":
            assert [bool(row[f"{label}_where"]) for row in found] == values, expression.text


def check_too_large(bench: Bench, expression: Expression, scale: int) -> None:
    with pytest.raises(sa.exc.DBAPIError) as caught:
        bench.select(list(bench.columns(expression, scale, "c")))
    reason = error_of(caught.value)
    assert reason is not None
    assert reason.message_id == "expression.result_too_large"


def run(url: str, cases: int, *, derandomize: bool) -> None:
    bench, quality = Bench(url), Quality()

    @hypothesis.settings(
        max_examples=cases // BATCH,
        derandomize=derandomize,
        database=None,
        deadline=None,
        phases=[hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    @hypothesis.given(st.integers(0, 2**63))
    def holds(seed: int) -> None:
        check_batch(bench, quality, seed)

    try:
        holds()
    finally:
        bench.engine.dispose()
    assert quality.texts >= cases
    quality.check()


def test_sql_equals_python(database_url: str) -> None:
    run(database_url, 1_250, derandomize=True)


@pytest.mark.slow
def test_sql_equals_python_at_length(database_url: str) -> None:
    run(database_url, 20_000, derandomize=False)
