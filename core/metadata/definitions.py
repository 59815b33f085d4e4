"""What definitions become once loaded: frozen values, linked and typed, shared by every floor above.

Expressions are kept as :class:`core.metadata.expressions.Expression`: parsed and typed when the snapshot is linked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

from core.metadata.import_mappings import ColumnMapping, ImportMappingDef

if TYPE_CHECKING:
    from core.metadata.expressions import Expression

# fmt: off
__all__ = [
    "EMPTY", "AccessDef", "ChoiceDef", "ColumnMapping", "FieldDef", "FieldRight", "ImportMappingDef", "IndexDef",
    "Label", "MeasureDef", "ObjectDef", "Place", "RelatedDef", "ReportDef", "RoleDef", "RollupDef", "RuleDef", "Scope",
    "SectionDef", "SortKey", "StatesDef", "TransitionDef", "ViewDef",
]
# fmt: on

EMPTY: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Label:
    """A text in the three languages."""

    en: str
    zh_CN: str  # noqa: N815 - language codes are the names that users write
    zh_TW: str  # noqa: N815

    def text(self, language: str) -> str:
        """Give the text in ``language``, English where it is unknown."""
        return {"zh_CN": self.zh_CN, "zh_TW": self.zh_TW}.get(language, self.en)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a definition stands: file, line and column (from 1)."""

    file: str
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class ChoiceDef:
    """One option of a choice field (also: one state)."""

    value: str
    label: Label
    color: str = "secondary"


@dataclass(frozen=True, slots=True)
class RollupDef:
    """A value summed up from child lines.

    Attributes:
        function: ``sum``, ``count``, ``min``, ``max`` or ``avg``.
        lines: Name of the lines field on this object.
        field: Name of the child's field; "" for ``count(lines)``.
        where: Condition on the child, or None.
    """

    function: Literal["sum", "count", "min", "max", "avg"]
    lines: str
    field: str
    where: Expression | None = None


@dataclass(frozen=True, slots=True)
class FieldDef:
    """One field of an object.

    Attributes:
        name: API name, snake_case.
        type: Name of the field type, a key of :data:`core.metadata.fields.FIELD_TYPES`.
        label: Shown name.
        help: Hint under the input, or None.
        uid: Stable identity; a rename keeps it.
        required: Must have a value when the record is written.
        read_only: Never accepted from outside (formula, roll-up, autonumber and system fields are so by nature).
        unique: No two live records of the object share a value.
        search: Takes part in ``q`` and type-ahead.
        default: Expression evaluated at create when no value is given (over the record so far, ``me``, ``today()``).
        formula: Expression that computes the value, or None.
        stored: Whether a formula is kept in a column (else computed at each read).
        rollup: Roll-up that computes the value, or None. Always stored.
        where: For references: filter on the target that a chosen record must meet.
        to: For references: name of the target object.
        of: For lines: name of the child object.
        choices: For choices: the options in order.
        scale: Decimal places stored (decimal, money, percent); 0 for others.
        round_to_currency: Money whose values are rounded to the currency's minor unit.
        max_length: Characters allowed in text; None without limit below the platform's own.
        minimum: Least number allowed, or None.
        maximum: Greatest number allowed, or None.
        format: For autonumber: the pattern, e.g. ``SO{yyyy}-{seq:5}``.
        drawn: For autonumber: ``create``, or the name of the transition that draws it.
        currency_field: For money: name of the field on the same object that names the currency ("" for none).
        system: One of the fields every object has (id, created_at, …).
        place: Where it stands.
    """

    name: str
    type: str
    label: Label
    help: Label | None = None
    uid: str = ""
    required: bool = False
    read_only: bool = False
    unique: bool = False
    search: bool = False
    default: Expression | None = None
    formula: Expression | None = None
    stored: bool = False
    rollup: RollupDef | None = None
    where: Expression | None = None
    to: str = ""
    of: str = ""
    choices: tuple[ChoiceDef, ...] = ()
    scale: int = 0
    round_to_currency: bool = False
    max_length: int | None = None
    minimum: Any = None
    maximum: Any = None
    format: str = ""
    drawn: str = "create"
    currency_field: str = ""
    system: bool = False
    place: Place | None = None

    @property
    def is_computed(self) -> bool:
        """Whether the platform computes the value."""
        return self.formula is not None or self.rollup is not None

    @property
    def is_virtual(self) -> bool:
        """Whether no column holds the value (lines, unstored formulas)."""
        return self.type == "lines" or (self.formula is not None and not self.stored)

    @property
    def accepts_input(self) -> bool:
        """Whether a caller may ever set the value."""
        return not (self.read_only or self.is_computed or self.system or self.type == "autonumber")


@dataclass(frozen=True, slots=True)
class RuleDef:
    """A rule of the object.

    A ``check`` rule refuses the record when its expression isn't true. A field rule makes ``field`` required or
    visible only when its expressions are true.
    """

    check: Expression | None = None
    message: str = ""
    field: str = ""
    required: Expression | None = None
    visible: Expression | None = None
    read_only: Expression | None = None
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class TransitionDef:
    """A way from one state to another; reached only through the action of its name.

    Attributes:
        name: The verb, e.g. ``confirm``.
        source: State it starts from.
        target: State it leads to.
        by: ``user``, or ``flow`` when only a flow may carry it out.
        when: Guard; refused with 409 when not true.
        label: Shown verb.
    """

    name: str
    source: str
    target: str
    by: Literal["user", "flow"] = "user"
    when: Expression | None = None
    label: Label | None = None


@dataclass(frozen=True, slots=True)
class StatesDef:
    """The states of an object: field ``state`` is added by the linker as a read-only choice."""

    initial: str
    states: tuple[ChoiceDef, ...]
    transitions: tuple[TransitionDef, ...]


Scope = Literal["none", "own", "all"]
FieldRight = Literal["hidden", "read", "write"]


@dataclass(frozen=True, slots=True)
class AccessDef:
    """What one role may do with an object. Nothing is allowed that isn't said.

    Attributes:
        role: Name of the role.
        read: Which records may be read: ``none``, ``own`` (field ``owner`` is the actor) or ``all``.
        update: Which records may be changed.
        delete: Which records may be deleted.
        create: Whether records may be made.
        import_: Whether files may be imported.
        export: Whether lists may be exported.
        actions: Transitions allowed; None means every one that ``update`` covers.
        fields: Right per field; fields not named are ``write``.
        where: Further condition on the records, or None.
    """

    role: str
    read: Scope = "none"
    update: Scope = "none"
    delete: Scope = "none"
    create: bool = False
    import_: bool = False
    export: bool = False
    actions: frozenset[str] | None = None
    fields: Mapping[str, FieldRight] = field(default_factory=lambda: EMPTY)
    where: Expression | None = None


@dataclass(frozen=True, slots=True)
class SortKey:
    """One key of a sort order."""

    field: str
    descending: bool = False


@dataclass(frozen=True, slots=True)
class ViewDef:
    """A list view.

    Attributes:
        name: ``list`` for the standard one.
        label: Shown name.
        columns: Field paths shown, in order (``customer``, ``customer.country``).
        mobile: Columns kept on a phone.
        sort: Sort order.
        filter: Condition of the view, or None.
        filters: Fields offered in the filter panel.
    """

    name: str
    label: Label
    columns: tuple[str, ...]
    mobile: tuple[str, ...] = ()
    sort: tuple[SortKey, ...] = ()
    filter: Expression | None = None
    filters: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SectionDef:
    """A section of a form."""

    label: Label
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RelatedDef:
    """A related list on a record page: records of ``object`` whose ``field`` points here."""

    object: str
    field: str
    columns: tuple[str, ...]
    label: Label


@dataclass(frozen=True, slots=True)
class IndexDef:
    """An index asked for by the definition (references, unique fields and sort keys get theirs by themselves)."""

    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ObjectDef:
    """One object: a table, its rules, its screens and its rights.

    Attributes:
        name: Singular snake_case API name.
        owner: Name of the layer that brings it: ``core``, a plugin's name, or ``organisation``.
        title: Literal and field parts that make a record's shown name, e.g. ``("{number}", " ", "{customer}")``; a part
            in braces is a field path.
        parent: For line objects: name of the header object ("" otherwise). The linker then adds a reference field of
            that name and the integer field ``seq`` (position from 1).
        fields: All fields by name in order: declared ones first, system fields last.
        menu: Position in the menu (group, rank), or None where it has no entry of its own.
    """

    name: str
    owner: str
    label: Label
    plural: Label
    icon: str = "table"
    color: str = "indigo"
    title: tuple[str, ...] = ()
    parent: str = ""
    traits: frozenset[str] = frozenset()
    fields: Mapping[str, FieldDef] = field(default_factory=lambda: EMPTY)
    rules: tuple[RuleDef, ...] = ()
    states: StatesDef | None = None
    access: Mapping[str, AccessDef] = field(default_factory=lambda: EMPTY)
    views: Mapping[str, ViewDef] = field(default_factory=lambda: EMPTY)
    sections: tuple[SectionDef, ...] = ()
    related: tuple[RelatedDef, ...] = ()
    indexes: tuple[IndexDef, ...] = ()
    menu: tuple[str, int] | None = None
    uid: str = ""
    place: Place | None = None

    @property
    def is_line(self) -> bool:
        """Whether records live inside a header record."""
        return bool(self.parent)

    def lines_fields(self) -> list[FieldDef]:
        """List the fields that hold child lines."""
        return [f for f in self.fields.values() if f.type == "lines"]


@dataclass(frozen=True, slots=True)
class MeasureDef:
    """A declared measure: one definition of a figure, used by report, page, API and CLI alike.

    Attributes:
        name: Name, unique in the platform.
        object: Object whose rows are aggregated.
        function: ``sum``, ``count``, ``min``, ``max`` or ``avg``.
        expression: What is aggregated, per row and unrounded; None for ``count``.
        scale: Decimal places kept per row before aggregating; the exact product must fit.
        where: Condition on the rows, or None.
        kind: ``money``, ``decimal`` or ``integer``: how it is shown.
        currency: Path to the currency of a row's money, or "". Figures are then split by currency, never added across.
    """

    name: str
    object: str
    label: Label
    function: Literal["sum", "count", "min", "max", "avg"]
    expression: Expression | None = None
    scale: int = 0
    where: Expression | None = None
    kind: str = "decimal"
    currency: str = ""
    owner: str = "core"
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class ReportDef:
    """A report page: measures of one object, grouped by dimensions that the reader chooses from.

    Attributes:
        dimensions: Expressions by name that rows may be grouped by, e.g. ``year: year(order_date)``.
        group_by: Names of the dimensions shown first.
        roles: Roles that may open it; the figures themselves obey the reader's record and field rights.
    """

    name: str
    object: str
    label: Label
    measures: tuple[str, ...]
    dimensions: Mapping[str, tuple[Label, Expression]] = field(default_factory=lambda: EMPTY)
    group_by: tuple[str, ...] = ()
    roles: frozenset[str] = frozenset()
    icon: str = "chart-bar"
    owner: str = "core"
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class RoleDef:
    """A role that users can hold.

    Attributes:
        permissions: Named permissions beyond object access, e.g. ``import.opening``, ``users.manage``.
    """

    name: str
    label: Label
    permissions: frozenset[str] = frozenset()
    owner: str = "core"
    place: Place | None = None
