"""How an object's fields are laid out on its form and its record page: sections, lines grids, what waits folded."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from core.metadata.definitions import FieldDef, ObjectDef, ViewDef
from core.records.policies import policy_of
from core.records.services import Caller
from core.web.screens import access, page, preferences

FIRST = 12
"""Inputs that a form shows before it folds the rest."""

MAX_LINE_COLUMNS = 9


@dataclass(frozen=True, slots=True)
class Section:
    """A titled group of fields.

    Attributes:
        label: Heading.
        fields: Fields shown side by side.
        lines: Lines fields shown as grids.
        is_open: Whether it is unfolded at first.
    """

    label: str
    fields: tuple[FieldDef, ...]
    lines: tuple[FieldDef, ...] = ()
    is_open: bool = True


def sections(caller: Caller, definition: ObjectDef, *, for_form: bool) -> list[Section]:
    """Lay out the fields that the person may see.

    Args:
        caller: Who looks.
        definition: The object.
        for_form: Whether inputs are laid out: long forms fold, and what is neither input nor figure is left out.
    """
    shown = {
        f.name: f
        for f in access.shown_fields(caller, definition)
        if _belongs(f, definition, for_form=for_form)
    }
    inputs = {f.name for f in access.form_fields(caller, definition)}
    found: list[Section] = []
    placed: set[str] = set()
    for section in definition.sections:
        fields = [shown[name] for name in section.fields if name in shown]
        placed.update(f.name for f in fields)
        _add(found, section.label.text(preferences.language()), fields, inputs, for_form=for_form)
    rest = [f for f in shown.values() if f.name not in placed]
    _add_rest(found, rest, inputs, for_form=for_form, is_whole=not definition.sections)
    return found


def line_columns(caller: Caller, child: ObjectDef) -> list[FieldDef]:
    """Choose the columns of a lines grid: those that its list view declares, else every input and the first figure."""
    readable = policy_of(caller).readable(child.name)
    hidden = {child.parent, "seq"}
    fields = [
        child.fields[name]
        for name in readable
        if name not in hidden and not child.fields[name].system
    ]
    view = child.views.get("list")
    if view and not _is_automatic(view, child):
        return [child.fields[n] for n in view.columns if n in readable and n not in hidden]
    inputs = [f for f in fields if f.accepts_input and f.type not in {"lines", "long_text"}][
        :MAX_LINE_COLUMNS
    ]
    return [*inputs, *[f for f in fields if f.is_computed][:1]]


def line_inputs(caller: Caller, child: ObjectDef) -> list[FieldDef]:
    """List the columns of a lines grid that the person may fill in."""
    writable = policy_of(caller).writable(child.name)
    return [f for f in line_columns(caller, child) if f.accepts_input and f.name in writable]


def _is_automatic(view: ViewDef, child: ObjectDef) -> bool:
    """Tell whether nobody chose the view's columns: they are simply the first fields."""
    first = [
        f.name
        for f in child.fields.values()
        if f.type not in {"lines", "long_text"} and not f.system
    ]
    return len(view.columns) < len(first) and list(view.columns) == first[: len(view.columns)]


def _belongs(field: FieldDef, definition: ObjectDef, *, for_form: bool) -> bool:
    if field.name in {definition.parent, "id", "seq", "state"} or (
        field.system and field.name != "owner"
    ):
        return False
    if not for_form:
        return True
    return access.accepts(field) or field.is_computed or field.read_only


def _add(
    found: list[Section],
    label: str,
    fields: Sequence[FieldDef],
    inputs: Iterable[str],
    *,
    for_form: bool,
) -> None:
    if not fields:
        return
    plain = tuple(f for f in fields if f.type != "lines")
    lines = tuple(f for f in fields if f.type == "lines")
    before = sum(1 for s in found for f in s.fields if f.name in inputs)
    adds = sum(1 for f in plain if f.name in inputs)
    needed = any(f.required and f.default is None for f in plain)
    is_open = (
        not for_form or not found or needed or bool(lines) or adds == 0 or before + adds <= FIRST
    )
    found.append(Section(label, plain, lines, is_open))


def _add_rest(
    found: list[Section],
    rest: Sequence[FieldDef],
    inputs: Iterable[str],
    *,
    for_form: bool,
    is_whole: bool,
) -> None:
    """Place the fields that no section names."""
    lines = [f for f in rest if f.type == "lines"]
    plain = [
        f for f in rest if f.type != "lines" and (not for_form or is_whole or f.name in inputs)
    ]
    if is_whole:
        _add(found, page.text("ui.details"), plain[:FIRST], inputs, for_form=for_form)
        plain = plain[FIRST:]
    language = preferences.language()
    found.extend(Section(field.label.text(language), (), (field,)) for field in lines)
    if plain:
        found.append(Section(page.text("ui.more_fields"), tuple(plain), is_open=not for_form))
