"""Upsert: change the record that a unique field recognises, or make it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from core.kernel.errors import FieldError, Invalid
from core.kernel.text import nearest
from core.metadata.definitions import FieldDef, ObjectDef
from core.metadata.fields import FIELD_TYPES
from core.metadata.fields.base import FieldFault
from core.records import pipeline, store
from core.records.policies import policy_of
from core.records.record import Row
from core.records.writing import Writing

T = TypeVar("T")


def upsert(
    writing: Writing,
    object_name: str,
    by: tuple[str, Any],
    data: Mapping[str, Any],
    version: int | None,
) -> Row:
    """Change the record whose unique field holds a value, or make it with that value.

    Raises:
        Invalid: The field isn't a unique one, or the value doesn't suit it.
        NotFound: The record exists, out of the actor's sight.
    """
    definition = writing.model.snapshot.object(object_name)
    field = _unique_field(writing, definition, by[0])
    value = _typed(field, by[1])
    record_id = store.find_by(writing.connection, writing.model, object_name, field.name, value)
    if record_id is None:
        return pipeline.create(writing, object_name, {field.name: by[1], **data})
    return pipeline.update(writing, object_name, record_id, data, version)


def patiently(field: str, run: Callable[[], T]) -> T:
    """Run an upsert; where another request made the record meanwhile, once more, now as a change."""
    try:
        return run()
    except Invalid as fault:
        if not any(error.code == "duplicate" and error.field == field for error in fault.errors):
            raise
    return run()


def _unique_field(writing: Writing, definition: ObjectDef, name: str) -> FieldDef:
    readable = policy_of(writing.caller).readable(definition.name)
    options = [one for one in readable if definition.fields[one].unique]
    if name in options:
        return definition.fields[name]
    hint = nearest(name, options) or ", ".join(options) or "-"
    params = {"name": name, "object": definition.name, "hint": hint}
    raise Invalid(
        "record.invalid",
        errors=[FieldError(name, "not_unique", "record.by_not_unique", params)],
        count=1,
    )


def _typed(field: FieldDef, value: Any) -> Any:
    try:
        found = FIELD_TYPES[field.type].parse(value, field)
    except FieldFault as fault:
        error = FieldError(field.name, fault.code, fault.message_id, fault.params)
        raise Invalid("record.invalid", errors=[error], count=1) from None
    if found is None:
        raise Invalid(
            "record.invalid",
            errors=[FieldError(field.name, "required", "record.required")],
            count=1,
        )
    return found
