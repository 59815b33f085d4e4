"""Which records a grant reaches: the compiled form, before it becomes SQL or is evaluated in memory."""

from __future__ import annotations

from dataclasses import dataclass

from core.metadata.definitions import AccessDef, Scope
from core.metadata.expressions import Expression


@dataclass(frozen=True, slots=True)
class Branch:
    """One way in which a record is within reach: the grant of one role (or of several that say the same).

    Attributes:
        own: Only records whose ``owner`` is the actor.
        where: Further condition over the record's fields, or None.
        roles: Roles that grant it, for explanations.
    """

    own: bool
    where: Expression | None = None
    roles: tuple[str, ...] = ()

    @property
    def is_everything(self) -> bool:
        """Whether the branch reaches every record."""
        return not self.own and self.where is None


@dataclass(frozen=True, slots=True)
class RowCondition:
    """Which records are within reach: those that any branch lets through.

    Attributes:
        object: Object whose fields the branches speak of; for line objects the header.
        branches: The ways in; none means no record at all.
        via: For line objects: reference fields that lead from the line to ``object``; else empty.
    """

    object: str
    branches: tuple[Branch, ...] = ()
    via: tuple[str, ...] = ()

    @property
    def is_everything(self) -> bool:
        """Whether no record is out of reach."""
        return any(branch.is_everything for branch in self.branches)

    @property
    def is_nothing(self) -> bool:
        """Whether every record is out of reach."""
        return not self.branches


def scope_of(grant: AccessDef, verb: str) -> Scope:
    """Give the reach of one grant for a verb; an action reaches what may be updated, or read where it is named."""
    if verb in {"read", "export"}:
        return grant.read
    if verb == "update":
        return grant.update
    if verb == "delete":
        return grant.delete
    if verb in {"create", "import"}:
        # What one makes must lie within one's own reach; who has no reach at all may still hand something in.
        granted = grant.create if verb == "create" else grant.import_
        reach = _widest(grant.update, grant.read)
        return ("all" if reach == "none" else reach) if granted else "none"
    if grant.actions is None:
        return grant.update
    if verb not in grant.actions:
        return "none"
    return grant.update if grant.update != "none" else grant.read


def _widest(*scopes: Scope) -> Scope:
    return "all" if "all" in scopes else "own" if "own" in scopes else "none"


def without_narrower(branches: tuple[Branch, ...]) -> tuple[Branch, ...]:
    """Drop each branch that another one contains for certain."""
    wide = next((branch for branch in branches if branch.is_everything), None)
    if wide is not None:
        return (wide,)
    texts = {branch.where.text for branch in branches if branch.where and not branch.own}
    any_own = any(branch.own and branch.where is None for branch in branches)
    return tuple(
        branch
        for branch in branches
        if not (branch.own and branch.where and (any_own or branch.where.text in texts))
    )
