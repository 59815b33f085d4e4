"""Manifest of the customers plugin."""

from core.sdk import Plugin
from plugins.customers.addresses import OneDefaultAddress, ParentIsAnother
from plugins.customers.demo import fill
from plugins.customers.messages import MESSAGES

PLUGIN = Plugin(
    name="customers",
    version="0.1.0",
    rules=(OneDefaultAddress(), ParentIsAnother()),
    messages=MESSAGES,
    demo=fill,
)
