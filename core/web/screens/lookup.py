"""Type-ahead: records to refer to, and the palette that searches everything the person may read."""

from __future__ import annotations

from typing import Any

from flask import Response, request

from core.metadata.definitions import ObjectDef
from core.records import lookup as records
from core.records.policies import policy_of
from core.records.services import Caller
from core.web import auth
from core.web.answers import json_answer
from core.web.screens import menu, page, preferences

CHOICES = 20
PALETTE_ROWS = 5
PALETTE_OBJECTS = 8
MAX_TEXT = 200


def choices(object_name: str) -> Response:
    """Answer with records of an object whose shown name matches what was typed.

    ``for=sales_order.customer`` names the field that is being filled in; its own condition then applies.
    """
    caller = auth.caller()
    text = request.args.get("q", "")[:MAX_TEXT]
    where = _condition(caller, object_name, request.args.get("for", ""))
    found = records.lookup(caller, object_name, text, limit=CHOICES, where=where)
    return json_answer([{"value": str(choice.id), "text": choice.title} for choice in found])


def palette() -> Response:
    """Answer with the palette's results as HTML."""
    caller = auth.caller()
    text = request.args.get("q", "").strip()[:MAX_TEXT]
    groups = (
        [_group(caller, o, text) for o in menu.readable_objects(caller)[:PALETTE_OBJECTS]]
        if text
        else []
    )
    pages = _pages(caller, text) if text else []
    html = page.render(
        "_palette.html", q=text, pages=pages, groups=[group for group in groups if group["rows"]]
    )
    return page.answer(html)


def _condition(caller: Caller, object_name: str, owner: str) -> Any:
    """Give the condition that the field being filled in puts on its choices."""
    name, _, field_name = owner.partition(".")
    definition = caller.snapshot.objects.get(name)
    if definition is None or field_name not in policy_of(caller).readable(name):
        return None
    field = definition.fields[field_name]
    return field.where if field.to == object_name else None


def _group(caller: Caller, definition: ObjectDef, text: str) -> dict[str, Any]:
    found = records.lookup(caller, definition.name, text, limit=PALETTE_ROWS)
    return {"o": definition, "label": definition.plural.text(preferences.language()), "rows": found}


def _pages(caller: Caller, text: str) -> list[dict[str, str]]:
    """Find the pages whose name holds the text."""
    language, wanted = preferences.language(), text.casefold()
    listed = [
        (o.plural.text(language), f"/o/{o.name}", o.icon) for o in menu.readable_objects(caller)
    ]
    listed += [(r.label.text(language), f"/r/{r.name}", r.icon) for r in menu.open_reports(caller)]
    found = [
        {"label": label, "url": url, "icon": icon}
        for label, url, icon in listed
        if wanted in label.casefold()
    ]
    return found[:PALETTE_ROWS]
