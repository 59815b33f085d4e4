"""The kinds of elements: which keys each may carry, checked before anything is linked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from marshmallow import ValidationError

from core.kernel.text import is_clean, nearest
from core.metadata.documents import Document, Path
from core.metadata.problems import Problems
from core.metadata.schema_object import ICON, OBJECT, head
from core.metadata.settings import (
    Choice,
    ExpressionText,
    Fault,
    Flag,
    Name,
    Number,
    Pattern,
    Setting,
    Text,
    Whole,
    as_text,
    wrong,
)
from core.metadata.settings_nested import (
    Definition,
    Either,
    LabelText,
    ListOf,
    MapOf,
    Record,
    definition,
)

PERMISSION = re.compile(r"[a-z][a-z_]{0,40}(\.[a-z][a-z_]{0,40}){1,3}")
TERM = re.compile(r"[a-z][a-z0-9_]{0,47}(\.[a-z][a-z0-9_]{0,47})?")

LATER = frozenset(
    {
        "record_type", "view", "form", "dataset", "dashboard", "workflow", "sequence", "schedule", "webhook",
        "print_template", "message_template", "calendar", "menu", "settings", "translation",
    }
)  # fmt: skip
"""Kinds that are named by the platform's contract but not understood yet."""


class Scalar(Setting):
    """A text, number or truth value, kept as it is."""

    def _take(self, value: Any) -> Any:
        text = as_text(value)
        if text is None or not is_clean(text):
            raise wrong("definition.not_text")
        return value

    def json_schema(self) -> dict[str, Any]:
        """Describe any scalar."""
        return {"type": ["string", "number", "boolean"]}


MEASURE = definition(
    "measure",
    head()
    | {
        "object": Name(required=True),
        "sum": ExpressionText(),
        "avg": ExpressionText(),
        "min": ExpressionText(),
        "max": ExpressionText(),
        "count": Flag(),
        "scale": Whole(0, 9),
        "where": ExpressionText(),
        "show": Choice(("money", "decimal", "integer", "percent")),
        "currency": ExpressionText(),
    },
)

_DIMENSION = definition("dimension", {"label": LabelText(), "by": ExpressionText(required=True)})

REPORT = definition(
    "report",
    head()
    | {
        "object": Name(required=True),
        "measures": ListOf(Name(), required=True, limit=20),
        "dimensions": MapOf(Either(ExpressionText(), Record(_DIMENSION), "by"), limit=60),
        "group_by": ListOf(Name(), limit=10),
        "roles": ListOf(Name()),
        "icon": Pattern(ICON, "definition.bad_name"),
    },
)

ROLE = definition(
    "role", head() | {"permissions": ListOf(Pattern(PERMISSION, "definition.bad_name"))}
)

_COLUMN = definition(
    "column",
    {
        "column": Text(limit=200),
        "value": Scalar(),
        "by": Name(),
        "scale": Whole(0, 9),
        "multiply": Number(),
        "map": MapOf(Scalar(), keys=re.compile(r"[^\x00-\x1f]{1,200}")),
        "default": Scalar(),
    },
)
_PATHS = re.compile(r"[a-z][a-z0-9_]{0,47}(\.[a-z][a-z0-9_]{0,47}){0,2}")
_COLUMNS = MapOf(Either(Text(limit=200), Record(_COLUMN), "column"), keys=_PATHS)

IMPORT_MAPPING = definition(
    "import_mapping",
    head()
    | {
        "object": Name(required=True),
        "key": Name(),
        "columns": _COLUMNS,
        "lines": Name(),
        "lines_file": Text(limit=200),
        "lines_on": ListOf(Text(limit=200), limit=2),
        "line_columns": _COLUMNS,
        "null": ListOf(Text(limit=60), limit=20),
        "date_format": Text(limit=40),
        "encoding": Choice(("utf-8", "utf-16", "cp1252", "latin-1", "gb18030", "big5")),
        "delimiter": Choice((",", ";", "\t", "|")),
        "decimal": Choice((".", ",")),
    },
)

_TERM = definition(
    "term",
    {
        "en": LabelText(required=True),
        "zh_CN": LabelText(required=True),
        "zh_TW": LabelText(required=True),
        "plural": LabelText(),
    },
)

GLOSSARY = definition(
    "glossary", head() | {"terms": MapOf(Record(_TERM), keys=TERM, required=True, limit=5000)}
)

KINDS: Mapping[str, Definition] = MappingProxyType(
    {
        "object": OBJECT(),
        "role": ROLE(),
        "measure": MEASURE(),
        "report": REPORT(),
        "import_mapping": IMPORT_MAPPING(),
        "glossary": GLOSSARY(),
    }
)
"""Schemas by kind of element."""


def check(document: Document, problems: Problems) -> dict[str, Any] | None:
    """Check the keys of a document.

    Args:
        document: The definition as written.
        problems: Takes what is wrong, each with its place.

    Returns:
        The checked values by key, or None where something is wrong.
    """
    schema = KINDS.get(document.kind)
    if schema is None:
        if document.kind in LATER:
            problems.add(document, ("kind",), "definition.unsupported_kind", kind=document.kind)
        else:
            hint = nearest(document.kind[:80], KINDS) or ""
            problems.add(
                document, ("kind",), "definition.unknown_kind", kind=document.kind[:80], hint=hint
            )
        return None
    try:
        return dict(schema.load(document.data))
    except ValidationError as error:
        _report(document, (), error.messages, problems)
        return None


def _report(document: Document, path: Path, messages: Any, problems: Problems) -> None:
    if isinstance(messages, Mapping):
        for key, inner in messages.items():
            _report(document, path if key == "_schema" else (*path, key), inner, problems)
        return
    for message in messages if isinstance(messages, list) else [messages]:
        if isinstance(message, Mapping):
            _report(document, path, message, problems)
            continue
        fault = message if isinstance(message, Fault) else Fault(str(message))
        params: dict[str, Any] = {"key": str(path[-1]) if path else ""} | dict(fault.params)
        problems.add(document, path, str(fault), at_key=fault.at_key, **params)
