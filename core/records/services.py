"""What every read and write needs: the installation's services, the pinned model, and who asks."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from core.db.engine import Database
from core.db.revisions import current_revision
from core.db.tables import Tables
from core.hooks.ports import RecordRules, Wake, Written
from core.kernel.actor import Actor
from core.kernel.clock import Clock
from core.kernel.messages import Catalogue
from core.metadata.snapshot import Snapshot

if TYPE_CHECKING:
    from core.records.idempotency import Reservation

T = TypeVar("T")

LOOK_SECONDS = 1.0
"""How long a process that only reads may stay behind the live definitions."""


class Model:
    """A snapshot with what is compiled from it; immutable but for its memo.

    Attributes:
        snapshot: The definitions.
        tables: Their tables.
    """

    def __init__(self, snapshot: Snapshot, tables: Tables | str) -> None:
        """Take a snapshot with its tables, or build them for ``sqlite`` or ``postgresql`` under their first names."""
        self.snapshot = snapshot
        self.tables = Tables(snapshot, tables) if isinstance(tables, str) else tables
        self._memo: dict[Any, Any] = {}
        self._lock = threading.Lock()

    def memo(self, key: Any, build: Callable[[], T]) -> T:
        """Give what ``build`` made for ``key`` the first time; lives as long as the snapshot."""
        try:
            found: T = self._memo[key]
        except KeyError:
            built = build()
            with self._lock:
                found = self._memo.setdefault(key, built)
        return found


@dataclass(slots=True)
class Services:
    """The parts of one running installation; made by the composition root.

    Attributes:
        model: The live model; replaced in one assignment when definitions change.
        rules: The plugin host's hooks.
        written: Port called at the end of each write.
        wake: Port called after each commit.
        secret: Key that signs cursors.
        timezone: The company's IANA zone.
        currency: The company's ISO currency code.
        identities: What :mod:`core.records.accounts_store` remembers of users for a moment.
        reload: Port that puts the definitions that are live in the database in place of ``model``.
    """

    database: Database
    model: Model
    rules: RecordRules
    written: Written
    wake: Wake
    clock: Clock
    catalogue: Catalogue
    secret: bytes
    timezone: str = "UTC"
    currency: str = "CNY"
    settings: dict[str, Any] = field(default_factory=dict)
    identities: dict[Any, Any] = field(default_factory=dict)
    reload: Callable[[], None] = lambda: None
    _looked: float = 0.0

    def follow(self) -> None:
        """Take over definitions that another process made live; looks at most once a second."""
        now = time.monotonic()
        if now - self._looked < LOOK_SECONDS:
            return
        self._looked = now
        with self.database.read() as connection:
            revision, _ = current_revision(connection)
        if revision != self.model.snapshot.revision:
            self.reload()


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, on which model: made once per request or task, first argument of every read and write.

    Attributes:
        model: The model pinned for the whole request.
        request_id: Correlates log, answer and audit.
        reason: Why, in the person's words; kept in the history.
        opening: Whether opening balances are being loaded (permission ``import.opening``).
        reservation: The Idempotency-Key under which a command stores its answer, or None.
    """

    services: Services
    model: Model
    actor: Actor
    request_id: str = ""
    reason: str = ""
    opening: bool = False
    reservation: Reservation | None = None

    @property
    def snapshot(self) -> Snapshot:
        """The pinned definitions."""
        return self.model.snapshot
