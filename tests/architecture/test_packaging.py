"""A wheel carries everything that the platform needs, and finds it again."""

import subprocess
import sys
import zipfile
from configparser import ConfigParser

import pytest

from core.metadata.locations import asset_root, definition_roots

FIND = (
    "from core.metadata import locations as l;"
    "print(*l.definition_roots(), l.asset_root(), sep='\\n')"
)


def test_the_definitions_are_found_beside_the_checkout(root):
    assert definition_roots() == [root / "metadata", root / "workflows"]
    assert asset_root() == root / "core" / "web" / "static"


def test_every_entry_point_has_its_module(root):
    config = ConfigParser()
    config.read(root / "setup.cfg", encoding="utf-8")
    for group in config["options.entry_points"].values():
        for line in filter(None, group.splitlines()):
            module = line.split("=")[1].split(":")[0].strip()
            assert (root / (module.replace(".", "/") + ".py")).is_file(), line


@pytest.fixture(scope="module")
def wheel(root, tmp_path_factory):
    """A wheel of the checkout, built outside it."""
    folder = tmp_path_factory.mktemp("wheel")
    copy = folder / "source"
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    vendor = [p.relative_to(root) for p in (root / "core/web/static/vendor").glob("*")]
    for name in [*listed, *vendor]:
        if (root / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            (copy / name).write_bytes((root / name).read_bytes())
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder)]
    subprocess.run([*command, str(copy)], check=True, capture_output=True)
    return next(folder.glob("*.whl"))


def test_a_wheel_carries_code_definitions_templates_and_browser_files(root, wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    expected = [
        path.relative_to(root).as_posix()
        for folder, pattern in (
            ("core", "*.py"),
            ("plugins", "*.py"),
            ("metadata", "*.yaml"),
            ("workflows", "*.yaml"),
            ("core/web/templates", "*.html"),
            ("core/web/static", "*.*"),
        )
        for path in (root / folder).rglob(pattern)
    ]
    assert len(expected) > 50
    assert [name for name in expected if name not in names] == []
    assert {name.split("/")[0] for name in names if ".dist-info" not in name} <= {
        "core",
        "metadata",
        "plugins",
        "workflows",
    }


def test_an_installed_wheel_finds_its_files(wheel, tmp_path):
    target = tmp_path / "site"
    zipfile.ZipFile(wheel).extractall(target)
    done = subprocess.run(
        [sys.executable, "-c", FIND],
        cwd=tmp_path,
        env={"PYTHONPATH": str(target)},
        capture_output=True,
        text=True,
        check=True,
    )
    expected = [target / "metadata", target / "workflows", target / "core" / "web" / "static"]
    assert done.stdout.splitlines() == [str(path) for path in expected]
    assert all(path.is_dir() for path in expected)
