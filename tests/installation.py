"""A whole installation for tests: set up once per database kind, copied for each test."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import func, select, update

from core.app.platform import Platform, open_platform, set_up
from core.app.settings import Settings
from core.db.platform_tables import CREDENTIAL
from core.kernel.actor import SYSTEM
from core.records import accounts, commands
from core.records.query import get_record
from core.records.services import Caller, Services

PASSWORD = "correct horse battery"
ROLES = ("admin", "sales", "manager", "warehouse", "finance", "service", "owner")
SECRET = "a-secret-only-for-tests-0123456789abcdef"


def settings_for(url: str) -> Settings:
    """Give the settings of a test installation."""
    return Settings(
        database_url=url, secret_key=SECRET, timezone="Asia/Shanghai", currency="CNY", lang="en"
    )


def prepare(url: str, paths: Sequence[Path] = ()) -> None:
    """Set up an empty company with one user per role."""
    platform = open_platform(settings_for(url))
    set_up(platform, paths)
    for role in ROLES:
        data = {"username": role, "name": f"The {role}", "email": f"{role}@example.com"}
        first = PASSWORD if role == ROLES[0] else None
        accounts.create_user(platform.system(), data, roles=[role], password=first)
    # One password for all, hashed once: hashing is slow on purpose.
    kept = select(func.max(CREDENTIAL.c.password_hash)).scalar_subquery()
    with platform.database.unit_of_work() as unit:
        unit.connection.execute(update(CREDENTIAL).values(password_hash=kept))
    platform.database.close()


@dataclass
class Installation:
    """An opened installation with short ways to act as its users."""

    platform: Platform
    seed: dict[str, int] = field(default_factory=dict)

    @property
    def services(self) -> Services:
        return self.platform.ready()

    def caller(self, username: str = "admin", *, opening: bool = False) -> Caller:
        if username == "system":
            return self.platform.caller(SYSTEM, opening=opening)
        account = accounts.find_account(self.services, username)
        assert account is not None, username
        return self.platform.caller(
            accounts.actor_of_account(self.services, account), opening=opening
        )

    def create(
        self, object_name: str, data: dict[str, Any], username: str = "admin"
    ) -> dict[str, Any]:
        made = commands.create(self.caller(username), object_name, data)
        return self.get(object_name, made.id, username)

    def update(
        self, object_name: str, record_id: int, data: dict[str, Any], version: int | None = commands.ANY_VERSION,
        username: str = "admin",
    ) -> dict[str, Any]:  # fmt: skip
        commands.update(self.caller(username), object_name, record_id, data, version)
        return self.get(object_name, record_id, username)

    def get(self, object_name: str, record_id: int, username: str = "admin") -> dict[str, Any]:
        return get_record(self.caller(username), object_name, record_id)

    def seed_orders(self) -> dict[str, int]:
        """Make one customer, one tax and two products."""
        tax = self.create("tax", {"code": "VAT13", "name": "VAT 13 %", "rate": 13})["id"]
        customer = self.create("customer", {"code": "C1", "name": "Acme 客户", "currency": "CNY"})[
            "id"
        ]
        widget = {
            "code": "W1",
            "name": "Widget",
            "list_price": "100",
            "min_price": "70",
            "tax": tax,
        }
        gadget = {"code": "G1", "name": "Gadget", "list_price": "50", "tax": tax}
        return {
            "tax": tax,
            "customer": customer,
            "widget": self.create("product", widget)["id"],
            "gadget": self.create("product", gadget)["id"],
        }

    def close(self) -> None:
        self.platform.database.close()


def open_installation(url: str) -> Installation:
    """Open a prepared database."""
    return Installation(open_platform(settings_for(url)))
