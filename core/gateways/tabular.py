"""Tables in files: CSV in the encodings and dialects that people really send, and XLSX."""

from __future__ import annotations

import csv
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from openpyxl import load_workbook

from core.kernel.errors import Invalid

MAX_CELL = 1_000_000
MAX_UNPACKED = 200 * 1024 * 1024
_DELIMITERS = (",", ";", "\t", "|")
_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row: its number in the file (the heading is row 1) and its cells by heading, as text without outer blanks."""

    number: int
    cells: dict[str, str]


@dataclass(frozen=True, slots=True)
class TableFile:
    """An opened table.

    Attributes:
        path: The file.
        headings: Column headings in order.
        encoding: The encoding found or given ("" for XLSX).
        delimiter: The delimiter found or given ("" for XLSX).
    """

    path: Path
    headings: tuple[str, ...]
    encoding: str
    delimiter: str

    def rows(self) -> Iterator[TableRow]:
        """Iterate over the rows, one at a time.

        Raises:
            Invalid: A row has more cells than the heading, or the file is broken.
        """
        source = (
            _xlsx_rows(self.path)
            if not self.delimiter
            else _csv_rows(self.path, self.encoding, self.delimiter)
        )
        for number, cells in enumerate(source, start=1):
            if number == 1 or not any(cells):
                continue
            if any(cells[len(self.headings) :]):
                raise Invalid("import.too_wide", row=number)
            padded = [*cells, *[""] * (len(self.headings) - len(cells))]
            yield TableRow(number, dict(zip(self.headings, padded, strict=False)))


def open_table(path: Path, *, encoding: str = "", delimiter: str = "") -> TableFile:
    """Look at a file: heading, encoding, delimiter.

    Args:
        path: A ``.csv``, ``.txt``, ``.tsv`` or ``.xlsx`` file.
        encoding: "" detects it: a byte order mark, else UTF-8, else Windows-1252.
        delimiter: "" detects it: the one that occurs most in the heading.

    Raises:
        Invalid: The file can't be read.
    """
    try:
        if path.suffix.lower() == ".xlsx":
            _refuse_bomb(path)
            headings = next(iter(_xlsx_rows(path)), [])
            return TableFile(path, tuple(headings), "", "")
        sample = _sample(path)
        encoding = encoding or _encoding(path, sample)
        delimiter = delimiter or _delimiter(sample.decode(encoding, errors="replace"))
        headings = next(_csv_rows(path, encoding, delimiter), [])
    except (OSError, zipfile.BadZipFile) as fault:
        raise Invalid(
            "import.file", path=str(path), cause=getattr(fault, "strerror", "") or str(fault)
        ) from None
    except (UnicodeError, LookupError, csv.Error) as fault:
        raise Invalid("import.file", path=str(path), cause=str(fault)) from None
    return TableFile(path, tuple(headings), encoding, delimiter)


def _sample(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(65536)


def _encoding(path: Path, sample: bytes) -> str:
    for mark, name in _MARKS:
        if sample.startswith(mark):
            return name
    try:
        with path.open(encoding="utf-8", newline="") as file:
            while file.read(1 << 20):
                pass
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def _delimiter(text: str) -> str:
    heading = text.splitlines()[0] if text.splitlines() else ""
    counts = {mark: heading.count(mark) for mark in _DELIMITERS}
    return max(_DELIMITERS, key=lambda mark: counts[mark])


def _csv_rows(path: Path, encoding: str, delimiter: str) -> Iterator[list[str]]:
    csv.field_size_limit(MAX_CELL)
    with path.open(encoding=encoding, newline="") as file:
        for cells in csv.reader(file, delimiter=delimiter):
            yield [cell.strip() for cell in cells]


def _refuse_bomb(path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        if sum(item.file_size for item in archive.infolist()) > MAX_UNPACKED:
            raise Invalid("import.file", path=str(path), cause="more than 200 MB unpacked")


def _xlsx_rows(path: Path) -> Iterator[list[str]]:
    book = load_workbook(path, read_only=True, data_only=True)
    try:
        for row in book.worksheets[0].iter_rows(values_only=True):
            yield [_cell_text(value) for value in row]
    finally:
        book.close()


def _cell_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return (
            value.date().isoformat()
            if value.time().isoformat() == "00:00:00"
            else value.isoformat()
        )
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        return repr(int(value)) if value.is_integer() else repr(value)
    return str(value).strip()
