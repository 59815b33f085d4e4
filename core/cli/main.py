"""The console script: ``tradeloom``."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

import click

from core.app.platform import VERSION, set_up, sources_of
from core.changes.apply import candidate
from core.cli import accounts, data, serving
from core.cli.console import Console, language, platform_of, run
from core.db.ddl import plan as plan_steps
from core.hooks.host import discover
from core.kernel.errors import InvalidDefinitions
from core.metadata.assemble import validate_paths


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(VERSION, prog_name="tradeloom")
@click.option("--database-url", help="Database to use instead of TRADELOOM_DATABASE_URL.")
@click.pass_context
def cli(ctx: click.Context, database_url: str | None) -> None:
    """Tradeloom: a sales platform made of definitions and plugins.

    Add --debug to any command for a traceback where it fails.
    """
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    ctx.ensure_object(dict)["overrides"] = {"database_url": database_url}


def _console() -> Console:
    return Console(language(), debug=False)


@cli.group()
def db() -> None:
    """Set up and upgrade the database."""


@db.command("upgrade")
@click.pass_context
def db_upgrade(ctx: click.Context) -> None:
    """Bring tables and definitions to this version; safe to repeat and from several hosts.

    Example: tradeloom db upgrade
    """
    done = serving.upgrade(platform_of(ctx))
    _console().say("cli.upgraded" if done.is_changed else "cli.unchanged", revision=done.revision)


@cli.command()
@click.argument("paths", nargs=-1, type=click.Path(exists=True, path_type=Path))
def validate(paths: tuple[Path, ...]) -> None:
    """Check definitions without a database; every fault is told with file, line and column.

    Example: tradeloom validate metadata/orders
    """
    sources = sources_of(discover(VERSION).plugins)
    problems = validate_paths(paths, sources.plugins, prefixes=sources.prefixes)
    if problems:
        raise InvalidDefinitions(problems)
    _console().say("cli.valid")


@cli.command()
@click.argument("paths", nargs=-1, type=click.Path(exists=True, path_type=Path))
@click.pass_context
def plan(ctx: click.Context, paths: tuple[Path, ...]) -> None:
    """Show what a set of definitions would change; nothing is changed.

    Example: tradeloom plan organisation/
    """
    platform = platform_of(ctx)
    snapshot = candidate(platform.sources(), platform.kept_documents(), paths)
    console = _console()
    for step in plan_steps(platform.database, snapshot):
        click.echo("+ " + console.text(step.words, **dict(step.params)))
    console.say("cli.nothing_changed")


@cli.command()
@click.argument("paths", nargs=-1, type=click.Path(exists=True, path_type=Path))
@click.pass_context
def apply(ctx: click.Context, paths: tuple[Path, ...]) -> None:
    """Make definitions live; applying an unchanged set does nothing.

    Example: tradeloom apply organisation/
    """
    done = set_up(platform_of(ctx), paths, author="console")
    _console().say("cli.upgraded" if done.is_changed else "cli.unchanged", revision=done.revision)


@cli.group()
def plugin() -> None:
    """Look at plugins."""


@plugin.command("list")
@click.pass_context
def plugin_list(ctx: click.Context) -> int:
    """List the plugins with what is wrong with them; exit status 1 if one is out of order.

    Example: tradeloom plugin list
    """
    platform = platform_of(ctx)
    console = _console()
    if platform.services is None:
        platform.host.link(candidate(platform.sources(), ()))
    for item in platform.host.plugins:
        if item.name not in platform.host.failures and item.name != "core":
            console.say("cli.plugin_ok", name=item.name, version=item.version)
    for failure in platform.host.failures.values():
        click.echo(console.text(failure.message_id, **dict(failure.params)), err=True)
    return 1 if platform.host.failures else 0


serving.register(cli)
accounts.register(cli)
data.register(cli)


def main() -> None:
    """Run the console script."""
    sys.exit(run(cli.main))


if __name__ == "__main__":
    main()
