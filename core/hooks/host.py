"""The plugin host: finds plugins by entry point, checks them against the definitions, calls their hooks.

A plugin fails alone, by name, visibly: whatever it raises while loading (SystemExit too) is kept as its failure, and
the objects it brings or guards turn read-only instead of going unguarded.
"""

from __future__ import annotations

import dataclasses
import importlib
import importlib.metadata
import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pluggy

from core.hooks.checks import (
    check_rules,
    guarded_objects,
    has_sound_messages,
    order_by_dependency,
    unsupported,
)
from core.hooks.manifest import Plugin
from core.hooks.markers import PROJECT
from core.hooks.specs_records import RecordHooks
from core.kernel.errors import PlatformError, Unavailable

if TYPE_CHECKING:
    from core.hooks.types import Changes, Context, Record
    from core.metadata.definitions import TransitionDef
    from core.metadata.snapshot import Snapshot

ENTRY_POINTS = "tradeloom.plugins"
RESERVED = frozenset({"core", "organisation"})
"""Names of the layers that aren't plugins."""

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

    def __init__(
        self,
        plugins: Sequence[Plugin],
        failures: Sequence[Failure] = (),
        *,
        is_transient: Callable[[BaseException], bool] = lambda _: False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Order the plugins by what they depend on; leave out those whose dependencies are missing.

        Args:
            plugins: The loaded plugins.
            failures: Those that couldn't be loaded.
            is_transient: Tells which errors say that the whole write must run again; they are no plugin's fault.
            clock: Seconds that pass, for the time that hooks take.
        """
        self.failures: dict[str, Failure] = {f.plugin: f for f in failures}
        self._is_transient = is_transient
        self._clock = clock
        ordered, missing = order_by_dependency(plugins, set(self.failures))
        by_name = {p.name: p for p in plugins}
        for name, message_id, params in missing:
            self.fail(by_name[name], message_id, params)
        self.plugins: tuple[Plugin, ...] = tuple(ordered)
        self._callers: dict[tuple[str, str], list[Entry]] = {}
        self._read_only: dict[str, str] = {}
        self._slow: dict[str, str] = {}

    def link(self, snapshot: Snapshot) -> None:
        """Check every rule against the definitions and build the callers per object.

        A plugin whose rules name what doesn't exist becomes a failure.
        """
        callers: dict[tuple[str, str], list[Entry]] = {}
        manager = pluggy.PluginManager(PROJECT)
        manager.add_hookspecs(RecordHooks)
        for plugin in self.plugins:
            if plugin.name not in self.failures:
                for key, entry in self._link(plugin, manager, snapshot):
                    callers.setdefault(key, []).append(entry)
        # Writes go on meanwhile: none may see an object before it is guarded again.
        self._read_only = self._closed_objects(snapshot)
        self._callers = callers

    def _link(
        self, plugin: Plugin, manager: pluggy.PluginManager, snapshot: Snapshot
    ) -> Sequence[tuple[tuple[str, str], Entry]]:
        try:
            problem = check_rules(plugin, manager, snapshot)
            found = (
                [] if problem else [e for r in plugin.rules for e in _entries(manager, plugin, r)]
            )
        except BaseException as fault:
            if isinstance(fault, KeyboardInterrupt):
                raise
            log.exception("plugin %s can't be linked", plugin.name)
            found, problem = [], ("plugin.import_failed", _cause(plugin.name, fault))
        if problem is not None:
            self.fail(plugin, *problem)
        return found

    def fail(self, plugin: Plugin, message_id: str, params: Mapping[str, Any]) -> None:
        """Put a plugin out of order; what it brings or guards turns read-only."""
        self.failures[plugin.name] = Failure(
            plugin.name, message_id, params, guarded_objects(plugin)
        )
        log.error("plugin %s is out of order: %s %s", plugin.name, message_id, dict(params))

    def guards(self) -> dict[str, list[str]]:
        """Name the objects that the rules of each plugin in order are for."""
        usable = [p for p in self.plugins if p.name not in self.failures]
        return {p.name: sorted(guarded_objects(p)) for p in usable}

    def remember(self, guards: Mapping[str, Sequence[str]]) -> None:
        """Take over which objects each plugin guarded when it was last in order.

        One that can't be loaded doesn't say so itself, and its objects may not go unguarded.
        """
        for name, failure in self.failures.items():
            objects = failure.objects | frozenset(guards.get(name, ()))
            self.failures[name] = dataclasses.replace(failure, objects=objects)

    def _closed_objects(self, snapshot: Snapshot) -> dict[str, str]:
        closed: dict[str, str] = {}
        for failure in self.failures.values():
            for name, definition in snapshot.objects.items():
                if definition.owner == failure.plugin or name in failure.objects:
                    closed[name] = failure.plugin
        return closed

    def read_only_reason(self, object_name: str) -> str | None:
        """Name the failed plugin because of which the object can't be written, or None."""
        return self._read_only.get(object_name) or self._slow.get(object_name)

    def _call(self, hook: str, object_name: str, **arguments: Any) -> None:
        for entry in self._callers.get((hook, object_name), ()):
            self._run(hook, object_name, entry, arguments)

    def _run(self, hook: str, object_name: str, entry: Entry, arguments: Mapping[str, Any]) -> None:
        plugin, rule, function = entry
        started = self._clock()
        try:
            function(**arguments)
        except PlatformError:
            raise
        except BaseException as fault:
            if isinstance(fault, KeyboardInterrupt) or self._is_transient(fault):
                raise
            log.exception("plugin %s failed in %s", plugin.name, hook)
            name = type(rule).__name__
            raise Unavailable(
                "plugin.hook_failed", plugin=plugin.name, hook=hook, rule=name
            ) from fault
        finally:
            self._time(plugin, hook, object_name, self._clock() - started)

    def _time(self, plugin: Plugin, hook: str, object_name: str, seconds: float) -> None:
        if seconds > SLOW_SECONDS:
            log.warning(
                "plugin %s took %.1f s in %s of %s", plugin.name, seconds, hook, object_name
            )
        if seconds > TOO_SLOW_SECONDS:
            self._slow[object_name] = plugin.name

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


def discover(
    platform_version: str,
    group: str = ENTRY_POINTS,
    *,
    is_transient: Callable[[BaseException], bool] = lambda _: False,
) -> PluginHost:
    """Load every plugin that an installed package offers.

    Args:
        platform_version: This platform's version, compared with each manifest's range.
        group: Entry point group.
        is_transient: Tells which errors say that the whole write must run again.
    """
    plugins: dict[str, Plugin] = {}
    failures: list[Failure] = []
    for entry in sorted(importlib.metadata.entry_points(group=group), key=_rank):
        if entry.name in plugins or entry.name in RESERVED:
            params = {"plugin": entry.name, "other": entry.value}
            failures.append(Failure(entry.value, "plugin.duplicate", params))
            continue
        found = _load(entry, platform_version)
        if isinstance(found, Failure):
            failures.append(found)
        else:
            plugins[found.name] = found
    return PluginHost(list(plugins.values()), failures, is_transient=is_transient)


def _rank(entry: importlib.metadata.EntryPoint) -> tuple[str, bool, str]:
    """Sort by name; of two with one name the platform's own comes first."""
    is_foreign = entry.dist is None or entry.dist.name != PROJECT
    return entry.name, is_foreign, entry.value


def _load(entry: importlib.metadata.EntryPoint, platform_version: str) -> Plugin | Failure:
    try:
        loaded = entry.load()
        if isinstance(loaded, Plugin):
            rules = tuple(rule() if isinstance(rule, type) else rule for rule in loaded.rules)
            loaded = dataclasses.replace(loaded, rules=rules)
    except BaseException as fault:
        if isinstance(fault, KeyboardInterrupt):
            raise
        log.exception("plugin %s can't be loaded", entry.name)
        return Failure(entry.name, "plugin.import_failed", _cause(entry.name, fault))
    if not isinstance(loaded, Plugin):
        return Failure(entry.name, "plugin.not_a_manifest", {"plugin": entry.name})
    if loaded.name != entry.name:
        params = {"plugin": entry.name, "name": str(loaded.name)}
        return Failure(entry.name, "plugin.other_name", params)
    if not has_sound_messages(loaded):
        return Failure(entry.name, "plugin.broken_messages", {"plugin": entry.name})
    if unsupported(loaded, platform_version):
        params = {"plugin": loaded.name, "range": loaded.platform, "version": platform_version}
        return Failure(loaded.name, "plugin.platform_range", params, guarded_objects(loaded))
    return loaded


def _cause(name: str, fault: BaseException) -> Mapping[str, Any]:
    return {"plugin": name, "cause": f"{type(fault).__name__}: {fault}"}


def _entries(
    manager: pluggy.PluginManager, plugin: Plugin, rule: object
) -> Iterator[tuple[tuple[str, str], Entry]]:
    """Give the calls of one rule by hook and object."""
    manager.register(rule)
    for caller in manager.get_hookcallers(rule) or ():
        for implementation in caller.get_hookimpls():
            if implementation.plugin is not rule:
                continue
            call = _subset(implementation.function, implementation.argnames)
            for object_name in sorted(getattr(rule, "objects", ())):
                yield (caller.name, object_name), (plugin, rule, call)


def _subset(function: Callable[..., object], names: Sequence[str]) -> Callable[..., None]:
    """Call with the arguments that the implementation asks for: a spec may gain arguments later."""

    def call(**arguments: Any) -> None:
        function(**{name: arguments[name] for name in names})

    return call
