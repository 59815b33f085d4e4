"""What must hold before a record is stored: required fields, ranges, the object's rules."""

from __future__ import annotations

from typing import Any

from core.metadata.definitions import FieldDef, RuleDef
from core.metadata.expressions import evaluate
from core.records.compute import RowEnvironment
from core.records.record import Row, RowChanges
from core.records.writing import Writing


def check(writing: Writing, row: Row) -> None:
    """Note every fault of the row and its lines."""
    for path, one in row.walk():
        _check_row(writing, one, path)


def _check_row(writing: Writing, row: Row, path: str) -> None:
    faulty = {e.field for e in writing.errors}
    for field in row.definition.fields.values():
        here = f"{path}{field.name}"
        if here in faulty:
            continue
        value = row.values().get(field.name)
        if field.required and _is_missing(field, value):
            writing.fault(here, "required", "record.required", name=field.name)
    environment = RowEnvironment(writing, row)
    for rule in row.definition.rules:
        _check_rule(writing, row, rule, environment, path, faulty)


def _is_missing(field: FieldDef, value: Any) -> bool:
    if field.type == "lines":
        return not any(not child.deleted for child in value or ())
    if field.type == "autonumber":
        return False
    return value is None or value == ""


def _check_rule(
    writing: Writing,
    row: Row,
    rule: RuleDef,
    environment: RowEnvironment,
    path: str,
    faulty: set[str],
) -> None:
    if rule.check is not None:
        if f"{path}{rule.field}" not in faulty and not evaluate(rule.check, environment):
            writing.fault(
                f"{path}{rule.field}".rstrip("."), "rule", rule.message or "record.rule_broken"
            )
        return
    field = row.definition.fields[rule.field]
    value = row.values().get(rule.field)
    if (
        rule.required is not None
        and _is_missing(field, value)
        and evaluate(rule.required, environment)
    ):
        writing.fault(f"{path}{rule.field}", "required", "record.required", name=rule.field)
    changed = rule.field in RowChanges(row)
    if (
        rule.read_only is not None
        and changed
        and not row.is_new
        and evaluate(rule.read_only, environment)
    ):
        writing.fault(f"{path}{rule.field}", "read_only", "record.read_only_now", name=rule.field)
