"""Who may do what with which records and fields: one compiled answer for every path.

Rights come from :class:`AccessDef` alone: the union over the actor's roles, nothing where no role says so. The same
:class:`RowCondition` is turned into SQL by :mod:`core.records.joins` and evaluated in memory by :func:`row_matches`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from sqlalchemy import Connection

from core.kernel.actor import Actor
from core.kernel.errors import Unauthenticated
from core.metadata.definitions import AccessDef, FieldDef, FieldRight, ObjectDef
from core.metadata.expressions import evaluate
from core.metadata.snapshot import Snapshot
from core.records.reach import Branch, RowCondition, scope_of, without_narrower
from core.records.services import Caller
from core.records.stored import StoredEnvironment

_ORDER: Final[Mapping[FieldRight, int]] = {"hidden": 0, "read": 1, "write": 2}
_SELF: Final = "id"


_EVERYTHING: Final = Branch(own=False, roles=("admin",))


class Policy:
    """The rights of one set of roles on one snapshot; compiled on first use, shared by all actors with these roles.

    Attributes:
        snapshot: The definitions.
        is_admin: Whether everything is allowed.
        roles: The roles held; empty for administrators.
        visible: Objects reduced to what may be read; what user-written paths are resolved against.
    """

    def __init__(
        self, snapshot: Snapshot, roles: frozenset[str], *, is_admin: bool = False
    ) -> None:
        """Compile nothing yet."""
        self.snapshot = snapshot
        self.is_admin = is_admin
        self.roles = frozenset() if is_admin else roles
        self.visible: Mapping[str, ObjectDef] = _VisibleObjects(self)
        self._readable: dict[str, tuple[str, ...]] = {}
        self._writable: dict[str, frozenset[str]] = {}
        self._conditions: dict[tuple[str, str], RowCondition] = {}

    @property
    def key(self) -> frozenset[str] | None:
        """What tells this policy from others of the same snapshot."""
        return None if self.is_admin else self.roles

    def may(self, object_name: str, verb: str) -> bool:
        """Tell whether ``verb`` is allowed on at least some records of the object.

        Args:
            object_name: Name of an object of the snapshot.
            verb: ``read``, ``create``, ``update``, ``delete``, ``import``, ``export`` or the name of an action.
        """
        if self.is_admin:
            return object_name in self.snapshot.objects
        if object_name not in self.snapshot.objects:
            return False
        grants = [grant for _, grant in self._grants(object_name)]
        if verb == "create":
            return any(grant.create for grant in grants)
        if verb == "import":
            return any(grant.import_ for grant in grants)
        if verb == "export":
            return any(grant.export and grant.read != "none" for grant in grants)
        return not self.row_condition(object_name, verb).is_nothing

    def field_right(self, object_name: str, field_name: str) -> FieldRight:
        """Give the right on one field: ``write`` where some role may write it, ``hidden`` for unknown fields."""
        if field_name in self.writable(object_name):
            return "write"
        return "read" if field_name in self.readable(object_name) else "hidden"

    def readable(self, object_name: str) -> tuple[str, ...]:
        """List the fields that may be read, in the order of definition; empty where the object may not be read.

        A computed field is readable only where everything it is computed from is.
        """
        found = self._readable.get(object_name)
        if found is None:
            target = self.snapshot.object(object_name)
            found = tuple(
                name for name in target.fields if self._is_readable(target, name, frozenset())
            )
            self._readable[object_name] = found
        return found

    def writable(self, object_name: str) -> frozenset[str]:
        """List the fields whose right is ``write`` in a role that may create or update.

        It says nothing of the field's nature: whether the platform accepts input for it is
        :attr:`FieldDef.accepts_input`.
        """
        found = self._writable.get(object_name)
        if found is None:
            target = self.snapshot.object(object_name)
            found = frozenset(name for name in target.fields if self._is_writable(target, name))
            self._writable[object_name] = found
        return found

    def row_condition(self, object_name: str, verb: str) -> RowCondition:
        """Give the condition that a record must meet for ``verb``.

        Args:
            object_name: Name of an object of the snapshot.
            verb: ``read``, ``update``, ``delete``, ``export`` or the name of an action.
        """
        found = self._conditions.get((object_name, verb))
        if found is None:
            found = self._conditions[(object_name, verb)] = self._compile(object_name, verb)
        return found

    def may_read_path(self, object_name: str, path: tuple[str, ...]) -> bool:
        """Tell whether every field along a path may be read."""
        return self.is_admin or self._path_readable(
            self.snapshot.object(object_name), path, frozenset()
        )

    def _compile(self, object_name: str, verb: str) -> RowCondition:
        header, effective = self._header_verb(object_name, verb)
        via = _way_to_header(self.snapshot, object_name)
        if self.is_admin:
            return RowCondition(header, (_EVERYTHING,), via)
        branches: dict[tuple[bool, str], Branch] = {}
        for role, grant in self._grants(object_name):
            scope = scope_of(grant, effective)
            if scope == "none" or (scope == "own" and not self._has_owner(header)):
                continue
            key = (scope == "own", grant.where.text if grant.where else "")
            known = branches.get(key)
            roles = (*known.roles, role) if known else (role,)
            branches[key] = Branch(scope == "own", grant.where, roles)
        return RowCondition(header, without_narrower(tuple(branches.values())), via)

    def _header_verb(self, object_name: str, verb: str) -> tuple[str, str]:
        """Lines live and die with their header: taking one away is a change of the header."""
        way = _way_to_header(self.snapshot, object_name)
        if not way:
            return object_name, verb
        header = object_name
        for _ in way:
            header = self.snapshot.object(header).parent
        return header, "update" if verb == "delete" else verb

    def _grants(self, object_name: str) -> Iterator[tuple[str, AccessDef]]:
        """Iterate over (role, grant) of the object; for lines: of the header, where its lines aren't hidden."""
        target = self.snapshot.object(object_name)
        for role in sorted(self.roles):
            if not target.is_line:
                grant = target.access.get(role)
                if grant is not None:
                    yield role, grant
                continue
            header, cap = self._line_cap(target, role)
            if header is not None and cap != "hidden":
                yield role, header

    def _line_cap(self, line: ObjectDef, role: str) -> tuple[AccessDef | None, FieldRight]:
        """Give the header's grant and the most that the role may do with the lines field."""
        cap: FieldRight = "write"
        while line.is_line:
            header, lines_field = self.snapshot.children.get(line.name, (line.parent, ""))
            line_header = self.snapshot.object(header)
            grants = line_header.access.get(role)
            said: FieldRight = grants.fields.get(lines_field, "write") if grants else "write"
            cap = min(cap, said, key=_ORDER.__getitem__)
            line = line_header
        return line.access.get(role), cap

    def _right_in(self, target: ObjectDef, role: str, grant: AccessDef, name: str) -> FieldRight:
        if not target.is_line:
            return grant.fields.get(name, "write")
        own = target.access.get(role)
        said: FieldRight = own.fields.get(name, "write") if own else "write"
        return min(self._line_cap(target, role)[1], said, key=_ORDER.__getitem__)

    def _is_readable(self, target: ObjectDef, name: str, opened: frozenset[str]) -> bool:
        """Decide one field; one met again while its own inputs are looked at counts as unreadable."""
        field = target.fields.get(name)
        if field is None:
            return False
        if self.is_admin:
            return True
        granted = (
            name == _SELF or self._right_in(target, role, grant, name) != "hidden"
            for role, grant in self._grants(target.name)
            if grant.read != "none"
        )
        if not any(granted):
            return False
        if not field.is_computed:
            return True
        this = f"{target.name}.{name}"
        return this not in opened and self._inputs_readable(target, field, opened | {this})

    def _inputs_readable(self, target: ObjectDef, field: FieldDef, opened: frozenset[str]) -> bool:
        paths = set(field.formula.paths) if field.formula else set()
        if field.rollup is not None:
            paths.add((field.rollup.lines, field.rollup.field or _SELF))
            if field.rollup.where is not None:
                paths.update((field.rollup.lines, *path) for path in field.rollup.where.paths)
        return all(self._path_readable(target, path, opened) for path in paths)

    def _path_readable(
        self, target: ObjectDef, path: tuple[str, ...], opened: frozenset[str]
    ) -> bool:
        for name in path:
            if not self._is_readable(target, name, opened):
                return False
            following = target_of(target.fields[name])
            if following:
                target = self.snapshot.object(following)
        return True

    def _is_writable(self, target: ObjectDef, name: str) -> bool:
        if self.is_admin:
            return True
        return any(
            self._right_in(target, role, grant, name) == "write"
            for role, grant in self._grants(target.name)
            if grant.create or grant.update != "none"
        )

    def _has_owner(self, object_name: str) -> bool:
        return "owner" in self.snapshot.object(object_name).fields


class _VisibleObjects(Mapping[str, ObjectDef]):
    """The snapshot's objects with nothing but readable fields; each reduced on first use."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._reduced: dict[str, ObjectDef] = {}

    def __getitem__(self, name: str) -> ObjectDef:
        found = self._reduced.get(name)
        if found is None:
            whole = self._policy.snapshot.objects[name]
            fields = {each: whole.fields[each] for each in self._policy.readable(name)}
            found = self._reduced[name] = replace(whole, fields=fields)
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._policy.snapshot.objects)

    def __len__(self) -> int:
        return len(self._policy.snapshot.objects)


def actor_of(caller: Caller) -> Actor:
    """Give who acts.

    Raises:
        Unauthenticated: Nobody does; that never means everybody.
    """
    actor: object = caller.actor
    if not isinstance(actor, Actor):
        raise Unauthenticated("read.no_actor")
    return actor


def policy_of(caller: Caller) -> Policy:
    """Give the policy of the caller's roles, compiled once per snapshot and set of roles.

    Raises:
        Unauthenticated: There is no actor.
    """
    actor = actor_of(caller)
    snapshot = caller.model.snapshot
    if actor.is_admin:
        return caller.model.memo(
            ("policy", None), lambda: Policy(snapshot, frozenset(), is_admin=True)
        )
    # Roles that no object knows grant nothing; leaving them out keeps the memo small.
    known = caller.model.memo("policy roles", lambda: _known_roles(snapshot))
    roles = actor.roles & known
    return caller.model.memo(("policy", roles), lambda: Policy(snapshot, roles))


def target_of(field: FieldDef) -> str:
    """Name the object that a reference points to or that lines consist of; "" for other fields."""
    return field.to or field.of or ("user" if field.type == "user" else "")


def _known_roles(snapshot: Snapshot) -> frozenset[str]:
    return frozenset(role for each in snapshot.objects.values() for role in each.access)


def _way_to_header(snapshot: Snapshot, object_name: str) -> tuple[str, ...]:
    way: list[str] = []
    target = snapshot.object(object_name)
    while target.is_line:
        way.append(target.parent)
        target = snapshot.object(target.parent)
    return tuple(way)


def row_matches(
    caller: Caller,
    object_name: str,
    verb: str,
    values: Mapping[str, Any],
    connection: Connection | None = None,
) -> bool:
    """Tell whether a record, given as typed values by field name, is within the caller's reach for ``verb``.

    Args:
        caller: Who asks.
        object_name: Object of the record.
        verb: As in :meth:`Policy.row_condition`, or ``create``.
        values: The record's values.
        connection: Where records that a condition refers to are read; needed inside a unit of work.
    """
    condition = policy_of(caller).row_condition(object_name, verb)
    if condition.is_nothing:
        return False
    if condition.is_everything:
        return True
    row = StoredEnvironment(caller, object_name, values, connection)
    here = row.at(condition.via)
    return here is not None and any(_lets_through(branch, here) for branch in condition.branches)


def _lets_through(branch: Branch, here: StoredEnvironment) -> bool:
    me = here.me
    if branch.own and (me is None or here.value(("owner",)) != me):
        return False
    return branch.where is None or bool(evaluate(branch.where, here))
