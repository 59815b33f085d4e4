"""Forms: new records and changes, saved through the same pipeline as the API; errors stand beside their fields."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import orjson
from flask import Response, request
from sqlalchemy import Connection
from werkzeug.datastructures import MultiDict

from core.kernel.errors import Conflict, FieldError, Forbidden, Invalid, PlatformError, Stale
from core.kernel.ids import new_id
from core.metadata.definitions import ObjectDef
from core.records import commands, idempotency
from core.records.commands import Outcome
from core.records.idempotency import Stored
from core.records.lookup import titles
from core.records.query import get_record
from core.records.services import Caller
from core.web import auth
from core.web.screens import access, conflict, form_content, layout, page, preferences
from core.web.screens.form_content import Content, Reader
from core.web.screens.inputs import Data

KEY = "_key"
VERSION = "_version"


def show_new(object_name: str) -> Response:
    """Show the form of a new record with its defaults; query parameters fill fields in."""
    caller, definition = _writable(object_name, "create")
    reader = Reader(caller, definition)
    given, _ = reader.data(MultiDict(request.args))
    row = commands.preview(caller, definition.name, given)
    content = reader.of_row(row)
    for lines in reader.lines:
        content.keys[lines.name] = content.keys.get(lines.name) or ["0"]
    return _page(reader, content)


def create(object_name: str) -> Response:
    """Save a new record."""
    caller, definition = _writable(object_name, "create")
    reader = Reader(caller, definition)
    data, keys = reader.data(request.form)
    try:
        record_id = _once(caller, data, lambda c: commands.create(c, definition.name, data))
    except PlatformError as fault:
        return _again(reader, data, keys, fault, None)
    page.notice("ui.saved")
    return page.leave_to(f"/o/{definition.name}/{record_id}")


def show_edit(object_name: str, record_id: int) -> Response:
    """Show the form of a stored record."""
    caller, definition = _writable(object_name, "update")
    reader = Reader(caller, definition)
    record = get_record(caller, definition.name, record_id)
    return _page(reader, reader.of_record(record), record=record)


def update(object_name: str, record_id: int) -> Response:
    """Save the changes of a stored record, unless somebody else was first."""
    caller, definition = _writable(object_name, "update")
    reader = Reader(caller, definition)
    data, keys = reader.data(request.form)
    version = int(request.form.get("_overwrite") or request.form.get(VERSION) or 0)
    try:
        _once(caller, data, lambda c: commands.update(c, definition.name, record_id, data, version))
    except PlatformError as fault:
        return _again(reader, data, keys, fault, record_id)
    page.notice("ui.saved")
    return page.leave_to(f"/o/{definition.name}/{record_id}")


def _writable(object_name: str, verb: str) -> tuple[Caller, ObjectDef]:
    caller = auth.caller()
    definition = access.readable(caller, object_name)
    access.require(caller, definition.name, verb)
    return caller, definition


def _once(caller: Caller, data: Data, run: Any) -> int:
    """Save once per form, however often the button is clicked; gives the record's id."""
    key = request.form.get(KEY, "") or new_id()
    sent = orjson.dumps(
        [request.path, data, request.form.get(VERSION), request.form.get("_overwrite")]
    )
    stored = idempotency.remember(
        caller, f"form-{key}", hashlib.sha256(sent).hexdigest(), run, _answer_of
    )
    return int(orjson.loads(stored.body)["id"])


def _answer_of(outcome: Outcome, connection: Connection) -> Stored:
    del connection
    return Stored(303, orjson.dumps({"id": outcome.id, "version": outcome.version}))


def _again(
    reader: Reader,
    data: Data,
    keys: Mapping[str, list[str]],
    fault: PlatformError,
    record_id: int | None,
) -> Response:
    """Show the form again as it was typed, with what is wrong."""
    if not isinstance(fault, Invalid | Conflict | Stale | Forbidden):
        raise fault
    content = reader.of_form(request.form, keys)
    record = get_record(reader.caller, reader.definition.name, record_id) if record_id else None
    known = set(form_content.make_inputs(reader, content))
    general = _errors(content, fault, known)
    reader.add_figures(content, data, record_id)
    values: dict[str, Any] = {"general": general, "status": fault.status}
    if isinstance(fault, Stale) and record is not None:
        values["conflict"] = conflict.describe(reader, content, record)
        values["general"] = []
    return _page(reader, content, record=record, **values)


def _errors(content: Content, fault: PlatformError, known: set[str]) -> list[str]:
    """Put each error beside its input; gives the texts of those that have none."""
    general: list[str] = []
    for error in fault.errors:
        words = _words(error)
        if error.field in known:
            content.errors[error.field] = words
        else:
            general.append(words)
    if not fault.errors:
        general.append(page.problem_text(fault))
    return general


def _words(error: FieldError) -> str:
    return page.text(error.message_id, **error.params)


def _page(
    reader: Reader,
    content: Content,
    *,
    record: Mapping[str, Any] | None = None,
    general: list[str] | None = None,
    status: int = 200,
    **values: Any,
) -> Response:
    definition, language = reader.definition, preferences.language()
    title = _title(reader.caller, definition, record)
    made = form_content.make_inputs(reader, content)
    html = page.render(
        "form.html",
        o=definition,
        label=definition.label.text(language),
        plural=definition.plural.text(language),
        title=title,
        record=record,
        sections=layout.sections(reader.caller, definition, for_form=True),
        grids={f.name: _grid(reader, content, f.name, made) for f in reader.lines},
        inputs=made,
        filled={name for name, text in content.texts.items() if text},
        figures=content.figures,
        errors=content.errors,
        general=general or [],
        # a form shown again after a conflict keeps the version that it was filled in on
        version=request.form.get(VERSION) or (record["_version"] if record else ""),
        key=request.form.get(KEY) or new_id(),
        action=request.path,
        back=f"/o/{definition.name}/{record['id']}" if record else f"/o/{definition.name}",
        language=language,
        **values,
    )
    return page.answer(html, status)


def _grid(reader: Reader, content: Content, name: str, made: Mapping[str, Any]) -> dict[str, Any]:
    """Describe a lines grid: its columns, its rows and an empty row to copy."""
    lines = reader.definition.fields[name]
    child = reader.child(lines)
    columns = layout.line_columns(reader.caller, child)
    fillable = {f.name for f in layout.line_inputs(reader.caller, child)}

    def row(key: str) -> dict[str, Any]:
        return {"key": key, "id": content.ids.get(f"{name}.{key}", ""), "prefix": f"{name}.{key}."}

    return {
        "name": name,
        "label": lines.label.text(preferences.language()),
        "columns": columns,
        "fillable": fillable,
        "rows": [row(key) for key in content.keys.get(name, [])],
        "new": row("new"),
        "error": content.errors.get(name, ""),
        "may_write": bool(fillable),
        "inputs": made,
    }


def _title(caller: Caller, definition: ObjectDef, record: Mapping[str, Any] | None) -> str:
    if record is None:
        return page.text(
            "ui.new_of", name=page.inside(definition.label.text(preferences.language()))
        )
    record_id = int(record["id"])
    return titles(caller, {definition.name: {record_id}}).get(
        (definition.name, record_id), f"#{record_id}"
    )
