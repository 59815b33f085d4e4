"""The core works for any plugin, so it names none."""

import ast

PLUGINS = {"customers", "pipeline", "orders", "inventory", "finance", "service"}
ALLOWED: dict[str, set[str]] = {
    # The demo company has people and roles of these departments.
    "core/app/demo.py": {"finance", "service"},
}


def offences(sources):
    for source in sources:
        for node in ast.walk(source.tree):
            if not (isinstance(node, ast.Constant) and isinstance(node.value, str)):
                continue
            named = node.value in PLUGINS - ALLOWED.get(source.name, set())
            dotted = node.value.split(".", 2)[:1] == ["plugins"] and "." in node.value
            if named or (dotted and " " not in node.value):
                yield source.at(node, f"{node.value!r} is a plugin's name")


def test_core_names_no_plugin(core_sources):
    assert list(offences(core_sources)) == []


def test_the_check_sees_names_and_dotted_imports(make_source):
    assert list(offences([make_source("core/x.py", "depends = ['orders']")])) != []
    assert list(offences([make_source("core/x.py", "load('plugins.orders.plugin')")])) != []
    assert list(offences([make_source("core/x.py", "text = 'orders are not named here'")])) == []
