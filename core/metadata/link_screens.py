"""What people see of an object: title, list views, form sections, related lists; with good defaults."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from core.kernel.errors import ExpressionError
from core.kernel.text import nearest
from core.metadata.definitions import (
    FieldDef,
    IndexDef,
    Label,
    ObjectDef,
    RelatedDef,
    SectionDef,
    SortKey,
    ViewDef,
)
from core.metadata.documents import Document, Path
from core.metadata.expressions import ObjectScope
from core.metadata.labels import Labels
from core.metadata.layers import ObjectSource, Piece
from core.metadata.link_expressions import Compiler

DEFAULT_COLUMNS = 6
DEFAULT_MOBILE = 3

_PART = re.compile(r"\{([^{}]*)\}")
_FILTERED = frozenset({"choice", "reference", "user", "date", "boolean", "currency"})
_BUILT_IN = {
    "details": Label("Details", "详细信息", "詳細資料"),
    "more": Label("More", "更多", "更多"),
}


class ScreenLinker:
    """Fills in title, views, sections and related lists."""

    def __init__(
        self, sources: Mapping[str, ObjectSource], compiler: Compiler, labels: Labels
    ) -> None:
        """Take the sources, the compiler over all objects, and the labels."""
        self._sources = sources
        self._compiler = compiler
        self._objects = compiler.objects
        self._problems = compiler.problems
        self._labels = labels

    def link(self, made: ObjectDef) -> ObjectDef:
        """Give the object with its screens; related lists come later, since they copy columns of other views."""
        source = self._sources[made.name]
        title = self._title(made, source)
        fields = made.fields
        if not any(field.search for field in fields.values()):
            fields = MappingProxyType(_searched(fields, title))
        return replace(
            made,
            title=title,
            fields=fields,
            views=MappingProxyType(self._views(made, source)),
            sections=self._sections(made, source),
            indexes=tuple(IndexDef(tuple(item.value)) for item in source.lists["indexes"]),
        )

    def related(self, made: ObjectDef, objects: Mapping[str, ObjectDef]) -> tuple[RelatedDef, ...]:
        """Make the related lists of an object."""
        lists = []
        for item in self._sources[made.name].lists["related"]:
            piece = item.piece()
            name = str(piece.get("object"))
            other = objects.get(name)
            if other is None:
                hint = nearest(name, objects) or ""
                self._problems.add(*piece.where("object"), "object.unknown", name=name, hint=hint)
                continue
            field = other.fields.get(str(piece.get("field")))
            if field is None or field.to != made.name:
                options = [f.name for f in other.fields.values() if f.to == made.name]
                params: dict[str, Any] = {
                    "object": name,
                    "name": piece.get("field"),
                    "target": made.name,
                }
                hint = nearest(str(piece.get("field")), options) or next(iter(options), "")
                self._problems.add(
                    *piece.where("field"), "related.no_reference", hint=hint, **params
                )
                continue
            columns = self._paths(piece, "columns", other.name)
            if not columns:
                columns = tuple(c for c in other.views["list"].columns if c != field.name)[
                    :DEFAULT_COLUMNS
                ]
            raw = piece.get("label")
            label = (
                other.plural if raw is None else self._labels.label(*piece.where("label"), raw, ())
            )
            lists.append(RelatedDef(name, field.name, columns, label))
        return tuple(lists)

    def _title(self, made: ObjectDef, source: ObjectSource) -> tuple[str, ...]:
        template = source.head.get("title")
        document, path = source.head.where("title")
        if template is None:
            template = _default_title(made)
        parts = title_parts(str(template))
        if not any(part.startswith("{") for part in parts):
            self._problems.add(document, path, "title.no_field")
        for part in parts:
            if part.startswith("{"):
                self._check_path(document, path, part[1:-1], made.name)
            elif "{" in part or "}" in part or "<" in part or ">" in part:
                self._problems.add(document, path, "title.broken")
        return parts

    def _check_path(self, document: Document, path: Path, dotted: str, object_name: str) -> bool:
        """Check that a dotted field path leads to something shown as one value."""
        if not re.fullmatch(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*", dotted):
            self._problems.add(document, path, "definition.bad_name", value=dotted[:80])
            return False
        try:
            found = ObjectScope(self._objects, object_name).resolve(tuple(dotted.split(".")))
        except ExpressionError as error:
            self._problems.add(document, path, error.message_id, **error.params)
            return False
        if found.kind == "lines" or self._crosses_lines(dotted, object_name):
            self._problems.add(document, path, "field.no_column", name=dotted)
            return False
        return True

    def _crosses_lines(self, dotted: str, object_name: str) -> bool:
        first = self._objects[object_name].fields.get(dotted.split(".", maxsplit=1)[0])
        return first is not None and first.type == "lines"

    def _paths(self, piece: Piece, key: str, object_name: str) -> tuple[str, ...]:
        document, path = piece.where(key)
        found = []
        for index, dotted in enumerate(piece.get(key, ())):
            if dotted in found:
                self._problems.add(document, (*path, index), "definition.twice", value=dotted)
            elif self._check_path(document, (*path, index), str(dotted), object_name):
                found.append(str(dotted))
        return tuple(found)

    def _views(self, made: ObjectDef, source: ObjectSource) -> dict[str, ViewDef]:
        pieces = dict(source.views)
        pieces.setdefault("list", Piece(source.head.document, ("views", "list"), {}))
        ordered = ["list", *(name for name in pieces if name != "list")]
        return {name: self._view(made, name, pieces[name]) for name in ordered}

    def _view(self, made: ObjectDef, name: str, piece: Piece) -> ViewDef:
        columns = self._paths(piece, "columns", made.name) or tuple(_shown(made))[:DEFAULT_COLUMNS]
        fallback = made.plural if name == "list" else None
        raw = piece.get("label")
        names = (
            (f"view.{name}",) if name == "list" else (f"{made.name}.{name}", f"view.{name}", name)
        )
        label = self._labels.label(*piece.where("label"), raw, names, fallback=fallback)
        filters = self._paths(piece, "filters", made.name)
        return ViewDef(
            name=name,
            label=label,
            columns=columns,
            mobile=self._paths(piece, "mobile", made.name) or columns[:DEFAULT_MOBILE],
            sort=self._sort(piece, made.name),
            filter=self._compiler.condition(piece, "filter", made.name),
            filters=filters
            or tuple(c for c in columns if "." not in c and made.fields[c].type in _FILTERED),
        )

    def _sort(self, piece: Piece, object_name: str) -> tuple[SortKey, ...]:
        document, path = piece.where("sort")
        keys = []
        for text in piece.get("sort", ()):
            dotted = str(text).lstrip("-")
            if self._check_path(document, path, dotted, object_name):
                keys.append(SortKey(dotted, descending=str(text).startswith("-")))
        return tuple(keys)

    def _sections(self, made: ObjectDef, source: ObjectSource) -> tuple[SectionDef, ...]:
        sections = []
        placed: set[str] = set()
        for item in source.lists["sections"]:
            piece = item.piece()
            names = []
            for index, name in enumerate(piece.get("fields", ())):
                where = (*item.path, "fields", index)
                if name not in made.fields:
                    params: dict[str, Any] = {
                        "object": made.name,
                        "name": name,
                        "hint": nearest(name, made.fields) or "",
                    }
                    self._problems.add(item.document, where, "field.unknown", **params)
                elif name in placed:
                    self._problems.add(item.document, where, "definition.twice", value=name)
                else:
                    placed.add(name)
                    names.append(name)
            label = self._labels.label(*piece.where("label"), piece.get("label"), ())
            sections.append(SectionDef(label, tuple(names)))
        rest = tuple(
            name
            for name in source.fields
            if name not in placed and made.fields[name].type != "lines"
        )
        if rest:
            name = "more" if sections else "details"
            sections.append(
                SectionDef(self._labels.term(f"section.{name}") or _BUILT_IN[name], rest)
            )
        lines = tuple(f.name for f in made.lines_fields() if f.name not in placed)
        sections.extend(SectionDef(made.fields[name].label, (name,)) for name in lines)
        return tuple(sections)


def title_parts(template: str) -> tuple[str, ...]:
    """Split a title template: ``"{number} {customer}"`` gives ``("{number}", " ", "{customer}")``."""
    parts = []
    last = 0
    for found in _PART.finditer(template):
        if found.start() > last:
            parts.append(template[last : found.start()])
        parts.append(found.group())
        last = found.end()
    if last < len(template):
        parts.append(template[last:])
    return tuple(parts)


def _default_title(made: ObjectDef) -> str:
    for name in ("name", "number", "code"):
        if name in made.fields:
            return f"{{{name}}}"
    texts = [
        field.name for field in made.fields.values() if field.type == "text" and not field.system
    ]
    return f"{{{texts[0] if texts else 'id'}}}"


def _shown(made: ObjectDef) -> Iterable[str]:
    """Give the fields that a list can show, declared ones first."""
    shown = [
        f.name
        for f in made.fields.values()
        if f.type not in {"lines", "long_text"} and not f.system
    ]
    return shown or ["id"]


def _searched(fields: Mapping[str, FieldDef], title: tuple[str, ...]) -> dict[str, FieldDef]:
    """Let the title's own text fields be searched where the definition names none."""
    texts = {"text", "autonumber", "email", "phone"}
    names = {part[1:-1] for part in title if part.startswith("{")}
    return {
        name: replace(field, search=True)
        if name in names and field.type in texts and not field.is_virtual
        else field
        for name, field in fields.items()
    }
