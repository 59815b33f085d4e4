"""The function ``tl_eval`` that gives SQLite exact decimals: the Python back end, called for a row's values.

SQLite has no decimals: a computed one would become a binary float. So stored decimals are integers, and whatever
computes with them calls ``tl_eval(program, value, …)``: it decodes the values, evaluates the program on Python's exact
numbers and gives back an integer at the scale that the program declares.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any

from core.kernel.errors import ExpressionError
from core.metadata.expressions.evaluate import evaluate_node
from core.metadata.expressions.integers import Unsupported, compile_condition, compile_number
from core.metadata.expressions.moments import write_moment
from core.metadata.expressions.numbers import scaled, storable, unscaled
from core.metadata.expressions.program import Program, decode
from core.metadata.expressions.types import ValueType

FUNCTION = "tl_eval"
_PROGRAMS = 512
_FAILED = "user-defined function raised exception"

_Convert = Callable[[Any], Any]
_last = threading.local()


def register(connection: sqlite3.Connection) -> None:
    """Give a new connection the function; to be called for each connection before its first use."""
    connection.create_function(FUNCTION, -1, _call, deterministic=True)


def error_of(error: BaseException | None) -> ExpressionError | None:
    """Give the reason behind SQLite's error, which names none; None where it isn't one of ``tl_eval``.

    To be called on the thread that ran the statement, before it runs another.
    """
    reason = getattr(_last, "error", None)
    if not isinstance(error, sqlite3.OperationalError) or _FAILED not in str(error):
        return None
    return reason if isinstance(reason, ExpressionError) else None


def _call(program: str, *values: Any) -> Any:
    try:
        return _runner(program)(values)
    except ExpressionError as error:
        _last.error = error
        raise


class _Row:
    """The values of one row by the number of their slot; the environment of a program."""

    __slots__ = ("_values",)

    me = None
    today = date.min
    now = datetime.min.replace(tzinfo=UTC)

    def __init__(self, values: dict[str, Any]) -> None:
        self._values = values

    def value(self, path: tuple[str, ...]) -> Any:
        return self._values[path[0]]

    def children(self, path: tuple[str, ...]) -> list[_Row]:
        raise LookupError(path)


@lru_cache(maxsize=_PROGRAMS)
def _runner(text: str) -> Callable[[tuple[Any, ...]], Any]:
    program = decode(text)
    try:
        return _integer_runner(program)
    except Unsupported:
        return _walking_runner(program)


def _integer_runner(program: Program) -> Callable[[tuple[Any, ...]], Any]:
    """Run on the stored integers themselves, which reports over many rows need."""
    if program.result.kind == "boolean":
        test = compile_condition(program.node)
        return lambda values: int(test(values))
    if program.result.kind != "number":
        raise Unsupported
    number = compile_number(program.node, program.result.scale or 0)

    def run(values: tuple[Any, ...]) -> int | None:
        result = number(values)
        return None if result is None else storable(result)

    return run


def _walking_runner(program: Program) -> Callable[[tuple[Any, ...]], Any]:
    readers = [(str(index), _reader(kind)) for index, kind in enumerate(program.slots)]
    write = _writer(program.result)
    node = program.node

    def run(values: tuple[Any, ...]) -> Any:
        row = {
            name: None if value is None else read(value)
            for (name, read), value in zip(readers, values, strict=True)
        }
        result = evaluate_node(node, _Row(row))
        return None if result is None else write(result)

    return run


def _reader(kind: ValueType) -> _Convert:
    match kind.kind:
        case "number" if kind.scale:
            scale = kind.scale
            return lambda value: unscaled(value, scale)
        case "boolean":
            return bool
        case "date":
            return date.fromisoformat
        case "datetime":
            return datetime.fromisoformat
    return lambda value: value


def _writer(kind: ValueType) -> _Convert:
    match kind.kind:
        case "number":
            scale = kind.scale or 0
            return lambda value: scaled(value, scale)
        case "boolean":
            return int
        case "date":
            return date.isoformat
        case "datetime":
            return write_moment
    return lambda value: value
