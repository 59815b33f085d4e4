"""Checks on plugins before any of their hooks is called."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pluggy

from core.hooks.manifest import Plugin
from core.hooks.markers import PROJECT
from core.kernel.messages import LANGUAGES
from core.kernel.text import nearest

if TYPE_CHECKING:
    from core.metadata.snapshot import Snapshot

Fault = tuple[str, Mapping[str, Any]]
"""Message id and parameters."""


def order_by_dependency(
    plugins: Sequence[Plugin], failed: set[str]
) -> tuple[list[Plugin], list[tuple[str, str, Mapping[str, Any]]]]:
    """Put each plugin after those it depends on.

    Args:
        plugins: The loaded plugins.
        failed: Names of plugins that are out of order already.

    Returns:
        The usable plugins in order, and (name, message id, parameters) for those that can't be used.
    """
    waiting = {p.name: p for p in plugins}
    known = set(waiting) - failed
    ordered: list[Plugin] = []
    out: list[tuple[str, str, Mapping[str, Any]]] = []
    while waiting:
        missing = _without_dependency(waiting, known)
        if not missing and (ready := _ready(waiting)):
            ordered += [waiting.pop(name) for name in ready]
            continue
        for fault in missing or _circle(waiting):
            out.append(fault)
            known.discard(fault[0])
            del waiting[fault[0]]
    return ordered, out


def _ready(waiting: Mapping[str, Plugin]) -> list[str]:
    """List the plugins that wait for no other; one that waits only for those it can do without is ready last."""
    free = sorted(name for name, p in waiting.items() if not any(d in waiting for d in p.depends))
    return [n for n in free if not any(o in waiting for o in waiting[n].optional)] or free


def _circle(waiting: Mapping[str, Plugin]) -> list[tuple[str, str, Mapping[str, Any]]]:
    """Name the plugins of one circle of dependencies; every plugin waits for another one."""
    way = [min(waiting)]
    while way[-1] not in way[:-1]:
        way.append(min(d for d in waiting[way[-1]].depends if d in waiting))
    circle = sorted(way[way.index(way[-1]) : -1])
    params = {"plugin": ", ".join(circle)}
    return [(name, "plugin.dependency_cycle", params) for name in circle]


def _without_dependency(
    waiting: Mapping[str, Plugin], known: set[str]
) -> list[tuple[str, str, Mapping[str, Any]]]:
    found: list[tuple[str, str, Mapping[str, Any]]] = []
    for name, plugin in sorted(waiting.items()):
        missing = next((d for d in plugin.depends if d not in known), None)
        if missing is not None:
            params = {"plugin": name, "needs": missing}
            found.append((name, "plugin.missing_dependency", params))
    return found


def unsupported(plugin: Plugin, platform_version: str) -> bool:
    """Tell whether ``platform_version`` lies outside the plugin's range such as ``>=0.1,<1``."""
    mine = _version(platform_version)
    for part in filter(None, (p.strip() for p in plugin.platform.split(","))):
        match = re.fullmatch(r"(>=|<=|<|>|==)\s*([0-9.]+)", part)
        if match is None:
            return True
        operator, other = match.group(1), _version(match.group(2))
        verdict = {
            ">=": mine >= other,
            "<=": mine <= other,
            "<": mine < other,
            ">": mine > other,
            "==": mine == other,
        }
        if not verdict[operator]:
            return True
    return False


def _version(text: str) -> tuple[int, ...]:
    numbers = [int(part) for part in re.findall(r"\d+", text)[:3]]
    return (*numbers, *[0] * (3 - len(numbers)))


def has_sound_messages(plugin: Plugin) -> bool:
    """Tell whether each of the plugin's texts is there in three languages."""
    found: Any = plugin.messages
    return isinstance(found, Mapping) and all(
        isinstance(texts, tuple)
        and len(texts) == len(LANGUAGES)
        and all(isinstance(text, str) and text for text in texts)
        for texts in found.values()
    )


def guarded_objects(plugin: Plugin) -> frozenset[str]:
    """Name the objects that the plugin's rules are for."""
    return frozenset(name for rule in plugin.rules for name in getattr(rule, "objects", ()))


def check_rules(plugin: Plugin, manager: pluggy.PluginManager, snapshot: Snapshot) -> Fault | None:
    """Give the first fault among the plugin's rules, or None.

    Refused are: a hook that doesn't exist, a wrong signature, and objects, transitions or fields (in the rule's
    attributes ``objects``, ``transitions`` and ``fields``) that the definitions don't have or that belong to a plugin
    which the manifest doesn't depend on.
    """
    for rule in plugin.rules:
        fault = _check_hooks(plugin, rule, manager) or _check_names(plugin, rule, snapshot)
        if fault is not None:
            return fault
    return None


def _check_hooks(plugin: Plugin, rule: object, manager: pluggy.PluginManager) -> Fault | None:
    known = [name for name in vars(manager.hook) if not name.startswith("_")]
    rule_name = type(rule).__name__
    for name in dir(rule):
        if not hasattr(getattr(rule, name, None), f"{PROJECT}_impl"):
            continue
        if name not in known:
            hint = nearest(name, known) or ", ".join(sorted(known))
            return "plugin.unknown_hook", {
                "plugin": plugin.name,
                "rule": rule_name,
                "hook": name,
                "hint": hint,
            }
    trial = pluggy.PluginManager(PROJECT)
    for caller in known:
        spec = getattr(manager.hook, caller).spec
        if spec is not None:
            trial.add_hookspecs(spec.namespace)
            break
    try:
        trial.register(rule)
    except pluggy.PluginValidationError as fault:
        named = re.search(r"for hook '(\w+)'", str(fault))
        cause = str(fault).splitlines()[-1]
        return "plugin.wrong_signature", {
            "plugin": plugin.name,
            "rule": rule_name,
            "hook": named.group(1) if named else "",
            "cause": cause,
        }
    return None


def _check_names(plugin: Plugin, rule: object, snapshot: Snapshot) -> Fault | None:
    base = {"plugin": plugin.name, "rule": type(rule).__name__}
    objects = sorted(getattr(rule, "objects", ()))
    if not objects:
        return "plugin.rule_without_objects", base
    allowed = {plugin.name, "core", "organisation", *plugin.depends, *plugin.optional}
    for name in objects:
        definition = snapshot.objects.get(name)
        if definition is None:
            return "plugin.unknown_object", {
                **base,
                "name": name,
                "hint": nearest(name, snapshot.objects) or "-",
            }
        if definition.owner not in allowed:
            return "plugin.undeclared_object", {**base, "name": name, "owner": definition.owner}
        states = definition.states
        transitions = {t.name for t in states.transitions} if states else set()
        for wanted, options, message_id in (
            (getattr(rule, "transitions", ()), transitions, "plugin.unknown_transition"),
            (getattr(rule, "fields", ()), set(definition.fields), "plugin.unknown_field"),
        ):
            for item in sorted(wanted):
                if item not in options:
                    hint = nearest(item, options) or "-"
                    return message_id, {**base, "object": name, "name": item, "hint": hint}
    return None
