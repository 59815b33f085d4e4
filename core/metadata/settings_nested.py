"""Keys that hold more than one value: lists, mappings, records, labels, options."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any, ClassVar, cast

from marshmallow import RAISE, Schema, ValidationError

from core.kernel.messages import LANGUAGES
from core.kernel.text import is_clean, nearest
from core.metadata.settings import NAME, Fault, Setting, as_text, wrong

COLORS = (
    "primary", "secondary", "success", "info", "warning", "danger", "light", "dark", "blue", "azure", "indigo",
    "purple", "pink", "red", "orange", "yellow", "lime", "green", "teal", "cyan", "gray",
)  # fmt: skip

MAX_LABEL = 120

# Marks that turn the direction of writing: they make a text look like another one.
_DIRECTION = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")


class Definition(Schema):
    """The keys that one kind of element, or one part of it, may carry; any other is refused with the nearest name.

    Attributes:
        later: Keys that the platform will understand one day; they get a plainer refusal than a misspelt one.
    """

    class Meta:
        """Marshmallow's options."""

        unknown = RAISE

    error_messages = {  # noqa: RUF012 - marshmallow's own way
        "unknown": "definition.unknown_key",
        "type": "definition.not_a_mapping",
    }
    later: ClassVar[frozenset[str]] = frozenset()

    def handle_error(self, error: ValidationError, data: Any, *, many: bool, **kwargs: Any) -> None:
        """Add to each unknown key the known one that looks most like it."""
        del data, many, kwargs
        messages = error.messages
        if not isinstance(messages, dict):
            return
        for key, found in messages.items():
            if found == ["definition.unknown_key"]:
                if key in self.later:
                    messages[key] = [Fault("definition.unsupported_key", at_key=True, key=key)]
                elif not NAME.fullmatch(str(key)) and key not in LANGUAGES:
                    # Most often a comma or ": " inside a text without quotes has split it in two.
                    messages[key] = [Fault("definition.split_text", at_key=True, key=str(key)[:80])]
                else:
                    hint = nearest(str(key), list(self.fields)) or ""
                    messages[key] = [
                        Fault("definition.unknown_key", at_key=True, key=str(key)[:80], hint=hint)
                    ]


def definition(
    name: str, keys: Mapping[str, Setting], later: frozenset[str] = frozenset()
) -> type[Definition]:
    """Make the schema of a kind or of a part of one.

    Args:
        name: Name of the schema class, for debugging.
        keys: The keys it may carry.
        later: Keys that aren't supported yet.
    """
    schema = cast(type[Definition], Definition.from_dict(dict(keys), name=name))
    schema.later = later
    return schema


class Record(Setting):
    """A mapping with known keys."""

    def __init__(self, schema: type[Definition], *, required: bool = False) -> None:
        """Set the keys."""
        super().__init__(required=required)
        self.part = schema()

    def _take(self, value: Any) -> dict[str, Any]:
        if not isinstance(value, Mapping):
            raise wrong("definition.not_a_mapping")
        return dict(self.part.load(value))

    def json_schema(self) -> dict[str, Any]:
        """Describe the value as JSON Schema."""
        return describe(self.part)


class ListOf(Setting):
    """A list of equal things; a single one may stand without brackets."""

    def __init__(self, item: Setting, *, required: bool = False, limit: int = 600) -> None:
        """Set what the list holds, and how many at most."""
        super().__init__(required=required)
        self.item = item
        self.limit = limit

    def _take(self, value: Any) -> list[Any]:
        if not isinstance(value, tuple | list):
            raise wrong("definition.not_a_list")
        if len(value) > self.limit:
            raise wrong("definition.too_many", limit=self.limit)
        errors: dict[int, Any] = {}
        result = []
        for index, item in enumerate(value):
            try:
                result.append(_entry(self.item, item, "-"))
            except ValidationError as error:
                errors[index] = error.messages
        if errors:
            raise ValidationError(errors)
        return result

    def json_schema(self) -> dict[str, Any]:
        """Describe the value as JSON Schema."""
        return {"type": "array", "items": self.item.json_schema(), "maxItems": self.limit}


class MapOf(Setting):
    """A mapping of names to equal things; the order counts."""

    def __init__(
        self,
        item: Setting,
        *,
        keys: re.Pattern[str] = NAME,
        required: bool = False,
        limit: int = 600,
        nullable: bool = False,
    ) -> None:
        """Set what it holds, what its keys look like, how many there are at most, whether null may stand for one."""
        super().__init__(required=required)
        self.item = item
        self.keys = keys
        self.limit = limit
        self.nullable = nullable

    def _take(self, value: Any) -> dict[str, Any]:
        if not isinstance(value, Mapping):
            raise wrong("definition.not_a_mapping")
        if len(value) > self.limit:
            raise wrong("definition.too_many", limit=self.limit)
        errors: dict[str, Any] = {}
        result = {}
        for key, item in value.items():
            if not self.keys.fullmatch(key):
                errors[key] = [Fault("definition.bad_name", at_key=True, value=key[:80])]
                continue
            try:
                result[key] = _entry(self.item, item, key, nullable=self.nullable)
            except ValidationError as error:
                errors[key] = error.messages
        if errors:
            raise ValidationError(errors)
        return result

    def json_schema(self) -> dict[str, Any]:
        """Describe the value as JSON Schema."""
        pattern = f"^{self.keys.pattern}$"
        return {
            "type": "object",
            "propertyNames": {"pattern": pattern},
            "additionalProperties": self.item.json_schema(),
        }


def _entry(setting: Setting, value: Any, key: str, *, nullable: bool = False) -> Any:
    """Check one entry of a list or mapping; unlike a key, an entry isn't left out by null."""
    if value is None and not nullable:
        raise ValidationError([Fault("definition.missing", key=key)])
    return setting.deserialize(value)


class Either(Setting):
    """A short form and a full form of the same thing; text is the short one."""

    def __init__(self, short: Setting, full: Setting, key: str) -> None:
        """Set both forms, and the key of the full one that the short one stands for."""
        super().__init__()
        self.short = short
        self.full = full
        self.key = key

    def _take(self, value: Any) -> Any:
        if isinstance(value, Mapping):
            return self.full.deserialize(value)
        return {self.key: self.short.deserialize(value)}

    def json_schema(self) -> dict[str, Any]:
        """Describe the value as JSON Schema."""
        return {"anyOf": [self.short.json_schema(), self.full.json_schema()]}


class LabelText(Setting):
    """A text that people see: in all three languages, or in English alone where the glossary knows the rest."""

    def __init__(self, *, required: bool = False, limit: int = MAX_LABEL) -> None:
        """Set the number of characters allowed."""
        super().__init__(required=required)
        self.limit = limit

    def _take(self, value: Any) -> Any:
        if not isinstance(value, Mapping):
            check_shown(value, self.limit)
            return value
        errors: dict[str, Any] = {}
        for language, text in value.items():
            if language not in LANGUAGES:
                hint = nearest(language, LANGUAGES) or ""
                errors[language] = [
                    Fault("definition.unknown_key", at_key=True, key=language[:80], hint=hint)
                ]
                continue
            try:
                check_shown(text, self.limit)
            except ValidationError as error:
                errors[language] = error.messages
        missing = [language for language in LANGUAGES if language not in value]
        if missing and not errors:
            raise wrong("label.incomplete", languages=", ".join(missing))
        if errors:
            raise ValidationError(errors)
        return dict(value)

    def json_schema(self) -> dict[str, Any]:
        """Describe the value as JSON Schema."""
        return {"anyOf": [{"type": "string", "maxLength": self.limit}, _languages(self.limit)]}


class Options(Setting):
    """The options of a choice: a list of values, or a mapping of value to label."""

    def _take(self, value: Any) -> list[dict[str, Any]]:
        if isinstance(value, Mapping):
            entries: list[tuple[Any, Any, Any]] = [(key, key, item) for key, item in value.items()]
        elif isinstance(value, tuple | list):
            entries = [(index, item, None) for index, item in enumerate(value)]
        else:
            raise wrong("definition.not_a_list")
        if not 1 <= len(entries) <= 300:
            raise wrong("definition.too_many" if entries else "definition.empty", limit=300)
        errors: dict[Any, Any] = {}
        options: dict[str, dict[str, Any]] = {}
        for step, raw, label in entries:
            try:
                option = _option(raw, label, step)
                if option["value"] in options:
                    raise wrong("definition.twice", value=option["value"])
                options[option["value"]] = option
            except ValidationError as error:
                errors[step] = error.messages
        if errors:
            raise ValidationError(errors)
        return list(options.values())

    def json_schema(self) -> dict[str, Any]:
        """Describe both forms."""
        labelled = _languages(MAX_LABEL)
        labelled["properties"] = labelled["properties"] | {"color": {"enum": list(COLORS)}}
        item = {"anyOf": [{"type": ["string", "null"], "maxLength": MAX_LABEL}, labelled]}
        plain = {"type": ["string", "number"]}
        return {
            "anyOf": [
                {"type": "array", "items": plain},
                {"type": "object", "additionalProperties": item},
            ]
        }


def _option(raw: Any, label: Any, step: Any) -> dict[str, Any]:
    value = as_text(raw)
    if value is None or not value.strip():
        raise wrong("definition.not_text")
    check_shown(value, 60)
    color = "secondary"
    if isinstance(label, Mapping) and "color" in label:
        color = label["color"]
        if color not in COLORS:
            hint = nearest(str(color)[:40], COLORS) or ""
            fault = Fault(
                "definition.not_an_option",
                value=str(color)[:80],
                options=", ".join(COLORS),
                hint=hint,
            )
            raise ValidationError({"color": [fault]})
        label = {key: text for key, text in label.items() if key != "color"} or None
    return {"value": value, "label": LabelText().deserialize(label), "color": color, "step": step}


def check_shown(value: Any, limit: int) -> None:
    """Check a text that screens show.

    Raises:
        ValidationError: It isn't text, is empty or too long, or holds ``<``, ``>`` or a character that hides something.
    """
    if not isinstance(value, str):
        raise wrong("definition.not_text")
    if not value.strip() or value != value.strip():
        raise wrong("label.blank")
    if len(value) > limit:
        raise wrong("definition.too_long", limit=limit)
    if "<" in value or ">" in value or not is_clean(value) or _DIRECTION.search(value):
        raise wrong("label.bad_character")
    if any(unicodedata.category(ch) in {"Cc", "Zl", "Zp"} for ch in value):
        raise wrong("label.bad_character")


def describe(schema: Schema) -> dict[str, Any]:
    """Describe a schema as JSON Schema 2020-12, for editors."""
    known = {key: field for key, field in schema.fields.items() if isinstance(field, Setting)}
    described: dict[str, Any] = {
        "type": "object",
        "properties": {key: field.json_schema() for key, field in known.items()},
        "additionalProperties": False,
    }
    required = [key for key, field in known.items() if field.required]
    return described | ({"required": required} if required else {})


def _languages(limit: int) -> dict[str, Any]:
    properties = {language: {"type": "string", "maxLength": limit} for language in LANGUAGES}
    return {
        "type": "object",
        "properties": properties,
        "required": list(LANGUAGES),
        "additionalProperties": False,
    }
