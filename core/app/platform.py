"""The composition root: settings in, one running installation out."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.app.settings import Settings, secret_of
from core.app.texts import FLOOR_TEXTS
from core.changes.apply import (
    Sources,
    candidate,
    known_guards,
    organisation_documents,
    remember_guards,
    stored_snapshot,
)
from core.changes.apply import apply as apply_snapshot
from core.db.engine import Database
from core.db.migrate import Upgrade, load_tables
from core.db.revisions import is_set_up
from core.db.unit_of_work import is_transient
from core.hooks.host import PluginHost, discover
from core.hooks.manifest import Plugin
from core.hooks.types import Context, Operation
from core.kernel.actor import SYSTEM, Actor
from core.kernel.clock import SystemClock
from core.kernel.errors import InvalidDefinitions, InvalidSettings, Unavailable
from core.kernel.ids import new_id
from core.kernel.messages import Catalogue, Texts
from core.metadata.documents import Document
from core.metadata.snapshot import Snapshot
from core.records.accounts_rules import UserRules
from core.records.services import Caller, Model, Services

VERSION = "0.1.0"
CORE = "core"

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Platform:
    """One installation, opened.

    Attributes:
        settings: Its settings.
        host: The plugins.
        database: The database.
        catalogue: Every text.
        services: What reads and writes need; None until the database is set up.
        loading: Held while definitions are loaded anew.
    """

    settings: Settings
    host: PluginHost
    database: Database
    catalogue: Catalogue
    services: Services | None = None
    loading: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def sources(self) -> Sources:
        """Name the folders of the definitions that ship with the platform and its plugins."""
        return sources_of(self.host.plugins)

    def plugin_texts(self) -> list[Texts]:
        """Give the texts of the plugins that are in order."""
        failed = self.host.failures
        return [p.messages for p in self.host.plugins if p.name not in failed]

    def kept_documents(self) -> tuple[Document, ...]:
        """Give the live definitions that no file brings: the organisation's, and those of plugins that failed to load.

        A plugin that can't be loaded today keeps its objects, read-only.
        """
        present = {plugin.name for plugin in self.host.plugins}
        return organisation_documents(self.database, set(self.host.failures) - present)

    def ready(self) -> Services:
        """Give the services.

        Raises:
            Unavailable: The database isn't set up for this version.
        """
        if self.services is None:
            raise Unavailable("app.not_upgraded")
        return self.services

    def system(self) -> Caller:
        """Give a caller for the platform's own work, with every right."""
        services = self.ready()
        return Caller(services, services.model, SYSTEM, request_id=new_id())

    def caller(self, actor: Actor, *, opening: bool = False) -> Caller:
        """Give a caller for an actor."""
        services = self.ready()
        return Caller(services, services.model, actor, request_id=new_id(), opening=opening)


def open_platform(settings: Settings, *, pool_size: int | None = None) -> Platform:
    """Open an installation with the definitions that are live in its database.

    Args:
        settings: The settings.
        pool_size: Connections kept open; the number of threads by default.

    Raises:
        InvalidSettings: The database can't be opened.
    """
    secret = secret_of(settings)
    host = discover(VERSION, is_transient=is_transient)
    catalogue = _catalogue(host)
    host.plugins = (_core_rules(), *host.plugins)
    database = Database(settings.database_url, pool_size=pool_size or settings.threads)
    platform = Platform(settings, host, database, catalogue)
    if host.failures:
        host.remember(known_guards(database))
    snapshot = stored_snapshot(database, platform.sources().prefixes)
    if snapshot is not None:
        platform.services = _services(platform, snapshot, secret)
    return platform


def check_set_up(settings: Settings) -> None:
    """Look whether the database is set up, without opening the installation.

    Raises:
        InvalidSettings: The database can't be opened.
        Unavailable: It isn't set up, or it is away.
    """
    secret_of(settings)
    database = Database(settings.database_url, pool_size=1)
    try:
        with database.read() as connection:
            if not is_set_up(connection):
                raise Unavailable("app.not_upgraded")
    finally:
        database.close()


def set_up(
    platform: Platform, paths: Sequence[Path] = (), *, author: str = "system", title: str = ""
) -> Upgrade:
    """Bring tables and definitions to what ships now, plus the organisation's own and those at ``paths``.

    Raises:
        InvalidDefinitions: A definition is broken; nothing was changed.
    """
    sources = platform.sources()
    snapshot = candidate(sources, platform.kept_documents(), paths)
    done = apply_snapshot(platform.database, snapshot, author=author, title=title)
    live = stored_snapshot(platform.database, sources.prefixes)
    assert live is not None
    platform.services = _services(platform, live, secret_of(platform.settings))
    remember_guards(platform.database, platform.host.guards())
    return done


def is_current(platform: Platform) -> bool:
    """Tell whether the live definitions are those that ship now."""
    if platform.services is None:
        return False
    snapshot = candidate(platform.sources(), platform.kept_documents())
    return snapshot.checksum == platform.services.model.snapshot.checksum


def sources_of(plugins: Sequence[Plugin]) -> Sources:
    """Name where the definitions of these plugins are."""
    own = [p for p in plugins if p.name != CORE]
    folders = tuple((p.name, Path(p.definitions) if p.definitions else None) for p in own)
    return Sources(folders, {p.name: p.prefix for p in own if p.prefix})


def _core_rules() -> Plugin:
    return Plugin(name=CORE, version=VERSION, rules=(UserRules(),))


def _services(platform: Platform, snapshot: Snapshot, secret: str) -> Services:
    platform.host.link(snapshot)
    settings = platform.settings
    services = Services(
        database=platform.database,
        model=Model(snapshot, load_tables(platform.database, snapshot)),
        rules=platform.host,
        written=_written,
        wake=_wake,
        clock=SystemClock(),
        catalogue=platform.catalogue,
        secret=secret.encode(),
        timezone=settings.timezone,
        currency=settings.currency,
        settings=_facts(platform),
        reload=lambda: _reload(platform),
    )
    for name in ("rules", "written", "wake"):
        if getattr(services, name) is None:
            raise InvalidSettings("app.port_empty", name=name)
    return services


def _reload(platform: Platform) -> None:
    """Put the definitions that are live in the database in place of those known here; others go on meanwhile."""
    with platform.loading:
        services = platform.ready()
        try:
            snapshot = stored_snapshot(platform.database, platform.sources().prefixes)
        except InvalidDefinitions:
            log.exception(
                "the live definitions can't be read by this version; the earlier ones stay"
            )
            return
        if snapshot is None or snapshot.revision == services.model.snapshot.revision:
            return
        tables = load_tables(platform.database, snapshot)
        platform.host.link(snapshot)
        services.model = Model(snapshot, tables)
        services.settings["failed_plugins"] = _facts(platform)["failed_plugins"]
        platform.database.forget_statements()


def _facts(platform: Platform) -> dict[str, Any]:
    """Give what pages about the installation itself show."""
    host = platform.host
    return {
        "version": VERSION,
        "plugins": [(p.name, p.version) for p in host.plugins if p.name != CORE],
        "failed_plugins": {
            f.plugin: (f.message_id, dict(f.params)) for f in host.failures.values()
        },
        "warnings": list(platform.database.warnings),
        "language": platform.settings.lang,
    }


def _written(ctx: Context, operation: Operation) -> None:
    """Nothing listens to writes beyond the outbox yet: the sealer reads it."""


def _wake(topics: Sequence[str]) -> None:
    """The embedded worker polls; there is no bell to ring."""


def _catalogue(host: PluginHost) -> Catalogue:
    """Put the texts together; a plugin that would change another's is put out of order."""
    texts: list[Texts] = [*FLOOR_TEXTS]
    for plugin in host.plugins:
        try:
            Catalogue(*texts, plugin.messages)
        except ValueError as fault:
            params = {"plugin": plugin.name, "cause": str(fault)}
            host.fail(plugin, "plugin.message_clash", params)
        else:
            texts.append(plugin.messages)
    return Catalogue(*texts)
