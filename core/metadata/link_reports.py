"""Measures, reports and roles."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Literal, cast

from core.kernel.text import nearest
from core.metadata.definitions import Label, MeasureDef, ObjectDef, ReportDef, RoleDef
from core.metadata.documents import Document, Path
from core.metadata.expressions import Expression
from core.metadata.expressions.types import ValueType
from core.metadata.labels import Checked, Labels
from core.metadata.link_access import EVERYONE
from core.metadata.link_expressions import Compiler
from core.metadata.problems import Problems

Function = Literal["sum", "count", "min", "max", "avg"]
_FUNCTIONS = ("sum", "avg", "min", "max", "count")
_MAX_SCALE = 9


def link_roles(
    documents: Mapping[str, Checked], labels: Labels, problems: Problems
) -> dict[str, RoleDef]:
    """Make the roles."""
    roles = {}
    for name, (document, data) in documents.items():
        if name == EVERYONE:
            problems.add(document, ("name",), "name.reserved", name=name)
        label = labels.label(document, ("label",), data.get("label"), (f"role.{name}", name))
        permissions = frozenset(data.get("permissions") or ())
        place = document.place(("name",))
        roles[name] = RoleDef(name, label, permissions, owner=document.owner, place=place)
    return roles


class ReportLinker:
    """Makes measures and reports."""

    def __init__(self, compiler: Compiler, labels: Labels) -> None:
        """Take the compiler over all objects, and the labels."""
        self._compiler = compiler
        self._labels = labels
        self._problems = compiler.problems

    def measures(self, documents: Mapping[str, Checked]) -> dict[str, MeasureDef]:
        """Make the measures."""
        made = {name: self._measure(document, data) for name, (document, data) in documents.items()}
        return {name: measure for name, measure in made.items() if measure is not None}

    def reports(
        self,
        documents: Mapping[str, Checked],
        measures: Mapping[str, MeasureDef],
        roles: Mapping[str, RoleDef],
    ) -> dict[str, ReportDef]:
        """Make the reports."""
        made = {
            name: self._report(doc, data, measures, roles)
            for name, (doc, data) in documents.items()
        }
        return {name: report for name, report in made.items() if report is not None}

    def _object(self, document: Document, data: Mapping[str, Any]) -> ObjectDef | None:
        name = str(data["object"])
        found = self._compiler.objects.get(name)
        if found is None:
            hint = nearest(name, self._compiler.objects) or ""
            self._problems.add(document, ("object",), "object.unknown", name=name, hint=hint)
        return found

    def _measure(self, document: Document, data: Mapping[str, Any]) -> MeasureDef | None:
        made = self._object(document, data)
        functions = [key for key in _FUNCTIONS if data.get(key) not in {None, False}]
        if len(functions) != 1:
            self._problems.add(
                document, ("name",), "measure.one_function", functions=", ".join(_FUNCTIONS)
            )
            return None
        if made is None:
            return None
        function = cast(Function, functions[0])
        number = ValueType("number")
        expression = None
        if function != "count":
            expression = self._compiler.compile(
                document, (function,), data[function], made.name, number
            )
        scale, kind = self._scale(document, data, function, expression)
        return MeasureDef(
            name=document.name,
            object=made.name,
            label=self._labels.label(document, ("label",), data.get("label"), (document.name,)),
            function=function,
            expression=expression,
            scale=scale,
            where=self._compiler.compile(
                document, ("where",), data.get("where"), made.name, ValueType("boolean")
            ),
            kind=kind,
            currency=self._currency(document, data, made.name),
            owner=document.owner,
            place=document.place(("name",)),
        )

    def _currency(self, document: Document, data: Mapping[str, Any], object_name: str) -> str:
        """Check the path to the currency: it must lead to text."""
        found = self._compiler.compile(
            document, ("currency",), data.get("currency"), object_name, ValueType("text")
        )
        return "" if found is None else found.text

    def _scale(
        self,
        document: Document,
        data: Mapping[str, Any],
        function: Function,
        expression: Expression | None,
    ) -> tuple[int, str]:
        if function == "count":
            return 0, "integer"
        natural = expression.type.scale if expression is not None else 0
        given = data.get("scale")
        if given is None and natural is not None and natural > _MAX_SCALE:
            self._problems.add(
                document, (function,), "measure.scale_needed", scale=natural, limit=_MAX_SCALE
            )
        scale = int(given if given is not None else natural or 0)
        return scale, str(data.get("show") or ("integer" if scale == 0 else "decimal"))

    def _report(
        self,
        document: Document,
        data: Mapping[str, Any],
        measures: Mapping[str, MeasureDef],
        roles: Mapping[str, RoleDef],
    ) -> ReportDef | None:
        made = self._object(document, data)
        if made is None:
            return None
        own = {name for name, measure in measures.items() if measure.object == made.name}
        dimensions = self._dimensions(document, data.get("dimensions") or {}, made.name)
        group_by = tuple(data.get("group_by") or tuple(dimensions)[:1])
        self._check_names(document, ("measures",), data["measures"], own, "measure.unknown")
        self._check_names(document, ("group_by",), group_by, dimensions, "report.unknown_dimension")
        self._check_names(document, ("roles",), data.get("roles") or (), roles, "role.unknown")
        return ReportDef(
            name=document.name,
            object=made.name,
            label=self._labels.label(document, ("label",), data.get("label"), (document.name,)),
            measures=tuple(data["measures"]),
            dimensions=MappingProxyType(dimensions),
            group_by=group_by,
            roles=frozenset(data.get("roles") or ()),
            icon=data.get("icon") or "chart-bar",
            owner=document.owner,
            place=document.place(("name",)),
        )

    def _dimensions(
        self, document: Document, raw: Mapping[str, Any], object_name: str
    ) -> dict[str, tuple[Label, Expression]]:
        dimensions = {}
        for name, values in raw.items():
            path: Path = ("dimensions", name)
            if isinstance(document.data["dimensions"][name], Mapping):
                path = (*path, "by")
            expression = self._compiler.compile(document, path, values["by"], object_name)
            label_path: Path = ("dimensions", name, "label")
            label = self._labels.label(
                document, label_path, values.get("label"), (f"dimension.{name}", name)
            )
            if expression is not None:
                dimensions[name] = (label, expression)
        return dimensions

    def _check_names(
        self, document: Document, path: Path, names: Any, known: Any, message_id: str
    ) -> None:
        for index, name in enumerate(names):
            if name not in known:
                hint = nearest(name, known) or ""
                self._problems.add(document, (*path, index), message_id, name=name, hint=hint)
