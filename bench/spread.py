"""Connections spread evenly over a server's workers.

A kept connection stays with the worker that accepted it. Left to chance, one worker may hold all
sixteen while the other sleeps, and the figure would say more about luck than about the server.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from bench.client import Connection

_ATTEMPTS = 60
_PAUSE = 0.01
"""Seconds that workers get to accept what was opened."""

_SOCKETS = Path("/proc/net/tcp")
_REMOTE, _INODE = 2, 9
_LOCAL = 1


def connect(port: int, count: int, workers: tuple[int, ...]) -> tuple[list[Connection], bool]:
    """Open connections and tell whether each worker (by process id) got its share of them.

    Where the system doesn't say who holds a socket, chance decides and the answer is False.
    """
    connections = [Connection(port) for _ in range(count)]
    if count == 1 or len(workers) == 1:
        return connections, True
    if not workers or not _SOCKETS.exists():
        return connections, False
    most = -(-count // len(workers))
    for _ in range(_ATTEMPTS):
        time.sleep(_PAUSE)
        surplus = _surplus(connections, _owners(port, workers), most)
        if surplus is None:
            continue
        if not surplus:
            return connections, True
        kept = [each for each in connections if each not in surplus]
        connections = kept + [Connection(port) for _ in surplus]
        for each in surplus:
            each.socket.close()
    return connections, False


def _surplus(
    connections: list[Connection], owners: dict[int, int], most: int
) -> list[Connection] | None:
    """Return the connections above a worker's share; None while some are not accepted yet."""
    held: Counter[int] = Counter()
    surplus = []
    for each in connections:
        owner = owners.get(each.socket.getsockname()[1])
        if owner is None:
            return None
        held[owner] += 1
        if held[owner] > most:
            surplus.append(each)
    return surplus


def _owners(port: int, workers: Iterable[int]) -> dict[int, int]:
    """Return, by the client's port, which worker holds the server's end of a connection."""
    holders = {inode: pid for pid in workers for inode in _held(pid)}
    owners = {}
    for line in _SOCKETS.read_text().splitlines()[1:]:
        parts = line.split()
        if int(parts[_LOCAL].split(":")[1], 16) == port and parts[_INODE] in holders:
            owners[int(parts[_REMOTE].split(":")[1], 16)] = holders[parts[_INODE]]
    return owners


def _held(pid: int) -> Iterable[str]:
    """Yield the inodes of the sockets that a process holds."""
    for file in Path(f"/proc/{pid}/fd").glob("*"):
        try:
            target = str(file.readlink())
        except OSError:
            continue
        if target.startswith("socket:["):
            yield target[8:-1]
