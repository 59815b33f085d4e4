"""The keys of kind ``object``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError

from core.kernel.text import nearest
from core.metadata.fields import FIELD_TYPES
from core.metadata.settings import (
    Choice,
    ExpressionText,
    Fault,
    FieldPath,
    Flag,
    Name,
    Number,
    Pattern,
    Setting,
    Text,
    Whole,
    as_text,
    wrong,
)
from core.metadata.settings_nested import (
    COLORS,
    Definition,
    Either,
    LabelText,
    ListOf,
    MapOf,
    Record,
    definition,
    describe,
)

TRAITS = ("owned", "stateful", "discussed")

ICON = re.compile(r"[a-z][a-z0-9-]{0,39}")
MESSAGE_ID = re.compile(r"[a-z][a-z0-9_]{0,40}(\.[a-z][a-z0-9_]{0,60}){1,3}")
UID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,99}")


def head() -> dict[str, Setting]:
    """Give the keys that every kind of element carries."""
    return {
        "kind": Name(required=True),
        "name": Name(required=True),
        "layer": Name(),
        "uid": Pattern(UID, "definition.bad_name"),
        "label": LabelText(),
    }


_OVERRIDABLE: dict[str, type[Setting]] = {
    "label": LabelText,
    "help": LabelText,
    "required": Flag,
    "read_only": Flag,
    "search": Flag,
    "default": ExpressionText,
}
OVERRIDABLE = frozenset(_OVERRIDABLE)
"""What another layer may change of a field that it doesn't define."""


def _every_field() -> dict[str, Setting]:
    return {
        "type": Choice(tuple(FIELD_TYPES), required=True),
        "label": LabelText(),
        "help": LabelText(limit=400),
        "uid": Pattern(UID, "definition.bad_name"),
        "required": Flag(),
        "read_only": Flag(),
        "search": Flag(),
        "default": ExpressionText(),
    }


def _field_schema(name: str) -> type[Definition]:
    field_type = FIELD_TYPES[name]
    keys = _every_field() | dict(field_type.settings)
    if field_type.can_be_unique:
        keys["unique"] = Flag()
    if field_type.is_ordered:
        keys |= {"minimum": Number(), "maximum": Number()}
    if field_type.can_be_computed:
        keys |= {"formula": ExpressionText(), "stored": Flag(), "rollup": Text(limit=2000)}
    return definition(f"{name}_field", keys)


FIELD_SCHEMAS: Mapping[str, Definition] = {name: _field_schema(name)() for name in FIELD_TYPES}
_OVERRIDE = definition("field_change", {key: setting() for key, setting in _OVERRIDABLE.items()})()


class FieldEntry(Setting):
    """A field: its keys depend on its type. Without a type it changes a field that another layer defines."""

    def _take(self, value: Any) -> dict[str, Any]:
        if not isinstance(value, Mapping):
            raise wrong("definition.not_a_mapping")
        if "type" not in value:
            if set(value) - OVERRIDABLE:
                raise ValidationError({"type": [Fault("definition.missing", key="type")]})
            return dict(_OVERRIDE.load(value))
        schema = FIELD_SCHEMAS.get(str(value["type"]))
        if schema is None:
            name = str(value["type"])[:80]
            fault = Fault("field.unknown_type", value=name, hint=nearest(name, FIELD_TYPES) or "")
            raise ValidationError({"type": [fault]})
        return dict(schema.load(value))

    def json_schema(self) -> dict[str, Any]:
        """Describe each type by its own schema."""
        types = []
        for name, schema in FIELD_SCHEMAS.items():
            described = describe(schema)
            described["properties"]["type"] = {"const": name}
            types.append(described)
        return {"anyOf": [*types, describe(_OVERRIDE)]}


class Extent(Setting):
    """Which records a right covers: ``none``, ``own``, ``all``; ``true`` means all."""

    def _take(self, value: Any) -> str:
        if isinstance(value, bool):
            return "all" if value else "none"
        return str(Choice(("none", "own", "all")).deserialize(value))

    def json_schema(self) -> dict[str, Any]:
        """Describe the words."""
        return {"enum": ["none", "own", "all", True, False]}


class Sort(Setting):
    """Sort keys: ``-order_date``, or several with commas or as a list."""

    _KEY = re.compile(r"-?[a-z][a-z0-9_]{0,47}(\.[a-z][a-z0-9_]{0,47}){0,5}")

    def _take(self, value: Any) -> list[str]:
        text = as_text(value)
        parts = text.split(",") if text is not None else value
        if not isinstance(parts, tuple | list) or len(parts) > 6:
            raise wrong("definition.not_a_list")
        keys = [part.strip() if isinstance(part, str) else "" for part in parts]
        for key in keys:
            if not self._KEY.fullmatch(key):
                raise wrong("definition.bad_name", value=key[:80])
        return keys

    def json_schema(self) -> dict[str, Any]:
        """Describe both forms."""
        return {"type": ["string", "array"]}


class States(Setting):
    """The states: ``initial``, perhaps ``labels`` and ``colors``, and each state with its transitions."""

    _HEAD: Mapping[str, Setting] = {
        "initial": Name(required=True),
        "labels": MapOf(LabelText()),
        "colors": MapOf(Choice(COLORS)),
    }
    _TRANSITION = Either(
        Name(),
        Record(
            definition(
                "transition",
                {
                    "to": Name(required=True),
                    "by": Choice(("user", "flow")),
                    "when": ExpressionText(),
                    "label": LabelText(),
                },
            )
        ),
        "to",
    )

    def _take(self, value: Any) -> dict[str, Any]:
        if not isinstance(value, Mapping):
            raise wrong("definition.not_a_mapping")
        states = MapOf(MapOf(self._TRANSITION), nullable=True)
        own = {key: item for key, item in value.items() if key not in self._HEAD}
        errors: dict[str, Any] = {}
        result: dict[str, Any] = {"labels": {}, "colors": {}, "states": {}}
        for key, setting in self._HEAD.items():
            try:
                result[key] = setting.deserialize(value.get(key)) or {}
            except ValidationError as error:
                errors[key] = error.messages
        try:
            result["states"] = {name: item or {} for name, item in states.deserialize(own).items()}
        except ValidationError as error:
            errors.update(error.messages_dict)
        if errors:
            raise ValidationError(errors)
        return result

    def json_schema(self) -> dict[str, Any]:
        """Describe the head keys and the states."""
        transitions = {
            "type": ["object", "null"],
            "additionalProperties": self._TRANSITION.json_schema(),
        }
        return {
            "type": "object",
            "properties": {key: setting.json_schema() for key, setting in self._HEAD.items()},
            "required": ["initial"],
            "additionalProperties": transitions,
        }


RULE = definition(
    "rule",
    {
        "check": ExpressionText(),
        "message": Pattern(MESSAGE_ID, "definition.bad_message_id"),
        "field": Name(),
        "required": ExpressionText(),
        "visible": ExpressionText(),
        "read_only": ExpressionText(),
    },
)

ACCESS = definition(
    "access",
    {
        "read": Extent(),
        "update": Extent(),
        "delete": Extent(),
        "create": Flag(),
        "import": Flag(),
        "export": Flag(),
        "actions": ListOf(Name()),
        "fields": MapOf(Choice(("hidden", "read", "write"))),
        "where": ExpressionText(),
    },
)

VIEW = definition(
    "view",
    {
        "label": LabelText(),
        "columns": ListOf(FieldPath(), limit=60),
        "mobile": ListOf(FieldPath(), limit=12),
        "sort": Sort(),
        "filter": ExpressionText(),
        "filters": ListOf(FieldPath(), limit=30),
    },
    later=frozenset({"by", "card", "sum", "group", "start", "end"}),
)

OBJECT = definition(
    "object",
    head()
    | {
        "plural": LabelText(),
        "icon": Pattern(ICON, "definition.bad_name"),
        "color": Choice(COLORS),
        "title": Text(),
        "parent": Name(),
        "traits": ListOf(Choice(TRAITS)),
        "menu": Record(definition("menu", {"group": Name(required=True), "rank": Whole(0, 9999)})),
        "fields": MapOf(FieldEntry(), limit=500),
        "rules": ListOf(Record(RULE)),
        "states": States(),
        "access": MapOf(Record(ACCESS)),
        "views": MapOf(Record(VIEW)),
        "sections": ListOf(
            Record(
                definition(
                    "section",
                    {"label": LabelText(required=True), "fields": ListOf(Name(), required=True)},
                )
            )
        ),
        "related": ListOf(
            Record(
                definition(
                    "related",
                    {
                        "object": Name(required=True),
                        "field": Name(required=True),
                        "columns": ListOf(FieldPath(), limit=30),
                        "label": LabelText(),
                    },
                )
            )
        ),
        "indexes": ListOf(ListOf(Name(), limit=6), limit=50),
        "search": ListOf(Name(), limit=30),
    },
)
