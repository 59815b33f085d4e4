"""The expression language: worked cases, types, hints, limits."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from core.kernel.errors import ExpressionError
from core.kernel.messages import Catalogue
from core.metadata.definitions import ChoiceDef, FieldDef, Label, ObjectDef, Place
from core.metadata.expressions import (
    ObjectScope,
    ValueType,
    compile_expression,
    evaluate,
    parse,
    parse_rollup,
    quote,
    value_type_of,
)
from core.metadata.expressions.evaluate import MAX_STEPS
from core.metadata.expressions.messages import MESSAGES
from core.metadata.expressions.nodes import Constant, children, walk, with_children
from core.metadata.expressions.program import decode, encode
from core.metadata.expressions.types import BOOLEAN, DATE, DATETIME, INTEGER, TEXT, USER
from core.metadata.fields import FIELD_TYPES

LABEL = Label("x", "x", "x")
CHOICES = tuple(ChoiceDef(value, LABEL) for value in ("draft", "confirmed", "cancelled"))


def field_def(name: str, kind: str, **more: Any) -> FieldDef:
    return FieldDef(name=name, type=kind, label=LABEL, **more)


def object_def(name: str, *fields: FieldDef) -> ObjectDef:
    return ObjectDef(name, "core", LABEL, LABEL, fields={f.name: f for f in fields})


OBJECTS = {
    "sales_order": object_def(
        "sales_order",
        field_def("number", "autonumber"),
        field_def("customer", "reference", to="customer"),
        field_def("invoice_customer", "reference", to="customer"),
        field_def("owner", "user"),
        field_def("total", "money", scale=2),
        field_def("discount", "percent", scale=4),
        field_def("qty", "integer"),
        field_def("order_date", "date"),
        field_def("due", "date"),
        field_def("created_at", "datetime"),
        field_def("is_blocked", "boolean"),
        field_def("note", "long_text"),
        field_def("state", "choice", choices=CHOICES),
        field_def("lines", "lines", of="sales_order_line"),
    ),
    "customer": object_def(
        "customer",
        field_def("name", "text"),
        field_def("country", "text"),
        field_def("manager", "user"),
    ),
    "user": object_def("user", field_def("name", "text"), field_def("manager", "user")),
    "sales_order_line": object_def(
        "sales_order_line",
        field_def("net", "money", scale=2),
        field_def("kind", "text"),
        field_def("shipped", "date"),
        field_def("parts", "lines", of="sales_order_line"),
    ),
}
EXTRA = {
    "old": ValueType("reference", target="sales_order"),
    "param.limit": ValueType("number", scale=2),
    "param.roles": ValueType("list", item=TEXT),
    "anything": ValueType("any"),
}
SCOPE = ObjectScope(OBJECTS, "sales_order", extra=EXTRA)


class Record:
    """A record as an environment."""

    me: int | None = 7
    today = date(2026, 3, 15)
    now = datetime(2026, 3, 15, 10, 30, tzinfo=UTC)

    def __init__(self, values: dict[str, Any], lines: list[Record] | None = None) -> None:
        self.values = values
        self.lines = lines or []

    def value(self, path: tuple[str, ...]) -> Any:
        return self.values[".".join(path)]

    def children(self, path: tuple[str, ...]) -> list[Record]:
        assert path == ("lines",)
        return self.lines


ORDER = Record(
    {
        "number": "SO-1",
        "customer": 5,
        "invoice_customer": None,
        "customer.country": "DE",
        "customer.name": "Müller Straße",
        "customer.manager": 7,
        "owner": 7,
        "total": Decimal("12.50"),
        "discount": Decimal("0.1250"),
        "qty": 3,
        "order_date": date(1996, 7, 4),
        "due": None,
        "created_at": datetime(1996, 7, 4, 23, 59, tzinfo=UTC),
        "is_blocked": None,
        "note": None,
        "state": "draft",
        "old.total": Decimal("10.00"),
        "param.limit": Decimal("12.50"),
        "param.roles": ["sales", "admin"],
        "anything": "text",
    },
    [
        Record({"net": Decimal("1.10"), "shipped": date(2026, 1, 2)}),
        Record({"net": None, "shipped": None}),
        Record({"net": Decimal("2.25"), "shipped": date(2026, 1, 1)}),
    ],
)

CASES: list[tuple[str, Any]] = [
    # arithmetic: exact, null-safe, / with twelve decimals half up
    ("1 + 2 * 3", 7),
    ("(1 + 2) * 3", 9),
    ("-2 * -3", 6),
    ("- (2 - 5)", 3),
    ("10 - 2 - 3", 5),
    ("0.1 + 0.2", Decimal("0.3")),
    ("total * 1.005", Decimal("12.56250")),
    ("total * qty - 0.5", Decimal("37.00")),
    ("1 / 3", Decimal("0.333333333333")),
    ("2 / 3", Decimal("0.666666666667")),
    ("-2 / 3", Decimal("-0.666666666667")),
    ("1 / 3 * 3", Decimal("0.999999999999")),
    ("total / 0", None),
    ("0 / 0 + 1", None),
    ("total + null", None),
    ("999999999999999999 * 999999999999999999 - 1", 999999999999999998000000000000000000),
    # comparison: == and != know null, the others are false with it
    ("total == 12.5", True),
    ("due == null", True),
    ("due != null", False),
    ("null == null", True),
    ("due != order_date", True),
    ("due < order_date", False),
    ("not (due < order_date)", True),
    ("due >= order_date or due < order_date", False),
    ('note != "x"', True),
    ('note == "x"', False),
    ('"Z" < "a"', True),
    ('"\uffff" < "\U0001f600"', True),
    ("is_blocked", False),
    ("not is_blocked", True),
    ("is_blocked == false", True),
    ("not not (qty == 3)", True),
    # lists
    ('state in ("draft", "confirmed")', True),
    ('state not in ["draft"]', False),
    ('note in ("a", null)', False),
    ('note not in ("a")', True),
    ("qty in ()", False),
    ('order_date in ("1996-07-04", "1996-07-05")', True),
    ('"admin" in param.roles', True),
    ("created_at in (order_date, now())", False),
    # dates
    ('order_date == "1996-07-04"', True),
    ("order_date < created_at", True),
    ('created_at >= "1996-07-04T23:59:00Z"', True),
    ('created_at == "1996-07-05T01:59:00+02:00"', True),
    ("date(created_at) == order_date", True),
    ("year(order_date)", 1996),
    ("quarter(order_date)", 3),
    ("month(created_at)", 7),
    ("day(order_date)", 4),
    ('period(order_date, "year")', "1996"),
    ('period(order_date, "quarter")', "1996-Q3"),
    ('period(order_date, "month")', "1996-07"),
    ('period(due, "month")', None),
    ("days(today(), order_date)", 10846),
    ("days(order_date, created_at)", 0),
    ("add_days(order_date, 30)", date(1996, 8, 3)),
    ("add_days(order_date, round(2.5))", date(1996, 7, 7)),
    ('add_days(date("9999-12-31"), 1)', None),
    ('add_days(date("0001-01-01"), -1)', None),
    ("start_of_day(order_date)", datetime(1996, 7, 4, tzinfo=UTC)),
    # functions
    ('if(qty > 2, "many", "few")', "many"),
    ("if(null, 1, 2)", 2),
    ("if(is_blocked, 1, null)", None),
    ("coalesce(due, order_date)", date(1996, 7, 4)),
    ("coalesce(due, null)", None),
    ("is_null(due)", True),
    ("round(2.5)", 3),
    ("round(-2.5)", -3),
    ("round(total / 3, 2)", Decimal("4.17")),
    ("round(0.125, 2)", Decimal("0.13")),
    ("floor(-0.5)", -1),
    ("ceil(-0.5)", 0),
    ("abs(-1.5)", Decimal("1.5")),
    ("min(qty, total, 5)", Decimal(3)),
    ("max(order_date, due)", None),
    ("max(order_date, today())", date(2026, 3, 15)),
    ('upper("aß")', "Aß"),
    ('lower("AÜ")', "aÜ"),
    ('length("张伟\U0001f600")', 3),
    ('concat("a", null, number)', "aSO-1"),
    ('customer.name contains "STRASSE"', True),
    ('customer.name contains ""', True),
    ("customer.name contains null", False),
    ('note contains ""', False),
    ('starts_with(customer.name, "MÜL")', True),
    ('ends_with(customer.name, "ſe")', True),
    # references
    ("customer == 5", True),
    ('customer == "5"', True),
    ("customer == invoice_customer", False),
    ("owner == me", True),
    ("owner == me() and customer.manager in (me, 9)", True),
    # lines
    ("sum(lines.net)", Decimal("3.35")),
    ("count(lines)", 3),
    ("count(lines.net)", 2),
    ("avg(lines.net)", Decimal("1.675000000000")),
    ("min(lines.net) + max(lines.net)", Decimal("3.35")),
    ("min(lines.shipped)", date(2026, 1, 1)),
    # names that the scope adds
    ("total > old.total", True),
    ("total <= param.limit", True),
    ('anything == "text"', True),
    # texts
    (r'"a\"b\\c\'d\n"', "a\"b\\c'd\n"),
    ("'single \"inside\"'", 'single "inside"'),
    ("'{7*7}${7*7}'", "{7*7}${7*7}"),
]


@pytest.mark.parametrize(("text", "value"), CASES)
def test_worked_cases(text: str, value: Any) -> None:
    found = evaluate(compile_expression(text, SCOPE), ORDER)
    assert found == value
    assert type(found) is type(value)


FAULTS: list[tuple[str, str, int]] = [
    ("", "expression.unexpected_end", 0),
    ("1 +", "expression.unexpected_end", 3),
    ("1 2", "expression.unexpected", 2),
    ("(1", "expression.expected_at_end", 2),
    ("(1]", "expression.expected", 2),
    ("total = 1", "expression.operator_hint", 6),
    ("total <> 1", "expression.operator_hint", 6),
    ("total > 1 && qty > 1", "expression.operator_hint", 10),
    ("1 < 2 < 3", "expression.chained_comparison", 6),
    ("1.5.2", "expression.bad_number", 0),
    ("1abc", "expression.bad_number", 0),
    ("1e5", "expression.bad_number", 0),
    ("1234567890123456789", "expression.bad_number", 0),
    ('"abc', "expression.unclosed_text", 0),
    (r'"\x41"', "expression.bad_escape", 1),
    ('"a\x00b"', "expression.unclean_text", 0),
    ("a.b.c.d.e.f", "expression.path_too_long", 0),
    ("totl > 1", "expression.unknown_name.near", 0),
    ("1 < totl", "expression.unknown_name.near", 4),
    ("customer.contry", "expression.unknown_name.near", 9),
    ("zzz", "expression.unknown_name", 0),
    ("param.limt", "expression.unknown_name.near", 0),
    ("total.x", "expression.no_parts", 6),
    ("summ(total)", "expression.unknown_function.near", 0),
    ("today > order_date", "expression.parentheses_needed", 0),
    ('state == "confrmed"', "expression.unknown_choice.near", 9),
    ('state in ("draft", "zzz")', "expression.unknown_choice", 19),
    ('order_date == "2026-02-30"', "expression.bad_date", 14),
    ('created_at == "noon"', "expression.bad_datetime", 14),
    ('customer == "x"', "expression.bad_reference", 12),
    ("customer == me", "expression.other_target", 9),
    ("customer > 5", "expression.no_order", 9),
    ("is_blocked > true", "expression.no_order", 11),
    ("is_blocked == null", "expression.never_null", 0),
    ("is_null(is_blocked)", "expression.never_null", 8),
    ('total == "x"', "expression.mismatch", 6),
    ('total + "x"', "expression.number_needed_text", 8),
    ("order_date + 1", "expression.number_needed_date", 0),
    ("-state", "expression.number_needed", 1),
    ("not total", "expression.condition_needed", 4),
    ("if(total, 1, 2)", "expression.argument", 3),
    ('if(true, 1, "x")', "expression.no_common_type", 12),
    ("round(total, qty)", "expression.literal_needed", 13),
    ("round(total, 13)", "expression.round_places", 13),
    ("add_days(order_date, 1.5)", "expression.whole_number", 21),
    ('period(order_date, "yaer")', "expression.unknown_period", 19),
    ("length(total)", "expression.argument", 7),
    ("length()", "expression.argument_count", 0),
    ("lines", "expression.lines_alone", 0),
    ("lines.net > 1", "expression.lines_outside", 0),
    ("sum(lines.parts.net)", "expression.lines_outside", 4),
    ("sum(total)", "expression.lines_needed", 0),
    ("sum(lines)", "expression.field_needed", 0),
    ("sum(lines.kind)", "expression.rollup_type", 0),
    ("(1, 2)", "expression.expected", 2),
    ("[1, 2]", "expression.list_outside", 0),
    ("total in 5", "expression.list_expected", 9),
    ("total in qty", "expression.list_expected", 9),
    ("total not 5", "expression.expected", 10),
    ("total * total * total * total * total * total", "expression.too_many_digits", 38),
    ("1 + " * 600 + "1", "expression.too_long", 2000),
    ("1+" * 150 + "1", "expression.too_many_parts", 199),
    ("(" * 40 + "1" + ")" * 40, "expression.too_deep", 30),
    ("ｔotal", "expression.unexpected_character", 0),
    ("total\x00", "expression.unexpected_character", 5),
]


@pytest.mark.parametrize(("text", "message_id", "at"), FAULTS)
def test_faults_say_what_and_where(text: str, message_id: str, at: int) -> None:
    with pytest.raises(ExpressionError) as caught:
        compile_expression(text, SCOPE)
    assert caught.value.message_id == message_id
    assert caught.value.at == at


def test_hints_name_the_nearest() -> None:
    for text, near in (("totl > 1", "total"), ('state == "confrmed"', "confirmed")):
        with pytest.raises(ExpressionError) as caught:
            compile_expression(text, SCOPE)
        assert caught.value.params["nearest"] == near


def test_every_fault_has_a_text_with_its_placeholders_filled() -> None:
    catalogue = Catalogue(MESSAGES)
    for text, message_id, _ in FAULTS:
        with pytest.raises(ExpressionError) as caught:
            compile_expression(text, SCOPE)
        for language in ("en", "zh_CN", "zh_TW"):
            shown = catalogue.text(message_id, language, caught.value.params)
            assert shown != message_id
            assert "{" not in shown.replace(str(caught.value.params.get("found")), "")


def test_an_expression_knows_what_it_uses() -> None:
    made = compile_expression(
        'owner == me and order_date < today() and customer.country == "DE" and old.total < total'
        " and created_at < now() and sum(lines.net) > 0",
        SCOPE,
        place=Place("a.yaml", 1, 2),
    )
    assert made.type == BOOLEAN
    assert made.uses == {"me", "today", "now", "old"}
    assert made.place == Place("a.yaml", 1, 2)
    assert made.paths == {
        ("owner",),
        ("order_date",),
        ("customer", "country"),
        ("old", "total"),
        ("total",),
        ("created_at",),
        ("lines", "net"),
    }


@pytest.mark.parametrize(
    ("text", "expect", "value"),
    [
        ("null", DATE, None),
        ('"2026-01-31"', DATE, date(2026, 1, 31)),
        ("today()", DATETIME, datetime(2026, 3, 15, tzinfo=UTC)),
        ("me", USER, 7),
        ("5", ValueType("reference", target="customer"), 5),
        ('"draft"', ValueType("text", choices=("draft", "done")), "draft"),
        ("null", BOOLEAN, False),
        ("total", INTEGER, Decimal("12.50")),
        ("anything", TEXT, "text"),
    ],
)
def test_expected_types(text: str, expect: ValueType, value: Any) -> None:
    assert evaluate(compile_expression(text, SCOPE, expect=expect), ORDER) == value


@pytest.mark.parametrize(
    ("text", "expect", "message_id"),
    [
        ("total", BOOLEAN, "expression.wrong_type"),
        ("me", ValueType("reference", target="customer"), "expression.wrong_type"),
        ('"x"', DATE, "expression.bad_date"),
        ('"dropped"', ValueType("text", choices=("draft",)), "expression.unknown_choice"),
    ],
)
def test_unexpected_types(text: str, expect: ValueType, message_id: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        compile_expression(text, SCOPE, expect=expect)
    assert caught.value.message_id == message_id


@pytest.mark.parametrize(
    ("text", "scale"),
    [
        ("total", 2),
        ("total + discount", 4),
        ("total * discount", 6),
        ("total / discount", 12),
        ("round(total * discount, 3)", 3),
        ("if(true, total, discount)", 4),
        ("1.50", 2),
        ("qty * 2", 0),
        ("sum(lines.net)", 2),
        ("avg(lines.net)", 12),
    ],
)
def test_scales_are_known_beforehand(text: str, scale: int) -> None:
    assert compile_expression(text, SCOPE).type.scale == scale


def test_rollups() -> None:
    assert parse_rollup("sum(lines.net)") == ("sum", "lines", "net", "")
    assert parse_rollup("count(lines)") == ("count", "lines", "", "")
    found = parse_rollup('sum( lines.net where kind == "a)" and (qty > 1) )')
    assert found == ("sum", "lines", "net", 'kind == "a)" and (qty > 1)')
    for text, message_id in {
        "sum(lines)": "expression.field_needed",
        "smu(lines.net)": "expression.unknown_function.near",
        "zz(lines.net)": "expression.unknown_function",
        "sum": "expression.rollup_shape",
        "sum(lines.net": "expression.rollup_shape",
        "sum(lines.net when a)": "expression.rollup_shape",
        "sum(lines.net where)": "expression.rollup_shape",
        "sum(lines.product.price)": "expression.rollup_shape",
        "sum(1)": "expression.rollup_shape",
        "": "expression.unknown_function",
    }.items():
        with pytest.raises(ExpressionError) as caught:
            parse_rollup(text)
        assert caught.value.message_id == message_id, text


def test_quote_writes_what_the_lexer_reads() -> None:
    for text in ("", "a", 'say "hi"', "back\\slash", "two\nlines\t", "it's", "\U0001f600"):
        assert parse(quote(text)) == Constant(text)


def test_field_types_agree_with_the_language() -> None:
    for name, field_type in FIELD_TYPES.items():
        for more in ({}, {"search": True}, {"formula": compile_expression("1", SCOPE)}):
            made = field_def(name, name, scale=2, to="customer", of="line", choices=CHOICES, **more)
            made = made if name in {"decimal", "money", "percent"} else replace(made, scale=0)
            made = made if name == "choice" else replace(made, choices=())
            made = replace(made, to="user") if name == "user" else made
            assert value_type_of(made) == field_type.value_type(made), name


def test_programs_survive_being_written() -> None:
    for text, _ in CASES:
        made = compile_expression(text, SCOPE)
        if any(type(node).__name__ == "Aggregate" for node in walk(made.node)):
            continue
        written = encode(made.node, made.type)
        read = decode(written)
        assert encode(read.node, read.result).count("[") == written.count("[")
        assert [type(n) for n in walk(read.node)] == [type(n) for n in walk(made.node)]


def test_children_can_be_replaced() -> None:
    for text, _ in CASES:
        for node in walk(compile_expression(text, SCOPE).node):
            assert with_children(node, children(node)) == node


class Strange(Record):
    """Gives values that the language doesn't know."""

    def value(self, path: tuple[str, ...]) -> Any:
        return 1.5 if path == ("total",) else {"a": 1}


@pytest.mark.parametrize("text", ["total + 1", 'state == "draft"', "anything < 5", "-anything"])
def test_foreign_values_are_refused(text: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        evaluate(compile_expression(text, SCOPE), Strange({}))
    assert caught.value.message_id == "expression.wrong_value"


def test_steps_are_counted() -> None:
    many = Record({}, [Record({"net": Decimal(1)})] * (MAX_STEPS // 2))
    made = compile_expression("sum(lines.net) + sum(lines.net) + sum(lines.net)", SCOPE)
    with pytest.raises(ExpressionError) as caught:
        evaluate(made, many)
    assert caught.value.message_id == "expression.too_many_steps"


def test_long_conditions_are_not_deep() -> None:
    text = " or ".join(f"qty == {n}" for n in range(60))
    assert evaluate(compile_expression(text, SCOPE), ORDER) is True
