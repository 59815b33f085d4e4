"""What import-linter cannot say: who imports by name at run time, and what plugins import at all."""

import ast
import sys

DYNAMIC_IMPORTS = {"core/hooks/host.py", "core/metadata/locations.py"}
PLUGIN_DOORS = {"core.sdk"}


def imported_modules(source):
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            yield from ((node, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = node.module or "."
            for alias in node.names:
                yield node, f"{module}.{alias.name}" if module == "core" else module


def dynamic_imports(sources):
    for source in sources:
        if source.name in DYNAMIC_IMPORTS:
            continue
        for node, module in imported_modules(source):
            # Reading the metadata of installed packages imports nothing.
            if module.split(".")[0] == "importlib" and module != "importlib.metadata":
                yield source.at(node, f"{module} is for {' and '.join(sorted(DYNAMIC_IMPORTS))}")
        for node in ast.walk(source.tree):
            if isinstance(node, ast.Name) and node.id == "__import__":
                yield source.at(node, "__import__ hides an import")


def foreign_imports(sources):
    for source in sources:
        own = ".".join(source.name.split("/")[:2])
        for node, module in imported_modules(source):
            inside = module == own or module.startswith(f"{own}.")
            standard = module.split(".")[0] in sys.stdlib_module_names
            if not (inside or standard or module in PLUGIN_DOORS):
                yield source.at(node, f"{module} is not core.sdk, the standard library or itself")


def test_imports_by_name_have_two_homes(sources):
    assert list(dynamic_imports(sources)) == []


def test_plugins_import_the_door_and_the_standard_library(plugin_sources):
    assert list(foreign_imports(plugin_sources)) == []


def test_the_checks_see_what_they_forbid(make_source):
    assert list(dynamic_imports([make_source("core/x.py", "import importlib.util")])) != []
    assert list(dynamic_imports([make_source("core/x.py", "from importlib import metadata")])) != []
    for text in ("import flask", "from core.kernel import errors", "from core import records"):
        assert list(foreign_imports([make_source("plugins/a/x.py", text)])) != [], text
    for text in ("import decimal", "from core.sdk import hook", "from plugins.a.rules import f"):
        assert list(foreign_imports([make_source("plugins/a/x.py", text)])) == [], text
