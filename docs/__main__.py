"""Write what is generated in the documentation, and build the site into `site/`.

`python -m docs` writes the JSON Schemas of the definitions and the hook reference, then builds the pages;
`python -m docs --check` only tells whether the generated files are current.
"""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from core.hooks.specs_records import RecordHooks
from core.metadata.schema_json import write_json_schemas

ROOT = Path(__file__).resolve().parents[1]
SCHEMAS = ROOT / "metadata" / "schema"
HOOKS = ROOT / "docs" / "hooks.md"


def hook_reference() -> str:
    """Describe every hook specification from its docstring and signature."""
    lines = ["# Hooks", "", inspect.cleandoc(sys.modules[RecordHooks.__module__].__doc__ or ""), ""]
    for name, hook in vars(RecordHooks).items():
        if name.startswith("_"):
            continue
        arguments = ", ".join(list(inspect.signature(hook).parameters)[1:])
        text = re.sub(r"\s+", " ", inspect.cleandoc(hook.__doc__ or ""))
        lines += [f"## `{name}({arguments})`", "", text.replace("``", "`"), ""]
    return "\n".join(lines)


def stale() -> list[str]:
    """List the generated files that aren't current."""
    found = []
    if not HOOKS.exists() or HOOKS.read_text(encoding="utf-8") != hook_reference():
        found.append(str(HOOKS.relative_to(ROOT)))
    with tempfile.TemporaryDirectory() as folder:
        write_json_schemas(Path(folder))
        for made in sorted(Path(folder).iterdir()):
            kept = SCHEMAS / made.name
            if not kept.exists() or kept.read_bytes() != made.read_bytes():
                found.append(str(kept.relative_to(ROOT)))
    return found


def main() -> int:
    """Write and build, or check."""
    if "--check" in sys.argv[1:]:
        for name in stale():
            sys.stderr.write(f"{name} isn't current: run make docs\n")
        return 1 if stale() else 0
    write_json_schemas(SCHEMAS)
    HOOKS.write_text(hook_reference(), encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "mkdocs",
        "build",
        "--strict",
        "--quiet",
        "-f",
        "docs/mkdocs.yml",
    ]
    return subprocess.run(command, cwd=ROOT, check=False).returncode  # noqa: S603 - our own words


if __name__ == "__main__":
    sys.exit(main())
