"""The conformance suite: what the platform expects of every plugin, the built-in ones included."""

from __future__ import annotations

import ast
import importlib.metadata
import re
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import ClassVar

from core.app.platform import CORE
from core.app.texts import FLOOR_TEXTS
from core.hooks.host import ENTRY_POINTS, PluginHost
from core.hooks.markers import PROJECT
from core.kernel.messages import LANGUAGES, Catalogue
from core.metadata.definitions import ObjectDef
from core.testing.examined import Examined, examine

DOORS = ("core.sdk", "core.testing")
"""What a plugin may import of the platform; the second one in its tests."""

_VERSION = re.compile(r"\d+(\.\d+){0,3}([a-z]+\d+)?")
_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")
_ERRORS = frozenset({"FieldError", "Invalid", "Refused"})


class PluginConformance:
    """Inherit from this class, name the plugin, and pytest examines it.

    The plugin's package must be installed. A test that fails says what to change.

    Attributes:
        plugin: Name of the plugin, as in its entry point.
    """

    plugin: ClassVar[str] = ""

    def examined(self) -> Examined:
        """Give the plugin; loaded once per run."""
        return examine(self.plugin)

    def test_it_is_found_and_loads(self) -> None:
        """An installed package offers it, it can be imported, and all definitions together are in order."""
        assert self.examined().plugin.name == self.plugin

    def test_its_manifest_is_complete(self) -> None:
        """It says its version and the platform's range; a partner's has a registered prefix."""
        plugin = self.examined().plugin
        assert _VERSION.fullmatch(plugin.version), f"{plugin.version!r} is no version such as 1.2.0"
        assert plugin.platform.strip(), "say which versions of the platform it supports"
        if plugin.definitions:
            assert Path(plugin.definitions).is_dir(), f"there is no folder {plugin.definitions}"
            assert plugin.prefix, "a plugin that brings definitions needs a registered prefix"

    def test_its_rules_fit_the_definitions(self) -> None:
        """Hooks, objects, transitions and fields that its rules name exist."""
        examined = self.examined()
        assert not _failure(examined.host, self.plugin)

    def test_every_rule_does_something(self) -> None:
        """Each rule implements a hook and says what it is for in its docstring."""
        for rule in self.examined().plugin.rules:
            name = type(rule).__name__
            hooks = [n for n in dir(rule) if hasattr(getattr(rule, n, None), f"{PROJECT}_impl")]
            assert hooks, f"{name} implements no hook: mark its methods with @hookimpl"
            assert (type(rule).__doc__ or "").strip(), (
                f"{name} has no docstring: say what it enforces"
            )

    def test_it_depends_on_what_it_uses_and_on_nothing_else(self) -> None:
        """The manifest's ``depends`` names the owners of the objects that rules and definitions speak of."""
        examined = self.examined()
        plugin, used = examined.plugin, set(_owners_used(examined))
        own = {plugin.name, CORE, "organisation"}
        undeclared = used - own - {*plugin.depends, *plugin.optional}
        assert not undeclared, f"add to depends: {', '.join(sorted(undeclared))}"
        idle = set(plugin.depends) - used
        assert not idle, f"depends names what isn't used: {', '.join(sorted(idle))}"

    def test_its_objects_can_be_found_shown_and_used(self) -> None:
        """Each object has its labels, a place in the menu or a header, rights for some role, and a list."""
        faults = [fault for one in self.examined().objects.values() for fault in _faults(one)]
        assert not faults, "\n".join(faults)

    def test_every_state_can_be_reached(self) -> None:
        """Transitions lead from the initial state to each other state."""
        for name, one in self.examined().objects.items():
            lost = _unreachable(one)
            assert not lost, f"no transition of {name} leads to: {', '.join(sorted(lost))}"

    def test_its_texts_say_the_same_in_three_languages(self) -> None:
        """Each text is there in every language, with the same placeholders."""
        for message_id, texts in self.examined().plugin.messages.items():
            assert len(texts) == len(LANGUAGES), message_id
            assert all(text.strip() for text in texts), f"{message_id} lacks a language"
            used = {frozenset(_PLACEHOLDER.findall(text)) for text in texts}
            assert len(used) == 1, f"{message_id} has different placeholders in its languages"

    def test_its_texts_are_used(self) -> None:
        """No text is left over."""
        examined = self.examined()
        idle = sorted(set(examined.plugin.messages) - set(examined.texts()))
        assert not idle, f"texts that nothing uses: {', '.join(idle)}"

    def test_the_texts_it_refuses_with_exist(self) -> None:
        """Each id given to ``Refused``, ``Invalid`` or ``FieldError`` has a text."""
        examined = self.examined()
        known = Catalogue(*FLOOR_TEXTS, examined.plugin.messages)
        missing = [place for place, message_id in _refusals(examined) if message_id not in known]
        assert not missing, "\n".join(missing)

    def test_it_enters_by_the_door(self) -> None:
        """Its code imports ``core.sdk`` of the platform and no other plugin."""
        faults = list(_foreign_imports(self.examined()))
        assert not faults, "\n".join(faults)


def _failure(host: PluginHost, name: str) -> str:
    failure = host.failures.get(name)
    if failure is None:
        return ""
    return Catalogue(*FLOOR_TEXTS).text(failure.message_id, "en", failure.params)


def _owners_used(examined: Examined) -> Iterator[str]:
    """Give the owners of every object that the plugin's rules and definitions speak of."""
    snapshot = examined.snapshot
    names = {name for rule in examined.plugin.rules for name in getattr(rule, "objects", ())}
    names |= {d.name for d in examined.documents if d.kind == "object"}
    names |= {d.data["object"] for d in examined.documents if "object" in d.data}
    for one in examined.objects.values():
        names |= {field.to or field.of for field in one.fields.values() if field.to or field.of}
    # Names of objects in the code: ctx.records("…").
    names |= set(examined.texts()) & set(snapshot.objects)
    yield from (snapshot.objects[name].owner for name in names if name in snapshot.objects)


def _faults(one: ObjectDef) -> Iterator[str]:
    for label in (one.label, one.plural):
        if not all(label.text(language).strip() for language in LANGUAGES):
            yield f"{one.name} has no label in some language"
    if one.menu is None and not one.is_line:
        yield f"{one.name} is neither in the menu nor part of another object"
    if not set(one.access) - {"admin"}:
        yield f"{one.name} gives no role but admin any right"
    if "list" not in one.views and not one.is_line:
        yield f"{one.name} has no view named list"
    if not one.title:
        yield f"{one.name} has no title: records would be shown by number"


def _unreachable(one: ObjectDef) -> Collection[str]:
    if one.states is None:
        return ()
    reached, waiting = set(), [one.states.initial]
    while waiting:
        state = waiting.pop()
        if state not in reached:
            reached.add(state)
            waiting += [t.target for t in one.states.transitions if t.source == state]
    return {state.value for state in one.states.states} - reached


def _refusals(examined: Examined) -> Iterator[tuple[str, str]]:
    """Give (place, message id) of every error that the code makes with an id written there."""
    for path, tree in examined.sources():
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
                continue
            position = 2 if node.func.id == "FieldError" else 0
            if node.func.id not in _ERRORS or len(node.args) <= position:
                continue
            given = node.args[position]
            if isinstance(given, ast.Constant) and isinstance(given.value, str):
                yield f"{path.name}:{node.lineno}: there is no text {given.value!r}", given.value


def _foreign_imports(examined: Examined) -> Iterator[str]:
    own, others = examined.module, _packages_of_others(examined)
    for path, tree in examined.sources():
        for node in ast.walk(tree):
            for module in _imported(node):
                is_own = module == own or module.startswith(f"{own}.")
                is_platform = module == "core" or module.startswith("core.")
                is_other = any(module == o or module.startswith(f"{o}.") for o in others)
                line = getattr(node, "lineno", 1)
                if is_platform and module != DOORS[0]:
                    yield f"{path.name}:{line}: {module} isn't the door; import from {DOORS[0]}"
                elif is_other and not is_own:
                    yield f"{path.name}:{line}: {module} is another plugin; use its objects by name"


def _imported(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and not node.level:
        module = node.module or ""
        # "from core import records" imports core.records.
        yield from (f"{module}.{a.name}" if module == "core" else module for a in node.names)


def _packages_of_others(examined: Examined) -> set[str]:
    entries = importlib.metadata.entry_points(group=ENTRY_POINTS)
    others = (entry.module for entry in entries if entry.name != examined.plugin.name)
    return {module.rpartition(".")[0] or module for module in others}
