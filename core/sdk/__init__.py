"""The plugins' door: what a plugin may use, and nothing else.

Follows semantic versioning from 1.0; what is deprecated stays for two minor releases.
"""

from core.hooks.manifest import Demo, Plugin
from core.hooks.markers import hookimpl
from core.hooks.types import Changes, Context, Record, Repository
from core.kernel.errors import FieldError, Invalid, Refused
from core.kernel.messages import Texts
from core.kernel.money import (
    MINOR_UNITS,
    divide,
    multiply,
    round_half_even,
    round_half_up,
    share_out,
)
from core.metadata.definitions import TransitionDef

__all__ = [
    "MINOR_UNITS",
    "Changes",
    "Context",
    "Demo",
    "FieldError",
    "Invalid",
    "Plugin",
    "Record",
    "Refused",
    "Repository",
    "Texts",
    "TransitionDef",
    "divide",
    "hookimpl",
    "multiply",
    "round_half_even",
    "round_half_up",
    "share_out",
]
