"""Several documents of one object become one source: who may add what, and where each piece stands."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from core.kernel.text import nearest
from core.metadata.documents import ORGANISATION, Document, Path
from core.metadata.labels import Checked
from core.metadata.problems import Problems
from core.metadata.schema_object import OVERRIDABLE

RESERVED_OBJECTS = frozenset({"meta", "changes", "operations", "security", "docs", "openapi"})
"""Names that the API's own addresses take."""

RESERVED_PREFIXES = ("tl_", "ab_", "pg_", "sqlite_")
"""Beginnings that tables of the platform and of the databases take."""

KEYWORDS = frozenset(
    {"and", "or", "not", "in", "contains", "true", "false", "null", "me", "old", "where"}
)
"""Words of the expression language."""

SYSTEM_FIELDS = ("id", "owner", "created_at", "created_by", "updated_at", "updated_by")
RESERVED_FIELDS = frozenset({*SYSTEM_FIELDS, "version", "deleted_at", "state", "seq"})

ORGANISATION_PREFIX = "x_"

_LIST_PARTS = ("rules", "sections", "related", "indexes", "search")
_CHANGEABLE = ("label", "plural", "icon", "color", "title", "menu")
_FIXED = ("parent", "traits", "states", "uid")


@dataclass(slots=True)
class Piece:
    """A mapping put together from layers; each key remembers where it came from."""

    document: Document
    path: Path
    values: dict[str, Any]
    origins: dict[str, tuple[Document, Path]] = field(default_factory=dict)

    def get(self, key: str, default: Any = None) -> Any:
        """Give the value of a key; a null counts as not given."""
        value = self.values.get(key)
        return default if value is None else value

    def where(self, key: str) -> tuple[Document, Path]:
        """Give the document and path of a key, whether it is there or not."""
        return self.origins.get(key, (self.document, (*self.path, key)))

    def change(self, document: Document, path: Path, values: Mapping[str, Any]) -> None:
        """Let another layer set keys; null leaves what was there."""
        for key, value in values.items():
            if value is not None:
                self.values[key] = value
                self.origins[key] = (document, (*path, key))


@dataclass(slots=True)
class Item:
    """One entry of a list, with its place."""

    document: Document
    path: Path
    value: Any

    def piece(self) -> Piece:
        """Give an entry that is a mapping as a piece."""
        return Piece(self.document, self.path, dict(self.value))


@dataclass(slots=True)
class ObjectSource:
    """An object as its layers describe it together."""

    name: str
    head: Piece
    fields: dict[str, Piece] = field(default_factory=dict)
    access: dict[str, Piece] = field(default_factory=dict)
    views: dict[str, Piece] = field(default_factory=dict)
    lists: dict[str, list[Item]] = field(default_factory=lambda: {part: [] for part in _LIST_PARTS})

    @property
    def owner(self) -> str:
        """Layer that defines the object."""
        return self.head.document.owner


class Layers:
    """Merges documents of kind ``object`` and checks names and owners."""

    def __init__(self, prefixes: Mapping[str, str], problems: Problems) -> None:
        """Know the registered prefixes of partners, by owner."""
        self._prefixes = dict(prefixes)
        self._problems = problems

    def merge(self, documents: Sequence[Checked]) -> dict[str, ObjectSource]:
        """Give each object's source; objects in the order of their defining documents."""
        sources: dict[str, ObjectSource] = {}
        for document, data in documents:
            if not document.is_extension or _is_own(document):
                self._define(sources, document, data)
        for document, data in documents:
            if not document.is_extension or _is_own(document):
                continue
            source = sources.get(document.name)
            if source is None:
                hint = nearest(document.name, sources) or ""
                self._problems.add(
                    document, ("name",), "object.unknown", name=document.name, hint=hint
                )
            else:
                self._extend(source, document, data)
        return sources

    def _define(
        self, sources: dict[str, ObjectSource], document: Document, data: dict[str, Any]
    ) -> None:
        if document.name in sources:
            clash(document, sources[document.name].head.document, self._problems)
            return
        self._check_object_name(document)
        head = Piece(document, (), {key: data.get(key) for key in (*_CHANGEABLE, *_FIXED)})
        source = sources[document.name] = ObjectSource(document.name, head)
        for name, values in (data.get("fields") or {}).items():
            path: Path = ("fields", name)
            self._check_field_name(document, name, path, is_foreign=False)
            if "type" not in values:
                self._problems.add(document, path, "definition.missing", key="type")
                continue
            source.fields[name] = Piece(document, path, dict(values))
        self._add_parts(source, document, data)

    def _extend(self, source: ObjectSource, document: Document, data: dict[str, Any]) -> None:
        for key in _FIXED:
            if data.get(key) is not None:
                owner = source.owner
                self._problems.add(
                    document, (key,), "layer.fixed", at_key=True, key=key, owner=owner
                )
        source.head.change(document, (), {key: data.get(key) for key in _CHANGEABLE})
        for name, values in (data.get("fields") or {}).items():
            self._extend_field(source, document, name, values)
        self._add_parts(source, document, data)

    def _extend_field(
        self, source: ObjectSource, document: Document, name: str, values: dict[str, Any]
    ) -> None:
        path: Path = ("fields", name)
        existing = source.fields.get(name)
        if "type" not in values:
            if existing is None:
                hint = nearest(name, source.fields) or ""
                params: dict[str, Any] = {"object": source.name, "name": name, "hint": hint}
                self._problems.add(document, path, "field.unknown", at_key=True, **params)
                return
            existing.change(document, path, {key: values.get(key) for key in OVERRIDABLE})
            return
        if existing is not None:
            other = existing.document.owner
            self._problems.add(
                document,
                path,
                "name.clash",
                at_key=True,
                name=name,
                owner=document.owner,
                other=other,
            )
            return
        self._check_field_name(document, name, path, is_foreign=True)
        source.fields[name] = Piece(document, path, dict(values))

    def _add_parts(self, source: ObjectSource, document: Document, data: dict[str, Any]) -> None:
        for part, pieces in (("access", source.access), ("views", source.views)):
            for name, values in (data.get(part) or {}).items():
                path: Path = (part, name)
                if name in pieces:
                    pieces[name].change(document, path, values)
                else:
                    pieces[name] = Piece(document, path, dict(values))
        for part in _LIST_PARTS:
            for index, value in enumerate(data.get(part) or []):
                source.lists[part].append(Item(document, (part, index), value))

    def _check_object_name(self, document: Document) -> None:
        name = document.name
        if (
            name in RESERVED_OBJECTS | KEYWORDS
            or name.startswith(RESERVED_PREFIXES)
            or "__" in name
        ):
            self._problems.add(document, ("name",), "name.reserved", name=name)
        self._check_prefix(document, name, ("name",), at_key=False)

    def _check_field_name(
        self, document: Document, name: str, path: Path, *, is_foreign: bool
    ) -> None:
        if name in RESERVED_FIELDS | KEYWORDS or "__" in name:
            self._problems.add(document, path, "name.reserved", at_key=True, name=name)
        elif is_foreign:
            self._check_prefix(document, name, path, at_key=True)
        else:
            self._check_foreign_prefix(document, name, path, at_key=True)

    def _check_prefix(self, document: Document, name: str, path: Path, *, at_key: bool) -> None:
        own = self.prefix(document.owner)
        if own and not name.startswith(own):
            params: dict[str, Any] = {"name": name, "owner": document.owner, "prefix": own}
            self._problems.add(document, path, "name.prefix_missing", at_key=at_key, **params)
        self._check_foreign_prefix(document, name, path, at_key=at_key)

    def _check_foreign_prefix(
        self, document: Document, name: str, path: Path, *, at_key: bool
    ) -> None:
        others = {ORGANISATION: ORGANISATION_PREFIX} | {o: self.prefix(o) for o in self._prefixes}
        for owner, prefix in others.items():
            if owner != document.owner and prefix and name.startswith(prefix):
                params: dict[str, Any] = {"name": name, "owner": owner, "prefix": prefix}
                self._problems.add(document, path, "name.prefix_foreign", at_key=at_key, **params)

    def prefix(self, owner: str) -> str:
        """Give the beginning that names of an owner must have, with its underscore; "" for none."""
        if owner == ORGANISATION:
            return ORGANISATION_PREFIX
        prefix = self._prefixes.get(owner, "")
        return f"{prefix.rstrip('_')}_" if prefix else ""


_OWN_NAME = re.compile(rf"{ORGANISATION_PREFIX}[a-z0-9_]+")


def _is_own(document: Document) -> bool:
    """Tell whether a document of the organisation's layer defines an object of its own."""
    return document.owner == ORGANISATION and bool(_OWN_NAME.fullmatch(document.name))


def clash(document: Document, first: Document, problems: Problems) -> None:
    """Note that two documents define the same element."""
    if document.owner == first.owner:
        problems.add(
            document,
            ("name",),
            "name.twice",
            kind=document.kind,
            name=document.name,
            file=first.file,
        )
        return
    params: dict[str, Any] = {"name": document.name, "owner": document.owner, "other": first.owner}
    problems.add(document, ("name",), "name.clash", **params)


def unique(documents: Iterable[Checked], problems: Problems) -> dict[str, Checked]:
    """Give documents of one kind by name; of two with the same name, the first, and the fault is noted."""
    found: dict[str, Checked] = {}
    for document, data in documents:
        if document.name in found:
            clash(document, found[document.name][0], problems)
        else:
            found[document.name] = (document, data)
    return found
