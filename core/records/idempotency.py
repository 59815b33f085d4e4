"""Idempotency: the same key and body have one effect and one answer, kept in the effect's own transaction."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import Connection, delete, func, insert, select
from sqlalchemy.exc import IntegrityError

from core.db.platform_tables import IDEMPOTENCY
from core.db.unit_of_work import StartAgain, UnitOfWork, run_command
from core.kernel.errors import Conflict, FieldError, Invalid

if TYPE_CHECKING:
    from core.records.services import Caller, Services

T = TypeVar("T")

KEPT = timedelta(days=7)
MAX_KEY = 255


@dataclass(frozen=True, slots=True)
class Stored:
    """An answer that can be given again.

    Attributes:
        status: HTTP status.
        body: The answer's bytes.
        headers: Headers that belong to it (ETag, Location, X-Operation-Id).
        replayed: Whether it is an earlier request's answer.
    """

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    replayed: bool = False


@dataclass(slots=True)
class Reservation:
    """A key on its way through a command: the command stores the answer before it commits.

    Attributes:
        render: Makes the answer of the command's result, on the transaction's connection.
        stored: The answer, once there is one.
    """

    key: str
    request_hash: str
    render: Callable[[Any, Connection], Stored]
    stored: Stored | None = None


class Replayed(Exception):
    """Raised inside a command whose key has been used: roll back and give the earlier answer."""

    def __init__(self, stored: Stored) -> None:
        """Carry the earlier answer."""
        super().__init__("replayed")
        self.stored = stored


def remember(
    caller: Caller,
    key: str,
    request_hash: str,
    run: Callable[[Caller], T],
    render: Callable[[T, Connection], Stored],
) -> Stored:
    """Run a command once per key.

    Args:
        caller: Who asks; keys are his own.
        key: The Idempotency-Key.
        request_hash: Digest of method, path and body.
        run: Calls one of ``core.records.commands`` with the caller it is given.
        render: Makes the answer of the command's result inside its transaction.

    Raises:
        Invalid: The key was used for another request, or is too long.
        Conflict: A request with this key is still running.
    """
    if not 0 < len(key) <= MAX_KEY or not key.isprintable():
        raise Invalid(
            "idempotency.key", errors=[FieldError("Idempotency-Key", "invalid", "idempotency.key")]
        )
    with caller.services.database.read() as connection:
        earlier = _earlier(connection, caller, key, request_hash)
    if earlier is not None:
        return earlier
    reservation = Reservation(key, request_hash, render)
    try:
        run(replace(caller, reservation=reservation))
    except Replayed as answer:
        return answer.stored
    if reservation.stored is None:
        raise RuntimeError("the command stored no answer: pass on the caller that run() was given")
    return reservation.stored


def begin(caller: Caller, uow: UnitOfWork) -> None:
    """At the start of a command: refuse a key that is in use elsewhere."""
    reservation = caller.reservation
    if reservation is None:
        return
    if not uow.is_sqlite:
        number = zlib.crc32(f"{caller.actor.user_id}:{reservation.key}".encode())
        locked = uow.connection.execute(
            select(func.pg_try_advisory_xact_lock(7301, _signed(number)))
        ).scalar()
        if not locked:
            raise Conflict("idempotency.running", retry_after=1)
    earlier = _earlier(uow.connection, caller, reservation.key, reservation.request_hash)
    if earlier is not None:
        raise Replayed(earlier)


def finish(caller: Caller, uow: UnitOfWork, result: Any) -> None:
    """At the end of a command: store its answer in its own transaction."""
    reservation = caller.reservation
    if reservation is None:
        return
    stored = reservation.render(result, uow.connection)
    try:
        uow.connection.execute(
            insert(IDEMPOTENCY).values(
                user_id=caller.actor.user_id or 0,
                key=reservation.key,
                request_hash=reservation.request_hash,
                status=stored.status,
                body=stored.body.decode(),
                headers=dict(stored.headers),
                created_at=caller.services.clock.now(),
            )
        )
    except IntegrityError as fault:
        raise StartAgain from fault
    reservation.stored = stored


def forget_old(services: Services, now: datetime) -> int:
    """Delete the answers older than seven days; gives their number."""

    def step(uow: UnitOfWork) -> int:
        result = uow.connection.execute(
            delete(IDEMPOTENCY).where(IDEMPOTENCY.c.created_at < now - KEPT)
        )
        return int(result.rowcount)

    return run_command(services.database, step)


def _earlier(connection: Connection, caller: Caller, key: str, request_hash: str) -> Stored | None:
    table = IDEMPOTENCY
    query = select(table.c.request_hash, table.c.status, table.c.body, table.c.headers).where(
        table.c.user_id == (caller.actor.user_id or 0), table.c.key == key
    )
    row = connection.execute(query).first()
    if row is None:
        return None
    if row.request_hash != request_hash:
        error = FieldError("Idempotency-Key", "reused", "idempotency.reused")
        raise Invalid("idempotency.reused", errors=[error])
    return Stored(row.status, row.body.encode(), row.headers, replayed=True)


def _signed(number: int) -> int:
    return number - 2**32 if number >= 2**31 else number
