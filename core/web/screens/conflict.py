"""When somebody else was first: who, when, and where the typed values differ from the stored ones."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from core.records.lookup import titles
from core.web.screens import page, preferences
from core.web.screens.form_content import Content, Reader


def describe(reader: Reader, content: Content, record: Mapping[str, Any]) -> dict[str, Any]:
    """Describe a conflict between a typed form and the stored record.

    Args:
        reader: The form's reader.
        content: What was typed.
        record: What is stored now.
    """
    who = record.get("updated_by")
    names = titles(reader.caller, {"user": {who}}) if who else {}
    at = record.get("updated_at")
    return {
        "who": names.get(("user", who), page.text("ui.somebody"))
        if who
        else page.text("ui.somebody"),
        "at": reader.formats.moment(datetime.fromisoformat(at)) if at else "",
        "version": record["_version"],
        "differences": differences(reader, content, record),
    }


def differences(
    reader: Reader, content: Content, record: Mapping[str, Any]
) -> list[dict[str, str]]:
    """List the inputs whose typed text differs from the stored one."""
    stored = reader.of_record(record)
    found = []
    for field in reader.fields:
        typed, theirs = content.texts.get(field.name, ""), stored.texts.get(field.name, "")
        if field.type == "boolean":
            typed = typed.replace("false", "")
        if field.type != "lines" and field.name in content.texts and typed != theirs:
            label = field.label.text(preferences.language())
            mine, other = (
                _readable(reader, field.name, typed),
                _readable(reader, field.name, theirs),
            )
            found.append({"label": label, "mine": mine, "theirs": other})
    for lines in reader.lines:
        if _rows(content, lines.name) != _rows(stored, lines.name):
            count = {
                "mine": len(content.keys.get(lines.name, [])),
                "theirs": len(stored.keys.get(lines.name, [])),
            }
            found.append(
                {
                    "label": lines.label.text(preferences.language()),
                    "mine": page.text("ui.line_count", count=count["mine"]),
                    "theirs": page.text("ui.line_count", count=count["theirs"]),
                }
            )
    return found


def _rows(content: Content, name: str) -> list[dict[str, str]]:
    rows = []
    for key in content.keys.get(name, []):
        prefix = f"{name}.{key}."
        row = {k[len(prefix) :]: v for k, v in content.texts.items() if k.startswith(prefix) and v}
        rows.append({k: v for k, v in row.items() if k != "id"})
    return rows


def _readable(reader: Reader, name: str, text: str) -> str:
    field = reader.definition.fields[name]
    if not text:
        return "–"
    if field.to and text.isdigit():
        return titles(reader.caller, {field.to: {int(text)}}).get((field.to, int(text)), f"#{text}")
    labels = {choice.value: choice.label.text(preferences.language()) for choice in field.choices}
    return labels.get(text, text)
