"""Rights: what each role may do with each object."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from core.kernel.text import nearest
from core.metadata.definitions import AccessDef, FieldRight, ObjectDef, RoleDef
from core.metadata.layers import ObjectSource, Piece
from core.metadata.link_expressions import Compiler

ADMIN = "admin"
EVERYONE = "everyone"
"""In ``access``: every role that isn't named."""

_ADMIN = AccessDef(
    ADMIN,
    read="all",
    update="all",
    delete="all",
    create=True,
    import_=True,
    export=True,
    actions=None,
)


class AccessLinker:
    """Makes the rights of objects."""

    def __init__(
        self, sources: Mapping[str, ObjectSource], roles: Mapping[str, RoleDef], compiler: Compiler
    ) -> None:
        """Take the sources, every role, and the compiler over all objects."""
        self._sources = sources
        self._roles = roles
        self._compiler = compiler
        self._problems = compiler.problems

    def of_record(self, made: ObjectDef) -> dict[str, AccessDef]:
        """Make the rights of an object that isn't a line; the role admin may do everything."""
        pieces = self._pieces(made)
        access = {
            role: self._access(made, role, piece) for role, piece in pieces.items() if role != ADMIN
        }
        return {ADMIN: _ADMIN, **access}

    def of_line(self, made: ObjectDef, parent: Mapping[str, AccessDef]) -> dict[str, AccessDef]:
        """Make the rights of a line object: those of its header, with its own field rights.

        Whether a record may be seen (``own``, ``where``) is always asked of the header.
        """
        pieces = self._pieces(made)
        for piece in pieces.values():
            for key in piece.values:
                if key != "fields" and piece.get(key) is not None:
                    self._problems.add(
                        *piece.where(key), "access.of_line", at_key=True, parent=made.parent
                    )
        access = {}
        for role, right in parent.items():
            own = pieces.get(role)
            access[role] = AccessDef(
                role,
                read=right.read,
                update=right.update,
                delete=right.update,
                create=right.create or right.update != "none",
                import_=right.import_,
                export=right.export,
                fields=self._field_rights(made, own)
                if own is not None and role != ADMIN
                else MappingProxyType({}),
            )
        return access

    def _pieces(self, made: ObjectDef) -> dict[str, Piece]:
        pieces = dict(self._sources[made.name].access)
        everyone = pieces.pop(EVERYONE, None)
        for role, piece in pieces.items():
            if role not in self._roles:
                hint = nearest(role, self._roles) or ""
                self._problems.add(
                    piece.document, piece.path, "role.unknown", at_key=True, name=role, hint=hint
                )
        if everyone is not None:
            pieces |= {
                role: everyone for role in self._roles if role not in pieces and role != ADMIN
            }
        return pieces

    def _access(self, made: ObjectDef, role: str, piece: Piece) -> AccessDef:
        for key in ("read", "update", "delete"):
            if piece.get(key) == "own" and "owned" not in made.traits:
                self._problems.add(*piece.where(key), "access.not_owned", object=made.name)
        actions = piece.get("actions")
        return AccessDef(
            role,
            read=piece.get("read", "none"),
            update=piece.get("update", "none"),
            delete=piece.get("delete", "none"),
            create=piece.get("create", False),
            import_=piece.get("import", False),
            export=piece.get("export", False),
            actions=None if actions is None else self._actions(made, piece),
            fields=self._field_rights(made, piece),
            where=self._compiler.condition(piece, "where", made.name),
        )

    def _actions(self, made: ObjectDef, piece: Piece) -> frozenset[str]:
        known = (
            {transition.name for transition in made.states.transitions} if made.states else set()
        )
        document, path = piece.where("actions")
        for index, name in enumerate(piece.get("actions")):
            if name not in known:
                hint = nearest(name, known) or ""
                params: dict[str, Any] = {"name": name, "object": made.name, "hint": hint}
                self._problems.add(document, (*path, index), "transition.unknown", **params)
        return frozenset(piece.get("actions"))

    def _field_rights(self, made: ObjectDef, piece: Piece) -> Mapping[str, FieldRight]:
        rights = piece.get("fields", {})
        document, path = piece.where("fields")
        for name in rights:
            if name not in made.fields:
                params: dict[str, Any] = {
                    "object": made.name,
                    "name": name,
                    "hint": nearest(name, made.fields) or "",
                }
                self._problems.add(document, (*path, name), "field.unknown", at_key=True, **params)
        return MappingProxyType(dict(rights))
