"""Commands on accounts for those who manage users: make, change, roles, passwords, sign out everywhere.

Two rules stand above every right: nobody grants or manages what they don't hold themselves, and the last active
administrator stays one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from core.db.platform_tables import USER_ROLE
from core.db.unit_of_work import UnitOfWork, run_command
from core.kernel.errors import Conflict, FieldError, Forbidden, Invalid
from core.kernel.text import nearest
from core.records import pipeline
from core.records.accounts_passwords import check_strength, hash_password
from core.records.accounts_signin import bump_epoch, store_password
from core.records.accounts_store import Account, audit, forget_accounts, must_read, role_names
from core.records.commands import in_operation
from core.records.services import Caller
from core.records.writing import Change, Writing

MANAGE = "users.manage"
"""Named permission to manage accounts."""

ADMIN = "admin"


def create_user(
    caller: Caller,
    data: Mapping[str, Any],
    *,
    roles: Sequence[str] = (),
    password: str | None = None,
    must_change: bool = False,
) -> int:
    """Make a user with roles and, where one is given, a password; one operation.

    Args:
        caller: Who does it.
        data: Fields of object ``user``: ``username``, ``name``, ``email``, ``language``, …
        roles: Roles to hold.
        password: First password; without one the user can't sign in by password.
        must_change: Whether it must be changed at the first sign-in.

    Returns:
        The id of the new record of object ``user``.

    Raises:
        Invalid: A field or the password is wrong, or the name is taken.
        Forbidden: The caller may not, or doesn't hold a role that is to be granted.
    """
    require_admin_right(caller)
    refuse_unknown_roles(caller, roles)
    refuse_unheld(caller, roles)
    hashed = None
    if password is not None:
        check_strength(password, str(data.get("username") or ""))
        hashed = hash_password(password)

    def step(writing: Writing) -> int:
        row = pipeline.create(writing, "user", data)
        assert row.id is not None
        bump_epoch(writing.connection, row.id, password_hash=hashed, must_change=must_change)
        if roles:
            _store_roles(writing.connection, row.id, roles)
            changed: dict[str, tuple[Any, Any]] = {"roles": (None, role_names(roles))}
            writing.operation.changes.append(Change("user", row.id, row.version, "roles", changed))
        return row.id

    user_id = in_operation(caller, "create", step)
    forget_accounts(caller.services)
    return user_id


def update_user(caller: Caller, user_id: int, data: Mapping[str, Any], version: int | None) -> None:
    """Change the fields of a user; deactivation ends every session, token and key.

    Raises:
        Forbidden: The caller may not, or the user holds roles that the caller doesn't.
        Conflict: The last active administrator would be deactivated.
    """
    require_admin_right(caller)

    def step(writing: Writing) -> None:
        account = must_read(writing.connection, writing.model, user_id)
        refuse_unheld(writing.caller, account.roles)
        pipeline.update(writing, "user", user_id, data, version)
        if data.get("active") is False and account.active:
            refuse_last_admin(writing.connection, writing.caller, account)
            bump_epoch(writing.connection, user_id)

    in_operation(caller, "update", step)
    forget_accounts(caller.services)


def set_roles(caller: Caller, user_id: int, roles: Sequence[str]) -> None:
    """Give a user exactly these roles; every session, token and key of theirs ends.

    Raises:
        Invalid: A role is unknown.
        Forbidden: A role is granted or taken that the caller doesn't hold.
        Conflict: The last active administrator would lose the role.
    """
    require_admin_right(caller)

    def command(uow: UnitOfWork) -> None:
        connection = uow.connection
        account = must_read(connection, caller.model, user_id)
        refuse_unheld(caller, account.roles)
        refuse_unknown_roles(caller, set(roles) - account.roles)
        refuse_unheld(caller, roles)
        if frozenset(roles) == account.roles:
            return
        if ADMIN not in roles:
            refuse_last_admin(connection, caller, account)
        _store_roles(connection, user_id, roles)
        bump_epoch(connection, user_id)
        audit(
            connection,
            caller,
            user_id,
            "roles",
            {"roles": [role_names(tuple(account.roles)), role_names(roles)]},
        )

    run_command(caller.services.database, command)
    forget_accounts(caller.services)


def set_password(caller: Caller, user_id: int, password: str, *, must_change: bool = False) -> None:
    """Set another user's password; every session, token and key of theirs ends.

    Raises:
        Invalid: It is too weak.
        Forbidden: The caller may not, or the user holds roles that the caller doesn't.
    """
    require_admin_right(caller)
    with caller.services.database.read() as connection:
        account = must_read(connection, caller.model, user_id)
    check_strength(password, account.username)
    hashed = hash_password(password)

    def command(uow: UnitOfWork) -> None:
        current = must_read(uow.connection, caller.model, user_id)
        refuse_unheld(caller, current.roles)
        store_password(uow.connection, caller, current, hashed, must_change=must_change)

    run_command(caller.services.database, command)
    forget_accounts(caller.services)


def sign_out_everywhere(caller: Caller, user_id: int) -> None:
    """End every session, token and key of a user.

    Raises:
        Forbidden: It is another user, and the caller may not manage them.
    """
    if user_id != caller.actor.user_id:
        require_admin_right(caller)

    def command(uow: UnitOfWork) -> None:
        account = must_read(uow.connection, caller.model, user_id)
        if user_id != caller.actor.user_id:
            refuse_unheld(caller, account.roles)
        bump_epoch(uow.connection, user_id)
        audit(uow.connection, caller, user_id, "sign_out", {"everywhere": [None, True]})

    run_command(caller.services.database, command)
    forget_accounts(caller.services)


def require_admin_right(caller: Caller) -> None:
    """Refuse a caller who may not manage accounts.

    Raises:
        Forbidden: The caller lacks the permission ``users.manage``.
    """
    if not (caller.actor.is_admin or MANAGE in caller.actor.permissions):
        raise Forbidden("account.may_not_manage")


def refuse_unheld(caller: Caller, roles: Iterable[str]) -> None:
    """Refuse to deal with roles that the caller doesn't hold.

    Raises:
        Forbidden: Names the roles.
    """
    if caller.actor.is_admin:
        return
    unheld = sorted(set(roles) - caller.actor.roles)
    if unheld:
        raise Forbidden("account.roles_not_held", roles=", ".join(unheld))


def refuse_unknown_roles(caller: Caller, roles: Iterable[str]) -> None:
    """Refuse roles that no definition knows.

    Raises:
        Invalid: Names them, each with the nearest right name.
    """
    known = {ADMIN, *caller.snapshot.roles}
    errors = [
        FieldError(
            "roles",
            "unknown_name",
            "account.unknown_role",
            {"name": r, "hint": nearest(r, known) or "-"},
        )
        for r in sorted(set(roles) - known)
    ]
    if errors:
        raise Invalid("account.invalid", errors=errors)


def refuse_last_admin(connection: Connection, caller: Caller, account: Account) -> None:
    """Refuse to take the platform's last active administrator away.

    Raises:
        Conflict: The account is the last one.
    """
    if ADMIN not in account.roles:
        return
    # The rows are locked, so that two administrators can't take each other away at the same time.
    held = (
        select(USER_ROLE.c.user_id).where(USER_ROLE.c.role == ADMIN).order_by(USER_ROLE.c.user_id)
    )
    others = [i for i in connection.execute(held.with_for_update()).scalars() if i != account.id]
    tables = caller.model.tables
    table = tables.table("user")
    active = select(table.c.id).where(
        table.c.id.in_(others),
        table.c.deleted_at.is_(None),
        tables.column("user", "active").in_([True]),
    )
    if connection.execute(active.limit(1)).first() is None:
        raise Conflict("account.last_admin")


def _store_roles(connection: Connection, user_id: int, roles: Sequence[str]) -> None:
    connection.execute(delete(USER_ROLE).where(USER_ROLE.c.user_id == user_id))
    rows = [{"user_id": user_id, "role": role} for role in role_names(roles)]
    if rows:
        connection.execute(insert(USER_ROLE), rows)
