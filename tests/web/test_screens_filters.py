"""The filter panel's words and the expression language say the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.kernel.errors import ExpressionError
from core.metadata.definitions import ChoiceDef, FieldDef, Label
from core.metadata.expressions.parser import parse
from core.web.screens import filters

LABEL = Label("x", "x", "x")


def field(kind, name="x", **values):
    return FieldDef(name=name, type=kind, label=LABEL, **values)


WRITTEN = [
    (field("text"), "contains", ["a b"], 'x contains "a b"'),
    (field("text"), "not_contains", ["a"], 'not x contains "a"'),
    (field("text"), "starts", ['"quoted"'], 'starts_with(x, "\\"quoted\\"")'),
    (field("text"), "is_not", ["a"], 'x != "a"'),
    (field("text"), "contains", [""], ""),
    (field("text"), "empty", [""], "x == null"),
    (field("money"), "between", ["1,000", ""], "x >= 1000"),
    (field("money"), "between", ["", "5.50"], "x <= 5.50"),
    (field("money"), "between", ["1", "2"], "x >= 1 and x <= 2"),
    (field("money"), "between", ["many", ""], 'x >= "many"'),
    (field("date"), "between", ["2026-01-31", ""], 'x >= "2026-01-31"'),
    (field("choice"), "any", ["a", "b"], 'x in ("a", "b")'),
    (field("choice"), "none", ["a"], 'x not in ("a")'),
    (field("reference", to="customer"), "any", ["5", "7"], "x in (5, 7)"),
    (field("user", to="user"), "any", ["me"], "x in (me)"),
    (field("boolean"), "yes", [], "x == true"),
]


@pytest.mark.parametrize(
    ("target", "operator", "values", "text"), WRITTEN, ids=lambda v: str(v)[:30]
)
def test_the_panel_writes_expressions(target, operator, values, text):
    assert filters.write(target, operator, values) == text


@pytest.mark.parametrize(
    ("target", "operator", "values", "text"),
    [w for w in WRITTEN if w[3]],
    ids=lambda v: str(v)[:30],
)
def test_the_panel_reads_back_what_it_wrote(target, operator, values, text):
    (condition,) = filters.split(text)
    assert (condition.field, condition.operator) == ("x", operator)
    assert parse(condition.text) == parse(text)


def test_conjuncts_that_the_panel_cannot_show_are_kept():
    text = 'a == 1 and (b == 2 or c.d contains "x") and not e'
    conditions = filters.split(text)
    assert [c.field for c in conditions] == ["a", "", ""]
    assert parse(filters.join(c.text for c in conditions)) == parse(text)


def test_bounds_of_one_field_are_one_condition():
    (condition,) = filters.split("total >= 1 and total <= 9")
    assert (condition.operator, condition.values) == ("between", ("1", "9"))


def test_an_or_is_bracketed_when_joined():
    assert filters.join(["a == 1 or b == 2", "c == 3"]) == "(a == 1 or b == 2) and c == 3"
    assert filters.join(["a == 1 or b == 2"]) == "a == 1 or b == 2"


def test_what_is_no_expression_is_refused():
    with pytest.raises(ExpressionError):
        filters.split("a ==")


NAMES = st.sampled_from(["a", "b.c", "total"])
LITERALS = st.one_of(
    st.integers(0, 999).map(str),
    st.just('"x \\" y"'),
    st.just("null"),
    st.just("true"),
    st.just("today()"),
)


@st.composite
def expressions(draw, depth=3):
    if depth == 0:
        return f"{draw(NAMES)} {draw(st.sampled_from(['==', '!=', '<', '>=', 'contains']))} {draw(LITERALS)}"
    one, two = draw(expressions(depth=depth - 1)), draw(expressions(depth=depth - 1))
    form = draw(
        st.sampled_from(
            [
                "({}) and ({})",
                "({}) or ({})",
                "not ({}) and ({})",
                "({}) and a in (1, b.c + 2 * 3) or ({})",
            ]
        )
    )
    return form.format(one, two)


@given(expressions())
def test_a_tree_written_as_text_reads_back_as_the_same_tree(text):
    tree = parse(text)
    assert parse(filters.to_text(tree)) == tree


def test_choices_are_described_by_their_labels():
    target = field("choice", choices=(ChoiceDef("a", LABEL),))
    assert filters.OPERATORS[target.type][0] == "any"
