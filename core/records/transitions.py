"""Transitions: the state moves only through the action of its name (domain rule G1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.kernel.errors import Conflict, Forbidden, NotFound
from core.kernel.text import nearest
from core.metadata.definitions import ObjectDef, TransitionDef
from core.metadata.expressions import evaluate
from core.records import inputs, pipeline
from core.records.compute import RowEnvironment
from core.records.context import RecordContext
from core.records.numbering import draw_numbers
from core.records.policies import policy_of
from core.records.record import Row, RowChanges
from core.records.writing import Writing


def act(
    writing: Writing,
    object_name: str,
    record_id: int,
    action: str,
    data: Mapping[str, Any],
    version: int | None,
) -> Row:
    """Carry out an action on a record.

    Raises:
        NotFound: The object has no such action, or there is no such record.
        Forbidden: The actor may not do this.
        Conflict: The record isn't in a state from which the action leads on, its guard isn't met, or only a flow may.
    """
    definition = writing.model.snapshot.object(object_name)
    _known(definition, action)
    pipeline.writable_object(writing, object_name, "update")
    if not policy_of(writing.caller).may(object_name, action):
        raise Forbidden("record.forbidden_action", object=object_name, action=action)
    row = pipeline.load(writing, definition, record_id, version)
    pipeline.require(writing, row, action, before=True)
    transition = _transition(definition, row, action)
    if transition.by == "flow" and not writing.caller.actor.is_system:
        raise Conflict("record.by_flow", action=action)
    if data:
        inputs.take(writing, row, data)
    pipeline.derive(writing, row)
    if transition.when is not None and not evaluate(transition.when, RowEnvironment(writing, row)):
        raise Conflict("record.guard", action=action, condition=transition.when.text)
    pipeline.validate(writing, row, "update")
    context = RecordContext.of(writing)
    context.rules.before_transition(context, row, transition)
    row["state"] = transition.target
    context.rules.before_save(context, row, RowChanges(row))
    draw_numbers(writing, row, action)
    pipeline.store_transition(writing, row, action)
    return row


def _known(definition: ObjectDef, action: str) -> None:
    names = {t.name for t in definition.states.transitions} if definition.states else set()
    if action not in names:
        hint = nearest(action, names) or ", ".join(sorted(names)) or "-"
        raise NotFound("record.unknown_action", object=definition.name, action=action, hint=hint)


def _transition(definition: ObjectDef, row: Row, action: str) -> TransitionDef:
    assert definition.states is not None
    possible = [t for t in definition.states.transitions if t.source == row["state"]]
    for transition in possible:
        if transition.name == action:
            return transition
    ways = ", ".join(t.name for t in possible) or "-"
    raise Conflict("record.wrong_state", action=action, state=row["state"], possible=ways)


def possible_actions(definition: ObjectDef, state: str | None, may: Any) -> list[TransitionDef]:
    """List the transitions that lead on from ``state`` and that ``may(action)`` allows by hand."""
    if definition.states is None:
        return []
    ways = definition.states.transitions
    return [t for t in ways if t.source == state and t.by == "user" and may(t.name)]
