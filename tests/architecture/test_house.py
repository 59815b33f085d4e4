"""The top folder holds what it should, and each module has the same name in every room."""

import subprocess

import pytest

ALLOWED = {
    ".ci",
    ".editorconfig",
    ".gitattributes",
    ".gitignore",
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "LICENSE",
    "Makefile",
    "README.md",
    "bench",
    "core",
    "deploy",
    "docs",
    "metadata",
    "plugins",
    "pyproject.toml",
    "ruff.toml",
    "setup.cfg",
    "tests",
    "workflows",
}
VAGUE_NAMES = {"common", "helpers", "misc", "util", "utils"}


def test_the_top_folder_holds_only_the_allowed_names(root):
    if not (root / ".git").exists():
        pytest.skip("not a git checkout")
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True).stdout
    tops = {line.split("/")[0] for line in listed.splitlines()}
    assert "core" in tops
    assert tops - ALLOWED == set()


def test_a_plugin_has_its_definitions(root):
    plugins = [path.parent.name for path in (root / "plugins").glob("*/plugin.py")]
    assert [name for name in plugins if not (root / "metadata" / name).is_dir()] == []


def test_no_file_has_a_vague_name(sources):
    parts = {part.removesuffix(".py") for source in sources for part in source.name.split("/")}
    assert parts & VAGUE_NAMES == set()


def test_every_package_says_what_it_is(sources):
    silent = [s.name for s in sources if s.name.endswith("__init__.py") and not s.text.strip()]
    assert silent == []
