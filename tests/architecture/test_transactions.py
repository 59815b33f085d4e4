"""Transactions begin and end, and connections are opened, in two files only."""

import ast

HOMES = {"core/db/engine.py", "core/db/unit_of_work.py"}
METHODS = {"begin", "begin_nested", "begin_twophase", "commit", "connect", "rollback"}
DRIVERS = {"psycopg", "sqlite3"}
FACTORIES = {"create_engine", "scoped_session", "sessionmaker"}

ALLOWED: dict[str, set[str]] = {
    # Puts an SQLite file into WAL mode before any engine opens it.
    "core/db/sqlite_file.py": {"connect"},
    # Flask-AppBuilder wants a session; the one that it gets here cannot write.
    "core/web/fab.py": {"scoped_session", "sessionmaker"},
}


def called_name(call):
    """What a call does to a transaction; None where it is something else of the same name."""
    if isinstance(call.func, ast.Name):
        return call.func.id if call.func.id in FACTORIES else None
    if not isinstance(call.func, ast.Attribute) or call.func.attr not in METHODS | FACTORIES:
        return None
    owner = call.func.value
    is_driver = isinstance(owner, ast.Name) and owner.id in DRIVERS
    # Engines, connections and sessions take no positional argument; receivers of signals do.
    if call.args and call.func.attr in METHODS and not is_driver:
        return None
    return call.func.attr


def offences(sources):
    for source in sources:
        if source.name in HOMES:
            continue
        allowed = ALLOWED.get(source.name, set())
        for node in ast.walk(source.tree):
            name = called_name(node) if isinstance(node, ast.Call) else None
            if name and name not in allowed:
                yield source.at(node, f"{name}() belongs to {' or '.join(sorted(HOMES))}")


def test_only_the_unit_of_work_ends_transactions(sources):
    assert list(offences(sources)) == []


def test_the_check_sees_a_commit(make_source):
    assert list(offences([make_source("core/x.py", "session.commit()")])) != []
    assert list(offences([make_source("core/x.py", "e = create_engine('sqlite://')")])) != []
    assert list(offences([make_source("core/x.py", "sqlite3.connect(path)")])) != []
    assert list(offences([make_source("core/x.py", "signal.connect(receiver, app)")])) == []
    assert list(offences([make_source("core/db/engine.py", "engine.connect()")])) == []
