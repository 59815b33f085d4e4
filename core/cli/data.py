"""Commands for data: import, aggregate."""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path
from typing import Any

import click

from core.app.platform import Platform
from core.changes.apply import mapping_from_file
from core.cli.console import Console, platform_of, settings_of
from core.jobs import imports
from core.kernel.actor import Actor
from core.kernel.errors import Invalid
from core.kernel.money import parse_decimal
from core.metadata.definitions import ImportMappingDef
from core.records import accounts
from core.records.aggregate import AggregateQuery, aggregate
from core.records.services import Caller


def register(cli: click.Group) -> None:
    """Add the commands."""
    cli.add_command(import_)
    cli.add_command(aggregate_command)


@click.command("import")
@click.argument("object_name", metavar="OBJECT")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--map",
    "map_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Mapping file.",
)
@click.option(
    "--lines",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="File of the lines.",
)
@click.option("--key", default="", help="Unique field that recognises existing records.")
@click.option(
    "--opening", is_flag=True, help="Allow states, numbers and posted dates: an opening balance."
)
@click.option("--dry-run", is_flag=True, help="Check everything, keep nothing.")
@click.option("--user", "username", default="", help="Import as this user; the system by default.")
@click.pass_context
def import_(
    ctx: click.Context,
    object_name: str,
    file: Path,
    map_file: Path | None,
    lines: Path | None,
    key: str,
    opening: bool,
    dry_run: bool,
    username: str,
) -> int:
    """Bring a CSV or XLSX file in.

    Example: tradeloom import customer customers.csv --map customers.yaml --key code
    """
    settings = settings_of(ctx)
    platform = platform_of(ctx, settings)
    console = Console(settings.lang, debug=False, texts=platform.plugin_texts())
    caller = _caller(platform, username, opening)
    mapping = _mapping(platform, map_file, object_name)
    job = imports.prepare(
        caller, object_name, file, mapping, key=key, lines_path=lines, dry_run=dry_run
    )
    total = imports.count_rows(job)
    bar: Any = click.progressbar(length=total, label=object_name, file=sys.stderr)
    with bar:
        result = imports.run(job, bar.update)
    counts = {"created": result.created, "updated": result.updated, "unchanged": result.unchanged}
    console.say("cli.imported", **counts, rejected=len(result.rejected))
    if dry_run:
        console.say("cli.dry_run")
    if result.rejected:
        path = file.with_name(f"{file.stem}.rejected.csv")
        _write_rejected(console, result, job.table.headings, path)
        click.echo(console.text("cli.rejected_to", path=path), err=True)
        return 1
    return 0


def _caller(platform: Platform, username: str, opening: bool) -> Caller:
    if not username:
        system = platform.system()
        return platform.caller(system.actor, opening=opening)
    account = accounts.find_account(platform.ready(), username)
    if account is None:
        raise Invalid("cli.no_user", name=username)
    actor: Actor = accounts.actor_of_account(platform.ready(), account)
    return platform.caller(actor, opening=opening)


def _mapping(platform: Platform, path: Path | None, object_name: str) -> ImportMappingDef | None:
    if path is None:
        return None
    mapping = mapping_from_file(platform.sources(), platform.kept_documents(), path)
    if mapping is None or mapping.object != object_name:
        raise Invalid("import.mapping_missing", path=str(path), object=object_name)
    return mapping


def _write_rejected(
    console: Console, result: imports.Result, headings: tuple[str, ...], path: Path
) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["row", "reason", *headings])
        for item in result.rejected:
            reason = "; ".join(line.strip() for line in console.error_lines(item.error))
            cells = [item.row.cells.get(h, "") for h in headings]
            writer.writerow([item.row.number, reason, *map(_harmless, cells)])


def _harmless(cell: str) -> str:
    """Keep a spreadsheet from running a cell; a number stays one."""
    if parse_decimal(cell) is not None:
        return cell
    return f"'{cell}" if cell[:1] in {"=", "+", "-", "@", "\t", "\r"} else cell


@click.command("aggregate")
@click.argument("object_name", metavar="OBJECT")
@click.option(
    "--measure",
    "measures",
    multiple=True,
    required=True,
    help="Measure, or sum:FIELD and the like.",
)
@click.option(
    "--group-by",
    "groups",
    multiple=True,
    help="Field path or function of one, e.g. year(order_date).",
)
@click.option("--filter", "condition", default="", help="Expression that the rows must meet.")
@click.pass_context
def aggregate_command(
    ctx: click.Context,
    object_name: str,
    measures: tuple[str, ...],
    groups: tuple[str, ...],
    condition: str,
) -> None:
    """Sum up records, as JSON lines.

    Example: tradeloom aggregate sales_order_line --measure net_revenue --group-by "year(sales_order.order_date)"
    """
    platform = platform_of(ctx)
    query = AggregateQuery(
        object_name, measures=measures, group_by=groups, filter=condition or None
    )
    for row in aggregate(platform.system(), query):
        click.echo(json.dumps(row, ensure_ascii=False))
