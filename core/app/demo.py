"""The demo company: made once into its own database, by the plugins' demo functions, through the ordinary pipeline."""

from __future__ import annotations

import random
import secrets
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from core.app.platform import Platform
from core.app.settings import keep_secret
from core.kernel.clock import today
from core.records import accounts, commands

SEED = 20
USERS: Mapping[str, tuple[str, str]] = {
    "admin": ("Chen Wei", "admin"),
    "sales": ("Li Na", "sales"),
    "manager": ("Zhang Min", "manager"),
    "warehouse": ("Wang Lei", "warehouse"),
    "finance": ("Liu Yang", "finance"),
    "service": ("Zhao Jing", "service"),
    "owner": ("Huang Jun", "owner"),
}
"""User name -> (shown name, role)."""


class DemoCompany:
    """Implements ``core.hooks.manifest.Demo``."""

    def __init__(self, platform: Platform) -> None:
        """Begin an empty company."""
        services = platform.ready()
        self._random = random.Random(SEED)  # noqa: S311 - the same demo every time is the point
        self._today = today(services.clock, services.timezone)
        self.users: dict[str, int] = {}
        self._ids: dict[str, list[int]] = {}
        self._platform = platform

    @property
    def random(self) -> random.Random:
        """Seeded, so that every demo is alike."""
        return self._random

    @property
    def today(self) -> date:
        """The day the demo is made."""
        return self._today

    @property
    def ids(self) -> Mapping[str, Sequence[int]]:
        """Ids by object, in the order of creation."""
        return self._ids

    def add_users(self, password: str) -> None:
        """Make the demo's users, all with one password."""
        system = self._platform.system()
        for username, (name, role) in USERS.items():
            data = {"username": username, "name": name, "email": f"{username}@demo.example"}
            self.users[username] = accounts.create_user(
                system, data, roles=[role], password=password
            )

    def create(self, object_name: str, data: Mapping[str, Any], *, by: str = "admin") -> int:
        """Make a record as user ``by``; gives its id."""
        made = commands.create(self._caller(by), object_name, data)
        self._ids.setdefault(object_name, []).append(made.id)
        return made.id

    def act(self, object_name: str, record_id: int, action: str, *, by: str = "admin") -> None:
        """Carry out an action as user ``by``."""
        commands.act(self._caller(by), object_name, record_id, action)

    def _caller(self, username: str) -> Any:
        actor = accounts.actor_of(self._platform.ready(), self.users[username])
        assert actor is not None
        return self._platform.caller(actor)


def demo_password(var: str) -> str:
    """Give the demo's password, made once and kept in ``var/demo-password`` (mode 0600)."""
    return keep_secret(Path(var) / "demo-password", secrets.token_urlsafe(9))


def fill(platform: Platform) -> bool:
    """Make the demo company unless it is there; tells whether it was made now."""
    services = platform.ready()
    if accounts.find_account(services, "admin") is not None:
        return False
    company = DemoCompany(platform)
    company.add_users(demo_password(platform.settings.var))
    for plugin in platform.host.plugins:
        if plugin.demo is not None and plugin.name not in platform.host.failures:
            plugin.demo(company)
    return True
