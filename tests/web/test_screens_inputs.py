"""Posted texts become the data that the API takes, and cells escape what they show."""

from __future__ import annotations

import pytest
from werkzeug.datastructures import MultiDict

from core.kernel.messages import Catalogue
from core.metadata.definitions import ChoiceDef, FieldDef, Label
from core.web.messages import MESSAGES
from core.web.screens import cells, inputs
from core.web.screens.formats import Formats

LABEL = Label("x", "x", "x")
EN = Formats("en", "Asia/Shanghai", "CNY")
EVIL = "<img src=x onerror=alert(1)>\"'&"


def field(kind, name="x", **values):
    return FieldDef(name=name, type=kind, label=LABEL, **values)


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("text", "", None),
        ("text", "  ", None),
        ("text", " a ", " a "),
        ("money", "1,234.50", "1234.50"),
        ("money", "１２３．５", "123.5"),
        ("money", "1,2", "1,2"),
        ("integer", "many", "many"),
        ("boolean", "true", True),
        ("boolean", "false", False),
        ("date", "2026-01-31", "2026-01-31"),
        ("datetime", "2026-01-31T08:00", "2026-01-31T00:00:00.000000Z"),
    ],
)
def test_one_value(kind, text, value):
    assert inputs.value_of(field(kind), text, EN) == value


def test_a_reference_is_its_id():
    assert inputs.value_of(field("reference", to="customer"), "5", EN) == 5
    assert inputs.value_of(field("reference", to="customer"), "5;drop", EN) == "5;drop"


def test_what_the_form_does_not_hold_is_not_in_the_data():
    form = MultiDict([("a", "1"), ("flag", "false"), ("flag", "true")])
    fields = [field("text", "a"), field("text", "b"), field("boolean", "flag")]
    assert inputs.read(fields, form, EN) == {"a": "1", "flag": True}


def test_lines_keep_their_order_and_lose_their_empty_rows():
    form = MultiDict(
        [
            ("lines.n7.id", ""), ("lines.n7.qty", "2"),
            ("lines.0.id", "31"), ("lines.0.qty", ""),
            ("lines.n9.id", ""), ("lines.n9.qty", ""),
            ("lines.<b>.qty", "1"),
        ]
    )  # fmt: skip
    rows, keys = inputs.read_lines("lines", [field("decimal", "qty")], form, EN)
    assert rows == [{"qty": "2"}, {"id": 31, "qty": None}]
    assert keys == ["n7", "0"]


@pytest.mark.parametrize(
    "kind", ["text", "long_text", "email", "phone", "url", "autonumber", "currency"]
)
def test_cells_escape_values(kind):
    for full in (False, True):
        html = cells.writer("x", field(kind), EN, Catalogue(MESSAGES), full=full)({"x": EVIL}, {})
        assert "<img" not in html
        assert "\"'" not in html.replace("&#34;", "").replace("&#39;", "")


def test_cells_escape_titles_labels_and_unknown_choices():
    reference = cells.writer("x", field("reference", to="customer"), EN, Catalogue())
    assert "<img" not in reference({"x": 1}, {("customer", 1): EVIL})
    assert "<img" not in cells.writer("x", field("user", to="user"), EN, Catalogue())(
        {"x": 1}, {("user", 1): EVIL}
    )
    evil = Label(EVIL, EVIL, EVIL)
    choice = cells.writer(
        "x", field("choice", choices=(ChoiceDef("a", evil, EVIL),)), EN, Catalogue()
    )
    assert "<img" not in choice({"x": "a"}, {})
    assert "<img" not in choice({"x": EVIL}, {})


@pytest.mark.parametrize(
    "value", ["javascript:alert(1)", "data:text/html,x", "//evil.example", "JAVASCRIPT:x"]
)
def test_only_web_addresses_become_links(value):
    assert "href" not in cells.writer("x", field("url"), EN, Catalogue())({"x": value}, {})


def test_initials():
    assert [cells.initials(n) for n in ("Chen Wei", "陈伟", "admin", "", "Ana María Ruiz")] == [
        "CW",
        "伟",
        "AD",
        "?",
        "AR",
    ]
