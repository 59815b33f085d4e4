"""Who acts: passed with every call, never global."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Actor:
    """The user on whose behalf something happens.

    Attributes:
        user_id: Id of the record of object ``user``; None for the system itself.
        name: Shown name.
        roles: Names of the roles held.
        language: One of ``en``, ``zh_CN``, ``zh_TW``.
        timezone: IANA name; decides what "today" is.
        is_system: True for the platform's own work (start-up, migrations): every permission is granted.
        permissions: Extra named permissions held, e.g. ``import.opening``.
    """

    user_id: int | None
    name: str
    roles: frozenset[str] = frozenset()
    language: str = "en"
    timezone: str = "UTC"
    is_system: bool = False
    permissions: frozenset[str] = field(default_factory=frozenset)

    @property
    def is_admin(self) -> bool:
        """Whether the actor holds the role that may do everything."""
        return self.is_system or "admin" in self.roles


SYSTEM = Actor(user_id=None, name="system", is_system=True)
