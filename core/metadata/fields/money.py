"""Field type ``money``: an amount or a price in a currency."""

from __future__ import annotations

from core.metadata.fields.base import ORDERING
from core.metadata.fields.decimal import DecimalType
from core.metadata.settings import Name, Whole

# Amounts keep four places and are rounded to the currency's minor unit; a definition that sets `scale` holds prices,
# which are not rounded to it.
MONEY = DecimalType(
    "money",
    storage="decimal",
    widget="money",
    operators=ORDERING,
    settings={"scale": Whole(0, 6), "currency": Name()},
    is_ordered=True,
    least_places=2,
)
