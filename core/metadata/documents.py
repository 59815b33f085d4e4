"""One definition as it was written: plain data, and where each piece of it stands."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType
from typing import Any, NamedTuple

from core.kernel.errors import InvalidDefinitions, Problem
from core.kernel.text import is_clean
from core.metadata.definitions import Place

Path = tuple[str | int, ...]
"""Keys and positions that lead to a piece of a document, e.g. ``("fields", "total", "formula")``."""

MAX_DEPTH = 20
"""Levels that a document may have."""

MAX_NODES = 50_000
"""Values and keys that a document may hold."""

ORGANISATION = "organisation"
"""Name of the layer that holds what an organisation's own admins define."""


class Spot(NamedTuple):
    """Where a value stands in its file; lines and columns from 1."""

    key_line: int
    key_column: int
    line: int
    column: int
    content: int
    """Columns from the start of the value to the first character of its text (1 for quoted text); -1 for text that
    spans lines, where an offset can't be turned into a column."""


@dataclass(frozen=True, slots=True)
class Document:
    """One definition as it was written.

    Attributes:
        owner: Layer that brings it: ``core``, a plugin's name, or ``organisation``.
        file: File name as shown to the person; "" for a definition that came as JSON.
        kind: Kind of element, e.g. ``object``.
        name: Name of the element.
        data: The whole document as frozen plain data: mappings, tuples, text, int, Decimal, bool, None.
        spots: Place of each piece by its path.
    """

    owner: str
    file: str
    kind: str
    name: str
    data: Mapping[str, Any]
    spots: Mapping[Path, Spot] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """Identity among all documents: ``kind/name/layer``."""
        return f"{self.kind}/{self.name}/{self.owner}"

    @property
    def is_extension(self) -> bool:
        """Whether it adds to an element that another layer defines."""
        return self.data.get("layer") is not None

    def place(self, path: Path = (), *, at_key: bool = False, at: int = 0) -> Place:
        """Give the place of a piece, or of the nearest piece around it that stands in the file.

        Args:
            path: Path of the piece.
            at_key: Give the place of its key rather than of its value.
            at: Offset in characters inside the value's text.
        """
        for end in range(len(path), -1, -1):
            spot = self.spots.get(path[:end])
            if spot is None:
                continue
            if at_key:
                return Place(self.file, spot.key_line, spot.key_column)
            shift = spot.content + at if end == len(path) and at and spot.content >= 0 else 0
            return Place(self.file, spot.line, spot.column + shift)
        return Place(self.file, 1, 1)


def document_from_data(owner: str, data: Mapping[str, Any], file: str = "") -> Document:
    """Make a document of plain data that came as JSON (an API request, a stored revision).

    Args:
        owner: Layer that brings it.
        data: The definition; ``kind`` and ``name`` are read from it, the rest is checked when it is linked.
        file: Name shown in messages.

    Raises:
        InvalidDefinitions: The data are nested too deeply, are too many, hold a character that can't be stored, or
            name another layer than ``owner``.
    """
    fault = _unfit(data)
    if fault is not None:
        raise InvalidDefinitions([Problem(file, 1, 1, *fault)])
    document = Document(
        owner, file, str(data.get("kind", "")), str(data.get("name", "")), freeze(data)
    )
    check_layer(document)
    return document


def check_layer(document: Document) -> None:
    """See that a document doesn't claim to be of another layer than the one that brings it.

    Raises:
        InvalidDefinitions: It does.
    """
    layer = document.data.get("layer")
    if layer is not None and layer != document.owner:
        place = document.place(("layer",))
        params = {"layer": str(layer)[:80], "owner": document.owner}
        problem = Problem(place.file, place.line, place.column, "layer.not_here", params, "layer")
        raise InvalidDefinitions([problem])


def _unfit(data: Any) -> tuple[str, dict[str, Any]] | None:
    """Find what no definition may hold; without recursion, since the data come from outside."""
    nodes = 0
    level = [data]
    for _ in range(MAX_DEPTH + 1):
        if not level:
            return None
        nodes += len(level)
        texts = [item for item in level if isinstance(item, str)]
        if not all(is_clean(text) for text in texts):
            return "definition.bad_character", {}
        if nodes > MAX_NODES:
            return "yaml.too_many_nodes", {"limit": MAX_NODES}
        level = [inner for item in level for inner in _inside(item)]
    return ("yaml.too_deep", {"limit": MAX_DEPTH}) if level else None


def _inside(item: Any) -> Iterable[Any]:
    if isinstance(item, Mapping):
        return [*item.keys(), *item.values()]
    return item if isinstance(item, list | tuple) else ()


def freeze(value: Any) -> Any:
    """Give plain data in a form that can't be changed."""
    if isinstance(value, Mapping):
        return MappingProxyType({str(key): freeze(item) for key, item in value.items()})
    if isinstance(value, list | tuple):
        return tuple(freeze(item) for item in value)
    if isinstance(value, float):
        return Decimal(repr(value))
    return value


def thaw(value: Any) -> Any:
    """Give data as JSON can carry it: dict, list, text, int, bool, None; a Decimal becomes its text."""
    if isinstance(value, Mapping):
        return {str(key): thaw(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [thaw(item) for item in value]
    if isinstance(value, Decimal):
        return format(value, "f")
    return value


def canonical(document: Document) -> dict[str, Any]:
    """Give the document as plain data: ``kind``, ``name`` and ``layer`` first, the rest in the order written."""
    data: dict[str, Any] = thaw(document.data)
    head = {key: data[key] for key in ("kind", "name", "layer") if key in data}
    return head | data


def checksum(documents: Iterable[Document]) -> str:
    """Give the SHA-256 of all documents, hexadecimal; their order doesn't matter, the order inside them does."""
    by_key = {document.key: canonical(document) for document in documents}
    text = json.dumps(
        [[key, by_key[key]] for key in sorted(by_key)], ensure_ascii=False, separators=(",", ":")
    )
    return hashlib.sha256(text.encode()).hexdigest()


def documents_from_stored(stored: Mapping[str, Mapping[str, Any]]) -> list[Document]:
    """Give the documents that a snapshot keeps, so that a stored revision can be linked again.

    Args:
        stored: Documents by ``kind/name/layer``, as :attr:`Snapshot.documents` has them.
    """
    return [document_from_data(key.split("/")[2], data, file=key) for key, data in stored.items()]
