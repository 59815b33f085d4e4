"""The plugin host: finds plugins by entry point, checks them against the definitions, calls their hooks.

A plugin fails alone, by name, visibly: whatever it raises while loading (SystemExit too) is kept as its failure, and
the objects it brings or guards turn read-only instead of going unguarded.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pluggy

from core.hooks.checks import check_rules, order_by_dependency, unsupported
from core.hooks.manifest import Plugin
from core.hooks.markers import PROJECT
from core.hooks.specs_records import RecordHooks
from core.kernel.errors import PlatformError, Unavailable

if TYPE_CHECKING:
    from core.hooks.types import Changes, Context, Record
    from core.metadata.definitions import TransitionDef
    from core.metadata.snapshot import Snapshot

ENTRY_POINTS = "tradeloom.plugins"
SLOW_SECONDS = 1.0
TOO_SLOW_SECONDS = 10.0

log = logging.getLogger(__name__)

Entry = tuple[Plugin, object, Callable[..., None]]
"""A plugin, its rule and the bound hook."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a plugin is out of order.

    Attributes:
        plugin: Its name.
        message_id: Id of the sentence to show.
        params: The sentence's parameters.
        objects: Objects that turn read-only, beside those that the plugin's definitions bring.
    """

    plugin: str
    message_id: str
    params: Mapping[str, Any]
    objects: frozenset[str] = frozenset()


class PluginHost:
    """The loaded plugins and their hooks, ready to be called per object."""

    def __init__(self, plugins: Sequence[Plugin], failures: Sequence[Failure] = ()) -> None:
        """Order the plugins by what they depend on; leave out those whose dependencies are missing."""
        self.failures: dict[str, Failure] = {f.plugin: f for f in failures}
        ordered, missing = order_by_dependency(plugins, set(self.failures))
        for name, message_id, params in missing:
            self.failures[name] = Failure(name, message_id, params)
        self.plugins: tuple[Plugin, ...] = tuple(ordered)
        self._callers: dict[tuple[str, str], list[Entry]] = {}
        self._read_only: dict[str, str] = {}

    def link(self, snapshot: Snapshot) -> None:
        """Check every rule against the definitions and build the callers per object.

        A plugin whose rules name what doesn't exist becomes a failure.
        """
        self._callers = {}
        manager = pluggy.PluginManager(PROJECT)
        manager.add_hookspecs(RecordHooks)
        for plugin in self.plugins:
            if plugin.name in self.failures:
                continue
            problem = check_rules(plugin, manager, snapshot)
            if problem is not None:
                self._fail(plugin, *problem)
                continue
            for rule in plugin.rules:
                self._add(manager, plugin, rule)
        self._read_only = self._closed_objects(snapshot)

    def _add(self, manager: pluggy.PluginManager, plugin: Plugin, rule: object) -> None:
        manager.register(rule, name=f"{plugin.name}.{type(rule).__name__}")
        for caller in manager.get_hookcallers(rule) or ():
            for implementation in caller.get_hookimpls():
                if implementation.plugin is not rule:
                    continue
                wanted = implementation.argnames
                for object_name in _objects(rule):
                    self._callers.setdefault((caller.name, object_name), []).append(
                        (plugin, rule, _subset(implementation.function, wanted))
                    )

    def _fail(self, plugin: Plugin, message_id: str, params: Mapping[str, Any]) -> None:
        guarded = frozenset(name for rule in plugin.rules for name in _objects(rule))
        self.failures[plugin.name] = Failure(plugin.name, message_id, params, guarded)
        log.error("plugin %s is out of order: %s %s", plugin.name, message_id, dict(params))

    def _closed_objects(self, snapshot: Snapshot) -> dict[str, str]:
        closed: dict[str, str] = {}
        for failure in self.failures.values():
            for name, definition in snapshot.objects.items():
                if definition.owner == failure.plugin or name in failure.objects:
                    closed[name] = failure.plugin
        return closed

    def read_only_reason(self, object_name: str) -> str | None:
        """Name the failed plugin because of which the object can't be written, or None."""
        return self._read_only.get(object_name)

    def _call(self, hook: str, object_name: str, **arguments: Any) -> None:
        for entry in self._callers.get((hook, object_name), ()):
            self._run(hook, object_name, entry, arguments)

    def _run(self, hook: str, object_name: str, entry: Entry, arguments: Mapping[str, Any]) -> None:
        plugin, rule, function = entry
        started = time.monotonic()
        try:
            function(**arguments)
        except PlatformError:
            raise
        except BaseException as fault:
            if isinstance(fault, KeyboardInterrupt):
                raise
            log.exception("plugin %s failed in %s", plugin.name, hook)
            name = type(rule).__name__
            raise Unavailable(
                "plugin.hook_failed", plugin=plugin.name, hook=hook, rule=name
            ) from fault
        finally:
            self._time(plugin, hook, object_name, time.monotonic() - started)

    def _time(self, plugin: Plugin, hook: str, object_name: str, seconds: float) -> None:
        if seconds > SLOW_SECONDS:
            log.warning(
                "plugin %s took %.1f s in %s of %s", plugin.name, seconds, hook, object_name
            )
        if seconds > TOO_SLOW_SECONDS:
            self._read_only[object_name] = plugin.name

    def before_validate(self, ctx: Context, record: Record, changes: Changes) -> None:
        """Call the hook for the record's object."""
        self._call("before_validate", record.object, ctx=ctx, record=record, changes=changes)

    def validate(self, ctx: Context, record: Record, changes: Changes) -> list[Exception]:
        """Ask every rule and collect what they refuse with."""
        found: list[Exception] = []
        arguments = {"ctx": ctx, "record": record, "changes": changes}
        for entry in self._callers.get(("validate", record.object), ()):
            try:
                self._run("validate", record.object, entry, arguments)
            except Unavailable:
                raise
            except PlatformError as refusal:
                found.append(refusal)
        return found

    def before_transition(self, ctx: Context, record: Record, transition: TransitionDef) -> None:
        """Call the hook for the record's object."""
        self._call(
            "before_transition", record.object, ctx=ctx, record=record, transition=transition
        )

    def before_save(self, ctx: Context, record: Record, changes: Changes) -> None:
        """Call the hook for the record's object."""
        self._call("before_save", record.object, ctx=ctx, record=record, changes=changes)

    def before_delete(self, ctx: Context, record: Record) -> None:
        """Call the hook for the record's object."""
        self._call("before_delete", record.object, ctx=ctx, record=record)

    def after_commit(self, ctx: Context, record: Record, changes: Changes) -> None:
        """Call the hook; the record is stored already, so failures are logged only."""
        try:
            self._call("after_commit", record.object, ctx=ctx, record=record, changes=changes)
        except PlatformError:
            log.exception("after_commit of %s %s failed", record.object, record.id)


def discover(platform_version: str, group: str = ENTRY_POINTS) -> PluginHost:
    """Load every plugin that an installed package offers.

    Args:
        platform_version: This platform's version, compared with each manifest's range.
        group: Entry point group.
    """
    plugins: list[Plugin] = []
    failures: list[Failure] = []
    for entry in sorted(importlib.metadata.entry_points(group=group), key=lambda e: e.name):
        try:
            loaded = entry.load()
        except BaseException as fault:
            if isinstance(fault, KeyboardInterrupt):
                raise
            log.exception("plugin %s can't be loaded", entry.name)
            cause = f"{type(fault).__name__}: {fault}"
            failures.append(
                Failure(entry.name, "plugin.import_failed", {"plugin": entry.name, "cause": cause})
            )
            continue
        if not isinstance(loaded, Plugin):
            failures.append(Failure(entry.name, "plugin.not_a_manifest", {"plugin": entry.name}))
        elif unsupported(loaded, platform_version):
            params = {"plugin": loaded.name, "range": loaded.platform, "version": platform_version}
            failures.append(Failure(loaded.name, "plugin.platform_range", params))
        else:
            plugins.append(loaded)
    return PluginHost(plugins, failures)


def _objects(rule: object) -> frozenset[str]:
    return frozenset(getattr(rule, "objects", ()))


def _subset(function: Callable[..., object], names: Sequence[str]) -> Callable[..., None]:
    """Call with the arguments that the implementation asks for: a spec may gain arguments later."""

    def call(**arguments: Any) -> None:
        function(**{name: arguments[name] for name in names})

    return call
