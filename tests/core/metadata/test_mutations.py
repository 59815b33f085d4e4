"""Broken definitions are refused, whatever breaks them; nothing else ever happens."""

import contextlib

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.kernel.errors import InvalidDefinitions
from core.metadata.assemble import platform_roots
from core.metadata.documents import Document, canonical, document_from_data
from core.metadata.export import to_yaml
from core.metadata.linker import build_snapshot
from core.metadata.loader import load_folders
from core.metadata.yaml_loader import load_document

DOCUMENTS = load_folders(platform_roots([("customers", None), ("orders", None)])).documents
TEXTS = [(document.owner, to_yaml(document)) for document in DOCUMENTS]
# fmt: off
JUNK = [
    "{", "}", "[", "]", ":", ",", "\n", "  ", "- ", "\t", "'", '"', "&a ", "*a", "!!x ", "<<: ", "null", "1.5", "-1",
    "true", "\x00", "客", "%", "---\n", "? ", "| ", "> ", "#", "lines", "me", "today()", "own",
]
VALUES = st.sampled_from([
    None, True, False, 0, -1, 10**40, "", "x", "me", "1/0", "lines", "lines.net", "{a}", "<b>", "customer.",
    "a" * 3000, [], {}, [None], {"a": None}, [[]], {"type": "lines"}, {"type": "reference", "to": "user"},
])
# fmt: on

many = settings(max_examples=260, suppress_health_check=list(HealthCheck))


def _read(owner: str, text: str) -> Document | None:
    """Give the document, or None where it is refused with a place."""
    try:
        return load_document(owner, "a.yaml", text)
    except InvalidDefinitions as error:
        faults = [problem for problem in error.problems if problem.line < 1 or problem.column < 1]
    assert not faults
    return None


@many
@given(st.data())
def test_changed_text_is_read_or_refused(data):
    owner, text = data.draw(st.sampled_from(TEXTS))
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(text)))
        end = min(len(text), start + data.draw(st.integers(0, 12)))
        text = text[:start] + data.draw(st.sampled_from(JUNK)) + text[end:]
    changed = _read(owner, text)
    if changed is None:
        return
    others = [document for document in DOCUMENTS if document.key != changed.key]
    with contextlib.suppress(InvalidDefinitions):
        build_snapshot([*others, changed])


def _places(value, path=()):
    if path:
        yield path
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _places(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _places(item, (*path, index))


@many
@given(st.data())
def test_changed_data_is_linked_or_refused(data):
    document = data.draw(st.sampled_from(DOCUMENTS))
    changed = canonical(document)
    path = data.draw(st.sampled_from(sorted(_places(changed), key=str)))
    inner = changed
    for step in path[:-1]:
        inner = inner[step]
    action = data.draw(st.sampled_from(["replace", "remove", "rename"]))
    if action == "replace":
        inner[path[-1]] = data.draw(VALUES)
    else:
        value = inner.pop(path[-1])
        if action == "rename" and isinstance(inner, dict):
            inner[
                data.draw(st.sampled_from(["", "a", "owner", "X", "lines", "initial", "type"]))
            ] = value
    others = [other for other in DOCUMENTS if other.key != document.key]
    with contextlib.suppress(InvalidDefinitions):
        build_snapshot([*others, document_from_data(document.owner, changed)])


@given(
    st.binary(max_size=60)
    | st.text(max_size=60).map(lambda text: f"kind: object\nname: a\n{text}".encode())
)
def test_any_bytes_are_read_or_refused(source):
    with contextlib.suppress(InvalidDefinitions):
        load_document("core", "a.yaml", source)
