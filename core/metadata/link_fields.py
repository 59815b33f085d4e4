"""Fields: from their checked keys to :class:`FieldDef`, expressions still pending."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from core.kernel.money import round_half_up
from core.metadata.definitions import ChoiceDef, FieldDef, Label
from core.metadata.expressions import Expression
from core.metadata.expressions.nodes import Constant
from core.metadata.expressions.types import NULL
from core.metadata.labels import Labels, same_everywhere
from core.metadata.layers import ObjectSource, Piece
from core.metadata.problems import Problems

PENDING = Expression(text="", node=Constant(value=None), type=NULL)
"""Stands for an expression that is compiled once every object's fields are known."""

_SCALES = {"money": 4, "decimal": 4, "percent": 4}


class FieldLinker:
    """Makes the fields of objects."""

    def __init__(self, labels: Labels, problems: Problems) -> None:
        """Take labels from ``labels``, note faults in ``problems``."""
        self._labels = labels
        self._problems = problems

    def declared(self, source: ObjectSource) -> dict[str, FieldDef]:
        """Make the fields that the definition names, in order."""
        searched = {str(item.value) for item in source.lists["search"]}
        return {
            name: self._field(source, name, piece, name in searched)
            for name, piece in source.fields.items()
        }

    def _field(self, source: ObjectSource, name: str, piece: Piece, searched: bool) -> FieldDef:
        kind = str(piece.get("type"))
        self._check_combination(piece, name)
        scale, round_to_currency = _scale(kind, piece.get("scale"))
        return FieldDef(
            name=name,
            type=kind,
            label=self._label(source, name, piece),
            help=self._help(piece),
            uid=piece.get("uid", f"{source.name}.{name}"),
            required=piece.get("required", False),
            read_only=piece.get("read_only", False),
            unique=piece.get("unique", kind == "autonumber"),
            search=piece.get("search", searched),
            default=PENDING if piece.get("default") is not None else None,
            formula=PENDING if piece.get("formula") is not None else None,
            stored=piece.get("stored", False),
            where=PENDING if piece.get("where") is not None else None,
            to="user" if kind == "user" else piece.get("to", ""),
            of=piece.get("of", "") if kind == "lines" else "",
            choices=self._choices(name, piece) if kind == "choice" else (),
            scale=scale,
            round_to_currency=round_to_currency,
            max_length=piece.get("max_length"),
            minimum=self._bound(piece, "minimum", kind, scale),
            maximum=self._bound(piece, "maximum", kind, scale),
            format=piece.get("format", ""),
            drawn=piece.get("drawn", "create"),
            currency_field=piece.get("currency", "") or _currency_field(source, kind),
            place=piece.document.place(piece.path, at_key=True),
        )

    def _label(self, source: ObjectSource, name: str, piece: Piece) -> Label:
        document, path = piece.where("label")
        to = str(piece.get("to") or "")
        fallback = self._labels.term(to) if to else None
        names = (f"{source.name}.{name}", name)
        return self._labels.label(document, path, piece.get("label"), names, fallback=fallback)

    def _help(self, piece: Piece) -> Label | None:
        raw = piece.get("help")
        return None if raw is None else self._labels.label(*piece.where("help"), raw, ())

    def _choices(self, name: str, piece: Piece) -> tuple[ChoiceDef, ...]:
        options = piece.get("of")
        document, path = piece.where("of")
        if options is None:
            self._problems.add(document, piece.path, "definition.missing", key="of")
            return ()
        choices = []
        for option in options:
            value = str(option["value"])
            names = (f"{name}.{value}", value)
            fallback = same_everywhere(value)
            label = self._labels.label(
                document, (*path, option["step"]), option["label"], names, fallback=fallback
            )
            choices.append(ChoiceDef(value, label, str(option["color"])))
        return tuple(choices)

    def _bound(self, piece: Piece, key: str, kind: str, scale: int) -> Any:
        bound = piece.get(key)
        if bound is None:
            return None
        rounded = round_half_up(Decimal(bound), scale)
        if rounded != bound:
            self._problems.add(*piece.where(key), "field.too_precise", scale=scale)
        return int(rounded) if kind == "integer" else rounded

    def _check_combination(self, piece: Piece, name: str) -> None:
        computed = [key for key in ("formula", "rollup") if piece.get(key) is not None]
        if len(computed) > 1:
            self._problems.add(*piece.where("rollup"), "field.computed_twice", name=name)
        if piece.get("stored") and piece.get("formula") is None:
            self._problems.add(*piece.where("stored"), "field.stored_without_formula", name=name)
        refused = ("required", "default", "unique", "minimum", "maximum") if computed else ()
        for key in refused:
            if piece.get(key):
                self._problems.add(
                    *piece.where(key), "field.computed_and", at_key=True, name=name, key=key
                )
        if piece.get("search") and piece.get("formula") is not None and not piece.get("stored"):
            self._problems.add(
                *piece.where("search"), "field.search_not_stored", at_key=True, name=name
            )


def _scale(kind: str, given: int | None) -> tuple[int, bool]:
    if given is not None:
        return given, False
    return _SCALES.get(kind, 0), kind == "money"


def _currency_field(source: ObjectSource, kind: str) -> str:
    """Give the field ``currency`` where the object has one: the amounts of a document are in its currency."""
    other = source.fields.get("currency")
    return (
        "currency"
        if kind == "money" and other is not None and other.get("type") == "currency"
        else ""
    )


def state_field(source: ObjectSource, states: tuple[ChoiceDef, ...], labels: Labels) -> FieldDef:
    """Make the field that holds the state; only transitions change it."""
    document, path = source.head.where("states")
    label = labels.label(document, path, None, ("state",))
    return FieldDef(
        "state",
        "choice",
        label,
        uid=f"{source.name}.state",
        read_only=True,
        choices=states,
        place=document.place(path),
    )


class SystemFields:
    """Makes the fields that every object has."""

    def __init__(self, labels: Labels) -> None:
        """Take labels from the glossary, with built-in ones where it has none."""
        self._labels = labels

    def of_line(
        self, source: ObjectSource, parent: str, parent_label: Label
    ) -> dict[str, FieldDef]:
        """Make the fields that tie a line to its header."""
        return {
            parent: self._make(source, parent, "reference", label=parent_label, to=parent),
            "seq": self._make(source, "seq", "integer"),
        }

    def of_record(self, source: ObjectSource, *, is_owned: bool) -> dict[str, FieldDef]:
        """Make the fields that every record has, in their fixed order."""
        fields = {"id": self._make(source, "id", "integer")}
        if is_owned:
            fields["owner"] = FieldDef(
                "owner",
                "user",
                self._label("owner"),
                uid=f"{source.name}.owner",
                to="user",
                default=PENDING,
            )
        for name, kind in (
            ("created_at", "datetime"),
            ("created_by", "user"),
            ("updated_at", "datetime"),
            ("updated_by", "user"),
        ):
            fields[name] = self._make(source, name, kind, to="user" if kind == "user" else "")
        return fields

    def _make(
        self,
        source: ObjectSource,
        name: str,
        kind: str,
        *,
        label: Label | None = None,
        to: str = "",
    ) -> FieldDef:
        shown = label or self._label(name)
        uid = f"{source.name}.{name}"
        return FieldDef(name, kind, shown, uid=uid, read_only=True, system=True, to=to)

    def _label(self, name: str) -> Label:
        return self._labels.term(name) or _BUILT_IN[name]


_BUILT_IN: Mapping[str, Label] = {
    "id": Label("ID", "ID", "ID"),
    "owner": Label("Owner", "负责人", "負責人"),
    "seq": Label("Line", "行号", "行號"),
    "created_at": Label("Created", "创建时间", "建立時間"),
    "created_by": Label("Created by", "创建人", "建立者"),
    "updated_at": Label("Updated", "修改时间", "修改時間"),
    "updated_by": Label("Updated by", "修改人", "修改者"),
}
