"""In which order computed fields are worked out, and where they chase their own tail."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from core.metadata.definitions import FieldDef, ObjectDef

Node = tuple[str, str]
"""Object and field."""


def formula_order(object_def: ObjectDef) -> tuple[str, ...]:
    """Give the names of the object's computed fields so that each comes after those it uses.

    Roll-ups are among them: they come from the lines, whose own fields are worked out before.
    """
    order: list[str] = []
    seen: set[str] = set()
    computed = {name: field for name, field in object_def.fields.items() if field.is_computed}

    def visit(name: str) -> None:
        # Linked objects have no cycles, and chains are at most as long as the object has fields.
        if name in seen:
            return
        seen.add(name)
        for used in local_names(computed[name]):
            if used in computed:
                visit(used)
        order.append(name)

    for name in computed:
        visit(name)
    return tuple(order)


def local_names(field: FieldDef) -> list[str]:
    """Give the fields of the same object that a computed field's formula names, sorted."""
    return sorted({path[0] for path in field.formula.paths}) if field.formula is not None else []


def find_cycle(objects: Mapping[str, ObjectDef]) -> list[Node]:
    """Give the fields of one circle in which computed fields need each other; empty where there is none."""
    done: set[Node] = set()
    for start in _computed(objects):
        if start in done:
            continue
        # Depth first without recursion: a trail of nodes and what is left to look at below each.
        trail: list[Node] = [start]
        on_trail = {start}
        pending = [iter(_uses(objects, start))]
        while trail:
            following = next(pending[-1], None)
            if following is None:
                done.add(trail[-1])
                on_trail.discard(trail.pop())
                pending.pop()
            elif following in on_trail:
                return trail[trail.index(following) :]
            elif following not in done:
                trail.append(following)
                on_trail.add(following)
                pending.append(iter(_uses(objects, following)))
    return []


def _computed(objects: Mapping[str, ObjectDef]) -> Iterator[Node]:
    for object_def in objects.values():
        for field in object_def.fields.values():
            if field.is_computed:
                yield object_def.name, field.name


def _uses(objects: Mapping[str, ObjectDef], node: Node) -> list[Node]:
    object_def = objects[node[0]]
    field = object_def.fields[node[1]]
    used: set[Node] = set()
    if field.formula is not None:
        for path in field.formula.paths:
            used.update(_walk(objects, object_def, path))
    if field.rollup is not None:
        child = objects[object_def.fields[field.rollup.lines].of]
        if field.rollup.field:
            used.add((child.name, field.rollup.field))
        if field.rollup.where is not None:
            for path in field.rollup.where.paths:
                used.update(_walk(objects, child, path))
    return sorted(n for n in used if objects[n[0]].fields[n[1]].is_computed)


def _walk(
    objects: Mapping[str, ObjectDef], start: ObjectDef, path: tuple[str, ...]
) -> Iterator[Node]:
    current: ObjectDef | None = start
    for name in path:
        if current is None or name not in current.fields:
            return
        yield current.name, name
        field = current.fields[name]
        current = objects.get(field.to or field.of)
