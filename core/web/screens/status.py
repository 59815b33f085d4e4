"""The page that tells administrators how the installation is."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import Any

from flask import Response

from core.kernel.errors import Forbidden
from core.records.services import Services
from core.web import auth
from core.web.screens import page


def show() -> Response:
    """Show revision, plugins and warnings."""
    caller = auth.caller()
    if not caller.actor.is_admin:
        raise Forbidden("ui.not_allowed")
    services = caller.services
    snapshot = caller.snapshot
    html = page.render(
        "status.html",
        facts=[
            (page.text("status.version"), str(services.settings.get("version", ""))),
            (page.text("status.revision"), str(snapshot.revision)),
            (page.text("status.checksum"), snapshot.checksum[:16]),
            (page.text("status.objects"), str(len(snapshot.objects))),
            (page.text("status.reports"), str(len(snapshot.reports))),
            (page.text("status.database"), _database(services)),
            (page.text("status.timezone"), services.timezone),
            (page.text("status.currency"), services.currency),
        ],
        plugins=_plugins(services),
        warnings=_warnings(services),
    )
    return page.answer(html)


def _database(services: Services) -> str:
    return f"SQLite {sqlite3.sqlite_version}" if services.database.is_sqlite else "PostgreSQL"


def _plugins(services: Services) -> list[dict[str, str]]:
    """Describe the plugins: those that run, and those that failed, with their reason."""
    failed: Mapping[str, Any] = services.settings.get("failed_plugins", {})
    found = [
        {"name": name, "version": version, "failure": ""}
        for name, version in services.settings.get("plugins", ())
        if name not in failed
    ]
    return found + [
        {"name": name, "version": "", "failure": page.text(message_id, **params)}
        for name, (message_id, params) in sorted(failed.items())
    ]


def _warnings(services: Services) -> list[str]:
    return [
        page.text(message_id, **params)
        for message_id, params in services.settings.get("warnings", ())
    ]
