"""Field type ``percent``: 12.5 means 12.5 %."""

from __future__ import annotations

from core.metadata.fields.base import ORDERING
from core.metadata.fields.decimal import DecimalType
from core.metadata.settings import Whole

PERCENT = DecimalType(
    "percent",
    storage="decimal",
    widget="percent",
    operators=ORDERING,
    settings={"scale": Whole(0, 6)},
    is_ordered=True,
)
