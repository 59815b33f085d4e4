"""What stands in a form: texts for inputs, figures beside them; of a new record, a stored one or a posted form."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from werkzeug.datastructures import MultiDict

from core.kernel.errors import PlatformError
from core.metadata.definitions import FieldDef, ObjectDef
from core.records import commands
from core.records.lookup import titles
from core.records.policies import policy_of
from core.records.record import Row
from core.records.services import Caller
from core.web.screens import access, cells, inputs, layout, preferences
from core.web.screens.inputs import Data, Input


@dataclass(slots=True)
class Content:
    """The texts of one form.

    Attributes:
        texts: Input name -> text, e.g. ``customer`` or ``lines.2.qty``.
        figures: Name -> HTML of what the platform computes.
        keys: Lines field -> keys of its rows, in order.
        ids: Name of a row -> id of the stored line (``lines.2`` -> 17).
        errors: Input name -> what is wrong.
    """

    texts: dict[str, str] = dataclasses.field(default_factory=dict)
    figures: dict[str, str] = dataclasses.field(default_factory=dict)
    keys: dict[str, list[str]] = dataclasses.field(default_factory=dict)
    ids: dict[str, int] = dataclasses.field(default_factory=dict)
    errors: dict[str, str] = dataclasses.field(default_factory=dict)


class Reader:
    """Reads forms of one object for one person."""

    def __init__(self, caller: Caller, definition: ObjectDef) -> None:
        """Look up what the person may fill in."""
        self.caller = caller
        self.definition = definition
        self.formats = preferences.person_formats()
        self.fields = access.form_fields(caller, definition)
        readable = policy_of(caller).readable(definition.name)
        self.lines = [f for f in definition.lines_fields() if f.name in readable]

    def data(self, form: MultiDict[str, str]) -> tuple[Data, dict[str, list[str]]]:
        """Read a posted form.

        Returns:
            The data as the API takes it, and per lines field the keys of its rows in the form.
        """
        data = inputs.read(self.fields, form, self.formats)
        keys: dict[str, list[str]] = {}
        writable = policy_of(self.caller).writable(self.definition.name)
        for lines in self.lines:
            if lines.name in writable and f"{lines.name}.#" in form:
                columns = layout.line_inputs(self.caller, self.child(lines))
                data[lines.name], keys[lines.name] = inputs.read_lines(
                    lines.name, columns, form, self.formats
                )
        return data, keys

    def child(self, lines: FieldDef) -> ObjectDef:
        """Give the object of a lines field's rows."""
        return self.caller.snapshot.object(lines.of)

    def of_row(self, row: Row, *, with_texts: bool = True) -> Content:
        """Describe a record in memory (a new one with its defaults, or a preview)."""
        content = Content()
        values = _with_currency(row.values(), row)
        self._fill(content, self.definition, values, "", with_texts=with_texts)
        for lines in self.lines:
            rows = [child for child in row.values().get(lines.name) or () if not child.deleted]
            content.keys[lines.name] = [str(index) for index in range(len(rows))]
            for index, child in enumerate(rows):
                name = f"{lines.name}.{index}"
                held = _with_currency(
                    {k: v for k, v in child.values().items() if not isinstance(v, Row)}, row
                )
                self._fill(content, self.child(lines), held, f"{name}.", with_texts=with_texts)
                if child.id is not None:
                    content.ids[name] = child.id
        return content

    def of_record(self, record: Mapping[str, Any]) -> Content:
        """Describe a stored record as the secured query gives it."""
        content = Content()
        self._fill(content, self.definition, record, "")
        for lines in self.lines:
            rows: Sequence[Mapping[str, Any]] = record.get(lines.name) or ()
            content.keys[lines.name] = [str(index) for index in range(len(rows))]
            for index, item in enumerate(rows):
                name = f"{lines.name}.{index}"
                self._fill(content, self.child(lines), _with_currency(item, record), f"{name}.")
                content.ids[name] = int(item["id"])
        return content

    def of_form(self, form: MultiDict[str, str], keys: Mapping[str, list[str]]) -> Content:
        """Describe what was typed, row by row as it was sent."""
        content = Content(texts={name: values[-1] for name, values in form.lists() if values})
        for lines in self.lines:
            sent = keys.get(lines.name, [])
            content.keys[lines.name] = [str(index) for index in range(len(sent))]
            for index, key in enumerate(sent):
                before, now = f"{lines.name}.{key}.", f"{lines.name}.{index}."
                moved = {name: text for name, text in _posted(form) if name.startswith(before)}
                content.texts.update(
                    {now + name[len(before) :]: text for name, text in moved.items()}
                )
                if moved.get(f"{before}id", "").isdigit():
                    content.ids[now[:-1]] = int(moved[f"{before}id"])
        return content

    def add_figures(self, content: Content, data: Data, record_id: int | None) -> None:
        """Add what the platform computes from the typed data; without it where the data can't be computed."""
        try:
            row = commands.preview(self.caller, self.definition.name, data, record_id)
        except PlatformError:
            return
        content.figures = self.of_row(row, with_texts=False).figures

    def _fill(
        self,
        content: Content,
        definition: ObjectDef,
        values: Mapping[str, Any],
        prefix: str,
        *,
        with_texts: bool = True,
    ) -> None:
        for name in policy_of(self.caller).readable(definition.name):
            target = definition.fields[name]
            if target.type == "lines":
                continue
            value = values.get(name)
            if access.accepts(target) and with_texts:
                content.texts[prefix + name] = inputs.shown(value, target, self.formats)
            elif not access.accepts(target) and not target.to:
                content.figures[prefix + name] = self._figure(target, values)

    def _figure(self, target: FieldDef, values: Mapping[str, Any]) -> str:
        key = ("figure", target.name, id(target), self.formats.language, self.caller.actor.timezone)
        writer = self.caller.model.memo(
            key,
            lambda: cells.writer(target.name, target, self.formats, self.caller.services.catalogue),
        )
        return writer({**values, target.name: _as_json(values.get(target.name))}, {})


def make_inputs(reader: Reader, content: Content) -> dict[str, Input]:
    """Make every input of the form, by name."""
    names = _titles(reader, content)
    made = {}
    for target in reader.fields:
        made[target.name] = _input(reader, content, names, (reader.definition, target), target.name)
    for lines in reader.lines:
        child = reader.child(lines)
        columns = layout.line_inputs(reader.caller, child)
        for key in [*content.keys.get(lines.name, []), "new"]:
            for target in columns:
                name = f"{lines.name}.{key}.{target.name}"
                made[name] = _input(reader, content, names, (child, target), name)
    return made


def _input(
    reader: Reader,
    content: Content,
    names: Mapping[tuple[str, int], str],
    field: tuple[ObjectDef, FieldDef],
    name: str,
) -> Input:
    owner, target = field
    currency = content.texts.get("currency", "")
    text = content.texts.get(name, "")
    title = names.get((target.to, int(text)), f"#{text}") if target.to and text.isdigit() else ""
    error = content.errors.get(name, "")
    return inputs.make(
        target,
        owner.name,
        text,
        reader.formats,
        name=name,
        title=title,
        error=error,
        currency=currency,
    )


def _titles(reader: Reader, content: Content) -> dict[tuple[str, int], str]:
    wanted: dict[str, set[int]] = {}
    for name, target in _lookups(reader, content):
        text = content.texts.get(name, "")
        if text.isascii() and text.isdigit():
            wanted.setdefault(target.to, set()).add(int(text))
    return dict(titles(reader.caller, wanted)) if wanted else {}


def _lookups(reader: Reader, content: Content) -> Iterable[tuple[str, FieldDef]]:
    yield from ((f.name, f) for f in reader.fields if f.to)
    for lines in reader.lines:
        pointing = [f for f in layout.line_inputs(reader.caller, reader.child(lines)) if f.to]
        for key in content.keys.get(lines.name, []):
            yield from ((f"{lines.name}.{key}.{f.name}", f) for f in pointing)


def _posted(form: MultiDict[str, str]) -> Iterable[tuple[str, str]]:
    return ((name, values[-1]) for name, values in form.lists() if values)


def _with_currency(values: Mapping[str, Any], header: Any) -> Mapping[str, Any]:
    """Let lines without a currency of their own be shown in their header's."""
    try:
        currency = header["currency"]
    except KeyError:
        return values
    return {"currency": currency, **values}


def _as_json(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value
