"""What the person may see of an object, as the screens ask it."""

from __future__ import annotations

from core.kernel.errors import Forbidden, NotFound
from core.metadata.definitions import FieldDef, ObjectDef
from core.records.policies import policy_of
from core.records.services import Caller


def readable(caller: Caller, object_name: str) -> ObjectDef:
    """Give an object that the person may read.

    Raises:
        NotFound: There is no such object.
        Forbidden: Its records are none of the person's business.
    """
    definition = caller.snapshot.object(object_name)
    if definition.is_line:
        raise NotFound("object.unknown", name=object_name, hint=definition.parent)
    require(caller, object_name, "read")
    return definition


def require(caller: Caller, object_name: str, verb: str) -> None:
    """Refuse where the person may not do ``verb`` with any record of the object.

    Raises:
        Forbidden: Always in that case.
    """
    if not policy_of(caller).may(object_name, verb):
        raise Forbidden("ui.not_allowed")


def may_read_path(caller: Caller, definition: ObjectDef, path: str) -> bool:
    """Tell whether every field of a path may be read, and whether it can stand in a table."""
    policy = policy_of(caller)
    here: ObjectDef | None = definition
    field: FieldDef | None = None
    for part in path.split("."):
        if here is None or part not in policy.readable(here.name):
            return False
        field = here.fields[part]
        here = caller.snapshot.objects.get(field.to) if field.to else None
    return field is not None and field.type != "lines"


def can_sort(field: FieldDef) -> bool:
    """Tell whether a list can be sorted by the field."""
    return not field.is_virtual and field.type != "long_text"


def shown_fields(caller: Caller, definition: ObjectDef) -> list[FieldDef]:
    """List the fields that the person may read, in order."""
    return [definition.fields[name] for name in policy_of(caller).readable(definition.name)]


def form_fields(caller: Caller, definition: ObjectDef) -> list[FieldDef]:
    """List the fields that the person may fill in, in order."""
    policy = policy_of(caller)
    writable = policy.writable(definition.name)
    return [
        f
        for f in definition.fields.values()
        if f.name in writable and accepts(f) and f.name != definition.parent
    ]


def accepts(field: FieldDef) -> bool:
    """Tell whether a form may offer the field: computed and numbered ones are the platform's, the owner is not."""
    return (field.accepts_input or field.name == "owner") and field.name != "seq"
