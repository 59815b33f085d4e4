"""From what a caller sends to typed values: unknown, forbidden and ill-typed fields are refused by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from core.kernel.errors import Invalid
from core.kernel.text import is_clean, nearest
from core.metadata.definitions import FieldDef, ObjectDef
from core.metadata.fields import FIELD_TYPES
from core.metadata.fields.base import FieldFault
from core.records.policies import Policy, policy_of
from core.records.record import Row
from core.records.references import find
from core.records.writing import Writing

MAX_LINES = 2000


def take(writing: Writing, row: Row, data: Any, path: str = "") -> None:
    """Put the caller's values into the row (and its lines); faults are noted with their paths.

    Args:
        writing: The write in progress.
        row: Row to fill; for an update it already holds the stored values and lines.
        data: Field name -> value as sent.
        path: Prefix of field paths in errors, e.g. ``lines.2.``.
    """
    if not isinstance(data, Mapping):
        writing.fault(path.rstrip("."), "type", "record.not_an_object")
        return
    policy = policy_of(writing.caller)
    for name, value in data.items():
        if name in {"id", "_version", "$delete"}:
            continue
        field = _writable_field(writing, policy, row.definition, str(name), path)
        if field is None:
            continue
        if field.type == "lines":
            take_lines(writing, row, field, value, f"{path}{name}")
        elif field.to:
            row[field.name] = _reference(writing, field, value, f"{path}{name}")
        else:
            row[field.name] = _typed(writing, field, value, f"{path}{name}")


def _writable_field(
    writing: Writing, policy: Policy, definition: ObjectDef, name: str, path: str
) -> FieldDef | None:
    field = definition.fields.get(name)
    readable = policy.readable(definition.name)
    if field is None or (name not in readable and name not in policy.writable(definition.name)):
        hint = nearest(name, readable) or ""
        message_id = "record.unknown_field_hint" if hint else "record.unknown_field"
        writing.fault(
            f"{path}{name}",
            "unknown_name",
            message_id,
            name=name,
            object=definition.name,
            hint=hint,
        )
        return None
    if not _accepts(writing, field):
        writing.fault(f"{path}{name}", "read_only", "record.read_only_field", name=name)
        return None
    if name not in policy.writable(definition.name) and not writing.caller.opening:
        writing.fault(f"{path}{name}", "forbidden", "record.forbidden_field", name=name)
        return None
    return field


def _accepts(writing: Writing, field: FieldDef) -> bool:
    if field.accepts_input or field.name == "owner":
        return True
    opening = writing.caller.opening and writing.operation.kind != "preview"
    return opening and (field.type == "autonumber" or field.name == "state")


def _typed(writing: Writing, field: FieldDef, value: Any, path: str) -> Any:
    if value is None or value == "":
        return None
    if isinstance(value, str) and not is_clean(value):
        writing.fault(path, "characters", "record.unclean_text")
        return None
    try:
        return FIELD_TYPES[field.type].parse(value, field)
    except FieldFault as fault:
        writing.fault(path, fault.code, fault.message_id, **dict(fault.params))
        return None


def _reference(writing: Writing, field: FieldDef, value: Any, path: str) -> int | None:
    if value is None or value == "":
        return None
    if isinstance(value, Mapping):
        if set(value) == {"by"}:
            return _by(writing, field, value["by"], path)
        value = value.get("id")
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 2**53:
        writing.fault(path, "type", "record.reference_type", target=field.to)
        return None
    return value


def _by(writing: Writing, field: FieldDef, by: Any, path: str) -> int | None:
    target = writing.model.snapshot.object(field.to)
    if not isinstance(by, Mapping) or len(by) != 1:
        writing.fault(path, "type", "record.by_shape")
        return None
    name, value = next(iter(by.items()))
    key = target.fields.get(str(name))
    unique = [f.name for f in target.fields.values() if f.unique]
    if (
        key is None
        or not key.unique
        or key.name not in policy_of(writing.caller).readable(target.name)
    ):
        hint = nearest(str(name), unique) or ", ".join(unique)
        writing.fault(
            path, "unknown_name", "record.by_not_unique", name=name, object=target.name, hint=hint
        )
        return None
    typed = _typed(writing, key, value, path)
    if typed is None:
        return None
    found = find(writing, target.name, key.name, typed)
    if found is None:
        writing.fault(
            path,
            "not_found",
            "record.reference_by_missing",
            object=target.name,
            name=name,
            value=value,
        )
    return found


def take_lines(writing: Writing, row: Row, field: FieldDef, value: Any, path: str) -> None:
    """Merge the sent lines into the row's.

    A list is the whole: items with an id change that line, others are new, missing ones go. ``{"create": […],
    "update": […], "delete": [ids]}`` changes what it names; the other lines stay, and each keeps its place.
    """
    existing: list[Row] = [c for c in row.values().get(field.name) or [] if not c.deleted]
    if isinstance(value, Mapping):
        lines = _changed_lines(writing, field, existing, value, path)
    elif value is None or isinstance(value, list | tuple):
        lines = _merge(writing, field, existing, value or (), path)
    else:
        lines = None
        writing.fault(path, "type", "record.lines_type")
    if lines is None:
        return
    staying = {id(child) for child in lines}
    for child in existing:
        child.deleted = id(child) not in staying
    row.values()[field.name] = [*lines, *(c for c in existing if c.deleted)]
    for position, child in enumerate(lines, start=1):
        child["seq"] = position


def _changed_lines(
    writing: Writing,
    field: FieldDef,
    existing: Sequence[Row],
    value: Mapping[Any, Any],
    path: str,
) -> list[Row] | None:
    """Carry out the lists to create, update and delete; gives the lines that stay, None where they can't be read."""
    if unknown := sorted(str(key) for key in set(value) - {"create", "update", "delete"}):
        writing.fault(path, "unknown_name", "record.lines_shape", name=unknown[0])
        return None
    parts = [value.get(key) or [] for key in ("update", "create", "delete")]
    if not all(isinstance(part, list | tuple) for part in parts):
        writing.fault(path, "type", "record.lines_type")
        return None
    known = {str(child.id): child for child in existing}
    gone = {id(known[str(i)]) for i in parts[2] if str(i) in known}
    for index, line_id in enumerate(parts[2]):
        if str(line_id) not in known:
            here = f"{path}.delete.{index}"
            writing.fault(here, "not_found", "record.line_not_found", id=line_id)
    _merge(writing, field, existing, parts[0], f"{path}.update", must_exist=True)
    made = _merge(writing, field, (), parts[1], f"{path}.create")
    return [*(child for child in existing if id(child) not in gone), *made]


def _merge(
    writing: Writing,
    field: FieldDef,
    existing: Sequence[Row],
    items: Sequence[Any],
    path: str,
    *,
    must_exist: bool = False,
) -> list[Row]:
    if len(items) > MAX_LINES:
        raise Invalid("record.too_many_lines", limit=MAX_LINES)
    by_id = {str(child.id): child for child in existing}
    child_definition = writing.model.snapshot.object(field.of)
    merged: list[Row] = []
    for index, item in enumerate(items):
        here = f"{path}.{index}."
        if not isinstance(item, Mapping):
            writing.fault(here.rstrip("."), "type", "record.not_an_object")
            continue
        sent_id = item.get("id")
        if sent_id in (None, "") and not must_exist:
            child = Row(child_definition, {}, reader=writing.row_of)
        elif str(sent_id) in by_id:
            child = by_id.pop(str(sent_id))
        else:
            writing.fault(f"{here}id", "not_found", "record.line_not_found", id=sent_id)
            continue
        child.path = here
        take(writing, child, item, here)
        merged.append(child)
    return merged
