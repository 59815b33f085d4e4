"""Figures while typing: the server computes what the form would become, nothing is stored."""

from __future__ import annotations

from typing import Any

from flask import Response, request

from core.records import commands
from core.records.lookup import titles
from core.records.record import Row
from core.web import auth
from core.web.answers import json_answer
from core.web.screens import access, layout
from core.web.screens.form_content import Content, Reader


def compute(object_name: str) -> Response:
    """Answer with the figures of the posted form, and with values for inputs that were left empty."""
    caller = auth.caller()
    definition = access.readable(caller, object_name)
    reader = Reader(caller, definition)
    data, keys = reader.data(request.form)
    record_id = request.args.get("id", type=int)
    row = commands.preview(caller, definition.name, data, record_id)
    content = reader.of_row(row)
    renamed = _as_sent(reader, keys)
    figures = {renamed(name): html for name, html in content.figures.items()}
    return json_answer({"figures": figures, "values": _suggested(reader, row, content, renamed)})


def _as_sent(reader: Reader, keys: dict[str, list[str]]) -> Any:
    """Give the function that turns ``lines.0.net`` into the name of that row in the sender's form."""

    def rename(name: str) -> str:
        lines, _, rest = name.partition(".")
        index, _, field = rest.partition(".")
        sent = keys.get(lines)
        if not field or not sent or not index.isdigit() or int(index) >= len(sent):
            return name
        return f"{lines}.{sent[int(index)]}.{field}"

    del reader
    return rename


def _suggested(reader: Reader, row: Row, content: Content, renamed: Any) -> dict[str, Any]:
    """Collect values for inputs: defaults that follow from others, and what plugins fill in."""
    suggested: dict[str, Any] = {}
    names = _titles(reader, row)
    for field in reader.fields:
        text = content.texts.get(field.name, "")
        if text:
            suggested[field.name] = _value(field, text, names)
    for lines in reader.lines:
        columns = layout.line_inputs(reader.caller, reader.child(lines))
        for key in content.keys.get(lines.name, []):
            for field in columns:
                name = f"{lines.name}.{key}.{field.name}"
                if text := content.texts.get(name, ""):
                    suggested[renamed(name)] = _value(field, text, names)
    return suggested


def _value(field: Any, text: str, names: dict[tuple[str, int], str]) -> Any:
    if field.to and text.isdigit():
        return {"value": text, "text": names.get((field.to, int(text)), f"#{text}")}
    return text


def _titles(reader: Reader, row: Row) -> dict[tuple[str, int], str]:
    wanted: dict[str, set[int]] = {}
    rows = [(row, reader.fields)]
    for lines in reader.lines:
        columns = layout.line_inputs(reader.caller, reader.child(lines))
        rows += [
            (child, columns) for child in row.values().get(lines.name) or () if not child.deleted
        ]
    for one, fields in rows:
        for field in fields:
            value = one.values().get(field.name)
            if field.to and isinstance(value, int):
                wanted.setdefault(field.to, set()).add(value)
    return dict(titles(reader.caller, wanted)) if wanted else {}
