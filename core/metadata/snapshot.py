"""All definitions at one revision: validated, linked, immutable."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from core.kernel.errors import NotFound
from core.kernel.text import nearest
from core.metadata.definitions import (
    EMPTY,
    ImportMappingDef,
    Label,
    MeasureDef,
    ObjectDef,
    ReportDef,
    RoleDef,
)
from core.metadata.hints import hinted


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Every definition at one revision.

    Attributes:
        revision: Number that grows by one with each change; 0 for a snapshot that was never stored.
        checksum: SHA-256 over the canonical form of all documents, hexadecimal.
        objects: Objects by name.
        measures: Measures by name.
        reports: Reports by name.
        roles: Roles by name.
        import_mappings: Import mappings by name.
        documents: The canonical source documents by ``kind/name/layer``, as plain data; what ``export`` writes.
        children: Line object name -> (header object name, lines field name).
        referenced_by: Object name -> (object, field) pairs that refer to it.
        terms: The glossary by name; gives menu groups and other words without a definition of their own their label.
    """

    revision: int
    checksum: str
    objects: Mapping[str, ObjectDef]
    measures: Mapping[str, MeasureDef] = field(default_factory=lambda: EMPTY)
    reports: Mapping[str, ReportDef] = field(default_factory=lambda: EMPTY)
    roles: Mapping[str, RoleDef] = field(default_factory=lambda: EMPTY)
    import_mappings: Mapping[str, ImportMappingDef] = field(default_factory=lambda: EMPTY)
    documents: Mapping[str, Mapping[str, object]] = field(default_factory=lambda: EMPTY)
    children: Mapping[str, tuple[str, str]] = field(default_factory=lambda: EMPTY)
    referenced_by: Mapping[str, tuple[tuple[str, str], ...]] = field(default_factory=lambda: EMPTY)
    terms: Mapping[str, Label] = field(default_factory=lambda: EMPTY)

    def object(self, name: str) -> ObjectDef:
        """Give the object of that name.

        Raises:
            NotFound: There is none; the message names the nearest.
        """
        found = self.objects.get(name)
        if found is None:
            message_id, params = hinted(
                "object.unknown", {"name": name, "hint": nearest(name, self.objects) or ""}
            )
            raise NotFound(message_id, **params)
        return found
