"""The lock files name every package with its hash, for every supported Python, and no address."""

import json
import re
import sys
from configparser import ConfigParser
from importlib.metadata import PackageNotFoundError, requires

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

NAMES = [
    "requirements-bench",
    "requirements-build",
    "requirements-dev",
    "requirements-node",
    "requirements",
]
ADDRESS = re.compile(r"https?://|file:/|--(extra-)?index-url|--trusted-host|--find-links")
ENTRY = re.compile(
    r"^(?P<requirement>[a-z0-9][^\\]*?)\s*\\\n(?P<hashes>(?:\s+--hash=.*\n)+)", re.MULTILINE
)
PYTHONS = ["3.11.0", "3.11.2", "3.12.0", "3.13.0", "3.14.0"]
PLATFORMS = [("linux", "Linux"), ("darwin", "Darwin")]


def read_lock(root, name):
    text = (root / "deploy" / f"{name}.txt").read_text(encoding="utf-8")
    return text, [Requirement(match["requirement"]) for match in ENTRY.finditer(text)]


@pytest.mark.parametrize("name", NAMES)
def test_a_lock_pins_and_hashes_everything_and_names_no_address(root, name):
    text, entries = read_lock(root, name)
    lines = [line for line in text.splitlines() if re.match(r"[A-Za-z0-9]", line)]
    assert entries
    assert len(entries) == len(lines)
    assert all(str(entry.specifier).startswith("==") for entry in entries)
    assert ADDRESS.search(text) is None


def test_the_lock_of_the_browser_files_names_no_address(root):
    text = (root / "deploy" / "assets" / "package-lock.json").read_text(encoding="utf-8")
    packages = [p for name, p in json.loads(text)["packages"].items() if name]
    assert packages
    assert all("integrity" in package and "resolved" not in package for package in packages)
    assert ADDRESS.search(text) is None


def environments():
    for version in PYTHONS:
        for system in PLATFORMS:
            environment = default_environment()
            environment.update(
                python_full_version=version,
                python_version=".".join(version.split(".")[:2]),
                sys_platform=system[0],
                platform_system=system[1],
                extra="",
            )
            yield environment


def missing_packages(entries):
    known = {canonicalize_name(entry.name) for entry in entries}
    for entry in entries:
        try:
            needed = [Requirement(text) for text in requires(entry.name) or ()]
        except PackageNotFoundError:
            continue
        for need in needed:
            asked = any(not need.marker or need.marker.evaluate(e) for e in environments())
            if asked and canonicalize_name(need.name) not in known:
                yield f"{entry.name} needs {need}"


@pytest.mark.parametrize("name", ["requirements", "requirements-dev"])
def test_a_lock_is_complete_on_every_supported_python(root, name):
    entries = read_lock(root, "requirements")[1] + read_lock(root, "requirements-build")[1]
    if name != "requirements":
        entries += read_lock(root, name)[1]
    assert list(missing_packages(entries)) == []


def test_the_package_asks_for_what_the_lock_is_made_from(root):
    config = ConfigParser()
    config.read(root / "setup.cfg", encoding="utf-8")
    asked = {line for line in config["options"]["install_requires"].splitlines() if line}
    source = (root / "deploy" / "requirements.in").read_text(encoding="utf-8")
    listed = {line for line in source.splitlines() if line and not line.startswith("#")}
    assert asked - listed == set()
    assert sys.version_info >= (3, 11)
