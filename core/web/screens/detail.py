"""The page of one record: highlights, fields by section, lines, state path, actions, related lists, history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from flask import Response, request
from markupsafe import Markup

from core.kernel.errors import PlatformError
from core.kernel.ids import new_id
from core.metadata.definitions import FieldDef, ObjectDef, RelatedDef, TransitionDef
from core.records import commands
from core.records.history import history
from core.records.lookup import titles
from core.records.policies import policy_of
from core.records.query import ListQuery, get_record, list_records
from core.records.services import Caller
from core.records.transitions import possible_actions
from core.web import auth
from core.web.screens import access, cells, layout, page, preferences, tables
from core.web.screens.cells import Row

RELATED_ROWS = 5
HIGHLIGHTS = 4
EVENT_ICONS = {"create": "plus", "update": "pencil", "delete": "trash"}
QUIET = frozenset({"cancel", "close", "hold", "reject", "return", "reopen"})
"""Actions that are shown as plain buttons, behind the one that leads on."""


def show(object_name: str, record_id: int) -> Response:
    """Show a record."""
    caller = auth.caller()
    definition = access.readable(caller, object_name)
    return _page(caller, definition, get_record(caller, definition.name, record_id))


def show_history(object_name: str, record_id: int) -> Response:
    """Show what happened to a record."""
    caller = auth.caller()
    definition = access.readable(caller, object_name)
    record = get_record(caller, definition.name, record_id)
    return _page(
        caller, definition, record, tab="history", events=_events(caller, definition, record_id)
    )


def act(object_name: str, record_id: int, action: str) -> Response:
    """Carry out an action on a record, then show it again."""
    caller = auth.caller()
    definition = access.readable(caller, object_name)
    version = int(request.form.get("_version") or commands.ANY_VERSION)
    try:
        commands.act(caller, definition.name, record_id, action, {}, version)
    except PlatformError as fault:
        return _refused(caller, definition, record_id, fault)
    page.notice("ui.done", action=_action_label(definition, action))
    return page.leave_to(f"/o/{definition.name}/{record_id}")


def delete(object_name: str, record_id: int) -> Response:
    """Move a record to the recycle bin, then show the list."""
    caller = auth.caller()
    definition = access.readable(caller, object_name)
    version = int(request.form.get("_version") or 0)
    try:
        commands.delete(caller, definition.name, record_id, version)
    except PlatformError as fault:
        return _refused(caller, definition, record_id, fault)
    page.notice("ui.deleted")
    return page.leave_to(f"/o/{definition.name}")


def _refused(
    caller: Caller, definition: ObjectDef, record_id: int, fault: PlatformError
) -> Response:
    """Show the record again with the reason why nothing was done."""
    record = get_record(caller, definition.name, record_id)
    reasons = [_reason(definition, error) for error in fault.errors] or [page.problem_text(fault)]
    return _page(caller, definition, record, status=fault.status, reasons=reasons)


def _reason(definition: ObjectDef, error: Any) -> str:
    words = page.text(error.message_id, **error.params)
    field = definition.fields.get(error.field.partition(".")[0])
    return f"{field.label.text(preferences.language())}: {words}" if field else words


def _page(
    caller: Caller,
    definition: ObjectDef,
    record: Mapping[str, Any],
    *,
    tab: str = "details",
    status: int = 200,
    **values: Any,
) -> Response:
    policy, language = policy_of(caller), preferences.language()
    names = _names(caller, definition, record)
    sections = layout.sections(caller, definition, for_form=False)
    html = page.render(
        "record.html",
        o=definition,
        record=record,
        tab=tab,
        label=definition.label.text(language),
        plural=definition.plural.text(language),
        title=names.get((definition.name, record["id"])) or f"#{record['id']}",
        highlights=_highlights(caller, definition, record, names),
        sections=[_section(caller, section, record, names) for section in sections],
        path=_path(definition, record),
        actions=_actions(caller, definition, record),
        related=_all_related(caller, definition, record["id"]) if tab == "details" else [],
        may_update=policy.may(definition.name, "update"),
        may_delete=policy.may(definition.name, "delete"),
        stamps=_stamps(definition, record, names),
        key=new_id(),
        **{"reasons": [], "events": [], **values},
    )
    return page.answer(html, status)


def _names(
    caller: Caller, definition: ObjectDef, record: Mapping[str, Any]
) -> Mapping[tuple[str, int], str]:
    """Collect the titles of the record itself and of everything it refers to."""
    wanted: dict[str, set[int]] = {definition.name: {record["id"]}}
    _refer(definition, record, wanted)
    for lines in definition.lines_fields():
        child = caller.snapshot.object(lines.of)
        for row in record.get(lines.name) or ():
            _refer(child, row, wanted)
    return titles(caller, wanted)


def _refer(definition: ObjectDef, row: Row, wanted: dict[str, set[int]]) -> None:
    for field in definition.fields.values():
        value = row.get(field.name)
        if field.to and isinstance(value, int):
            wanted.setdefault(field.to, set()).add(value)


def _value(
    caller: Caller, field: FieldDef, row: Row, names: cells.Titles, *, full: bool = True
) -> Markup:
    formats = preferences.person_formats()
    key = ("value", id(field), field.name, formats.language, caller.actor.timezone, full)
    write = caller.model.memo(
        key, lambda: cells.writer(field.name, field, formats, caller.services.catalogue, full=full)
    )
    return Markup(write(row, names))  # noqa: S704 - writers escape what they are given


def _section(
    caller: Caller, section: layout.Section, record: Row, names: cells.Titles
) -> dict[str, Any]:
    language = preferences.language()
    return {
        "label": section.label,
        "fields": [
            {
                "label": f.label.text(language),
                "value": _value(caller, f, record, names),
                "wide": f.type == "long_text",
            }
            for f in section.fields
        ],
        "lines": [_lines(caller, f, record, names) for f in section.lines],
    }


def _lines(caller: Caller, lines: FieldDef, record: Row, names: cells.Titles) -> dict[str, Any]:
    child = caller.snapshot.object(lines.of)
    columns = layout.line_columns(caller, child)
    rows: Sequence[Row] = record.get(lines.name) or ()
    currency = {"currency": record.get("currency")}
    language = preferences.language()
    return {
        "label": lines.label.text(language),
        "head": [(f.label.text(language), f.type in cells.NUMERIC) for f in columns],
        "rows": [
            [_value(caller, f, {**currency, **row}, names, full=False) for f in columns]
            for row in rows
        ],
    }


def _highlights(
    caller: Caller, definition: ObjectDef, record: Row, names: cells.Titles
) -> list[tuple[str, Markup]]:
    """Choose what stands at the top: the main view's first columns, without the title's own parts."""
    view = definition.views.get("list")
    readable = policy_of(caller).readable(definition.name)
    own = {part.strip("{}") for part in definition.title}
    wanted = [
        name for name in (view.columns if view else ()) if name in readable and name not in own
    ]
    shown = [
        definition.fields[name]
        for name in wanted
        if definition.fields[name].type not in {"lines", "long_text"}
    ]
    language = preferences.language()
    return [(f.label.text(language), _value(caller, f, record, names)) for f in shown[:HIGHLIGHTS]]


def _path(definition: ObjectDef, record: Row) -> list[dict[str, Any]]:
    """Lay out the states: the way from the first state to the current one and on, without dead ends."""
    states = definition.states
    if states is None or "state" not in record:
        return []
    now, language = record["state"], preferences.language()
    main = _main_way(definition)
    order = main if now in main else [*main[:1], now]
    labels = {state.value: state for state in states.states}
    return [
        {
            "label": labels[name].label.text(language),
            "color": cells.color_of(labels[name], is_state=True),
            "is_now": name == now,
            "is_done": name != now and order.index(name) < order.index(now),
        }
        for name in order
    ]


def _main_way(definition: ObjectDef) -> list[str]:
    """Follow the first transition of each state from the initial one, as the definition lists them."""
    assert definition.states is not None
    way = [definition.states.initial]
    while True:
        onward = [
            t.target
            for t in definition.states.transitions
            if t.source == way[-1] and t.target not in way
        ]
        if not onward:
            return way
        way.append(onward[0])


def _actions(caller: Caller, definition: ObjectDef, record: Row) -> list[dict[str, Any]]:
    """List the actions that lead on from here and that the person may carry out."""
    policy = policy_of(caller)
    possible = possible_actions(
        definition, record.get("state"), lambda name: policy.may(definition.name, name)
    )
    return [
        {"name": t.name, "label": _label(t), "is_main": index == 0 and t.name not in QUIET}
        for index, t in enumerate(possible)
    ]


def _label(transition: TransitionDef) -> str:
    if transition.label:
        return transition.label.text(preferences.language())
    return transition.name.replace("_", " ").capitalize()


def _action_label(definition: ObjectDef, action: str) -> str:
    ways = definition.states.transitions if definition.states else ()
    return next((_label(t) for t in ways if t.name == action), action)


def _all_related(caller: Caller, definition: ObjectDef, record_id: int) -> list[dict[str, Any]]:
    policy = policy_of(caller)
    allowed = [
        r
        for r in definition.related
        if policy.may(r.object, "read") and r.field in policy.readable(r.object)
    ]
    return [_related(caller, item, record_id) for item in allowed]


def _related(caller: Caller, related: RelatedDef, record_id: int) -> dict[str, Any]:
    target = caller.snapshot.object(related.object)
    paths = tuple(
        path for path in related.columns if access.may_read_path(caller, target, path)
    ) or ("id",)
    columns = tables.table_columns(caller, target, paths)
    condition = f"{related.field} == {record_id}"
    found = list_records(
        caller,
        ListQuery(
            object=target.name,
            filter=condition,
            sort="-id",
            fields=cells.needed(columns),
            limit=RELATED_ROWS,
        ),
    )
    language = preferences.language()
    return {
        "object": target,
        "label": related.label.text(language),
        "head": [(c.label, c.is_numeric) for c in columns],
        "rows": tables.row_markup(caller, target, columns, found.rows, set(paths)),
        "is_empty": not found.rows,
        "more": found.next_cursor is not None,
        "url": f"/o/{target.name}?filter={related.field}%20%3D%3D%20{record_id}",
        "new_url": f"/o/{target.name}/new?{related.field}={record_id}",
        "new_label": page.text("ui.new_of", name=page.inside(target.label.text(language))),
        "may_create": policy_of(caller).may(target.name, "create") and not target.is_line,
    }


def _stamps(definition: ObjectDef, record: Row, names: cells.Titles) -> list[dict[str, str]]:
    """Say who made the record and who changed it last."""
    del definition
    formats, found = preferences.person_formats(), []
    for kind in ("created", "updated"):
        at, who = record.get(f"{kind}_at"), record.get(f"{kind}_by")
        if at:
            name = names.get(("user", who), "") if who else ""
            found.append(
                {"kind": kind, "at": formats.moment(datetime.fromisoformat(at)), "who": name}
            )
    return found


def _events(caller: Caller, definition: ObjectDef, record_id: int) -> list[dict[str, Any]]:
    """Describe what happened to the record and its lines, newest first."""
    formats, language = preferences.person_formats(), preferences.language()
    found = []
    for entry in history(caller, definition.name, record_id):
        subject = caller.snapshot.objects.get(entry["object"])
        if subject is None:
            continue
        told = [change for change in entry["changes"] if _is_told(subject, change)]
        found.append(
            {
                "at": formats.moment(datetime.fromisoformat(entry["at"])),
                "who": entry["actor_name"] or page.text("ui.system"),
                "subject": subject.label.text(language) if subject.is_line else "",
                "action": _verb(subject, entry["action"]),
                "icon": EVENT_ICONS.get(entry["action"], "route"),
                "reason": entry["reason"],
                "is_new": entry["action"] == "create",
                "changes": [_change(caller, subject, change) for change in told],
            }
        )
    return found


def _verb(definition: ObjectDef, action: str) -> str:
    if action in EVENT_ICONS:
        return page.text(f"history.{action}")
    return _action_label(definition, action)


def _is_told(definition: ObjectDef, change: Mapping[str, Any]) -> bool:
    """Leave out the bookkeeping: who and when stand in the entry itself."""
    name = change["field"]
    field = definition.fields[name]
    return not (field.system and name not in {"owner", "state"}) and name not in {
        definition.parent,
        "seq",
    }


def _change(caller: Caller, definition: ObjectDef, change: Mapping[str, Any]) -> dict[str, Any]:
    field = definition.fields[change["field"]]
    names = titles(caller, _both_ids(field, change)) if field.to else {}
    return {
        "label": field.label.text(preferences.language()),
        "old": _value(caller, field, {field.name: change["old"]}, names, full=False),
        "new": _value(caller, field, {field.name: change["new"]}, names, full=False),
    }


def _both_ids(field: FieldDef, change: Mapping[str, Any]) -> dict[str, set[int]]:
    return {
        field.to: {
            value for value in (change.get("old"), change.get("new")) if isinstance(value, int)
        }
    }
