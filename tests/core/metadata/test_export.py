"""Export and load again: the identity."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.metadata.assemble import load_platform, platform_roots
from core.metadata.documents import canonical, checksum, document_from_data
from core.metadata.export import to_yaml, write_folder
from core.metadata.loader import load_folders
from core.metadata.yaml_loader import load_document

PLUGINS = [("customers", None), ("orders", None)]

KEYS = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True)
TEXTS = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20
) | st.sampled_from(
    [
        "yes",
        "no",
        "null",
        "1",
        "1.50",
        "-a",
        "- a",
        "a: b",
        "a #b",
        "'",
        '"',
        "''\"",
        "a, b",
        "[x]",
        "\ufeff",
        "\x85",
        " a",
    ]
)
VALUES = st.recursive(
    TEXTS
    | st.integers(-(10**20), 10**20)
    | st.booleans()
    | st.none()
    | st.decimals(-99, 99, places=3),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(KEYS | TEXTS.filter(bool), inner, max_size=4)
    ),
    max_leaves=12,
)


def test_platforms_own_definitions_come_back_unchanged(tmp_path):
    documents = load_folders(platform_roots(PLUGINS)).documents
    for owner in {document.owner for document in documents}:
        own = [document for document in documents if document.owner == owner]
        write_folder(own, tmp_path / owner)
        again = load_folders([(owner, tmp_path / owner)])
        assert not again.problems
        assert checksum(again.documents) == checksum(own)


def test_customisations_come_back_unchanged(tmp_path):
    layer = tmp_path / "mine"
    layer.mkdir()
    (layer / "a.yaml").write_text(
        "kind: object\nname: company\nlayer: organisation\ncolor: red\n", "utf-8"
    )
    first = load_platform([], [layer])
    own = load_folders([("organisation", layer)]).documents
    (path,) = write_folder(own, tmp_path / "out")
    assert path.relative_to(tmp_path / "out").as_posix() == "object/company.yaml"
    assert load_platform([], [tmp_path / "out"]).checksum == first.checksum


@given(st.dictionaries(KEYS, VALUES, max_size=5))
def test_any_data_comes_back(data):
    document = document_from_data("core", {"kind": "object", "name": "a"} | data)
    again = load_document("core", "a.yaml", to_yaml(document))
    assert canonical(again) == canonical(document)
    assert checksum([again]) == checksum([document])


@pytest.mark.parametrize(
    "text", ["sum(lines.net)", "not blocked", "客户", "-order_date", "a == b or c"]
)
def test_plain_text_stays_plain(text):
    document = document_from_data("core", {"kind": "object", "name": "a", "text": text})
    assert f"text: {text}\n" in to_yaml(document)
