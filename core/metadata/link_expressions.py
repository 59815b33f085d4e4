"""Expressions: every text in every object is parsed and typed against the fields it may name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from core.kernel.errors import ExpressionError
from core.kernel.text import nearest
from core.metadata.definitions import FieldDef, ObjectDef, RollupDef, RuleDef, StatesDef
from core.metadata.documents import Document, Path
from core.metadata.expressions import (
    Expression,
    ObjectScope,
    RollupText,
    ValueType,
    compile_expression,
    parse_rollup,
    value_type_of,
)
from core.metadata.expressions.types import BOOLEAN, USER
from core.metadata.layers import Item, ObjectSource, Piece
from core.metadata.link_fields import PENDING
from core.metadata.problems import Problems

_NUMBERS = frozenset({"integer", "decimal", "money", "percent"})


class Compiler:
    """Compiles texts, notes what is wrong at its very character."""

    def __init__(self, objects: Mapping[str, ObjectDef], problems: Problems) -> None:
        """Know every object's fields."""
        self.objects = objects
        self.problems = problems
        self._scopes = {name: ObjectScope(objects, name) for name in objects}

    def compile(
        self,
        document: Document,
        path: Path,
        text: Any,
        object_name: str,
        expect: ValueType | None = None,
    ) -> Expression | None:
        """Compile one text over an object; None where it isn't given or is wrong (then the fault is noted)."""
        if text is None:
            return None
        try:
            place = document.place(path)
            return compile_expression(
                str(text), self._scopes[object_name], expect=expect, place=place
            )
        except ExpressionError as error:
            self.problems.add_expression(document, path, error)
            return None

    def condition(self, piece: Piece, key: str, object_name: str) -> Expression | None:
        """Compile a key that holds a condition."""
        return self.compile(*piece.where(key), piece.get(key), object_name, BOOLEAN)


class ExpressionLinker:
    """Fills in the expressions of fields, rules and states."""

    def __init__(self, sources: Mapping[str, ObjectSource], compiler: Compiler) -> None:
        """Take the sources of every object and the compiler over their skeletons."""
        self._sources = sources
        self._compiler = compiler
        self._objects = compiler.objects
        self._problems = compiler.problems

    def link(self, name: str) -> ObjectDef:
        """Give the object with its expressions."""
        made = self._objects[name]
        source = self._sources[name]
        fields = dict(made.fields)
        for field_name, piece in source.fields.items():
            fields[field_name] = self._field(made, fields[field_name], piece)
        if "owner" in fields and fields["owner"].default is PENDING:
            default = compile_expression("me", ObjectScope(self._objects, name), expect=USER)
            fields["owner"] = replace(fields["owner"], default=default)
        return replace(
            made,
            fields=MappingProxyType(fields),
            rules=tuple(self._rule(made, item) for item in source.lists["rules"]),
            states=self._states(made, source),
        )

    def check_stored(self, objects: Mapping[str, ObjectDef]) -> None:
        """Note stored formulas and roll-up conditions that need more than the row and its lines."""
        for name, source in self._sources.items():
            made = objects[name]
            for field_name, piece in source.fields.items():
                field = made.fields[field_name]
                fault = None
                if field.formula is not None and field.stored:
                    fault = _foreign(made, field.formula, {field_name})
                elif field.rollup is not None and field.rollup.where is not None:
                    child = objects[made.fields[field.rollup.lines].of]
                    fault = _foreign(child, field.rollup.where, set())
                if fault is not None:
                    key = "rollup" if field.rollup is not None else "formula"
                    self._problems.add(*piece.where(key), fault[0], names=fault[1])

    def _field(self, made: ObjectDef, field: FieldDef, piece: Piece) -> FieldDef:
        changes: dict[str, Any] = {}
        for key in ("default", "formula"):
            if piece.get(key) is not None:
                where = piece.where(key)
                changes[key] = self._compiler.compile(
                    *where, piece.get(key), made.name, value_type_of(field)
                )
        if piece.get("where") is not None and field.to in self._objects:
            changes["where"] = self._compiler.condition(piece, "where", field.to)
        if piece.get("rollup") is not None:
            changes["rollup"] = self._rollup(made, field, piece)
        return replace(field, **changes) if changes else field

    def _rollup(self, made: ObjectDef, field: FieldDef, piece: Piece) -> RollupDef | None:
        document, path = piece.where("rollup")
        try:
            parts = parse_rollup(str(piece.get("rollup")))
        except ExpressionError as error:
            self._problems.add_expression(document, path, error)
            return None
        child = self._child(made, parts, document, path)
        if child is None or not self._check_rollup(field, parts, child, document, path):
            return None
        where = None
        if parts.where:
            text = str(piece.get("rollup"))
            where = self._rollup_condition(
                document, path, parts.where, text.find(parts.where), child.name
            )
        return RollupDef(parts.function, parts.lines, parts.field, where)

    def _rollup_condition(
        self, document: Document, path: Path, text: str, start: int, child: str
    ) -> Expression | None:
        try:
            place = document.place(path)
            return compile_expression(
                text, ObjectScope(self._objects, child), expect=BOOLEAN, place=place
            )
        except ExpressionError as error:
            error.at += max(start, 0)
            self._problems.add_expression(document, path, error)
            return None

    def _child(
        self, made: ObjectDef, parts: RollupText, document: Document, path: Path
    ) -> ObjectDef | None:
        lines = made.fields.get(parts.lines)
        if lines is None or lines.type != "lines":
            options = [field.name for field in made.lines_fields()]
            params: dict[str, Any] = {
                "object": made.name,
                "name": parts.lines,
                "hint": nearest(parts.lines, options) or "",
            }
            self._problems.add(document, path, "rollup.unknown_lines", **params)
            return None
        return self._objects.get(lines.of)

    def _check_rollup(
        self, field: FieldDef, parts: RollupText, child: ObjectDef, document: Document, path: Path
    ) -> bool:
        summed = child.fields.get(parts.field) if parts.field else None
        fault: tuple[str, dict[str, Any]] | None = None
        if parts.field and summed is None:
            hint = nearest(parts.field, child.fields) or ""
            fault = "field.unknown", {"object": child.name, "name": parts.field, "hint": hint}
        elif summed is not None and summed.is_virtual:
            fault = "field.no_column", {"name": summed.name}
        elif not _suits(field, parts.function, summed):
            fault = "rollup.wrong_type", {"function": parts.function, "type": field.type}
        elif (
            summed is not None
            and parts.function in {"sum", "min", "max"}
            and summed.scale > field.scale
        ):
            fault = "rollup.scale", {"scale": field.scale, "wanted": summed.scale}
        if fault is not None:
            self._problems.add(document, path, fault[0], **fault[1])
        return fault is None

    def _rule(self, made: ObjectDef, item: Item) -> RuleDef:
        piece = item.piece()
        field = str(piece.get("field", ""))
        keys = ("check", "required", "visible", "read_only")
        if field and field not in made.fields:
            params: dict[str, Any] = {
                "object": made.name,
                "name": field,
                "hint": nearest(field, made.fields) or "",
            }
            self._problems.add(*piece.where("field"), "field.unknown", **params)
        if all(piece.get(key) is None for key in keys):
            self._problems.add(item.document, item.path, "rule.empty")
        if piece.get("check") is not None and not piece.get("message"):
            self._problems.add(item.document, item.path, "definition.missing", key="message")
        if not field and any(piece.get(key) is not None for key in keys[1:]):
            self._problems.add(item.document, item.path, "definition.missing", key="field")
        compiled = {key: self._compiler.condition(piece, key, made.name) for key in keys}
        place = item.document.place(item.path)
        return RuleDef(message=str(piece.get("message", "")), field=field, place=place, **compiled)

    def _states(self, made: ObjectDef, source: ObjectSource) -> StatesDef | None:
        if made.states is None:
            return None
        document, path = source.head.where("states")
        raw = source.head.get("states")["states"]
        transitions = []
        for transition in made.states.transitions:
            text = raw[transition.source][transition.name].get("when")
            where = (*path, transition.source, transition.name, "when")
            when = self._compiler.compile(document, where, text, made.name, BOOLEAN)
            transitions.append(replace(transition, when=when))
        return replace(made.states, transitions=tuple(transitions))


def _suits(field: FieldDef, function: str, summed: FieldDef | None) -> bool:
    """Tell whether a roll-up's result fits the type of the field that holds it."""
    if function == "count":
        return field.type == "integer"
    if summed is None:
        return False
    if function in {"sum", "avg"}:
        return field.type in _NUMBERS and summed.type in _NUMBERS
    return value_type_of(field).kind == value_type_of(summed).kind and not summed.to


def _foreign(made: ObjectDef, expression: Expression, seen: set[str]) -> tuple[str, str] | None:
    """Find what an expression needs beyond the row, its lines and roll-ups: message id and names."""
    if expression.uses:
        return "formula.stored_uses", ", ".join(sorted(expression.uses))
    for path in sorted(expression.paths):
        first = made.fields.get(path[0])
        crosses_lines = first is not None and first.type == "lines" and len(path) == 2
        if len(path) > 1 and not crosses_lines:
            return "formula.stored_path", ".".join(path)
        # An unstored formula inside a stored one is worked out with it, so it must be as local.
        if first is None or first.formula is None or first.stored or first.name in seen:
            continue
        seen.add(first.name)
        fault = _foreign(made, first.formula, seen)
        if fault is not None:
            return fault
    return None
