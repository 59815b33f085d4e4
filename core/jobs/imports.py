"""Imports: a file becomes records through the ordinary pipeline, row by row, with the rejected rows told."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from core.gateways.tabular import TableFile, TableRow, open_table
from core.jobs.import_rows import RowReader, cell_text, check_headings, decimal_mark, plain_mapping
from core.kernel.errors import FieldError, Forbidden, Invalid, NotFound, PlatformError
from core.metadata.definitions import ImportMappingDef
from core.records import commands
from core.records.policies import policy_of
from core.records.query import get_record
from core.records.references import find_id
from core.records.services import Caller

CHUNK = 100
"""Records per transaction."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that wasn't taken."""

    row: TableRow
    error: PlatformError


@dataclass(slots=True)
class Result:
    """What an import did."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: list[Rejected] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Job:
    """One import, ready to run.

    Attributes:
        caller: Who imports; ``caller.opening`` allows states, numbers and posted dates.
        mapping: How columns become fields.
        table: The file.
        key: Unique field that recognises existing records ("" makes every row a new record).
        lines: Rows of the second file by the value they share with the first, or None.
        dry_run: Check everything, keep nothing.
        decimal_mark: Decimal mark of the file's numbers.
        line_decimal_mark: Decimal mark of the second file's numbers.
    """

    caller: Caller
    mapping: ImportMappingDef
    table: TableFile
    key: str = ""
    lines: dict[str, list[TableRow]] | None = None
    dry_run: bool = False
    decimal_mark: str = "."
    line_decimal_mark: str = "."


def prepare(
    caller: Caller,
    object_name: str,
    path: Path,
    mapping: ImportMappingDef | None = None,
    *,
    key: str = "",
    lines_path: Path | None = None,
    dry_run: bool = False,
) -> Job:
    """Open the files and check permission, headings and key before anything is written.

    Raises:
        Forbidden: The actor may not import this object.
        Invalid: A file can't be read or lacks a column, or the key isn't a unique field.
    """
    definition = caller.snapshot.object(object_name)
    if not policy_of(caller).may(object_name, "import"):
        raise Forbidden("record.forbidden", object=object_name, verb="import")
    encoding = mapping.encoding if mapping else ""
    table = open_table(path, encoding=encoding, delimiter=mapping.delimiter if mapping else "")
    mapping = mapping or plain_mapping(caller.snapshot, object_name, table.headings)
    check_headings(str(path), mapping.columns, table.headings)
    key = key or mapping.key
    unique = [f.name for f in definition.fields.values() if f.unique or f.type == "autonumber"]
    if key and key not in unique:
        raise Invalid("import.key", name=key, object=object_name, hint=", ".join(unique) or "-")
    mark = mapping.decimal or decimal_mark(mapping.columns, definition, table)
    if not mapping.lines:
        return Job(caller, mapping, table, key, None, dry_run, mark)
    second = _line_table(mapping, lines_path or path.parent / mapping.lines_file)
    child = caller.snapshot.object(definition.fields[mapping.lines].of)
    line_mark = mapping.decimal or decimal_mark(mapping.line_columns, child, second)
    return Job(caller, mapping, table, key, _by_header(mapping, second), dry_run, mark, line_mark)


def _line_table(mapping: ImportMappingDef, path: Path) -> TableFile:
    table = open_table(path, encoding=mapping.encoding, delimiter=mapping.delimiter)
    check_headings(str(path), mapping.line_columns, table.headings)
    if mapping.lines_on[1] not in table.headings:
        shown = ", ".join(table.headings)
        raise Invalid("import.no_heading", path=str(path), name=mapping.lines_on[1], columns=shown)
    return table


def _by_header(mapping: ImportMappingDef, table: TableFile) -> dict[str, list[TableRow]]:
    rows: dict[str, list[TableRow]] = {}
    for row in table.rows():
        rows.setdefault(row.cells[mapping.lines_on[1]], []).append(row)
    return rows


def count_rows(job: Job) -> int:
    """Count the rows of the file, for the progress bar."""
    return sum(1 for _ in job.table.rows())


def run(job: Job, progress: Callable[[int], None] = lambda _: None) -> Result:
    """Carry out the import, a chunk of records per transaction."""
    result = Result()
    used: set[str] = set()
    for chunk in _chunks(job.table.rows()):
        _run_chunk(job, chunk, used, result)
        progress(len(chunk))
    for value in sorted(set(job.lines or ()) - used):
        row = (job.lines or {})[value][0]
        error = FieldError(
            "",
            "not_found",
            "import.no_header",
            {"row": row.number, "value": value, "path": str(job.table.path)},
        )
        result.rejected.append(Rejected(row, Invalid("record.invalid", errors=[error], count=1)))
    return result


def _chunks(rows: Iterator[TableRow]) -> Iterator[list[TableRow]]:
    while chunk := list(islice(rows, CHUNK)):
        yield chunk


def _run_chunk(job: Job, chunk: Sequence[TableRow], used: set[str], result: Result) -> None:
    items: list[tuple[TableRow, commands.Item]] = []
    for row in chunk:
        try:
            items.append((row, _item(job, row, used)))
        except (Invalid, NotFound) as fault:
            result.rejected.append(Rejected(row, fault))
    outcomes = commands.batch(
        job.caller, job.mapping.object, [item for _, item in items], dry_run=job.dry_run
    )
    for (row, item), outcome in zip(items, outcomes, strict=True):
        if isinstance(outcome, PlatformError):
            result.rejected.append(Rejected(row, outcome))
        elif item.verb == "create":
            result.created += 1
        elif outcome.changed:
            result.updated += 1
        else:
            result.unchanged += 1


def _item(job: Job, row: TableRow, used: set[str]) -> commands.Item:
    mapping, caller = job.mapping, job.caller
    reader = RowReader(caller.snapshot, mapping, job.decimal_mark)
    definition = caller.snapshot.object(mapping.object)
    data = reader.data(definition, mapping.columns, row.cells)
    if job.lines is not None:
        shared = cell_text(mapping.lines_on[0], row.cells)
        used.add(shared)
        child = caller.snapshot.object(definition.fields[mapping.lines].of)
        rows = job.lines.get(shared, ())
        line_reader = RowReader(caller.snapshot, mapping, job.line_decimal_mark)
        data[mapping.lines] = [
            line_reader.data(child, mapping.line_columns, line.cells) for line in rows
        ]
    existing = _existing(job, data.get(job.key)) if job.key else None
    if existing is None:
        return commands.Item("create", data)
    _match_lines(caller, mapping.object, existing, data)
    return commands.Item("update", data, existing, commands.ANY_VERSION)


def _existing(job: Job, value: Any) -> int | None:
    if value is None:
        return None
    return find_id(job.caller, job.mapping.object, job.key, value)


def _match_lines(caller: Caller, object_name: str, record_id: int, data: dict[str, Any]) -> None:
    """Give sent lines the ids of the stored ones, position by position, so that equal ones stay untouched."""
    names = [f.name for f in caller.snapshot.object(object_name).lines_fields() if f.name in data]
    if not names:
        return
    stored = get_record(caller, object_name, record_id)
    for name in names:
        for line, old in zip(data[name], stored.get(name) or (), strict=False):
            line["id"] = old["id"]
