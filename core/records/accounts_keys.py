"""API keys: a random secret whose SHA-256 is stored; cheap to check, worthless to whoever reads the table."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update

from core.db.platform_tables import API_KEY
from core.db.unit_of_work import UnitOfWork, run_command
from core.kernel.actor import Actor
from core.kernel.errors import NotFound, Unauthenticated
from core.records.accounts_admin import (
    refuse_unheld,
    refuse_unknown_roles,
    require_admin_right,
)
from core.records.accounts_store import (
    account_of,
    actor_of_account,
    audit,
    forget_accounts,
    must_read,
    now_of,
    permissions_of,
    remember,
    role_names,
)
from core.records.services import Caller, Services

KEY_PREFIX = "tlk_"
_SHOWN = 12


@dataclass(frozen=True, slots=True)
class KeyInfo:
    """What may be shown of a key.

    Attributes:
        prefix: Its first characters, to tell it from others.
        user_id: The user it acts as; None for a key of its own.
        roles: Roles it acts with; empty for all of its user's.
    """

    id: int
    prefix: str
    name: str
    user_id: int | None
    roles: tuple[str, ...]
    created_at: datetime
    expires_at: datetime | None


def create_key(
    caller: Caller,
    name: str,
    *,
    roles: Sequence[str] = (),
    user_id: int | None = None,
    expires_at: datetime | None = None,
) -> str:
    """Make a key and give its secret, which is never shown again.

    A key of a user acts as that user, with ``roles`` as far as the user holds them (all where none are named), and
    ends with each event that ends the user's sessions. A key without a user acts with ``roles`` alone.

    Raises:
        Invalid: A role is unknown.
        Forbidden: The caller may not, or doesn't hold the roles.
    """
    refuse_unknown_roles(caller, roles)
    own = user_id is not None and user_id == caller.actor.user_id
    if not own:
        require_admin_right(caller)
    refuse_unheld(caller, roles)
    secret = KEY_PREFIX + secrets.token_urlsafe(32)

    def command(uow: UnitOfWork) -> None:
        epoch = None
        if user_id is not None:
            account = must_read(uow.connection, caller.model, user_id)
            refuse_unheld(caller, account.roles)
            epoch = account.epoch
        uow.connection.execute(
            insert(API_KEY).values(
                prefix=secret[:_SHOWN], key_hash=_hash(secret), name=name, user_id=user_id,
                roles=role_names(roles), auth_epoch=epoch, created_at=now_of(caller.services),
                created_by=caller.actor.user_id, expires_at=expires_at,
            )
        )  # fmt: skip
        audit(
            uow.connection,
            caller,
            user_id or 0,
            "key",
            {"name": [None, name], "roles": [None, list(roles)]},
        )

    run_command(caller.services.database, command)
    return secret


def actor_of_key(services: Services, secret: str) -> Actor:
    """Give the actor that a key stands for.

    Raises:
        Unauthenticated: The key is unknown, revoked, expired, or its user may no longer act.
    """
    hashed = _hash(secret)
    row = remember(services, ("key", hashed), lambda: _find(services, hashed))
    if row is None or (row["expires_at"] is not None and row["expires_at"] <= now_of(services)):
        raise Unauthenticated("auth.key_invalid")
    roles = frozenset(row["roles"] or ())
    if row["user_id"] is None:
        permissions = permissions_of(services.model, roles)
        return Actor(None, row["name"], roles, timezone=services.timezone, permissions=permissions)
    account = account_of(services, row["user_id"])
    if account is None or not account.active or account.epoch != row["auth_epoch"]:
        raise Unauthenticated("auth.revoked")
    actor = actor_of_account(services, account)
    if not roles:
        return actor
    held = roles & account.roles
    return Actor(
        actor.user_id, actor.name, held, actor.language, actor.timezone,
        permissions=permissions_of(services.model, held),
    )  # fmt: skip


def list_keys(caller: Caller, user_id: int | None = None) -> list[KeyInfo]:
    """List the keys that work, all of them or those of one user.

    Raises:
        Forbidden: The caller asks for others' keys without the right.
    """
    if user_id is None or user_id != caller.actor.user_id:
        require_admin_right(caller)
    query = select(API_KEY).where(API_KEY.c.revoked_at.is_(None)).order_by(API_KEY.c.created_at)
    if user_id is not None:
        query = query.where(API_KEY.c.user_id == user_id)
    with caller.services.database.read() as connection:
        rows = connection.execute(query).mappings().all()
    return [
        KeyInfo(
            id=row["id"], prefix=row["prefix"], name=row["name"], user_id=row["user_id"],
            roles=tuple(row["roles"] or ()), created_at=row["created_at"], expires_at=row["expires_at"],
        )
        for row in rows
    ]  # fmt: skip


def revoke_key(caller: Caller, key_id: int) -> None:
    """End a key.

    Raises:
        NotFound: There is no such key that works.
        Forbidden: It is another's, and the caller has no right to it.
    """

    def command(uow: UnitOfWork) -> None:
        alive = (API_KEY.c.id == key_id, API_KEY.c.revoked_at.is_(None))
        row = uow.connection.execute(select(API_KEY).where(*alive)).mappings().first()
        if row is None:
            raise NotFound("account.key_not_found")
        if row["user_id"] is None or row["user_id"] != caller.actor.user_id:
            require_admin_right(caller)
            refuse_unheld(caller, row["roles"] or ())
        uow.connection.execute(
            update(API_KEY).where(*alive).values(revoked_at=now_of(caller.services))
        )
        audit(uow.connection, caller, row["user_id"] or 0, "key", {"name": [row["name"], None]})

    run_command(caller.services.database, command)
    forget_accounts(caller.services)


def _find(services: Services, hashed: str) -> Mapping[str, Any] | None:
    with services.database.read() as connection:
        query = select(API_KEY).where(API_KEY.c.key_hash == hashed, API_KEY.c.revoked_at.is_(None))
        row = connection.execute(query).mappings().first()
    return None if row is None else dict(row)


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
