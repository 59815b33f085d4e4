"""Reading accounts, and the short memory that spares a query on each request.

What is remembered of an account lives for less than a second, so that a revocation made in another process is felt
within that time; one made in this process is felt at once.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from sqlalchemy import Connection, insert, select

from core.db.platform_tables import CREDENTIAL, HISTORY, OPERATION, USER_ROLE
from core.kernel.actor import Actor
from core.kernel.errors import NotFound
from core.kernel.ids import new_id
from core.kernel.text import fold
from core.records.services import Caller, Model, Services

REMEMBERED = 0.75
"""Seconds an account or a session is remembered."""

_MOST = 20_000
_FIELDS = ("username", "name", "email", "active", "language", "timezone")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Account:
    """One user with what decides about access.

    Attributes:
        id: Id of the record of object ``user``.
        roles: Names of the roles held.
        epoch: Grows with each event that ends every session, token and key.
        must_change: Whether the password must be changed at the next sign-in.
    """

    id: int
    username: str
    name: str
    email: str
    active: bool
    language: str
    timezone: str
    roles: frozenset[str]
    epoch: int
    must_change: bool


def account_of(services: Services, user_id: int) -> Account | None:
    """Give the account of a user, None where there is none; may be up to a second old."""
    return remember(services, ("account", user_id), lambda: _read_one(services, user_id))


def actor_of(services: Services, user_id: int) -> Actor | None:
    """Give the actor of an active user, None for unknown and deactivated ones."""
    account = account_of(services, user_id)
    return actor_of_account(services, account) if account is not None and account.active else None


def actor_of_account(services: Services, account: Account) -> Actor:
    """Give the actor that an account stands for on the live definitions."""
    return Actor(
        user_id=account.id,
        name=account.name or account.username,
        roles=account.roles,
        language=account.language or "en",
        timezone=account.timezone or services.timezone,
        permissions=permissions_of(services.model, account.roles),
    )


def permissions_of(model: Model, roles: frozenset[str]) -> frozenset[str]:
    """Give the named permissions that a set of roles holds together."""
    known = model.snapshot.roles
    return model.memo(
        ("permissions", roles),
        lambda: frozenset(p for name in roles if name in known for p in known[name].permissions),
    )


def find_account(services: Services, username: str) -> Account | None:
    """Give the account with that user name, whatever its case; None where there is none."""
    with services.database.read() as connection:
        found = read_account(connection, services.model, "username", username)
    return found[0] if found else None


def list_accounts(services: Services) -> list[Account]:
    """List every account, by user name."""
    model = services.model
    with services.database.read() as connection:
        rows = (
            connection.execute(_query(model).order_by(model.tables.column("user", "username")))
            .mappings()
            .all()
        )
        roles: dict[int, set[str]] = {}
        for user_id, role in connection.execute(select(USER_ROLE.c.user_id, USER_ROLE.c.role)):
            roles.setdefault(user_id, set()).add(role)
    return [_account(dict(row), frozenset(roles.get(row["id"], ()))) for row in rows]


def read_account(
    connection: Connection, model: Model, key: str, value: Any
) -> tuple[Account, str | None] | None:
    """Read one live account with its password hash.

    Args:
        connection: Where to read.
        model: The live model.
        key: ``id``, ``username`` or ``email``; names and addresses are compared case-folded.
        value: What to look for.
    """
    tables = model.tables
    if key == "id":
        condition = tables.table("user").c.id == value
    else:
        column = tables.fold_column("user", key)
        condition = tables.column("user", key) == value if column is None else column == fold(value)
    row = connection.execute(_query(model).where(condition).limit(1)).mappings().first()
    # Asked for unknown users too: a sign-in must cost the same queries for both.
    owner = -1 if row is None else row["id"]
    held = (
        connection.execute(select(USER_ROLE.c.role).where(USER_ROLE.c.user_id == owner))
        .scalars()
        .all()
    )
    return None if row is None else (_account(dict(row), frozenset(held)), row["password_hash"])


def must_read(connection: Connection, model: Model, user_id: int) -> Account:
    """Read one live account.

    Raises:
        NotFound: There is none.
    """
    found = read_account(connection, model, "id", user_id)
    if found is None:
        raise NotFound("account.not_found")
    return found[0]


def _query(model: Model) -> Any:
    table = model.tables.table("user")
    fields = [model.tables.column("user", name).label(name) for name in _FIELDS]
    joined = table.outerjoin(CREDENTIAL, CREDENTIAL.c.user_id == table.c.id)
    credential = (CREDENTIAL.c.auth_epoch, CREDENTIAL.c.must_change, CREDENTIAL.c.password_hash)
    return (
        select(table.c.id, *fields, *credential)
        .select_from(joined)
        .where(table.c.deleted_at.is_(None))
    )


def _account(row: Mapping[str, Any], roles: frozenset[str]) -> Account:
    return Account(
        id=row["id"],
        username=row["username"] or "",
        name=row["name"] or "",
        email=row["email"] or "",
        active=bool(row["active"]),
        language=row["language"] or "en",
        timezone=row["timezone"] or "",
        roles=roles,
        epoch=row["auth_epoch"] or 0,
        must_change=bool(row["must_change"]),
    )


def _read_one(services: Services, user_id: int) -> Account | None:
    with services.database.read() as connection:
        found = read_account(connection, services.model, "id", user_id)
    return found[0] if found else None


def remember(services: Services, key: tuple[str, Any], read: Callable[[], T]) -> T:
    """Give what ``read`` gave for ``key`` less than :data:`REMEMBERED` seconds ago, else read again."""
    memory = services.identities
    found = memory.get(key)
    now = time.monotonic()
    if found is not None and found[0] > now:
        value: T = found[1]
        return value
    fresh = read()
    if len(memory) > _MOST:
        memory.clear()
    memory[key] = (now + REMEMBERED, fresh)
    return fresh


def forget_accounts(services: Services) -> None:
    """Forget everything remembered, so that the next request of this process sees a change at once."""
    services.identities.clear()


def audit(
    connection: Connection, caller: Caller, user_id: int, action: str, changes: Mapping[str, Any]
) -> str:
    """Write one operation with one history row for a change of an account.

    Args:
        connection: The transaction's connection.
        caller: Who does it.
        user_id: Whose account.
        action: ``password``, ``roles``, ``sign_out``, ``key`` and the like.
        changes: Name -> [old, new] as far as it may be known; never a password or a hash.

    Returns:
        The operation's id.
    """
    operation, moment = new_id(), caller.services.clock.now()
    actor_id = caller.actor.user_id
    connection.execute(
        insert(OPERATION).values(
            id=operation, kind=f"account.{action}", actor_id=actor_id, at=moment,
            request_id=caller.request_id, reason=caller.reason,
        )
    )  # fmt: skip
    connection.execute(
        insert(HISTORY).values(
            operation_id=operation, object="user", record_id=user_id, version=0, action=action,
            changes=dict(changes), at=moment, actor_id=actor_id,
        )
    )  # fmt: skip
    return operation


def now_of(services: Services) -> datetime:
    """Give the present moment, in UTC."""
    return services.clock.now().astimezone(UTC)


def role_names(roles: Sequence[str]) -> list[str]:
    """Give role names sorted, each once."""
    return sorted(set(roles))
