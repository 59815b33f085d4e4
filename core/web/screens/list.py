"""The list of any object: search, filter, sort, columns, pages; its whole state stands in the URL."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from flask import Response, request

from core.kernel.errors import Invalid
from core.metadata.definitions import ObjectDef
from core.records.policies import policy_of
from core.records.query import ListQuery, Page, list_records
from core.records.services import Caller
from core.web import auth
from core.web.screens import access, cells, filter_panel, page, preferences, tables
from core.web.screens.cells import Column
from core.web.screens.list_state import ListState, read_state

PAGE_SIZE = 25

_WORD = re.compile(r"[\w.]+")


def show(object_name: str) -> Response:
    """Show the list, or the part of it that htmx asks for."""
    caller = auth.caller()
    definition = access.readable(caller, object_name)
    if any(name.startswith("f.") for name in request.args):
        return _apply_panel(caller, definition)
    state = read_state(caller, definition)
    return _answer(caller, state)


def _answer(caller: Caller, state: ListState, push: str = "") -> Response:
    values = _content(caller, state)
    partial = page.is_partial("list")
    html = page.render("_list.html" if partial else "list.html", **values)
    status = 422 if values["error"] else 200
    response = page.answer(html, status, **({"HX_Push_Url": push} if push and partial else {}))
    chosen = state.params.get("columns")
    if chosen:
        name = f"columns.{state.definition.name}"
        response.set_cookie(
            name,
            chosen,
            max_age=preferences.YEAR,
            samesite="Lax",
            secure=request.is_secure,
            httponly=True,
        )
    return response


def _apply_panel(caller: Caller, definition: ObjectDef) -> Response:
    """Turn the panel's fields into the one filter expression of the URL."""
    state = read_state(caller, definition)
    written = filter_panel.read(caller, definition, request.args)
    kept = {name: value for name, value in state.params.items() if name != "filter"}
    state = replace(state, params=kept | ({"filter": written} if written else {}))
    if not page.is_partial("list"):
        return Response(status=303, headers={"Location": state.url()})
    return _answer(caller, state, push=state.url())


def _content(caller: Caller, state: ListState) -> dict[str, Any]:
    definition, policy = state.definition, policy_of(caller)
    language = preferences.language()
    columns = tables.table_columns(caller, definition, state.columns)
    found, error = _rows(caller, state, columns)
    phone = set((state.view.mobile if state.view else ()) or state.columns[:4])
    return {
        "o": definition,
        "label": definition.label.text(language),
        "plural": definition.plural.text(language),
        "state": state,
        "views": [(v.name, v.label.text(language)) for v in definition.views.values()],
        "head": [_heading(state, column, phone) for column in columns],
        "rows": tables.row_markup(caller, definition, columns, found.rows, phone),
        "found": found,
        "is_empty": not found.rows,
        "chips": filter_panel.chips(caller, state) if not error else [],
        "error": error,
        "may_create": policy.may(definition.name, "create") and not definition.is_line,
        "count_text": _count_text(found, state),
        "next_url": _page_url(state, found.next_cursor),
        "previous_url": _page_url(state, found.previous_cursor),
    }


def _rows(
    caller: Caller, state: ListState, columns: list[Column]
) -> tuple[Page, dict[str, Any] | None]:
    query = ListQuery(
        object=state.definition.name,
        filter=state.filter or None,
        q=state.params.get("q", ""),
        sort=state.sort,
        fields=cells.needed(columns),
        limit=PAGE_SIZE,
        cursor=request.args.get("cursor") or None,
        count="capped" if state.params.get("count") else "none",
        where=(state.view.filter,) if state.view and state.view.filter else (),
    )
    try:
        return list_records(caller, query), None
    except Invalid as fault:
        return Page(()), _fault(fault, state)


def _fault(fault: Invalid, state: ListState) -> dict[str, Any]:
    """Say what is wrong with the typed filter, and show the place."""
    text, first = state.filter, next(iter(fault.errors), None)
    message = page.text(first.message_id, **first.params) if first else page.problem_text(fault)
    if first is None or first.at is None or first.field != "filter":
        return {"message": message, "before": "", "at": "", "after": ""}
    at = min(first.at, len(text))
    word = _WORD.match(text, at)
    end = word.end() if word else at + 1
    return {"message": message, "before": text[:at], "at": text[at:end] or " ", "after": text[end:]}


def _heading(state: ListState, column: Column, phone: set[str]) -> dict[str, Any]:
    first = state.sort.split(",")[0]
    is_sorted = first.lstrip("-") == column.path
    descending = is_sorted and first.startswith("-")
    return {
        "label": column.label,
        "css": " ".join(tables.classes(column, phone)),
        "sort": ("descending" if descending else "ascending") if is_sorted else "none",
        "url": state.url(sort=column.path if descending or not is_sorted else f"-{column.path}"),
        "can_sort": access.can_sort(column.field),
    }


def _count_text(found: Page, state: ListState) -> str:
    if not state.params.get("count") or found.count is None:
        return ""
    number = preferences.person_formats().number(found.count)
    return f"{number}+" if found.is_capped else number


def _page_url(state: ListState, cursor: str | None) -> str:
    return (
        f"{state.url()}{'&' if '?' in state.url() else '?'}{urlencode({'cursor': cursor})}"
        if cursor
        else ""
    )
