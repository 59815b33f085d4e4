"""The schemas as JSON Schema files, for editors and for whoever writes definitions elsewhere."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from core.metadata.schema import KINDS
from core.metadata.settings_nested import describe


def json_schemas() -> dict[str, dict[str, Any]]:
    """Give the JSON Schema of each kind, by kind."""
    return {kind: _titled(kind, describe(schema)) for kind, schema in KINDS.items()}


def write_json_schemas(folder: Path) -> list[Path]:
    """Write the JSON Schema of each kind to ``{kind}.schema.json``.

    Args:
        folder: Where to; made where it doesn't exist.

    Returns:
        The files written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for kind, schema in json_schemas().items():
        path = folder / f"{kind}.schema.json"
        path.write_text(
            json.dumps(schema, indent=1, ensure_ascii=False) + "\n", encoding="utf-8", newline="\n"
        )
        written.append(path)
    return written


def _titled(kind: str, schema: dict[str, Any]) -> dict[str, Any]:
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"Definition of kind {kind}",
    }
    schema["properties"]["kind"] = {"const": kind}
    return head | schema
