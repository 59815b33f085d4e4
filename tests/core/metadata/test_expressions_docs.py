"""The page on expressions says what is so: its examples are run."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from core.metadata.definitions import ChoiceDef, FieldDef, Label, ObjectDef
from core.metadata.expressions import ObjectScope, compile_expression, evaluate
from core.metadata.expressions.functions import FUNCTIONS

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "expressions.md").read_text(encoding="utf-8")
ROWS = re.findall(r"\| `([^`]+)` \| `([^`]+)` \|$", PAGE, re.MULTILINE)
LABEL = Label("x", "x", "x")


def fields(**kinds: Any) -> dict[str, FieldDef]:
    return {name: FieldDef(name, label=LABEL, **more) for name, more in kinds.items()}


STATES = tuple(ChoiceDef(value, LABEL) for value in ("draft", "confirmed", "cancelled"))
ORDER = fields(
    total={"type": "money", "scale": 2},
    qty={"type": "integer"},
    state={"type": "choice", "choices": STATES},
    order_date={"type": "date"},
    due={"type": "date"},
    customer={"type": "reference", "to": "customer"},
    owner={"type": "user"},
    lines={"type": "lines", "of": "line"},
)
OBJECTS = {
    "order": ObjectDef("order", "core", LABEL, LABEL, fields=ORDER),
    "customer": ObjectDef(
        "customer",
        "core",
        LABEL,
        LABEL,
        fields=fields(country={"type": "text"}, name={"type": "text"}),
    ),
    "line": ObjectDef(
        "line", "core", LABEL, LABEL, fields=fields(net={"type": "money", "scale": 2})
    ),
}
VALUES = {
    "total": Decimal("12.50"),
    "qty": 3,
    "state": "draft",
    "order_date": date(1996, 7, 4),
    "customer": 5,
    "customer.country": "DE",
    "customer.name": "Müller Straße",
    "owner": 7,
}


class Record:
    me = 7
    today = date(2026, 3, 15)
    now = datetime(2026, 3, 15, 12, tzinfo=UTC)

    def __init__(self, values: dict[str, Any]) -> None:
        self.values = values

    def value(self, path: tuple[str, ...]) -> Any:
        return self.values.get(".".join(path))

    def children(self, path: tuple[str, ...]) -> list[Record]:
        return [Record({"net": net}) for net in (Decimal("1.10"), Decimal("2.25"), None)]


def shown(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case str():
            return f'"{value}"'
    return str(value)


@pytest.mark.parametrize(("text", "gives"), ROWS)
def test_examples_on_the_page(text: str, gives: str) -> None:
    made = compile_expression(text, ObjectScope(OBJECTS, "order"))
    assert shown(evaluate(made, Record(VALUES))) == gives


def test_every_function_is_on_the_page() -> None:
    assert len(ROWS) >= 40
    assert set(FUNCTIONS) <= set(re.findall(r"^\| `([a-z_]+)\(", PAGE, re.MULTILINE))
