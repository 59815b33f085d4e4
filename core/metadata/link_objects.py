"""Objects: names, fields, states and references; expressions still pending."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from core.kernel.text import nearest
from core.metadata.definitions import (
    ChoiceDef,
    FieldDef,
    Label,
    ObjectDef,
    StatesDef,
    TransitionDef,
)
from core.metadata.labels import Labels
from core.metadata.layers import Item, ObjectSource
from core.metadata.link_fields import PENDING, FieldLinker, SystemFields, state_field
from core.metadata.problems import Problems

MAX_FIELDS = 500
"""Fields that an object may have, from all its layers."""


class ObjectLinker:
    """Makes objects whose references are known to lead somewhere."""

    def __init__(
        self, sources: Mapping[str, ObjectSource], labels: Labels, problems: Problems
    ) -> None:
        """Take the sources of every object."""
        self._sources = sources
        self._labels = labels
        self._problems = problems
        self._fields = FieldLinker(labels, problems)
        self._system = SystemFields(labels)

    def skeletons(self) -> dict[str, ObjectDef]:
        """Make every object without its expressions, views, sections and rights."""
        objects = {name: self._skeleton(source) for name, source in self._sources.items()}
        for name, source in self._sources.items():
            self._check_references(source, objects[name], objects)
            self._check_lines(source, objects[name], objects)
            self._check_lists(source, objects[name])
        self._check_uids(objects)
        return objects

    def _skeleton(self, source: ObjectSource) -> ObjectDef:
        head = source.head
        if len(source.fields) > MAX_FIELDS:
            last = list(source.fields.values())[MAX_FIELDS]
            params: dict[str, Any] = {"object": source.name, "count": len(source.fields)}
            self._problems.add(
                last.document, last.path, "field.too_many", limit=MAX_FIELDS, **params
            )
        document, path = head.where("label")
        label = self._labels.label(document, path, head.get("label"), (source.name,))
        traits = frozenset(head.get("traits", ()))
        states = self._states(source)
        fields = self._fields.declared(source)
        if states is not None:
            fields["state"] = state_field(source, states.states, self._labels)
        parent = str(head.get("parent", ""))
        if parent:
            fields |= self._system.of_line(source, parent, self._label_of(parent))
        fields |= self._system.of_record(source, is_owned="owned" in traits)
        menu = head.get("menu")
        return ObjectDef(
            name=source.name,
            owner=source.owner,
            label=label,
            plural=self._labels.plural(head.get("plural"), label),
            icon=head.get("icon", "table"),
            color=head.get("color", "indigo"),
            parent=parent,
            traits=traits,
            fields=MappingProxyType(fields),
            states=states,
            menu=self._menu(source, menu) if menu else None,
            uid=head.get("uid", source.name),
            place=head.document.place(("name",)),
        )

    def _menu(self, source: ObjectSource, menu: Mapping[str, Any]) -> tuple[str, int]:
        group = str(menu["group"])
        if self._labels.term(group) is None and self._labels.term(f"menu.{group}") is None:
            document, path = source.head.where("menu")
            self._problems.add(document, (*path, "group"), "label.missing", name=group)
        return group, int(menu.get("rank") or 0)

    def _label_of(self, object_name: str) -> Label:
        """Give the label of another object, before that one is made."""
        source = self._sources.get(object_name)
        raw = source.head.get("label") if source else None
        if isinstance(raw, Mapping):
            return Label(str(raw["en"]), str(raw["zh_CN"]), str(raw["zh_TW"]))
        return self._labels.term(object_name) or Label(object_name, object_name, object_name)

    def _states(self, source: ObjectSource) -> StatesDef | None:
        raw = source.head.get("states")
        if raw is None:
            return None
        document, path = source.head.where("states")
        names = list(raw["states"])
        self._check_state(source, raw["initial"], names, ("initial",))
        for part in ("labels", "colors"):
            for name in raw[part]:
                self._check_state(source, name, names, (part, name))
        states = []
        transitions = []
        for name, verbs in raw["states"].items():
            label_path = (*path, "labels", name) if name in raw["labels"] else (*path, name)
            label = self._labels.label(
                document, label_path, raw["labels"].get(name), (f"{source.name}.{name}", name)
            )
            states.append(ChoiceDef(name, label, raw["colors"].get(name, "secondary")))
            for verb, way in verbs.items():
                self._check_state(source, way["to"], names, (name, verb))
                transitions.append(self._transition(source, name, verb, way))
        return StatesDef(raw["initial"], tuple(states), tuple(transitions))

    def _transition(
        self, source: ObjectSource, state: str, verb: str, way: Mapping[str, Any]
    ) -> TransitionDef:
        document, path = source.head.where("states")
        label_path = (*path, state, verb, "label")
        label = self._labels.label(document, label_path, way.get("label"), (f"action.{verb}", verb))
        when = PENDING if way.get("when") is not None else None
        by = "flow" if way.get("by") == "flow" else "user"
        return TransitionDef(verb, state, way["to"], by=by, when=when, label=label)  # type: ignore[arg-type]

    def _check_state(
        self, source: ObjectSource, name: str, names: list[str], path: tuple[str, ...]
    ) -> None:
        if name not in names:
            document, root = source.head.where("states")
            hint = nearest(name, names) or ""
            self._problems.add(document, (*root, *path), "state.unknown", name=name, hint=hint)

    def _check_references(
        self, source: ObjectSource, made: ObjectDef, objects: Mapping[str, ObjectDef]
    ) -> None:
        for name, piece in source.fields.items():
            field = made.fields[name]
            for key, target in (("to", field.to), ("of", field.of)):
                if target and target not in objects:
                    where = piece.where("type" if field.type == "user" else key)
                    self._problems.add(
                        *where, "object.unknown", name=target, hint=nearest(target, objects) or ""
                    )
            if field.type == "reference" and field.to in objects and objects[field.to].is_line:
                self._problems.add(*piece.where("to"), "reference.to_line", name=field.to)
            self._check_drawn(source, name, field)
            self._check_currency(source, made, field)

    def _check_drawn(self, source: ObjectSource, name: str, field: FieldDef) -> None:
        if field.type != "autonumber" or field.drawn == "create":
            return
        states = source.head.get("states")
        verbs = (
            sorted({verb for verbs in states["states"].values() for verb in verbs})
            if states
            else []
        )
        if field.drawn not in verbs:
            hint = nearest(field.drawn, verbs) or ""
            where = source.fields[name].where("drawn")
            self._problems.add(
                *where, "transition.unknown", name=field.drawn, object=source.name, hint=hint
            )

    def _check_currency(self, source: ObjectSource, made: ObjectDef, field: FieldDef) -> None:
        if field.type != "money" or not field.currency_field:
            return
        other = made.fields.get(field.currency_field)
        if other is None or other.type != "currency":
            currencies = [f.name for f in made.fields.values() if f.type == "currency"]
            hint = nearest(field.currency_field, currencies) or ""
            params: dict[str, Any] = {
                "object": made.name,
                "name": field.currency_field,
                "hint": hint,
            }
            self._problems.add(
                *source.fields[field.name].where("currency"), "field.unknown", **params
            )

    def _check_lines(
        self, source: ObjectSource, made: ObjectDef, objects: Mapping[str, ObjectDef]
    ) -> None:
        if made.parent:
            self._check_parent(source, made, objects)
        for field in made.lines_fields():
            where = source.fields[field.name].where("of")
            if made.parent:
                self._problems.add(*where, "lines.nested", name=made.name)
            elif field.of in objects and objects[field.of].parent != made.name:
                params: dict[str, Any] = {"name": field.of, "parent": made.name}
                self._problems.add(*where, "lines.other_parent", **params)

    def _check_parent(
        self, source: ObjectSource, made: ObjectDef, objects: Mapping[str, ObjectDef]
    ) -> None:
        document, path = source.head.where("parent")
        parent = objects.get(made.parent)
        if parent is None:
            hint = nearest(made.parent, objects) or ""
            self._problems.add(document, path, "object.unknown", name=made.parent, hint=hint)
        elif sum(field.of == made.name for field in parent.lines_fields()) != 1:
            params: dict[str, Any] = {"parent": made.parent, "name": made.name}
            self._problems.add(document, path, "lines.not_listed", **params)
        if made.parent in source.fields:
            where = ("fields", made.parent)
            self._problems.add(document, where, "name.reserved", at_key=True, name=made.parent)
        if made.states is not None or "owned" in made.traits:
            self._problems.add(document, path, "lines.plain", name=made.name)

    def _check_lists(self, source: ObjectSource, made: ObjectDef) -> None:
        for item in source.lists["search"]:
            self._check_column(item, item.path, str(item.value), made)
        for item in source.lists["indexes"]:
            for position, name in enumerate(item.value):
                self._check_column(item, (*item.path, position), str(name), made)

    def _check_column(
        self, item: Item, path: tuple[str | int, ...], name: str, made: ObjectDef
    ) -> None:
        field = made.fields.get(name)
        if field is None:
            params: dict[str, Any] = {
                "object": made.name,
                "name": name,
                "hint": nearest(name, made.fields) or "",
            }
            self._problems.add(item.document, path, "field.unknown", **params)
        elif field.is_virtual:
            self._problems.add(item.document, path, "field.no_column", name=name)

    def _check_uids(self, objects: Mapping[str, ObjectDef]) -> None:
        seen: dict[str, str] = {}
        for name, made in objects.items():
            own = [(made.uid, name, self._sources[name].head)]
            own += [(f.uid, f"{name}.{f.name}", p) for f, p in self._declared(name, made)]
            for uid, element, piece in own:
                if seen.setdefault(uid, element) != element:
                    self._problems.add(
                        *piece.where("uid"), "name.uid_twice", uid=uid, other=seen[uid]
                    )

    def _declared(self, name: str, made: ObjectDef) -> list[tuple[FieldDef, Any]]:
        return [(made.fields[field], piece) for field, piece in self._sources[name].fields.items()]
