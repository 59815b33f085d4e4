"""Each field type: what it reads, what it refuses, what it writes."""

import contextlib
import datetime as dt
import random
from decimal import Decimal

import jsonschema
import pytest

from core.metadata.definitions import ChoiceDef, FieldDef, Label
from core.metadata.expressions import value_type_of
from core.metadata.fields import FIELD_TYPES, FieldFault

LABEL = Label("A", "A", "A")
SETTINGS = {
    "text": {"max_length": 5},
    "long_text": {"max_length": 12},
    "integer": {"minimum": -3, "maximum": 9_999},
    "decimal": {"scale": 3},
    "money": {"scale": 4},
    "percent": {"scale": 2, "minimum": Decimal(0), "maximum": Decimal(100)},
    "choice": {"choices": (ChoiceDef("A", LABEL), ChoiceDef("open", LABEL))},
    "reference": {"to": "customer"},
    "user": {"to": "user"},
    "lines": {"of": "line"},
    "autonumber": {"format": "{seq:3}"},
}
MOMENT = dt.datetime(2026, 1, 31, 9, 30, tzinfo=dt.UTC)

# type, value from outside, Python value, JSON value
READ = [
    ("text", " ab c ", "ab c", "ab c"),
    ("text", "客户", "客户", "客户"),
    ("long_text", "a\r\nb\rc\n", "a\nb\nc\n", "a\nb\nc\n"),
    ("integer", 5, 5, 5),
    ("integer", " 5 ", 5, 5),
    ("integer", Decimal("5.0"), 5, 5),
    ("decimal", "1.250", Decimal("1.250"), "1.25"),
    ("decimal", 7, Decimal(7), "7"),
    ("decimal", 0.1, Decimal("0.1"), "0.1"),
    ("decimal", "1e2", Decimal(100), "100"),
    ("decimal", "-0", Decimal(0), "0"),
    ("money", "14", Decimal(14), "14.00"),
    ("money", "1265793.04", Decimal("1265793.04"), "1265793.04"),
    ("money", "9.1234", Decimal("9.1234"), "9.1234"),
    ("percent", "12.5", Decimal("12.5"), "12.5"),
    ("currency", "cny", "CNY", "CNY"),
    ("date", "2026-01-31", dt.date(2026, 1, 31), "2026-01-31"),
    ("date", dt.date(2026, 1, 31), dt.date(2026, 1, 31), "2026-01-31"),
    ("datetime", "2026-01-31T17:30:00+08:00", MOMENT, "2026-01-31T09:30:00Z"),
    ("datetime", "2026-01-31 09:30", MOMENT, "2026-01-31T09:30:00Z"),
    (
        "datetime",
        "2026-01-31T09:30:00.250Z",
        MOMENT.replace(microsecond=250_000),
        "2026-01-31T09:30:00.250000Z",
    ),
    ("boolean", True, True, True),
    ("boolean", "0", False, False),
    ("boolean", "Yes", True, True),
    ("choice", "open", "open", "open"),
    ("choice", " A ", "A", "A"),
    ("reference", 5, 5, 5),
    ("reference", "5", 5, 5),
    ("reference", {"id": 5}, 5, 5),
    ("user", 1, 1, 1),
    ("lines", [{"qty": 1}], [{"qty": 1}], [{"qty": 1}]),
    ("autonumber", "SO-001", "SO-001", "SO-001"),
    ("autonumber", 10248, "10248", "10248"),
    ("email", "Anna@Example.COM", "Anna@example.com", "Anna@example.com"),
    ("phone", "(5) 555-4729", "(5) 555-4729", "(5) 555-4729"),
    ("phone", "+86 10 8888 8888 ext. 12", "+86 10 8888 8888 ext. 12", "+86 10 8888 8888 ext. 12"),
    ("url", "https://example.com/a?b=1", "https://example.com/a?b=1", "https://example.com/a?b=1"),
]

REFUSED = [
    ("text", 5, "type"),
    ("text", "abcdef", "too_long"),
    ("text", "a\nb", "invalid"),
    ("text", "a\x00", "invalid"),
    ("text", "\ud800", "invalid"),
    ("long_text", ["a"], "type"),
    ("long_text", "a\x07", "invalid"),
    ("long_text", "x" * 13, "too_long"),
    ("integer", "5.5", "type"),
    ("integer", True, "type"),
    ("integer", 10_000, "too_big"),
    ("integer", -4, "too_small"),
    ("integer", 2**53, "too_big"),
    ("integer", "9" * 5000, "type"),
    ("decimal", "1.2345", "too_precise"),
    ("decimal", "1" * 16, "too_big"),
    ("decimal", "NaN", "type"),
    ("decimal", "Infinity", "type"),
    ("decimal", "1e999999999", "type"),
    ("decimal", "1_000", "type"),
    ("decimal", False, "type"),
    ("decimal", 0.1 + 0.2, "too_precise"),
    ("decimal", float("nan"), "type"),
    ("decimal", {}, "type"),
    ("money", "a", "type"),
    ("percent", "100.01", "too_big"),
    ("percent", -1, "too_small"),
    ("currency", "CNX", "unknown_name"),
    ("currency", 5, "type"),
    ("date", "2026-02-30", "type"),
    ("date", "31.01.2026", "type"),
    ("date", "20260131", "type"),
    ("date", 20260131, "type"),
    ("date", MOMENT, "type"),
    ("datetime", "now", "type"),
    ("datetime", "2026-01-31T25:00", "type"),
    ("datetime", "0001-01-01T00:00:00+10:00", "type"),
    ("boolean", "maybe", "type"),
    ("boolean", 1, "type"),
    ("choice", "opne", "unknown_choice"),
    ("choice", ["A"], "type"),
    ("reference", 0, "type"),
    ("reference", "ALFKI", "type"),
    ("reference", {"by": {"code": "A"}}, "type"),
    ("reference", 2**60, "type"),
    ("user", True, "type"),
    ("lines", "x", "type"),
    ("lines", [1], "type"),
    ("autonumber", ["a"], "type"),
    ("email", "anna", "type"),
    ("email", "a b@example.com", "type"),
    ("email", "<script>@example.com", "type"),
    ("phone", "call me", "type"),
    ("phone", "12", "type"),
    ("phone", "1" * 41, "too_long"),
    ("url", "javascript:alert(1)", "type"),
    ("url", "http://", "type"),
    ("url", "http://[::1", "type"),
    ("url", "https://a.b/<x>", "type"),
    ("url", "www.example.com", "type"),
]


def field(kind: str, **more: object) -> FieldDef:
    return FieldDef("a", kind, LABEL, **(SETTINGS.get(kind, {}) | more))


@pytest.mark.parametrize(("kind", "outside", "inside", "json_value"), READ)
def test_reads_and_writes(kind, outside, inside, json_value):
    field_type, definition = FIELD_TYPES[kind], field(kind)
    found = field_type.parse(outside, definition)
    assert found == inside
    assert type(found) is type(inside)
    assert field_type.to_json(found, definition) == json_value


@pytest.mark.parametrize(("kind", "outside", "inside", "json_value"), READ)
def test_json_and_file_text_read_back(kind, outside, inside, json_value):
    field_type, definition = FIELD_TYPES[kind], field(kind)
    assert field_type.parse(field_type.to_json(inside, definition), definition) == inside
    if kind != "lines":
        assert field_type.parse(field_type.to_text(inside, definition), definition) == inside


@pytest.mark.parametrize(("kind", "outside", "inside", "json_value"), READ)
def test_json_value_matches_its_schema(kind, outside, inside, json_value):
    schema = FIELD_TYPES[kind].json_schema(field(kind))
    jsonschema.Draft202012Validator(schema).validate(json_value)


@pytest.mark.parametrize(("kind", "value", "code"), REFUSED)
def test_refuses(kind, value, code):
    with pytest.raises(FieldFault) as raised:
        FIELD_TYPES[kind].parse(value, field(kind))
    assert raised.value.code == code


def test_every_type_is_tried():
    for rows in (READ, REFUSED):
        assert {row[0] for row in rows} == set(FIELD_TYPES)


@pytest.mark.parametrize("kind", sorted(FIELD_TYPES))
def test_nothing_is_nothing(kind):
    field_type, definition = FIELD_TYPES[kind], field(kind)
    assert [field_type.parse(value, definition) for value in (None, "", "  ")] == [None] * 3
    assert field_type.to_json(None, definition) is None
    assert field_type.to_text(None, definition) == ""


@pytest.mark.parametrize("kind", sorted(FIELD_TYPES))
def test_type_in_expressions_is_the_languages_own(kind):
    assert FIELD_TYPES[kind].value_type(field(kind)) == value_type_of(field(kind))


@pytest.mark.parametrize("kind", sorted(FIELD_TYPES))
def test_garbage_never_breaks_a_reader(kind):
    chance = random.Random(7)
    pieces = [
        None,
        True,
        -1,
        10**400,
        1.5e300,
        Decimal("sNaN"),
        Decimal("1e999"),
        b"x",
        [],
        [[]],
        {},
        {"id": []},
        "٣",
    ]
    texts = [
        "".join(chr(chance.randrange(1, 0x3000)) for _ in range(chance.randrange(9)))
        for _ in range(300)
    ]
    for value in pieces + texts + ["-" * 90, "1" * 5000, "http://" + "[" * 50, "a@" * 40]:
        with contextlib.suppress(FieldFault):
            FIELD_TYPES[kind].parse(value, field(kind))


def test_type_names_itself_and_its_column():
    assert len(FIELD_TYPES) == 18
    for name, field_type in FIELD_TYPES.items():
        assert field_type.name == name
        assert field_type.storage
        assert field_type.widget


def test_nearest_option_is_named():
    with pytest.raises(FieldFault) as raised:
        FIELD_TYPES["choice"].parse("opne", field("choice"))
    assert (raised.value.message_id, raised.value.params["hint"]) == (
        "field.unknown_choice.near",
        "open",
    )
