"""Identifiers that sort by time: operations and requests."""

from __future__ import annotations

import os
import time


def new_id() -> str:
    """Give a fresh identifier: 12 hex digits of milliseconds, then 20 random ones (RFC 9562 version 7's idea)."""
    return f"{time.time_ns() // 1_000_000:012x}{os.urandom(10).hex()}"
