"""The menu: objects grouped as their definitions say, reports, administration; only what the person may open.

The HTML is made once per snapshot, set of roles, language and open page, then reused.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from flask import render_template
from markupsafe import Markup

from core.metadata.definitions import ObjectDef, ReportDef
from core.records.policies import policy_of
from core.records.services import Caller

TAB_COUNT = 4
"""Objects in the bar at the bottom of a phone."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the menu."""

    label: str
    url: str
    icon: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class Group:
    """Some entries under one heading."""

    label: str
    entries: tuple[Entry, ...]

    @property
    def is_open(self) -> bool:
        """Whether the open page is among the entries."""
        return any(entry.is_current for entry in self.entries)


def shown(caller: Caller, language: str, path: str) -> dict[str, Any]:
    """Give the menu and the phone's bar as HTML for the page at ``path``."""
    current = _section(path)
    roles = None if caller.actor.is_admin else caller.actor.roles
    key = ("menu", roles, caller.actor.permissions, language, current)
    return caller.model.memo(key, lambda: _render(caller, language, current))


def readable_objects(caller: Caller) -> list[ObjectDef]:
    """List the objects with a menu entry that the person may read, in the menu's order."""
    policy = policy_of(caller)
    listed = [o for o in caller.snapshot.objects.values() if o.menu and policy.may(o.name, "read")]
    return sorted(listed, key=lambda o: (o.menu[1] if o.menu else 0, o.name))


def open_reports(caller: Caller) -> list[ReportDef]:
    """List the reports that the person may open."""
    return [r for r in caller.snapshot.reports.values() if may_open(caller, r)]


def may_open(caller: Caller, report: ReportDef) -> bool:
    """Tell whether the person may open a report."""
    has_role = caller.actor.is_admin or not report.roles or bool(report.roles & caller.actor.roles)
    return has_role and policy_of(caller).may(report.object, "read")


def _section(path: str) -> str:
    """Give the part of a path that decides which entry is marked."""
    parts = path.strip("/").split("/")
    return "/".join(parts[:2]) if parts[0] in {"o", "r", "users", "roles"} else parts[0]


def _render(caller: Caller, language: str, current: str) -> dict[str, Any]:
    groups = list(_groups(caller, language, current))
    tabs = [
        _entry(definition, language, current) for definition in readable_objects(caller)[:TAB_COUNT]
    ]
    return {
        "menu": Markup(render_template("ui/_menu.html", groups=groups, is_home=current == "")),  # noqa: S704
        "tabs": Markup(render_template("ui/_tabs.html", entries=tabs, is_home=current == "")),  # noqa: S704
    }


def _groups(caller: Caller, language: str, current: str) -> Iterable[Group]:
    texts = caller.services.catalogue
    by_group: dict[str, list[ObjectDef]] = {}
    for definition in readable_objects(caller):
        by_group.setdefault(definition.menu[0] if definition.menu else "", []).append(definition)
    for name, definitions in by_group.items():
        entries = tuple(_entry(definition, language, current) for definition in definitions)
        yield Group(_group_label(caller, name, language), entries)
    reports = tuple(
        Entry(r.label.text(language), f"/r/{r.name}", r.icon, current == f"r/{r.name}")
        for r in open_reports(caller)
    )
    if reports:
        yield Group(texts.text("menu.reports", language), reports)
    if caller.actor.is_admin:
        yield Group(
            texts.text("menu.administration", language), _administration(caller, language, current)
        )


def _entry(definition: ObjectDef, language: str, current: str) -> Entry:
    url = f"o/{definition.name}"
    return Entry(definition.plural.text(language), f"/{url}", definition.icon, current == url)


def _group_label(caller: Caller, name: str, language: str) -> str:
    message_id = f"menu.{name}"
    known = message_id in caller.services.catalogue
    return (
        caller.services.catalogue.text(message_id, language)
        if known
        else name.replace("_", " ").capitalize()
    )


def _administration(caller: Caller, language: str, current: str) -> tuple[Entry, ...]:
    texts = caller.services.catalogue
    pages = (
        ("users", "/users/list/", "users"),
        ("roles", "/roles/list/", "shield-check"),
        ("status", "/status", "activity"),
    )
    return tuple(
        Entry(texts.text(f"menu.{name}", language), url, icon, current == _section(url))
        for name, url, icon in pages
    )
