"""The filter panel: what it offers for each field, what it writes, and the chips above the list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Response, request
from werkzeug.datastructures import MultiDict

from core.kernel.errors import ExpressionError
from core.metadata.definitions import FieldDef, ObjectDef
from core.records.lookup import titles
from core.records.services import Caller
from core.web import auth
from core.web.screens import access, cells, filters, page, preferences
from core.web.screens.filters import Condition
from core.web.screens.list_state import ListState, read_state
from core.web.screens.tables import table_columns

OFFERED = 8
"""Fields shown at once where the view doesn't say; the others wait behind a button."""


def show(object_name: str) -> Response:
    """Show the panel for the list whose state stands in the query string."""
    caller = auth.caller()
    definition = access.readable(caller, object_name)
    state = read_state(caller, definition)
    conditions = _safe_split(state.filter)
    fields = _offered(caller, state, conditions)
    rest = [c.text for c in conditions if not _is_shown(c, fields)]
    html = page.render(
        "_filters.html",
        o=definition,
        state=state,
        editors=[_editor(caller, field, conditions) for field in fields],
        more=_others(caller, definition, fields),
        rest=filters.join(rest),
    )
    return page.answer(html)


def show_columns(object_name: str) -> Response:
    """Show the column chooser for the list whose state stands in the query string."""
    caller = auth.caller()
    definition = access.readable(caller, object_name)
    state = read_state(caller, definition)
    offered = [f.name for f in access.shown_fields(caller, definition) if f.type != "lines"]
    paths = [*state.columns, *(name for name in offered if name not in state.columns)]
    labels = _column_labels(caller, definition, paths)
    return page.answer(page.render("_columns.html", o=definition, state=state, labels=labels))


def read(caller: Caller, definition: ObjectDef, args: MultiDict[str, str]) -> str:
    """Write what the panel's fields say as one expression, in the panel's order."""
    known = {f.name: f for f in _filterable(caller, definition)}
    parts = [args.get("rest", "")]
    for key in args:
        name = key.removeprefix("f.").removesuffix(".op")
        field = known.get(name)
        if field is None or key != f"f.{name}.op":
            continue
        if args[key] in filters.OPERATORS[field.type]:
            parts.append(filters.write(field, args[key], args.getlist(f"f.{name}.v")))
    return filters.join(parts)


def chips(caller: Caller, state: ListState) -> list[dict[str, str]]:
    """Describe each conjunct of the filter, with the address of the list without it."""
    conditions = _safe_split(state.filter)
    shown = []
    for index, condition in enumerate(conditions):
        others = filters.join(c.text for i, c in enumerate(conditions) if i != index)
        field = state.definition.fields.get(condition.field)
        label, text = _words(caller, field, condition) if field else ("", condition.text)
        shown.append({"label": label, "text": text, "url": state.url(filter=others or None)})
    return shown


def _others(
    caller: Caller, definition: ObjectDef, fields: Sequence[FieldDef]
) -> list[tuple[str, str]]:
    language = preferences.language()
    return [
        (f.name, f.label.text(language)) for f in _filterable(caller, definition) if f not in fields
    ]


def _safe_split(text: str) -> list[Condition]:
    try:
        return filters.split(text)
    except ExpressionError:
        return []


def _filterable(caller: Caller, definition: ObjectDef) -> list[FieldDef]:
    return [
        f
        for f in access.shown_fields(caller, definition)
        if f.type in filters.OPERATORS and not f.is_virtual
    ]


def _offered(caller: Caller, state: ListState, conditions: list[Condition]) -> list[FieldDef]:
    """List the fields to show: those the view names, those filtered by, the one just asked for."""
    every = {f.name: f for f in _filterable(caller, state.definition)}
    listed = state.view.filters if state.view else ()
    usual = listed or tuple(name for name, f in every.items() if not f.system)[:OFFERED]
    names = [*usual, *(c.field for c in conditions), request.args.get("more", "")]
    return [every[name] for name in dict.fromkeys(names) if name in every]


def _is_shown(condition: Condition, fields: Sequence[FieldDef]) -> bool:
    return any(f.name == condition.field and _operator(f, condition) for f in fields)


def _operator(field: FieldDef, condition: Condition) -> str:
    """Give the panel's operator for a condition; "" where the panel has none for it."""
    offered = filters.OPERATORS[field.type]
    same = {"is": "any", "is_not": "none"}.get(condition.operator, condition.operator)
    return next((name for name in (condition.operator, same) if name in offered), "")


def _editor(caller: Caller, field: FieldDef, conditions: list[Condition]) -> dict[str, Any]:
    found = next((c for c in conditions if c.field == field.name and _operator(field, c)), None)
    language = preferences.language()
    return {
        "field": field,
        "label": field.label.text(language),
        "operators": [
            (name, page.text(f"filter.{name}")) for name in filters.OPERATORS[field.type]
        ],
        "operator": _operator(field, found) if found else filters.OPERATORS[field.type][0],
        "values": found.values if found else (),
        "is_active": found is not None,
        "choices": [
            (c.value, c.label.text(language), cells.color_of(c, is_state=field.name == "state"))
            for c in field.choices
        ],
        "chosen": _chosen_records(caller, field, found.values if found else ()),
    }


def _chosen_records(
    caller: Caller, field: FieldDef, values: Sequence[str]
) -> list[tuple[str, str]]:
    if not field.to:
        return []
    ids = {int(value) for value in values if value.isdigit()}
    names = titles(caller, {field.to: ids}) if ids else {}
    chosen = [(str(i), names.get((field.to, i), f"#{i}")) for i in sorted(ids)]
    return [*chosen, *([("me", page.text("filter.me"))] if "me" in values else [])]


def _words(caller: Caller, field: FieldDef, condition: Condition) -> tuple[str, str]:
    label = field.label.text(preferences.language())
    if condition.operator in {"empty", "not_empty", "yes", "no"}:
        return label, page.text(f"filter.{condition.operator}")
    values = _shown_values(caller, field, condition.values)
    if condition.operator == "between":
        low, high = values
        return label, f"{low} – {high}" if low and high else f"≥ {low}" if low else f"≤ {high}"
    joined = ", ".join(values)
    if condition.operator in {"any", "is"}:
        return label, joined
    return label, f"{page.text(f'filter.{condition.operator}')} {joined}"


def _shown_values(caller: Caller, field: FieldDef, values: Sequence[str]) -> list[str]:
    if field.to:
        names = dict(_chosen_records(caller, field, values))
        return [names.get(value, value) for value in values]
    if field.choices:
        labels = {c.value: c.label.text(preferences.language()) for c in field.choices}
        return [labels.get(value, value) for value in values]
    return list(values)


def _column_labels(
    caller: Caller, definition: ObjectDef, paths: Sequence[str]
) -> list[tuple[str, str]]:
    return [
        (column.path, column.label) for column in table_columns(caller, definition, tuple(paths))
    ]
