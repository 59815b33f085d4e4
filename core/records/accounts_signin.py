"""Sign-in, back-off after failures, and sessions that can be ended from the server's side."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from core.db.platform_tables import CREDENTIAL, LOGIN_ATTEMPT, SESSION
from core.db.unit_of_work import UnitOfWork, run_command
from core.kernel.actor import SYSTEM, Actor
from core.kernel.errors import FieldError, Invalid, TooMany, Unauthenticated
from core.kernel.ids import new_id
from core.kernel.text import fold, is_clean
from core.records.accounts_passwords import check_strength, hash_password, is_outdated, verify
from core.records.accounts_store import (
    Account,
    account_of,
    audit,
    forget_accounts,
    must_read,
    now_of,
    read_account,
    remember,
)
from core.records.services import Caller, Services

FREE_FAILURES = 5
"""Failures in a row that cost no waiting."""

LONGEST_WAIT = 900
"""Seconds of the longest wait; it never becomes permanent."""

FORGIVEN_AFTER = timedelta(hours=1)
"""Time without a try after which failures are forgotten."""

SESSION_LIFETIME = timedelta(hours=12)
"""Life of a sign-in; an API session may be renewed within it."""

KEPT = timedelta(days=30)
"""Time that tries are kept."""

_MAX_NAME = 200
_MOST_COUNTED = 20


@dataclass(frozen=True, slots=True)
class Session:
    """One sign-in.

    Attributes:
        refresh_id: One-time id of the refresh token that may renew it.
    """

    id: str
    user_id: int
    expires_at: datetime
    refresh_id: str


def authenticate(services: Services, username: str, password: str, address: str) -> Account:
    """Check a user name and password.

    Unknown, deactivated and password-less users cost the same queries and the same hash as a wrong password, and get
    the same answer.

    Args:
        services: The installation.
        username: As typed; its case doesn't matter.
        password: As typed.
        address: Network address of the client; back-off counts per user name and network (/24, or /56 of IPv6).

    Raises:
        Unauthenticated: They don't fit.
        TooMany: Too many failures; ``retry_after`` says how long to wait.
    """
    name = fold(username)[:_MAX_NAME] if is_clean(username) else ""
    network = network_of(address)
    with services.database.read() as connection:
        refuse_if_waiting(services, connection, name, network)
        found = read_account(
            connection, services.model, "username", username if is_clean(username) else ""
        )
    account, stored = found or (None, None)
    fits = verify(password, stored if account is not None and account.active else None)
    if not fits or account is None:
        note_attempt(services, name, network, None, succeeded=False)
        raise Unauthenticated("auth.wrong_credentials")
    renew = (
        (account.id, hash_password(password))
        if stored is not None and is_outdated(stored)
        else None
    )
    note_attempt(services, name, network, renew, succeeded=True)
    return account


def refuse_if_waiting(services: Services, connection: Connection, name: str, network: str) -> None:
    """Refuse a try that comes before the wait after the last failure is over.

    Raises:
        TooMany: With the seconds left.
    """
    table, now = LOGIN_ATTEMPT, now_of(services)
    since = now - FORGIVEN_AFTER
    latest = (
        select(table.c.at, table.c.succeeded)
        .where(table.c.username_fold == name, table.c.network == network, table.c.at > since)
        .order_by(table.c.at.desc(), table.c.id.desc())
        .limit(_MOST_COUNTED)
    )
    failures, last = 0, None
    for at, succeeded in connection.execute(latest):
        if succeeded:
            break
        failures, last = failures + 1, last or at
    if last is None:
        return
    left = wait_after(failures) - (now - last).total_seconds()
    if left > 0:
        raise TooMany("auth.wait", retry_after=int(left) + 1, seconds=int(left) + 1)


def wait_after(failures: int) -> int:
    """Give the seconds to wait after that many failures in a row: from the fifth on, each doubles them."""
    if failures < FREE_FAILURES:
        return 0
    return int(min(LONGEST_WAIT, 2 ** (failures - FREE_FAILURES + 1)))


def note_attempt(
    services: Services, name: str, network: str, renew: tuple[int, str] | None, *, succeeded: bool
) -> None:
    """Keep that somebody tried, for the back-off and for whoever looks into an attack.

    Args:
        services: The installation.
        name: Folded user name as typed.
        network: Network of the client.
        renew: User id and new hash, where the stored hash was made with an older method.
        succeeded: Whether it worked.
    """
    now = now_of(services)

    def command(uow: UnitOfWork) -> None:
        connection = uow.connection
        connection.execute(delete(LOGIN_ATTEMPT).where(LOGIN_ATTEMPT.c.at < now - KEPT))
        connection.execute(
            insert(LOGIN_ATTEMPT).values(
                username_fold=name, network=network, at=now, succeeded=succeeded
            )
        )
        if renew is not None:
            changed = update(CREDENTIAL).where(CREDENTIAL.c.user_id == renew[0])
            connection.execute(changed.values(password_hash=renew[1]))

    run_command(services.database, command)


def network_of(address: str) -> str:
    """Give the network that failures are counted for."""
    try:
        parsed: Any = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if parsed.version == 6 and parsed.ipv4_mapped:
        parsed = parsed.ipv4_mapped
    return str(ipaddress.ip_network(f"{parsed}/{24 if parsed.version == 4 else 56}", strict=False))


def open_session(services: Services, account: Account, kind: str, request_id: str = "") -> Session:
    """Begin a session for an authenticated account, with an audit row.

    Args:
        services: The installation.
        account: Whose.
        kind: ``browser`` or ``api``.
        request_id: Correlates with the log.
    """
    now = now_of(services)
    session = Session(new_id(), account.id, now + SESSION_LIFETIME, new_id())
    caller = Caller(
        services, services.model, Actor(account.id, account.name, account.roles), request_id
    )

    def command(uow: UnitOfWork) -> None:
        connection = uow.connection
        connection.execute(delete(SESSION).where(SESSION.c.expires_at < now - timedelta(days=1)))
        connection.execute(
            insert(SESSION).values(
                id=session.id, user_id=account.id, kind=kind, refresh_id=session.refresh_id,
                opened_at=now, expires_at=session.expires_at,
            )
        )  # fmt: skip
        audit(connection, caller, account.id, "sign_in", {"kind": [None, kind]})

    run_command(services.database, command)
    return session


def account_in_session(
    services: Services, user_id: int, session_id: str, epoch: int
) -> Account | None:
    """Give the account behind a session: None where the session, the user or the epoch is no longer good."""
    account = account_of(services, user_id)
    if account is None or not account.active or account.epoch != epoch:
        return None
    owner = remember(services, ("session", session_id), lambda: _owner_of(services, session_id))
    return account if owner == user_id else None


def _owner_of(services: Services, session_id: str) -> int | None:
    table = SESSION
    with services.database.read() as connection:
        row = connection.execute(
            select(table.c.user_id, table.c.expires_at).where(
                table.c.id == session_id, table.c.ended_at.is_(None)
            )
        ).first()
    return None if row is None or row.expires_at <= now_of(services) else int(row.user_id)


def rotate_session(
    services: Services, user_id: int, session_id: str, refresh_id: str, epoch: int
) -> Session:
    """Renew an API session by its one-time refresh id; a second use of the same id ends the session.

    Raises:
        Unauthenticated: The session, the user or the id is no longer good.
    """
    account = account_of(services, user_id)
    if account is None or not account.active or account.epoch != epoch:
        raise Unauthenticated("auth.revoked")
    table, now, fresh = SESSION, now_of(services), new_id()
    alive = (
        table.c.id == session_id,
        table.c.user_id == user_id,
        table.c.ended_at.is_(None),
        table.c.expires_at > now,
    )

    def command(uow: UnitOfWork) -> datetime | None:
        connection = uow.connection
        renewed = connection.execute(
            update(table).where(*alive, table.c.refresh_id == refresh_id).values(refresh_id=fresh)
        )
        if renewed.rowcount != 1:  # used before: somebody else holds a copy
            connection.execute(update(table).where(table.c.id == session_id).values(ended_at=now))
            return None
        return connection.execute(
            select(table.c.expires_at).where(table.c.id == session_id)
        ).scalar()

    expires = run_command(services.database, command)
    if expires is None:
        forget_accounts(services)
        raise Unauthenticated("auth.revoked")
    return Session(session_id, user_id, expires, fresh)


def close_session(services: Services, user_id: int, session_id: str) -> None:
    """End one session of a user; its cookie or tokens are worth nothing afterwards."""
    now = now_of(services)
    actor = Actor(user_id, "") if account_of(services, user_id) else SYSTEM
    caller = Caller(services, services.model, actor)

    def command(uow: UnitOfWork) -> None:
        ended = uow.connection.execute(
            update(SESSION)
            .where(
                SESSION.c.id == session_id,
                SESSION.c.user_id == user_id,
                SESSION.c.ended_at.is_(None),
            )
            .values(ended_at=now)
        )
        if ended.rowcount:
            audit(uow.connection, caller, user_id, "sign_out", {})

    run_command(services.database, command)
    forget_accounts(services)


def change_own_password(caller: Caller, current: str, new: str, address: str) -> None:
    """Change the caller's own password; every session, token and key of theirs ends.

    Raises:
        Invalid: The current password is wrong, or the new one is too weak.
        TooMany: Too many wrong tries.
    """
    services, user_id = caller.services, caller.actor.user_id
    account = account_of(services, user_id) if user_id is not None else None
    if account is None:
        raise Unauthenticated("auth.required")
    try:
        authenticate(services, account.username, current, address)
    except Unauthenticated:
        wrong = FieldError("current", "wrong", "account.current_wrong")
        raise Invalid("account.invalid", errors=[wrong]) from None
    check_strength(new, account.username, "new")
    hashed = hash_password(new)

    def command(uow: UnitOfWork) -> None:
        store_password(
            uow.connection, caller, must_read(uow.connection, caller.model, account.id), hashed
        )

    run_command(services.database, command)
    forget_accounts(services)


def store_password(
    connection: Connection,
    caller: Caller,
    account: Account,
    hashed: str,
    *,
    must_change: bool = False,
) -> None:
    """Write a password's hash, raise the epoch and leave an audit row."""
    values = {
        "password_hash": hashed,
        "must_change": must_change,
        "changed_at": now_of(caller.services),
    }
    bump_epoch(connection, account.id, **values)
    audit(connection, caller, account.id, "password", {})


def bump_epoch(connection: Connection, user_id: int, **values: Any) -> None:
    """Raise a user's epoch, so that every session, token and key made before is worth nothing."""
    table = CREDENTIAL
    raised = connection.execute(
        update(table)
        .where(table.c.user_id == user_id)
        .values(auth_epoch=table.c.auth_epoch + 1, **values)
    )
    if raised.rowcount == 0:
        connection.execute(
            insert(table).values(user_id=user_id, auth_epoch=1, **{"must_change": False, **values})
        )
