"""Errors of every kind are caught at three named borders; elsewhere code says what it expects."""

import ast

BORDERS = {
    "core/cli/console.py",
    "core/db/unit_of_work.py",
    "core/hooks/host.py",
    "core/jobs/worker.py",
    "core/web/errors.py",
}
BLIND = {"BaseException", "Exception"}


def is_blind(handler):
    if handler.type is None:
        return True
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(isinstance(kind, ast.Name) and kind.id in BLIND for kind in kinds)


def passes_on(handler):
    last = handler.body[-1]
    return isinstance(last, ast.Raise) and last.exc is None


def offences(sources):
    for source in sources:
        if source.name in BORDERS:
            continue
        for node in ast.walk(source.tree):
            if isinstance(node, ast.ExceptHandler) and is_blind(node) and not passes_on(node):
                yield source.at(node, "catches everything; name the errors that are expected")


def test_only_borders_catch_everything(sources):
    assert list(offences(sources)) == []


def test_the_check_sees_blind_handlers(make_source):
    for kind in ("", " Exception", " (ValueError, BaseException) as error"):
        text = f"try:\n    f()\nexcept{kind}:\n    pass\n"
        assert list(offences([make_source("core/x.py", text)])) != [], kind
    text = "try:\n    f()\nexcept BaseException:\n    undo()\n    raise\n"
    assert list(offences([make_source("core/x.py", text)])) == []
