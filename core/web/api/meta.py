"""What the definitions say, as far as the caller may use them."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response

from core.kernel.errors import Forbidden
from core.metadata.definitions import FieldDef, Label, ObjectDef
from core.records.policies import Policy, policy_of
from core.records.services import Caller
from core.web import auth
from core.web.answers import json_answer
from core.web.api.parameters import query_parameters
from core.web.errors import language

VERBS = ("read", "create", "update", "delete", "import", "export")


def register(blueprint: Blueprint) -> None:
    """Add the addresses."""
    blueprint.add_url_rule("/meta/objects", view_func=objects_view, methods=["GET"])
    blueprint.add_url_rule("/meta/objects/<object_name>", view_func=object_view, methods=["GET"])
    blueprint.add_url_rule("/meta/revision", view_func=revision_view, methods=["GET"])


def revision_view() -> Response:
    """Answer which definitions are live."""
    caller = auth.caller()
    query_parameters(())
    return json_answer({"revision": caller.snapshot.revision, "checksum": caller.snapshot.checksum})


def objects_view() -> Response:
    """Answer the objects that the caller may use."""
    caller = auth.caller()
    query_parameters(())
    policy = policy_of(caller)
    return json_answer({"data": [_summary(one, policy) for one in usable_objects(caller)]})


def object_view(object_name: str) -> Response:
    """Answer one object with the fields and actions that the caller may use."""
    caller = auth.caller()
    query_parameters(())
    definition = caller.snapshot.object(object_name)
    policy = policy_of(caller)
    if not is_usable(policy, object_name):
        raise Forbidden("record.forbidden", object=object_name, verb="read")
    readable = policy.readable(object_name)
    return json_answer(
        {
            **_summary(definition, policy),
            "fields": [_field(definition.fields[name], policy, object_name) for name in readable],
            "states": _states(definition),
            "actions": _actions(definition, policy),
        }
    )


def usable_objects(caller: Caller) -> list[ObjectDef]:
    """List the objects that the caller may read or make, by name."""
    policy = policy_of(caller)
    return [one for name, one in sorted(caller.snapshot.objects.items()) if is_usable(policy, name)]


def is_usable(policy: Policy, object_name: str) -> bool:
    """Tell whether the object concerns the caller at all."""
    return policy.may(object_name, "read") or policy.may(object_name, "create")


def _summary(definition: ObjectDef, policy: Policy) -> dict[str, Any]:
    return {
        "name": definition.name,
        "label": _text(definition.label),
        "plural": _text(definition.plural),
        "owner": definition.owner,
        "parent": definition.parent or None,
        "rights": [verb for verb in VERBS if policy.may(definition.name, verb)],
    }


def _field(field: FieldDef, policy: Policy, object_name: str) -> dict[str, Any]:
    told: dict[str, Any] = {
        "name": field.name,
        "type": field.type,
        "label": _text(field.label),
        "help": _text(field.help) if field.help else None,
        "required": field.required,
        "writable": field.accepts_input and policy.field_right(object_name, field.name) == "write",
        "unique": field.unique,
    }
    if field.to or field.of:
        told["to"] = field.to or field.of
    if field.choices:
        told["choices"] = [{"value": one.value, "label": _text(one.label)} for one in field.choices]
    if field.type in {"decimal", "money", "percent"}:
        told["scale"] = field.scale
    if field.max_length is not None:
        told["max_length"] = field.max_length
    return told


def _states(definition: ObjectDef) -> list[dict[str, Any]]:
    states = definition.states.states if definition.states else ()
    return [{"value": one.value, "label": _text(one.label)} for one in states]


def _actions(definition: ObjectDef, policy: Policy) -> list[dict[str, Any]]:
    transitions = definition.states.transitions if definition.states else ()
    return [
        {
            "name": one.name,
            "label": _text(one.label) if one.label else one.name,
            "from": one.source,
            "to": one.target,
            "by": one.by,
        }
        for one in transitions
        if policy.may(definition.name, one.name)
    ]


def _text(label: Label) -> str:
    return label.text(language())
