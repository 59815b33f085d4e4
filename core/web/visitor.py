"""The signed-in person as Flask-Login and FAB's templates see it; no row of FAB's own is loaded for it."""

from __future__ import annotations

from dataclasses import dataclass

from flask_login import UserMixin

from core.kernel.actor import Actor
from core.records.accounts import Account


@dataclass(frozen=True, slots=True)
class HeldRole:
    """A role by name, as FAB's templates expect it."""

    name: str


class Visitor(UserMixin):  # type: ignore[misc]  # Flask-Login is untyped
    """One account behind the interface of a FAB user."""

    def __init__(self, account: Account, actor: Actor) -> None:
        """Wrap the account and the actor made of it."""
        self.account = account
        self.actor = actor
        self.id = account.id
        self.username = account.username
        self.email = account.email
        self.first_name = account.name
        self.last_name = ""
        self.active = account.active
        self.roles = [HeldRole(name) for name in sorted(account.roles)]
        self.groups: list[HeldRole] = []

    @property
    def is_active(self) -> bool:
        """Whether the account may be used."""
        return self.active

    def get_full_name(self) -> str:
        """Give the shown name."""
        return self.account.name or self.account.username
