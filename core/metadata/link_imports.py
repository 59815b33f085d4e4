"""Import mappings: which heading of a file fills which field."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from core.kernel.text import nearest
from core.metadata.definitions import ColumnMapping, FieldDef, ImportMappingDef, ObjectDef
from core.metadata.documents import Document, Path
from core.metadata.labels import Checked
from core.metadata.problems import Problems

_NUMBERS = frozenset({"integer", "decimal", "money", "percent"})


class ImportLinker:
    """Makes import mappings."""

    def __init__(self, objects: Mapping[str, ObjectDef], problems: Problems) -> None:
        """Take every object."""
        self._objects = objects
        self._problems = problems

    def link(self, documents: Mapping[str, Checked]) -> dict[str, ImportMappingDef]:
        """Make the import mappings."""
        made = {name: self._mapping(document, data) for name, (document, data) in documents.items()}
        return {name: mapping for name, mapping in made.items() if mapping is not None}

    def _mapping(self, document: Document, data: Mapping[str, Any]) -> ImportMappingDef | None:
        name = str(data["object"])
        made = self._objects.get(name)
        if made is None:
            hint = nearest(name, self._objects) or ""
            self._problems.add(document, ("object",), "object.unknown", name=name, hint=hint)
            return None
        key = str(data.get("key") or "")
        if key:
            self._check_key(document, key, made)
        lines = str(data.get("lines") or "")
        child = self._child(document, data, made, lines)
        return ImportMappingDef(
            name=document.name,
            object=name,
            columns=self._columns(document, "columns", data.get("columns") or {}, made),
            key=key,
            lines=lines,
            lines_file=data.get("lines_file") or "",
            lines_on=self._lines_on(document, data),
            line_columns=self._columns(
                document, "line_columns", data.get("line_columns") or {}, child
            ),
            null=tuple(data.get("null") or ()),
            date_format=data.get("date_format") or "",
            encoding=data.get("encoding") or "",
            delimiter=data.get("delimiter") or "",
            decimal=data.get("decimal") or "",
            owner=document.owner,
            place=document.place(("name",)),
        )

    def _check_key(self, document: Document, key: str, made: ObjectDef) -> None:
        field = made.fields.get(key)
        if field is None or not (field.unique or field.name == "id"):
            options = [f.name for f in made.fields.values() if f.unique]
            hint = nearest(key, options) or next(iter(options), "")
            self._problems.add(
                document, ("key",), "import.key_not_unique", object=made.name, name=key, hint=hint
            )

    def _child(
        self, document: Document, data: Mapping[str, Any], made: ObjectDef, lines: str
    ) -> ObjectDef | None:
        if not lines:
            for key in ("line_columns", "lines_on", "lines_file"):
                if data.get(key):
                    self._problems.add(document, (key,), "definition.missing", key="lines")
            return None
        field = made.fields.get(lines)
        if field is None or field.type != "lines":
            hint = nearest(lines, [f.name for f in made.lines_fields()]) or ""
            params: dict[str, Any] = {"object": made.name, "name": lines, "hint": hint}
            self._problems.add(document, ("lines",), "rollup.unknown_lines", **params)
            return None
        return self._objects.get(field.of)

    def _lines_on(self, document: Document, data: Mapping[str, Any]) -> tuple[str, str]:
        headings = list(data.get("lines_on") or ())
        if data.get("lines_file") and not headings:
            self._problems.add(document, ("lines_file",), "definition.missing", key="lines_on")
        if not headings:
            return "", ""
        return str(headings[0]), str(headings[-1])

    def _columns(
        self, document: Document, key: str, raw: Mapping[str, Any], made: ObjectDef | None
    ) -> tuple[ColumnMapping, ...]:
        if made is None:
            return ()
        found = [
            self._column(document, (key, path), path, values, made) for path, values in raw.items()
        ]
        return tuple(column for column in found if column is not None)

    def _column(
        self,
        document: Document,
        path: Path,
        dotted: str,
        values: Mapping[str, Any],
        made: ObjectDef,
    ) -> ColumnMapping | None:
        field = self._field(document, path, dotted, made)
        if field is None:
            return None
        if (values.get("column") is None) == (values.get("value") is None):
            self._problems.add(document, path, "import.column_or_value", name=dotted)
        if field.type not in _NUMBERS:
            for key in ("scale", "multiply"):
                if values.get(key) is not None:
                    self._problems.add(
                        document, (*path, key), "import.not_number", at_key=True, name=dotted
                    )
        self._check_by(document, path, field, values)
        factor = values.get("multiply")
        return ColumnMapping(
            field=dotted,
            column=values.get("column") or "",
            value=values.get("value"),
            by=values.get("by") or "",
            scale=values.get("scale"),
            multiply="" if factor is None else format(Decimal(factor), "f"),
            map=MappingProxyType(dict(values.get("map") or {})),
            default=values.get("default"),
        )

    def _field(
        self, document: Document, path: Path, dotted: str, made: ObjectDef
    ) -> FieldDef | None:
        first, _, rest = dotted.partition(".")
        field = made.fields.get(first)
        target = (
            self._objects.get(field.of)
            if field is not None and rest and field.type == "lines"
            else None
        )
        if target is not None:
            return self._field(document, path, rest, target)
        if field is None or rest or field.system or field.is_computed or field.type == "lines":
            options = [f.name for f in made.fields.values() if not (f.system or f.is_computed)]
            params: dict[str, Any] = {
                "object": made.name,
                "name": dotted,
                "hint": nearest(dotted, options) or "",
            }
            message_id = "field.unknown" if field is None else "import.not_writable"
            self._problems.add(document, path, message_id, at_key=True, **params)
            return None
        return field

    def _check_by(
        self, document: Document, path: Path, field: FieldDef, values: Mapping[str, Any]
    ) -> None:
        by = values.get("by")
        if not by:
            return
        target = self._objects.get(field.to)
        known = target.fields.get(by) if target is not None else None
        if known is None or not known.unique:
            options = (
                [f.name for f in target.fields.values() if f.unique] if target is not None else []
            )
            hint = nearest(by, options) or next(iter(options), "")
            name = target.name if target is not None else field.name
            self._problems.add(
                document, (*path, "by"), "import.key_not_unique", object=name, name=by, hint=hint
            )
