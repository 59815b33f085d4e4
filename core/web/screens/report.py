"""Report pages: measures by the dimensions that the reader chooses, with totals, bars and the way to the records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from flask import Response, request
from markupsafe import Markup, escape

from core.kernel.errors import Forbidden, NotFound
from core.kernel.text import nearest
from core.metadata.definitions import FieldDef, MeasureDef, ObjectDef, ReportDef
from core.metadata.expressions.lexer import quote
from core.records.aggregate import AggregateQuery, aggregate
from core.records.services import Caller
from core.web import auth
from core.web.screens import cells, menu, page, preferences
from core.web.screens.filters import to_text
from core.web.screens.formats import Formats

MAX_ROWS = 500
MAX_DIMENSIONS = 3
PARAMETERS = ("by", "sort", "filter", "bars")


def show(name: str) -> Response:
    """Show a report."""
    caller = auth.caller()
    report = _open(caller, name)
    chosen = _chosen(report)
    measures = [caller.snapshot.measures[m] for m in report.measures]
    rows = _rows(caller, report, chosen, measures)
    values = _content(caller, report, chosen, measures, rows)
    partial = page.is_partial("report")
    return page.answer(page.render("_report.html" if partial else "report.html", **values))


def _open(caller: Caller, name: str) -> ReportDef:
    report = caller.snapshot.reports.get(name)
    if report is None:
        raise NotFound(
            "report.unknown", name=name, hint=nearest(name, caller.snapshot.reports) or ""
        )
    if not menu.may_open(caller, report):
        raise Forbidden("ui.not_allowed")
    return report


def _chosen(report: ReportDef) -> list[str]:
    """Give the dimensions asked for, else those shown first."""
    asked = [name for name in request.args.get("by", "").split(",") if name in report.dimensions]
    if "by" not in request.args:
        asked = list(report.group_by)
    return list(dict.fromkeys(asked))[:MAX_DIMENSIONS]


def _rows(
    caller: Caller, report: ReportDef, chosen: Sequence[str], measures: Sequence[MeasureDef]
) -> list[dict[str, Any]]:
    texts = {name: report.dimensions[name][1].text for name in chosen}
    query = AggregateQuery(
        object=report.object,
        measures=tuple(m.name for m in measures),
        group_by=tuple(texts.values()),
        filter=request.args.get("filter") or None,
        sort=_sort(texts, measures),
        limit=MAX_ROWS,
    )
    return [_named(row, texts) for row in aggregate(caller, query)]


def _sort(texts: Mapping[str, str], measures: Sequence[MeasureDef]) -> tuple[str, ...]:
    """Give the sort order asked for, in the words of the aggregate."""
    asked = request.args.get("sort", "")
    known = {**texts, **{m.name: m.name for m in measures}}
    found = known.get(asked.lstrip("-"))
    return (f"{'-' if asked.startswith('-') else ''}{found}",) if found else ()


def _named(row: Mapping[str, Any], texts: Mapping[str, str]) -> dict[str, Any]:
    """Give a row its groups under the dimensions' names."""
    named = {name: row[text] for name, text in texts.items()}
    shown = {f"{name}.title": row.get(f"{text}.title") for name, text in texts.items()}
    return {**row, **named, **shown}


def _content(
    caller: Caller,
    report: ReportDef,
    chosen: Sequence[str],
    measures: Sequence[MeasureDef],
    rows: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    formats, language = preferences.person_formats(), preferences.language()
    fields = {name: _field(caller, report, name) for name in chosen}
    totals = _rows(caller, report, (), measures)
    currency = _currency_column(measures, totals)
    return {
        "report": report,
        "title": report.label.text(language),
        "dimensions": [
            (name, label.text(language), name in chosen)
            for name, (label, _) in report.dimensions.items()
        ],
        "chosen": chosen,
        "head": [
            _heading(name, report.dimensions[name][0].text(language), is_numeric=False)
            for name in chosen
        ]
        + [_heading(m.name, m.label.text(language), is_numeric=True) for m in measures],
        "currency": currency,
        "rows": [_row(caller, report, fields, measures, row) for row in rows],
        "totals": [
            {
                "currency": row.get(currency, ""),
                "figures": [_figure(m, row, formats) for m in measures],
            }
            for row in totals
        ]
        if chosen
        else [],
        "bars": _bars(measures, rows),
        "show_bars": bool(request.args.get("bars")),
        "is_cut": len(rows) == MAX_ROWS,
        "url": _url,
        "filter": request.args.get("filter", ""),
    }


def _row(
    caller: Caller,
    report: ReportDef,
    fields: Mapping[str, FieldDef | None],
    measures: Sequence[MeasureDef],
    row: Mapping[str, Any],
) -> dict[str, Any]:
    formats = preferences.person_formats()
    return {
        "dimensions": [
            _dimension(field, row.get(name), row.get(f"{name}.title"), formats)
            for name, field in fields.items()
        ],
        "figures": [_figure(m, row, formats) for m in measures],
        "currencies": {m.currency: row.get(m.currency, "") for m in measures},
        "url": _records_url(caller, report, row, list(fields)),
    }


def _heading(name: str, label: str, *, is_numeric: bool) -> dict[str, Any]:
    sort = request.args.get("sort", "")
    is_sorted = sort.lstrip("-") == name
    descending = is_sorted and sort.startswith("-")
    turned = name if descending or (not is_sorted and not is_numeric) else f"-{name}"
    return {
        "label": label,
        "css": "num" if is_numeric else "",
        "sort": ("descending" if descending else "ascending") if is_sorted else "none",
        "url": _url(
            sort=turned if not (is_sorted and not descending and is_numeric) else f"-{name}"
        ),
    }


def _url(**changes: str) -> str:
    kept = {name: request.args[name] for name in PARAMETERS if name in request.args} | changes
    given = {name: value for name, value in kept.items() if value or name == "by"}
    return request.path + (f"?{urlencode(given)}" if given else "")


def _field(caller: Caller, report: ReportDef, name: str) -> FieldDef | None:
    """Give the field that a dimension shows, where it is one and no computed period."""
    expression = report.dimensions[name][1]
    path = to_text(expression.node)
    if not path.replace(".", "").replace("_", "").isalnum():
        return None
    found = cells.resolve(caller.snapshot, caller.snapshot.object(report.object), path)
    return found[0] if found else None


def _dimension(field: FieldDef | None, value: Any, title: str | None, formats: Formats) -> Markup:
    if value is None or value == "":
        return Markup('<span class="nil">{}</span>').format(page.text("ui.none"))
    if field is None:
        return escape(str(value))
    if field.to == "user":
        return escape(title or f"#{value}")
    names = {(field.to, value): title or f"#{value}"} if field.to else {}
    write = cells.writer("value", field, formats, auth.caller().services.catalogue)
    return Markup(write({"value": value}, names))  # noqa: S704 - writers escape what they are given


def _currency_column(measures: Sequence[MeasureDef], totals: Sequence[Mapping[str, Any]]) -> str:
    """Give the key under which rows tell their currency, where there is more than one; else ""."""
    path = next((m.currency for m in measures if m.currency), "")
    return path if path and len({row.get(path) for row in totals}) > 1 else ""


def _figure(measure: MeasureDef, row: Mapping[str, Any], formats: Formats) -> str:
    value = row.get(measure.name)
    if value is None:
        return "–"
    number = Decimal(str(value))
    if measure.kind == "money":
        currency = row.get(measure.currency) if measure.currency else None
        return formats.money(number, currency, is_price=True)  # figures aren't rounded
    return formats.number(number)


def _bars(measures: Sequence[MeasureDef], rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Give each row's share of the greatest first measure, in thousandths."""
    if not measures:
        return []
    values = [Decimal(str(row.get(measures[0].name) or 0)) for row in rows]
    greatest = max((abs(value) for value in values), default=Decimal(0))
    return [
        str(int(max(value, Decimal(0)) / greatest * 1000)) if greatest else "0" for value in values
    ]


def _records_url(
    caller: Caller, report: ReportDef, row: Mapping[str, Any], chosen: Sequence[str]
) -> str:
    """Give the address of the list that holds the records behind a row; lines lead to their header's list."""
    definition = caller.snapshot.object(report.object)
    parts = []
    for name in chosen:
        text = _header_text(definition, to_text(report.dimensions[name][1].node))
        if text is None:
            return ""
        parts.append(f"{text} == {_literal(row.get(name))}")
    if definition.is_line and not parts:
        return f"/o/{definition.parent}"
    target = definition.parent or definition.name
    return f"/o/{target}?{urlencode({'filter': ' and '.join(parts)})}" if parts else f"/o/{target}"


def _header_text(definition: ObjectDef, text: str) -> str | None:
    """Rewrite a dimension of a line object so that it speaks of the header; None where it speaks of the line."""
    if not definition.is_line:
        return text
    prefix = f"{definition.parent}."
    return text.replace(prefix, "") if prefix in text else None


def _literal(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int) else quote(str(value))
