"""Manifest of the orders plugin."""

from core.sdk import Plugin
from plugins.orders.demo import fill
from plugins.orders.freeze import OnlyDraftsChange
from plugins.orders.messages import MESSAGES
from plugins.orders.pricing import FloorPrice, LinePrice
from plugins.orders.quantity import WholeUnits
from plugins.orders.tax import DocumentTax

PLUGIN = Plugin(
    name="orders",
    version="0.1.0",
    depends=("customers",),
    rules=(LinePrice(), FloorPrice(), DocumentTax(), WholeUnits(), OnlyDraftsChange()),
    messages=MESSAGES,
    demo=fill,
)
