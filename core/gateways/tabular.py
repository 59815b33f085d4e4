"""Tables in files: CSV in the encodings and dialects that people really send, and XLSX."""

from __future__ import annotations

import csv
import re
import zipfile
import zlib
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from core.kernel.errors import Invalid

MAX_CELL = 1_000_000
MAX_UNPACKED = 200 * 1024 * 1024
MAX_MEMBERS = 1000
MAX_COLUMNS = 1000
_DELIMITERS = (",", ";", "\t", "|")
_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_HANZI = re.compile(rb"[\xa1-\xf7][\xa1-\xfe]")
_HIGH = re.compile(rb"[\x80-\xff]")

_BROKEN = (
    UnicodeError, LookupError, csv.Error, zipfile.BadZipFile, zlib.error, EOFError, ValueError, TypeError,
    AttributeError, NotImplementedError, RuntimeError, SyntaxError, InvalidFileException,
)  # fmt: skip
"""What reading raises where a file isn't what its name says (a workbook's parts are read by several libraries)."""


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
        width = len(self.headings)
        with _told(self.path), closing(source):
            for number, cells in enumerate(source, start=1):
                if number == 1 or not any(cells):
                    continue
                if any(cells[width:]):
                    raise Invalid("import.too_wide", row=number)
                padded = [*cells[:width], *[""] * (width - len(cells))]
                yield TableRow(number, dict(zip(self.headings, padded, strict=True)))


def open_table(path: Path, *, encoding: str = "", delimiter: str = "") -> TableFile:
    """Look at a file: heading, encoding, delimiter.

    Args:
        path: A ``.csv``, ``.txt``, ``.tsv`` or ``.xlsx`` file.
        encoding: "" detects it: a byte order mark, else UTF-8, else GB 18030 or Windows-1252.
        delimiter: "" detects it: the one that occurs most in the heading.

    Raises:
        Invalid: The file can't be read, or its heading is no heading.
    """
    with _told(path):
        if path.suffix.lower() == ".xlsx":
            _refuse_bomb(path)
            return _checked(TableFile(path, _heading(_xlsx_rows(path)), "", ""))
        sample = _sample(path)
        encoding = encoding or _encoding(path, sample)
        delimiter = delimiter or _delimiter(sample.decode(encoding, errors="replace"))
        headings = _heading(_csv_rows(path, encoding, delimiter))
        return _checked(TableFile(path, headings, encoding, delimiter))


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Turn whatever reading raises into a sentence about the file."""
    try:
        yield
    except Invalid:
        raise
    except (OSError, *_BROKEN) as fault:
        cause = getattr(fault, "strerror", "") or str(fault) or type(fault).__name__
        raise Invalid("import.file", path=str(path), cause=cause) from None


def _heading(rows: Generator[list[str], None, None]) -> tuple[str, ...]:
    """Give the cells of the first row, without the empty ones at its end."""
    with closing(rows):
        cells = next(rows, [])
    while cells and not cells[-1]:
        cells = cells[:-1]
    return tuple(cells)


def _checked(table: TableFile) -> TableFile:
    headings = table.headings
    if not any(headings):
        raise Invalid("import.no_headings", path=str(table.path))
    if len(headings) > MAX_COLUMNS:
        raise Invalid("import.too_many_columns", path=str(table.path), most=MAX_COLUMNS)
    double = next((name for name in headings if name and headings.count(name) > 1), "")
    if double:
        raise Invalid("import.double_heading", path=str(table.path), name=double)
    return table


def _sample(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(65536)


def _encoding(path: Path, sample: bytes) -> str:
    for mark, name in _MARKS:
        if sample.startswith(mark):
            return name
    if _decodes(path, "utf-8"):
        return "utf-8"
    return "gb18030" if _looks_chinese(path) and _decodes(path, "gb18030") else "cp1252"


def _decodes(path: Path, encoding: str) -> bool:
    try:
        with path.open(encoding=encoding, newline="") as file:
            while file.read(1 << 20):
                pass
    except UnicodeDecodeError:
        return False
    return True


def _looks_chinese(path: Path) -> bool:
    """Tell whether nearly all bytes beyond ASCII come in the pairs that Chinese characters are made of."""
    with path.open("rb") as file:
        sample = file.read(1 << 20)
    return 2 * len(_HANZI.findall(sample)) >= 0.9 * len(_HIGH.findall(sample))


def _delimiter(text: str) -> str:
    heading = text.splitlines()[0] if text.splitlines() else ""
    counts = {mark: heading.count(mark) for mark in _DELIMITERS}
    return max(_DELIMITERS, key=lambda mark: counts[mark])


def _csv_rows(path: Path, encoding: str, delimiter: str) -> Generator[list[str], None, None]:
    csv.field_size_limit(MAX_CELL)
    with path.open(encoding=encoding, newline="") as file:
        for cells in csv.reader(file, delimiter=delimiter, strict=True):
            yield [cell.strip() for cell in cells]


def _refuse_bomb(path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
        if len(members) > MAX_MEMBERS or sum(m.file_size for m in members) > MAX_UNPACKED:
            raise Invalid("import.too_big", path=str(path), most=MAX_UNPACKED // 1024**2)


def _xlsx_rows(path: Path) -> Generator[list[str], None, None]:
    with path.open("rb") as file:
        book = load_workbook(file, read_only=True, data_only=True)
        with closing(book):
            sheet = book.worksheets[0]
            # A file may claim a million columns and hold one cell; rows are as wide as what they hold.
            sheet.reset_dimensions()
            for row in sheet.iter_rows(values_only=True):
                yield [_cell_text(value) for value in row]


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
