"""The YAML subset: scalars, places, and everything that is refused."""

from decimal import Decimal

import pytest

from core.kernel.errors import InvalidDefinitions, Problem
from core.metadata.documents import Document, document_from_data, documents_from_stored
from core.metadata.yaml_loader import MAX_BYTES, MAX_DEPTH, MAX_NODES, load_document

HEAD = "kind: object\nname: a\n"


def load(text: str | bytes) -> Document:
    return load_document("core", "a.yaml", text)


def fault(text: str | bytes) -> Problem:
    with pytest.raises(InvalidDefinitions) as raised:
        load(text)
    (problem,) = raised.value.problems
    return problem


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", True),
        ("False", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("42", 42),
        ("-7", -7),
        ("0", 0),
        ("1.50", Decimal("1.50")),
        ("-0.1", Decimal("-0.1")),
        ("2026-01-31", "2026-01-31"),
        ("on", "on"),
        ("NO", "NO"),
        ("yes", "yes"),
        ("0123", "0123"),
        ("1:30", "1:30"),
        ("1_000", "1_000"),
        ("0x1F", "0x1F"),
        ("0o17", "0o17"),
        ("+5", "+5"),
        ("1e3", "1e3"),
        (".5", ".5"),
        (".inf", ".inf"),
        ("1" * 5000, "1" * 5000),
        ('"true"', "true"),
        ("'1.5'", "1.5"),
        ("2026-01-31T10:00:00Z", "2026-01-31T10:00:00Z"),
        ("=", "="),
    ],
)
def test_scalar_is_what_the_core_schema_says_or_text(text, value):
    found = load(f"{HEAD}value: {text}\n").data["value"]
    assert found == value
    assert type(found) is type(value)


def test_key_is_always_text():
    data = load(f"{HEAD}map: {{1: a, true: b, on: c, 1.5: d, null: e}}\n").data["map"]
    assert list(data) == ["1", "true", "on", "1.5", "null"]


@pytest.mark.parametrize(
    ("text", "message_id", "line", "column"),
    [
        ("a: !!python/object/apply:os.system ['true']", "yaml.tag", 3, 4),
        ("a: !!str 3", "yaml.tag", 3, 4),
        ("a: !x 3", "yaml.tag", 3, 4),
        ("a: &x 3", "yaml.alias", 3, 4),
        ("a: *x", "yaml.alias", 3, 4),
        ("a: {<<: {b: 1}}", "yaml.merge_key", 3, 5),
        ("a: 1\nb: 2\na: 3", "yaml.duplicate_key", 5, 1),
        ("a: {b: 1, b: 2}", "yaml.duplicate_key", 3, 11),
        ("? [a, b]\n: 1", "yaml.key_not_text", 3, 3),
        ("'': 1", "yaml.key_not_text", 3, 1),
        ("---\nkind: b", "yaml.many_documents", 3, 1),
        ("a:\n\tb: 1", "yaml.tab", 4, 1),
        ("a: x\x07y", "yaml.control_character", 3, 5),
        ("a: [1, 2", "yaml.broken", 4, 1),
        ("a: b: c", "yaml.broken", 3, 5),
        ("a: @x", "yaml.broken", 3, 4),
    ],
)
def test_refused_with_its_place(text, message_id, line, column):
    problem = fault(f"{HEAD}{text}\n")
    assert (problem.message_id, problem.line, problem.column) == (message_id, line, column)
    assert problem.file == "a.yaml"


def test_directive_is_refused():
    assert fault(f"%YAML 1.1\n---\n{HEAD}").message_id == "yaml.directive"
    assert fault(f"%TAG ! tag:x,2000:\n---\n{HEAD}").message_id == "yaml.directive"


def test_billion_laughs_ends_at_the_first_anchor():
    bomb = "a: &a [x]\n" + "".join(f"b{n}: &b{n} [*a, *a]\n" for n in range(50))
    assert fault(f"{HEAD}{bomb}").line == 3


def test_size_depth_and_count_are_limited():
    assert fault(HEAD + "#" * MAX_BYTES).message_id == "yaml.too_big"
    assert load(f"{HEAD}a: {'[' * (MAX_DEPTH - 1)}{']' * (MAX_DEPTH - 1)}\n")
    assert fault(f"{HEAD}a: {'[' * MAX_DEPTH}{']' * MAX_DEPTH}\n").message_id == "yaml.too_deep"
    assert fault(f"{HEAD}a: {'[' * 400_000}").message_id == "yaml.too_deep"
    assert fault(f"{HEAD}a: [{'1,' * MAX_NODES}]\n").message_id == "yaml.too_many_nodes"
    deep = "".join(f"{' ' * n}a:\n" for n in range(200))
    assert fault(f"{HEAD}b:\n {deep.replace(chr(10), chr(10) + ' ')}").message_id == "yaml.too_deep"


def test_bytes_that_are_not_utf8_have_a_place():
    problem = fault(b"kind: object\nname: \xe5\xae\xa2 \xff\n")
    assert (problem.message_id, problem.line, problem.column) == ("yaml.not_utf8", 2, 9)
    assert load(b"\xef\xbb\xbfkind: object\nname: a\n").name == "a"


@pytest.mark.parametrize("text", ["", "- a\n", "text\n", "# nothing\n"])
def test_document_is_a_mapping(text):
    assert fault(text).message_id == "yaml.not_a_mapping"


def test_kind_and_name_are_needed_with_the_nearest_key():
    with pytest.raises(InvalidDefinitions) as raised:
        load("knid: object\nname: 5\n")
    first, second = raised.value.problems
    assert (first.message_id, first.params["hint"]) == ("yaml.missing_key.near", "knid")
    assert (second.message_id, second.line, second.column) == ("yaml.missing_key", 2, 7)


def test_every_piece_knows_its_place():
    document = load(
        f"{HEAD}fields:\n  total: {{type: money, formula: 'a + b'}}\n  list:\n    - x\n    - y\n"
    )
    place = document.place(("fields", "total", "formula"))
    assert (place.line, place.column) == (4, 33)
    assert document.place(("fields", "total", "formula"), at=4).column == 33 + 1 + 4
    assert document.place(("fields", "total", "formula"), at_key=True).column == 24
    assert (
        document.place(("fields", "list", 1)).line,
        document.place(("fields", "list", 1)).column,
    ) == (7, 7)
    assert document.place(("fields", "total", "label", "en")).line == 4
    assert (document.place(("fields", "total")).line, document.place(()).line) == (4, 1)


def test_offset_in_text_over_several_lines_points_at_its_start():
    document = load(f"{HEAD}formula: >\n  a +\n  b\n")
    assert document.place(("formula",), at=3) == document.place(("formula",))
    assert document.data["formula"] == "a +\nb\n".replace("\n", " ", 1)


def test_data_is_frozen():
    document = load(f"{HEAD}list: [1, {{a: b}}]\n")
    assert document.data["list"][0] == 1
    with pytest.raises(TypeError):
        document.data["x"] = 1
    with pytest.raises(TypeError):
        document.data["list"][1]["a"] = 2


def test_document_from_json_has_the_same_key_and_data():
    text = "kind: object\nname: a\nlayer: core\nfields: {x_a: {type: decimal, minimum: 1.5}}\n"
    document = load(text)
    fields = {"x_a": {"type": "decimal", "minimum": 1.5}}
    data = {"kind": "object", "name": "a", "layer": "core", "fields": fields}
    again = document_from_data("core", data)
    assert (again.key, again.data) == (document.key, document.data)
    assert again.key == "object/a/core"
    (stored,) = documents_from_stored({document.key: data})
    assert stored.key == document.key


def test_nobody_speaks_for_another_layer():
    problem = fault(f"{HEAD}layer: organisation\n")
    assert (problem.message_id, problem.line, problem.column) == ("layer.not_here", 3, 8)
    with pytest.raises(InvalidDefinitions):
        document_from_data("organisation", {"kind": "object", "name": "a", "layer": "core"})


def test_json_has_the_same_limits():
    deep: object = "x"
    for _ in range(100_000):
        deep = [deep]
    for value, message_id in (
        (deep, "yaml.too_deep"),
        (["x"] * MAX_NODES, "yaml.too_many_nodes"),
        ("\ud800", "definition.bad_character"),
        ({"\x00": 1}, "definition.bad_character"),
    ):
        with pytest.raises(InvalidDefinitions) as raised:
            document_from_data("organisation", {"kind": "object", "name": "a", "value": value})
        assert raised.value.problems[0].message_id == message_id
    # Taken apart from the outside, since taking it apart from within needs as many steps of the stack.
    while isinstance(deep, list):
        deep = deep.pop()
