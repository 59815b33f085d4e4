"""Keep the Chinese catalogues of Flask-AppBuilder's own texts whole, and compile them.

FAB ships Simplified Chinese with gaps, and Traditional Chinese under a name that is never found. The catalogues in
``core/web/translations`` hold every text of the installed FAB; they are edited by hand. This tool adds texts that a new
FAB brings, empty, and writes the compiled files beside them; with ``--check`` it only tells what is missing or stale.
"""

from __future__ import annotations

import argparse
import io
import sys
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

FOLDER = Path(__file__).resolve().parent.parent / "core" / "web" / "translations"
LOCALES = {"zh_Hans_CN": "zh_Hans_CN", "zh_Hant_TW": "zh_Hant_TW"}
NOISE = (
    '"POT-Creation',
    '"PO-Revision',
    '"Report-Msgid',
    '"Last-Translator',
    '"Language-Team',
    '"Generated-By',
)
"""Header lines that say nothing or change by themselves."""

METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2")]
KEYWORDS: dict[str, tuple[int, ...] | None] = {"_": None, "gettext": None, "lazy_gettext": None}


def main(arguments: list[str] | None = None) -> int:
    """Bring the catalogues up to date, or check them; the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--check", action="store_true", help="change nothing; exit 1 where something is missing"
    )
    options = parser.parse_args(arguments)
    wanted = fab_texts()
    troubles = []
    for locale in LOCALES:
        catalog = read(locale)
        missing = sorted(
            wanted - {str(message.id) for message in catalog if message.id and message.string}
        )
        troubles += [f"{locale}: no translation of {text!r}" for text in missing]
        if not options.check:
            for text in missing:
                catalog.add(text)
            po_path(locale).write_bytes(as_po(catalog))
            po_path(locale).with_suffix(".mo").write_bytes(as_mo(catalog))
        elif not is_compiled(locale, catalog):
            troubles.append(
                f"{locale}: messages.mo is older than messages.po; run deploy/translations.py"
            )
    for trouble in troubles:
        print(trouble, file=sys.stderr)
    return 1 if troubles else 0


def fab_texts() -> set[str]:
    """Collect the texts of the installed Flask-AppBuilder."""
    found = find_spec("flask_appbuilder")
    if found is None or found.origin is None:
        raise SystemExit("Flask-AppBuilder is not installed here.")
    folder = str(Path(found.origin).parent)
    extracted = extract_from_dir(folder, method_map=METHODS, keywords=KEYWORDS)
    return {text for _, _, text, _, _ in extracted if isinstance(text, str)}


def read(locale: str) -> Catalog:
    """Read a catalogue; its dates are fixed, so that the same texts always give the same files."""
    with po_path(locale).open("rb") as file:
        catalog = read_po(file, locale=locale)
    catalog.creation_date = catalog.revision_date = datetime(2026, 1, 1, tzinfo=UTC)
    return catalog


def as_po(catalog: Catalog) -> bytes:
    """Write a catalogue as its source file, in a stable order and without dates."""
    buffer = io.BytesIO()
    write_po(buffer, catalog, sort_output=True, omit_header=False, no_location=True, width=0)
    lines = buffer.getvalue().decode().splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith(NOISE)).encode()


def as_mo(catalog: Catalog) -> bytes:
    """Write a catalogue in compiled form."""
    buffer = io.BytesIO()
    write_mo(buffer, catalog)
    return buffer.getvalue()


def is_compiled(locale: str, catalog: Catalog) -> bool:
    """Tell whether the compiled file says what the source says."""
    path = po_path(locale).with_suffix(".mo")
    return path.exists() and path.read_bytes() == as_mo(catalog)


def po_path(locale: str) -> Path:
    """Give the path of a catalogue's source."""
    return FOLDER / locale / "LC_MESSAGES" / "messages.po"


if __name__ == "__main__":
    sys.exit(main())
