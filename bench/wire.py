"""HTTP/1.1 requests as bytes, made once and sent many times."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from typing import NamedTuple

import orjson


class Ask(NamedTuple):
    """One request, with what a right answer must have."""

    wire: bytes
    status: int
    needle: bytes


Script = Generator[Ask, bytes, None]
"""One unit of work: it yields requests and is sent the body of each answer."""


def request(method: str, path: str, headers: Mapping[str, str], body: bytes | None = None) -> bytes:
    """Return a request as bytes; a body is JSON unless a header says otherwise."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    if body is not None:
        if "Content-Type" not in headers:
            lines.append("Content-Type: application/json")
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + (body or b"")


def json_body(content: object) -> bytes:
    """Return JSON with Decimals as strings and dates as ISO 8601."""
    return orjson.dumps(content, default=str)


def quoted(text: object) -> bytes:
    """Return a text as it appears in a JSON body, to look for in an answer."""
    return orjson.dumps(text)
