"""One measurement: in a process of its own, so that the client's work is no server's."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from bench import spread
from bench.client import Connection, Tally, drive
from bench.rows import ROWS, Turn, own_customers
from bench.speak.dialect import Dialect


@dataclass(frozen=True)
class Slice:
    """One cell in one round: one row, one contestant, so many clients, so many seconds."""

    row: str
    dialect: Dialect
    port: int
    clients: int
    seconds: float
    serial: int
    seed: str
    workers: tuple[int, ...] = ()


def measure(cell: Slice) -> Tally:
    """Drive one server for the time of a slice and return what was seen."""
    connections: list[Connection] = []
    try:
        opened, is_even = spread.connect(cell.port, cell.clients, cell.workers)
        connections += opened
        tally = _measure(cell, connections)
        tally.is_even = is_even
    except OSError as error:
        tally = Tally()
        tally.fail(f"the connection failed: {error}")
    finally:
        for connection in connections:
            connection.socket.close()
    return tally


def _measure(cell: Slice, connections: list[Connection]) -> Tally:
    row = next(row for row in ROWS if row.key == cell.row)
    turns = [Turn(n, cell.clients, cell.serial, cell.seed) for n in range(cell.clients)]
    work = [row.scripts(cell.dialect, turn) for turn in turns]
    warm = _learn(cell, connections, turns)
    if not warm.errors:
        for connection, scripts in zip(connections, work, strict=True):
            connection.take(itertools.islice(scripts, row.warm_units))
        warm = drive(connections)
    if warm.errors:
        return warm
    for connection, scripts in zip(connections, work, strict=True):
        connection.take(scripts)
    tally = drive(connections, cell.seconds)
    tally.units *= row.units_per_script(cell.dialect)
    return tally


def _learn(cell: Slice, connections: list[Connection], turns: list[Turn]) -> Tally:
    """Let the dialect learn what updates need, before the clock starts."""
    if cell.row != "update":
        return Tally()
    for connection, turn in zip(connections, turns, strict=True):
        lessons = (cell.dialect.learn(number) for number in own_customers(turn))
        connection.take(lesson for lesson in lessons if lesson is not None)
    return drive(connections)
