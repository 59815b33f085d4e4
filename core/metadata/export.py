"""Definitions as YAML files that load back to the very same definitions."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from core.metadata.documents import Document, canonical
from core.metadata.yaml_loader import resolve_plain

_BARE = re.compile(r"-?[^\W\d](?:[\w ./+*()<>=%-]*[\w)%])?")
"""Text that means itself in YAML wherever it stands, also inside braces."""

_WIDTH = 110

# Older readers of YAML take these words for true and false.
_AMBIGUOUS = frozenset({"y", "n", "yes", "no", "on", "off"})


def to_yaml(document: Document) -> str:
    """Write a definition as YAML; reading it back gives the same data in the same order.

    Args:
        document: The definition, from a file or from JSON.
    """
    lines: list[str] = []
    _write_mapping(lines, canonical(document), 0)
    return "\n".join(lines) + "\n"


def write_folder(documents: Iterable[Document], folder: Path) -> list[Path]:
    """Write definitions into a folder, one a file: ``{kind}/{name}.yaml``.

    Args:
        documents: The definitions of one layer.
        folder: Made where it doesn't exist; files of the same names are replaced.

    Returns:
        The files written, sorted.
    """
    written = []
    for document in documents:
        path = folder / document.kind / f"{document.name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(to_yaml(document), encoding="utf-8", newline="\n")
        written.append(path)
    return sorted(written)


def _write_mapping(lines: list[str], data: Mapping[str, Any], indent: int) -> None:
    pad = " " * indent
    for key, value in data.items():
        flow = _flow(value)
        head = f"{pad}{_text(key)}:"
        if not _is_nested(value) or (len(head) + 1 + len(flow) <= _WIDTH and indent > 0):
            lines.append(f"{head} {flow}")
        elif isinstance(value, Mapping):
            lines.append(head)
            _write_mapping(lines, value, indent + 2)
        else:
            lines.append(head)
            _write_list(lines, value, indent + 2)


def _write_list(lines: list[str], data: list[Any], indent: int) -> None:
    # One entry a line, however long: an entry is small, and the form stays the same whatever it holds.
    lines.extend(f"{' ' * indent}- {_flow(item)}" for item in data)


def _is_nested(value: Any) -> bool:
    return isinstance(value, Mapping | list) and bool(value)


def _flow(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_text(key)}: {_flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_flow(item) for item in value) + "]"
    if isinstance(value, str):
        return _text(value)
    return json.dumps(value)


def _text(text: str) -> str:
    """Write text bare where it means itself, else in quotes."""
    is_bare = _BARE.fullmatch(text) and resolve_plain(text) == text and "  " not in text
    if is_bare and text.isprintable() and text.lower() not in _AMBIGUOUS:
        return text
    if '"' in text and "'" not in text and text.isprintable():
        return f"'{text}'"
    # YAML takes JSON's escapes; what the reader refuses raw is written as an escape of its own.
    quoted = json.dumps(text, ensure_ascii=False)
    return "".join(ch if ch.isprintable() else f"\\U{ord(ch):08x}" for ch in quoted)
