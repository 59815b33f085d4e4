"""No text becomes code, and SQL is written as text in `core/db` only."""

import ast

RUNNERS = {"compile", "eval", "exec"}
SQL_TEXT = {"TextClause", "text"}
SQL_METHODS = {"exec_driver_sql"}
SQL_HOME = "core/db/"


def sql_names(source):
    for node in ast.walk(source.tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "sqlalchemy":
            yield from ((node, alias.name) for alias in node.names if alias.name in SQL_TEXT)
        elif isinstance(node, ast.Attribute):
            owner = node.value
            is_library = isinstance(owner, ast.Name) and owner.id in {"sa", "sqlalchemy"}
            if node.attr in SQL_METHODS or (is_library and node.attr in SQL_TEXT):
                yield node, node.attr


def offences(sources):
    for source in sources:
        if not source.name.startswith(SQL_HOME):
            yield from (
                source.at(node, f"{name} is SQL as text") for node, name in sql_names(source)
            )
        for node in ast.walk(source.tree):
            called = node.func if isinstance(node, ast.Call) else None
            if isinstance(called, ast.Name) and called.id in RUNNERS:
                yield source.at(node, f"{called.id}() runs text")
            if source.name.startswith(SQL_HOME) or not isinstance(called, ast.Attribute):
                continue
            constant = all(isinstance(part, ast.Constant) for part in node.args)
            if called.attr == "literal_column" and not constant:
                yield source.at(node, "literal_column() takes a constant only")


def test_no_text_is_run(sources):
    assert list(offences(sources)) == []


def test_the_check_sees_what_it_forbids(make_source):
    for text in (
        "eval('1')",
        "exec('1')",
        "from sqlalchemy import text",
        "import sqlalchemy as sa\nsa.text('select 1')",
        "sa.literal_column(f'{name} + 1')",
        "connection.exec_driver_sql('select 1')",
    ):
        assert list(offences([make_source("core/x.py", text)])) != [], text
    assert list(offences([make_source("core/x.py", "catalogue.text('id'); re.compile('x')")])) == []
    assert list(offences([make_source("core/x.py", "sa.literal_column('1')")])) == []
    assert list(offences([make_source("core/db/x.py", "from sqlalchemy import text")])) == []
