"""The worker loop: whatever is due is found in tables, so any worker may die and any may take over."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from core.db.leases import claim
from core.db.unit_of_work import run_command
from core.jobs.sealer import seal
from core.kernel.ids import new_id
from core.records.idempotency import forget_old
from core.records.services import Services

log = logging.getLogger(__name__)

POLL_SECONDS = 1.0
LEASE = timedelta(seconds=60)
"""How long a worker keeps what it alone may do; renewed every ten seconds."""


@dataclass(slots=True)
class Duty:
    """Something the worker does again and again.

    Attributes:
        run: Does it; gives the number of things done.
        every: Seconds between two runs that found nothing to do.
    """

    name: str
    run: Callable[[], int]
    every: float
    due: float = field(default=0.0)


def duties(services: Services) -> list[Duty]:
    """List what a worker does."""
    found = [
        Duty("seal", lambda: seal(services), POLL_SECONDS),
        Duty("idempotency", lambda: forget_old(services, services.clock.now()), 3600.0),
    ]
    if services.database.is_sqlite:
        holder = new_id()
        found.append(Duty("checkpoint", lambda: checkpoint(services, holder), 10.0))
    return found


def checkpoint(services: Services, holder: str) -> int:
    """Move SQLite's log into the file if this worker holds the lease: two at once may damage the file."""
    now = services.clock.now()
    if run_command(services.database, lambda uow: claim(uow, "checkpoint", holder, now, LEASE)):
        services.database.checkpoint()
    return 0


def work(tasks: Sequence[Duty], stop: threading.Event) -> None:
    """Run the duties until told to stop; a duty that fails is logged and tried again later."""
    while not stop.is_set():
        busy = False
        for duty in tasks:
            if time.monotonic() < duty.due or stop.is_set():
                continue
            busy = run_once(duty) or busy
        if not busy:
            stop.wait(POLL_SECONDS)


def run_once(duty: Duty) -> bool:
    """Run a duty; tells whether there may be more to do at once."""
    try:
        done = duty.run()
    except Exception:
        log.exception("duty %s failed", duty.name)
        done = 0
    duty.due = time.monotonic() + (0.0 if done else duty.every)
    return done > 0
