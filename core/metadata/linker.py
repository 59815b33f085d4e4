"""Documents to a snapshot: checked, merged, linked, typed and frozen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType

from core.metadata.definitions import EMPTY, ObjectDef, RoleDef
from core.metadata.documents import ORGANISATION, Document, canonical, checksum, freeze
from core.metadata.labels import Checked, Labels
from core.metadata.layers import Layers, clash, unique
from core.metadata.link_access import AccessLinker
from core.metadata.link_expressions import Compiler, ExpressionLinker
from core.metadata.link_imports import ImportLinker
from core.metadata.link_objects import ObjectLinker
from core.metadata.link_reports import ReportLinker, link_roles
from core.metadata.link_screens import ScreenLinker
from core.metadata.order import find_cycle
from core.metadata.problems import Problems
from core.metadata.schema import KINDS, check
from core.metadata.snapshot import Snapshot


def build_snapshot(
    documents: Iterable[Document], revision: int = 0, *, prefixes: Mapping[str, str] = EMPTY
) -> Snapshot:
    """Make a snapshot of definitions.

    Args:
        documents: The definitions of all layers.
        revision: Number of the revision; 0 for one that isn't stored.
        prefixes: Registered prefix of each partner's plugin, by owner.

    Raises:
        InvalidDefinitions: Something is wrong; every fault found is listed with its place.
    """
    return _Linking(documents, prefixes).snapshot(revision)


class _Linking:
    """One run from documents to a snapshot; each method is a step."""

    def __init__(self, documents: Iterable[Document], prefixes: Mapping[str, str]) -> None:
        self.written = list(documents)
        self.problems = Problems()
        self.kinds = self._check()
        self.problems.raise_if_any()
        self.labels = Labels(self.kinds["glossary"], self.problems)
        self.sources = Layers(prefixes, self.problems).merge(self.kinds["object"])
        skeletons = ObjectLinker(self.sources, self.labels, self.problems).skeletons()
        self.problems.raise_if_any()
        self.compiler = Compiler(skeletons, self.problems)

    def snapshot(self, revision: int) -> Snapshot:
        """Link everything and freeze it."""
        roles = link_roles(self._unique("role"), self.labels, self.problems)
        objects = self._objects(roles)
        linker = ReportLinker(self.compiler, self.labels)
        measures = linker.measures(self._unique("measure"))
        reports = linker.reports(self._unique("report"), measures, roles)
        mappings = ImportLinker(objects, self.problems).link(self._unique("import_mapping"))
        self.problems.raise_if_any()
        ordered = sorted(self.written, key=lambda document: document.key)
        return Snapshot(
            revision=revision,
            checksum=checksum(self.written),
            objects=MappingProxyType(objects),
            measures=MappingProxyType(measures),
            reports=MappingProxyType(reports),
            roles=MappingProxyType(roles),
            import_mappings=MappingProxyType(mappings),
            documents=MappingProxyType({d.key: freeze(canonical(d)) for d in ordered}),
            children=MappingProxyType(_children(objects)),
            referenced_by=MappingProxyType(_referenced_by(objects)),
            terms=self.labels.terms(),
        )

    def _check(self) -> dict[str, list[Checked]]:
        kinds: dict[str, list[Checked]] = {kind: [] for kind in KINDS}
        first: dict[str, Document] = {}
        for document in self.written:
            data = check(document, self.problems)
            if data is None:
                continue
            self._check_layer(document)
            known = first.setdefault(document.key, document)
            if known is not document:
                clash(document, known, self.problems)
                continue
            kinds[document.kind].append((document, data))
        return kinds

    def _check_layer(self, document: Document) -> None:
        if document.is_extension and document.kind != "object" and document.owner != ORGANISATION:
            self.problems.add(document, ("layer",), "layer.only_objects", kind=document.kind)

    def _unique(self, kind: str) -> dict[str, Checked]:
        return unique(self.kinds[kind], self.problems)

    def _objects(self, roles: Mapping[str, RoleDef]) -> dict[str, ObjectDef]:
        expressions = ExpressionLinker(self.sources, self.compiler)
        screens = ScreenLinker(self.sources, self.compiler, self.labels)
        access = AccessLinker(self.sources, roles, self.compiler)
        linked = {name: screens.link(expressions.link(name)) for name in self.sources}
        expressions.check_stored(linked)
        self._check_cycles(linked)
        rights = {name: access.of_record(made) for name, made in linked.items() if not made.is_line}
        objects = {}
        for name, made in linked.items():
            own = (
                access.of_line(made, rights.get(made.parent, {})) if made.is_line else rights[name]
            )
            related = screens.related(made, linked)
            objects[name] = replace(made, access=MappingProxyType(own), related=related)
        return objects

    def _check_cycles(self, objects: Mapping[str, ObjectDef]) -> None:
        cycle = find_cycle(objects)
        if not cycle:
            return
        object_name, field_name = cycle[0]
        piece = self.sources[object_name].fields[field_name]
        key = "formula" if piece.get("formula") is not None else "rollup"
        names = " -> ".join(".".join(node) for node in [*cycle, cycle[0]])
        self.problems.add(*piece.where(key), "formula.cycle", names=names)


def _children(objects: Mapping[str, ObjectDef]) -> dict[str, tuple[str, str]]:
    return {
        field.of: (made.name, field.name)
        for made in objects.values()
        for field in made.lines_fields()
    }


def _referenced_by(objects: Mapping[str, ObjectDef]) -> dict[str, tuple[tuple[str, str], ...]]:
    found: dict[str, list[tuple[str, str]]] = {}
    for made in objects.values():
        for field in made.fields.values():
            # Who created or changed a record is kept for ever; it says nothing about what depends on the user.
            if field.to and field.name not in {"created_by", "updated_by"}:
                found.setdefault(field.to, []).append((made.name, field.name))
    return {name: tuple(pairs) for name, pairs in found.items()}
