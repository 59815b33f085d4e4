"""JSON Schemas of objects: as read, as made, as changed; from the field types' own schemas."""

from __future__ import annotations

from typing import Any

from core.metadata.definitions import FieldDef, ObjectDef
from core.metadata.fields import FIELD_TYPES
from core.metadata.snapshot import Snapshot
from core.records.policies import Policy
from core.web.api.openapi_parts import MAX_ID, reference

Schema = dict[str, Any]

_TEXT: Schema = {"type": "string"}
_ID: Schema = {"type": "integer", "minimum": 1, "maximum": MAX_ID}
_NUMBERS = frozenset({"decimal", "money", "percent"})
_NULL: Schema = {"type": "null"}
_FREE: Schema = {"type": "object", "additionalProperties": True}


def class_name(object_name: str) -> str:
    """Give the schema's name: ``sales_order`` becomes ``SalesOrder``."""
    return "".join(part.capitalize() for part in object_name.split("_"))


def read_schema(snapshot: Snapshot, definition: ObjectDef, policy: Policy, lang: str) -> Schema:
    """Describe a record as it is read; every field may be null or, where fewer were asked for, absent."""
    properties: Schema = {}
    for name in policy.readable(definition.name):
        field = definition.fields[name]
        properties[name] = _described(_read_field(snapshot, field, policy), field, lang)
    properties["id"] = dict(_ID)
    properties["_version"] = {
        "type": "integer",
        "description": "Number of the record's version, for If-Match.",
    }
    return {
        "type": "object",
        "title": class_name(definition.name),
        "properties": properties,
        "required": ["id"],
    }


def _read_field(snapshot: Snapshot, field: FieldDef, policy: Policy) -> Schema:
    if field.type == "lines":
        known = policy.may(field.of, "read") and field.of in snapshot.objects
        return {
            "type": "array",
            "items": reference(class_name(field.of)) if known else {"type": "object"},
        }
    if field.to:
        return {"anyOf": [dict(_ID), reference("EmbeddedRecord"), _NULL]}
    return {"anyOf": [_value(field), _NULL]}


def page_schema(name: str) -> Schema:
    """Describe a page of records."""
    return {
        "type": "object",
        "title": f"{name}Page",
        "properties": {
            "data": {"type": "array", "items": reference(name)},
            "next_cursor": {"anyOf": [_TEXT, _NULL]},
            "count": {"anyOf": [{"type": "integer"}, _NULL]},
        },
        "required": ["data", "next_cursor", "count"],
    }


def create_schema(snapshot: Snapshot, definition: ObjectDef, policy: Policy, lang: str) -> Schema:
    """Describe the body that makes a record."""
    fields = writable_fields(definition, policy)
    needed = [f.name for f in fields if f.required and f.default is None]
    schema = _write_schema(snapshot, definition, policy, lang, "Create")
    return {**schema, "required": needed} if needed else schema


def update_schema(snapshot: Snapshot, definition: ObjectDef, policy: Policy, lang: str) -> Schema:
    """Describe the body that changes a record: fields that are absent stay."""
    schema = _write_schema(snapshot, definition, policy, lang, "Update")
    if definition.is_line:
        schema["properties"]["id"] = {
            **_ID,
            "description": "The line to change; without it, a new one.",
        }
    else:
        schema["properties"]["_version"] = {
            "type": "integer",
            "minimum": 1,
            "description": "In place of If-Match.",
        }
    return schema


def writable_fields(definition: ObjectDef, policy: Policy) -> list[FieldDef]:
    """List the fields that the caller may send."""
    allowed = policy.writable(definition.name)
    return [
        f
        for name, f in definition.fields.items()
        if name in allowed and (f.accepts_input or name == "owner") and name != definition.parent
    ]


def _write_schema(
    snapshot: Snapshot, definition: ObjectDef, policy: Policy, lang: str, suffix: str
) -> Schema:
    fields = writable_fields(definition, policy)
    properties = {
        f.name: _described(_write_field(snapshot, f, policy, suffix), f, lang) for f in fields
    }
    title = f"{class_name(definition.name)}{suffix}"
    return {
        "type": "object",
        "title": title,
        "properties": properties,
        "additionalProperties": False,
    }


def _write_field(snapshot: Snapshot, field: FieldDef, policy: Policy, suffix: str) -> Schema:
    if field.type == "lines":
        known = field.of in snapshot.objects and policy.may(field.of, "create")
        return {
            "type": "array",
            "items": reference(f"{class_name(field.of)}{suffix}") if known else {"type": "object"},
        }
    if field.to:
        return {
            "anyOf": [dict(_ID), reference("ReferenceById"), reference("ReferenceByValue"), _NULL]
        }
    value = _value(field)
    options = [value, {"type": "number"}] if field.type in _NUMBERS else [value]
    return {"anyOf": [*options, _NULL]}


def _value(field: FieldDef) -> Schema:
    return {
        key: item
        for key, item in FIELD_TYPES[field.type].json_schema(field).items()
        if key != "readOnly"
    }


def _described(schema: Schema, field: FieldDef, lang: str) -> Schema:
    label = field.label.text(lang)
    note = f"{label}. {field.help.text(lang)}" if field.help else label
    return {**schema, "description": note}


def _object(properties: Schema, required: list[str] | None = None, **more: Any) -> Schema:
    schema: Schema = {"type": "object", "properties": properties, **more}
    return {**schema, "required": required} if required else schema


SHARED: Schema = {
    "ApiProblem": _object(
        {
            "type": _TEXT,
            "title": _TEXT,
            "status": {"type": "integer"},
            "detail": _TEXT,
            "errors": {"type": "array", "items": reference("ApiFieldProblem")},
            "request_id": _TEXT,
        },
        ["type", "title", "status", "detail", "errors", "request_id"],
        description="An error (RFC 9457).",
    ),
    "ApiFieldProblem": _object(
        {
            "field": {
                **_TEXT,
                "description": "Path of the field or name of the parameter; empty for the whole.",
            },
            "code": {
                **_TEXT,
                "description": "Stable code, e.g. `required`, `unknown_name`, `duplicate`.",
            },
            "message": _TEXT,
            "at": {"type": "integer", "description": "Offset in characters inside an expression."},
        },
        ["field", "code", "message"],
    ),
    "EmbeddedRecord": _object({"id": _ID}, ["id"], additionalProperties=True),
    "ReferenceById": _object({"id": _ID}, ["id"], additionalProperties=False),
    "ReferenceByValue": _object(
        {
            "by": {
                "type": "object",
                "additionalProperties": True,
                "description": "One unique field and its value.",
            }
        },
        ["by"],
        additionalProperties=False,
    ),
    "ListParameters": _object(
        {
            "filter": _TEXT,
            "q": _TEXT,
            "sort": _TEXT,
            "fields": {"type": "array", "items": _TEXT},
            "expand": {"type": "array", "items": _TEXT},
            "limit": {"type": "integer", "minimum": 1, "maximum": 500},
            "cursor": _TEXT,
            "count": {"type": "string", "enum": ["none", "exact"]},
        },
        additionalProperties=False,
    ),
    "ActionInput": _object(
        {"_version": {"type": "integer", "minimum": 1}},
        additionalProperties=True,
        description="Fields to set with the action.",
    ),
    "Figures": _object({"data": {"type": "array", "items": _FREE}}, ["data"]),
    "History": _object({"data": {"type": "array", "items": _FREE}}, ["data"]),
    "Bulk": _object(
        {
            "atomic": {
                "type": "boolean",
                "default": True,
                "description": "All in one transaction, or each by itself.",
            },
            "items": {
                "type": "array",
                "minItems": 1,
                "maxItems": 10000,
                "items": reference("BulkItem"),
            },
        },
        ["items"],
        additionalProperties=False,
    ),
    "BulkItem": _object(
        {
            "action": {"type": "string", "enum": ["create", "update", "upsert", "delete"]},
            "id": _ID,
            "_version": {
                "anyOf": [{"type": "integer", "minimum": 1}, {"type": "string", "const": "*"}]
            },
            "by": {
                "type": "object",
                "additionalProperties": True,
                "description": "One unique field and its value.",
            },
            "data": {"type": "object", "additionalProperties": True},
        },
        ["action"],
        additionalProperties=False,
    ),
    "BulkResult": _object(
        {
            "results": {"type": "array", "items": {"type": "object", "additionalProperties": True}},
            "failed": {"type": "integer"},
        },
        ["results", "failed"],
    ),
    "Login": _object(
        {
            "username": _TEXT,
            "password": _TEXT,
            "provider": {"type": "string", "enum": ["db", "ldap"], "default": "db"},
            "refresh": {"type": "boolean", "default": False},
        },
        ["username", "password"],
        additionalProperties=False,
    ),
    "Tokens": _object({"access_token": _TEXT, "refresh_token": _TEXT}, ["access_token"]),
    "Revision": _object(
        {"revision": {"type": "integer"}, "checksum": _TEXT}, ["revision", "checksum"]
    ),
    "ObjectList": _object({"data": {"type": "array", "items": reference("ObjectInfo")}}, ["data"]),
    "ObjectInfo": _object(
        {"name": _TEXT, "label": _TEXT}, ["name", "label"], additionalProperties=True
    ),
}
"""Schemas that no definition changes."""
