"""Commands that serve: serve, web, worker."""

from __future__ import annotations

import secrets
import signal
import threading
from dataclasses import replace
from pathlib import Path

import click

from core.app.demo import USERS, demo_password, fill
from core.app.platform import Platform, check_set_up, set_up
from core.app.server import check_port, serve_web, supervise
from core.app.settings import Settings, secret_of
from core.cli.console import Console, platform_of, settings_of
from core.db.migrate import Upgrade
from core.jobs.worker import duties, work
from core.kernel.errors import InvalidDefinitions, InvalidSettings
from core.records import accounts
from core.web.fab_tables import sync_fab

DEFAULT_WORKERS = 2


def upgrade(platform: Platform) -> Upgrade:
    """Bring a database to this version."""
    done = set_up(platform)
    sync_fab(platform.database, platform.ready().model.snapshot.roles)
    return done


def register(cli: click.Group) -> None:
    """Add the commands."""
    for command in (serve, web, worker):
        cli.add_command(command)


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port",
    default=8080,
    show_default=True,
    type=click.IntRange(1, 65535),
    help="Port to listen on.",
)
@click.option(
    "--workers",
    default=DEFAULT_WORKERS,
    show_default=True,
    type=click.IntRange(1, 64),
    help="Web processes.",
)
@click.option("--demo", is_flag=True, help="Open the demo company in var/demo.db.")
@click.pass_context
def serve(ctx: click.Context, host: str, port: int, workers: int, demo: bool) -> int:
    """Run web server and background worker together.

    Example: tradeloom serve --demo
    """
    settings = settings_of(ctx)
    if demo:
        if settings.is_production:
            raise InvalidSettings("app.demo_in_production")
        settings = replace(settings, database_url=f"sqlite:///{settings.var}/demo.db")
    console = Console(settings.lang, debug=False)
    check_port(host, port)
    secret_of(settings)
    _make_folder(settings)
    platform = platform_of(ctx, settings)
    _bring_up(platform, console)
    sync_fab(platform.database, platform.ready().model.snapshot.roles)
    url = f"http://{host}:{port}"
    if demo:
        fill(platform)
        console.say(
            "cli.serving", url=url, users=", ".join(USERS), password=demo_password(settings.var)
        )
    else:
        _first_admin(platform, console)
        console.say("cli.serving_own", url=url)
    console.say("cli.stop")
    platform.database.close()
    status = supervise({"TRADELOOM_DATABASE_URL": settings.database_url}, host, port, workers)
    if status:
        click.echo(console.text("cli.no_server"), err=True)
    return status


def _bring_up(platform: Platform, console: Console) -> None:
    """Make the definitions that ship live; broken ones are told, and what is live already stays."""
    try:
        set_up(platform)
    except InvalidDefinitions as fault:
        if platform.services is None:
            raise
        revision = platform.services.model.snapshot.revision
        for line in [*console.error_lines(fault), console.text("cli.kept", revision=revision)]:
            click.echo(line, err=True)


def _make_folder(settings: Settings) -> None:
    try:
        Path(settings.var).mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        raise InvalidSettings(
            "settings.unwritable", path=settings.var, cause=fault.strerror or ""
        ) from None


def _first_admin(platform: Platform, console: Console) -> None:
    if any("admin" in account.roles for account in accounts.list_accounts(platform.ready())):
        return
    password = platform.settings.admin_password or secrets.token_urlsafe(12)
    data = {"username": "admin", "name": "Administrator"}
    accounts.create_user(platform.system(), data, roles=["admin"], password=password)
    if not platform.settings.admin_password:
        console.say("cli.admin_made", password=password)


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port",
    default=8080,
    show_default=True,
    type=click.IntRange(1, 65535),
    help="Port to listen on.",
)
@click.option(
    "--workers",
    default=DEFAULT_WORKERS,
    show_default=True,
    type=click.IntRange(1, 64),
    help="Processes.",
)
@click.pass_context
def web(ctx: click.Context, host: str, port: int, workers: int) -> None:
    """Run the web server alone, for production.

    Example: tradeloom web --host 0.0.0.0 --workers 4
    """
    settings = settings_of(ctx)
    check_set_up(settings)
    serve_web(settings, host, port, workers)


@click.command()
@click.pass_context
def worker(ctx: click.Context) -> None:
    """Run a background worker; start as many as you like, each takes what is due.

    Example: tradeloom worker
    """
    settings = settings_of(ctx)
    platform = platform_of(ctx, settings)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    work(duties(platform.ready()), stop)
