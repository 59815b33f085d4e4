"""Keys of definitions: which are known, what they hold, and the hints for those that aren't."""

import json
from pathlib import Path

import jsonschema
import pytest

from core.metadata.assemble import platform_roots
from core.metadata.documents import canonical
from core.metadata.loader import load_folders
from core.metadata.schema_json import json_schemas, write_json_schemas

PLUGINS = [("customers", None), ("orders", None)]


def of_field(keys: str) -> str:
    return f"kind: object\nname: customer\nfields:\n  name: {{{keys}}}\n"


# text, message id, line, column, hint
FAULTS = [
    ("kind: objekt\nname: a\n", "definition.unknown_kind.near", 1, 7, "object"),
    ("kind: workflow\nname: a\n", "definition.unsupported_kind", 1, 7, None),
    ("kind: object\nname: Customer\n", "definition.bad_name", 2, 7, None),
    ("kind: object\nname: a\nfeilds: {}\n", "definition.unknown_key.near", 3, 1, "fields"),
    ("kind: object\nname: a\nfields: []\n", "definition.not_a_mapping", 3, 9, None),
    (of_field("type: txt"), "field.unknown_type.near", 4, 16, "text"),
    (of_field("type: text, requird: true"), "definition.unknown_key.near", 4, 22, "required"),
    (of_field("type: text, required: 1"), "definition.not_boolean", 4, 32, None),
    (of_field("type: text, to: customer"), "definition.unknown_key", 4, 22, None),
    (of_field("type: text, max_length: many"), "definition.not_whole", 4, 34, None),
    (of_field("type: text, max_length: 0"), "definition.out_of_range", 4, 34, None),
    (of_field("type: reference"), "definition.missing", 4, 9, None),
    (of_field("unique: true"), "definition.missing", 4, 9, None),
    (of_field("type: choice, of: [A, A]"), "definition.twice", 4, 32, None),
    (of_field("type: choice, of: []"), "definition.empty", 4, 28, None),
    (
        of_field("type: choice, of: {A: {color: blu}}"),
        "definition.not_an_option.near",
        4,
        40,
        "blue",
    ),
    (of_field("type: autonumber, format: SO"), "definition.bad_format", 4, 36, None),
    (of_field("type: money, formula: max(a, 0)"), "definition.split_text", 4, 39, None),
    (of_field("type: integer, minimum: low"), "definition.not_number", 4, 34, None),
    (of_field("type: text, label: {en: A}"), "label.incomplete", 4, 29, None),
    (of_field("type: text, label: {en: A, de: B}"), "definition.unknown_key", 4, 37, None),
    (of_field("type: text, label: '<b>'"), "label.bad_character", 4, 29, None),
    (of_field(r'type: text, label: "a\u202eb"'), "label.bad_character", 4, 29, None),
    (of_field(r'type: text, label: "a\nb"'), "label.bad_character", 4, 29, None),
    (of_field("type: text, label: ' '"), "label.blank", 4, 29, None),
    (of_field(f"type: text, label: {'x' * 121}"), "definition.too_long", 4, 29, None),
    (
        "kind: object\nname: a\nviews: {list: {group: state}}\n",
        "definition.unsupported_key",
        3,
        16,
        None,
    ),
    ("kind: object\nname: a\nviews: {list: {sort: 'a;b'}}\n", "definition.bad_name", 3, 22, None),
    (
        "kind: object\nname: a\naccess: {sales: {read: mine}}\n",
        "definition.not_an_option",
        3,
        24,
        None,
    ),
    ("kind: object\nname: a\nstates: {draft: {}}\n", "definition.missing", 3, 9, None),
    (
        "kind: object\nname: a\nstates: {initial: a, a: {go: {too: b}}}\n",
        "definition.unknown_key.near",
        3,
        31,
        "to",
    ),
    ("kind: object\nname: a\nindexes: [[a], b]\n", "definition.not_a_list", 3, 16, None),
    ("kind: object\nname: a\nsearch: name\n", "definition.not_a_list", 3, 9, None),
    (
        "kind: object\nname: a\nrules: [{check: x, message: Oops}]\n",
        "definition.bad_message_id",
        3,
        29,
        None,
    ),
    ("kind: measure\nname: a\nsum: x\n", "definition.missing", 1, 1, None),
    ("kind: role\nname: a\npermissions: [import opening]\n", "definition.bad_name", 3, 15, None),
    (
        "kind: import_mapping\nname: a\nobject: b\ndecimal: ';'\n",
        "definition.not_an_option",
        4,
        10,
        None,
    ),
]


@pytest.mark.parametrize(("text", "expected"), [(row[0], row[1:]) for row in FAULTS])
def test_fault_has_place_and_hint(faults, text, expected):
    found = faults(text)
    first = next((p for p in found if p.message_id == expected[0]), found[0])
    assert (first.message_id, first.line, first.column, first.params.get("hint")) == expected


def test_all_faults_come_at_once(faults):
    text = "kind: object\nname: A\nfields:\n  B: {type: text}\n  c: {type: txt}\n  d: {type: text, label: ''}\n"
    assert [p.line for p in faults(text)] == [2, 4, 5, 6]


def test_committed_json_schemas_are_current(tmp_path):
    committed = Path(__file__).parents[3] / "metadata" / "schema"
    written = write_json_schemas(tmp_path)
    assert [p.name for p in sorted(written)] == [p.name for p in sorted(committed.glob("*.json"))]
    for path in written:
        assert path.read_text("utf-8") == (committed / path.name).read_text("utf-8"), (
            "run write_json_schemas"
        )


def test_platforms_own_definitions_match_the_json_schemas():
    schemas = {
        kind: jsonschema.Draft202012Validator(schema) for kind, schema in json_schemas().items()
    }
    for document in load_folders(platform_roots(PLUGINS)).documents:
        schemas[document.kind].validate(json.loads(json.dumps(canonical(document))))


@pytest.mark.parametrize("keys", ["type: txt", "type: text, requird: true", "type: reference"])
def test_json_schemas_refuse_what_the_loader_refuses(keys):
    kind, _, value = keys.partition(", ")
    field = {"type": kind.removeprefix("type: ")} | ({value.split(":")[0]: True} if value else {})
    validator = jsonschema.Draft202012Validator(json_schemas()["object"])
    assert not validator.is_valid({"kind": "object", "name": "a", "fields": {"name": field}})
