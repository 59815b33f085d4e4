"""The examples of the documentation pass the schemas."""

import re
from pathlib import Path

import pytest

from core.metadata.fields import FIELD_TYPES
from core.metadata.problems import Problems
from core.metadata.schema import KINDS, check
from core.metadata.yaml_loader import load_document

DOCS = Path(__file__).parents[3] / "docs"
EXAMPLES = [
    text
    for text in re.findall(
        r"```yaml\n(.*?)```", (DOCS / "definitions.md").read_text("utf-8"), re.DOTALL
    )
    if text.startswith("kind:")
]


@pytest.mark.parametrize("text", EXAMPLES)
def test_example_is_right(text):
    owner = "organisation" if "layer: organisation" in text else "core"
    problems = Problems()
    check(load_document(owner, "definitions.md", text), problems)
    assert problems.found == []


def test_every_kind_and_type_is_documented():
    kinds = (DOCS / "definitions.md").read_text("utf-8")
    types = (DOCS / "field-types.md").read_text("utf-8")
    assert [kind for kind in KINDS if f"`{kind}`" not in kinds] == []
    assert [name for name in FIELD_TYPES if f"`{name}`" not in types] == []
