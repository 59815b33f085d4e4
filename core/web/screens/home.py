"""The home page: the objects a person works with, and what changed last."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Response

from core.metadata.definitions import ObjectDef
from core.records.lookup import titles
from core.records.policies import policy_of
from core.records.query import ListQuery, list_records
from core.records.services import Caller
from core.web import auth
from core.web.screens import menu, page, preferences

TILES = 8
RECENT = 10
RECENT_OBJECTS = 6


def show() -> Response:
    """Show the home page."""
    caller = auth.caller()
    objects = menu.readable_objects(caller)
    html = page.render(
        "home.html",
        greeting=page.text(_greeting(caller), name=caller.actor.name),
        tiles=[_tile(caller, definition) for definition in objects[:TILES]],
        recent=_recent(caller, objects[:RECENT_OBJECTS]),
        reports=[
            (r.label.text(preferences.language()), f"/r/{r.name}", r.icon)
            for r in menu.open_reports(caller)
        ],
    )
    return page.answer(html)


def _greeting(caller: Caller) -> str:
    hour = caller.services.clock.now().astimezone(preferences.person_formats().timezone).hour
    return (
        "ui.good_morning"
        if 5 <= hour < 12
        else "ui.good_afternoon"
        if hour < 18
        else "ui.good_evening"
    )


def _tile(caller: Caller, definition: ObjectDef) -> dict[str, Any]:
    language = preferences.language()
    query = ListQuery(object=definition.name, fields=("id",), limit=1, count="capped")
    found = list_records(caller, query)
    number = preferences.person_formats().number(found.count or 0)
    return {
        "o": definition,
        "label": definition.plural.text(language),
        "count": f"{number}+" if found.is_capped else number,
        "may_create": policy_of(caller).may(definition.name, "create"),
        "new_label": page.text("ui.new_of", name=page.inside(definition.label.text(language))),
    }


def _recent(caller: Caller, objects: list[ObjectDef]) -> list[dict[str, Any]]:
    """List the records that changed last, over the objects most used."""
    found: list[tuple[str, ObjectDef, int]] = []
    for definition in objects:
        query = ListQuery(
            object=definition.name, fields=("updated_at",), sort="-updated_at", limit=RECENT
        )
        found += [
            (row["updated_at"] or "", definition, row["id"])
            for row in list_records(caller, query).rows
        ]
    found.sort(key=lambda item: item[0], reverse=True)
    names = titles(caller, _ids(found[:RECENT]))
    formats, language = preferences.person_formats(), preferences.language()
    return [
        {
            "title": names.get((definition.name, record_id)) or f"#{record_id}",
            "url": f"/o/{definition.name}/{record_id}",
            "label": definition.label.text(language),
            "icon": definition.icon,
            "color": definition.color,
            "at": formats.moment(datetime.fromisoformat(at)) if at else "",
        }
        for at, definition, record_id in found[:RECENT]
    ]


def _ids(found: list[tuple[str, ObjectDef, int]]) -> dict[str, set[int]]:
    wanted: dict[str, set[int]] = {}
    for _, definition, record_id in found:
        wanted.setdefault(definition.name, set()).add(record_id)
    return wanted
