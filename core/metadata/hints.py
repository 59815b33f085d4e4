"""Messages that name the nearest right name where there is one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

NEAR = ".near"
"""Ending of the id of a message that also says "Did you mean …?"."""


def hinted(message_id: str, params: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """Choose between the plain message and the one with a hint.

    Args:
        message_id: Id of the plain message.
        params: Its parameters; ``hint`` holds the nearest right name, or "" where nothing is near.

    Returns:
        Id and parameters of the message to show.
    """
    if params.get("hint"):
        return f"{message_id}{NEAR}", dict(params)
    return message_id, {name: value for name, value in params.items() if name != "hint"}
