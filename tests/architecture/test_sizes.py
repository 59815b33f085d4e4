"""Files and functions stay short enough to be read at once."""

import ast

FILE_LINES = 400
FUNCTION_LINES = 50


def test_no_file_is_long(sources):
    long = {s.name: s.text.count("\n") for s in sources if s.text.count("\n") > FILE_LINES}
    assert long == {}


def test_no_function_is_long(sources):
    long = [
        source.at(node, f"{node.name} has {node.end_lineno - node.lineno + 1} lines")
        for source in sources
        for node in ast.walk(source.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno - node.lineno >= FUNCTION_LINES
    ]
    assert long == []
