"""The load: many connections driven by one thread without parsing what it need not parse."""

from __future__ import annotations

import selectors
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from bench.wire import Ask, Script

PATIENCE = 120.0
"""Seconds without any answer after which a measurement is given up."""

_CHUNK = 262_144


@dataclass
class Tally:
    """What a measurement saw; times are in seconds."""

    units: int = 0
    requests: int = 0
    errors: int = 0
    repeated: int = 0
    is_even: bool = True
    first_error: str = ""
    started: float = 0.0
    last: float = 0.0
    client_cpu: float = 0.0
    deadline: float = float("inf")
    least: int = 0
    bodies: list[bytes] = field(default_factory=list)

    @property
    def elapsed(self) -> float:
        """Seconds from the start to the last unit that counts."""
        return self.last - self.started

    @property
    def rate(self) -> float:
        """Units a second; 0 when nothing was done."""
        return self.units / self.elapsed if self.units else 0.0

    def is_open(self, now: float) -> bool:
        """Tell whether work still counts: time is left, or too little was done to judge by."""
        return now < self.deadline or self.units + self.errors < self.least

    def fail(self, reason: str) -> None:
        """Count an error and keep the first one's reason."""
        self.errors += 1
        self.first_error = self.first_error or reason


class Answer:
    """One HTTP answer as it comes in."""

    def __init__(self) -> None:
        """Start empty."""
        self.raw = bytearray()
        self._start = 0
        self._length = -1

    def feed(self, data: bytes) -> bool:
        """Take bytes and tell whether the answer is complete."""
        self.raw += data
        if not self._start and not self._read_head():
            return False
        if self._length >= 0:
            return len(self.raw) - self._start >= self._length
        return self.raw.endswith(b"0\r\n\r\n")

    def _read_head(self) -> bool:
        end = self.raw.find(b"\r\n\r\n")
        if end < 0:
            return False
        self._start = end + 4
        head = self.raw[:end].lower()
        at = head.find(b"content-length:")
        if at >= 0:
            stop = head.find(b"\r\n", at)
            self._length = int(head[at + 15 : stop if stop > 0 else end])
        elif b"transfer-encoding: chunked" not in head:
            self._length = 0
        return True

    @property
    def status(self) -> int:
        """The status code."""
        return int(self.raw[9:12])

    @property
    def closes(self) -> bool:
        """Whether the server will close the connection after this answer."""
        return b"connection: close" in self.raw[: self._start].lower()

    @property
    def head(self) -> bytes:
        """The status line and headers."""
        return bytes(self.raw[: self._start])

    @property
    def body(self) -> bytes:
        """The body, with chunks joined."""
        body = bytes(self.raw[self._start :])
        return body if self._length >= 0 else _joined(body)


def _joined(chunked: bytes) -> bytes:
    parts: list[bytes] = []
    at = 0
    while True:
        line_end = chunked.index(b"\r\n", at)
        length = int(chunked[at:line_end].split(b";")[0], 16)
        if not length:
            return b"".join(parts)
        parts.append(chunked[line_end + 2 : line_end + 2 + length])
        at = line_end + length + 4


class Connection:
    """One client: a socket, the script it is in, and the scripts still to come."""

    def __init__(self, port: int) -> None:
        """Connect to a server on this machine."""
        self._port = port
        self.socket = self._connect()
        self._scripts: Iterator[Script] = iter(())
        self._script: Script | None = None
        self._ask: Ask | None = None
        self._answer = Answer()
        self._is_repeated = False

    def _connect(self) -> socket.socket:
        connected = socket.create_connection(("127.0.0.1", self._port), timeout=PATIENCE)
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connected

    def take(self, scripts: Iterator[Script]) -> None:
        """Take the scripts to work through."""
        self._scripts = scripts

    def begin(self) -> bool:
        """Send the first request of the next script; False when there is none."""
        self._script = next(self._scripts, None)
        if self._script is None:
            return False
        self._send(next(self._script))
        return True

    def _send(self, ask: Ask) -> None:
        self._ask, self._answer, self._is_repeated = ask, Answer(), False
        self.socket.sendall(ask.wire)

    def reconnect(self) -> None:
        """Start again on a new socket."""
        self.socket.close()
        self.socket = self._connect()

    def _send_again(self, tally: Tally) -> None:
        """Repeat a request, once, that met a kept connection just as the server closed it."""
        if self._answer.raw or self._is_repeated or self._ask is None:
            raise ConnectionError("the server closed the connection without an answer")
        tally.repeated += 1
        self.reconnect()
        self._send(self._ask)
        self._is_repeated = True

    def receive(self, tally: Tally, keep: bool) -> bool:
        """Take what has come; True when a script has ended, well or not."""
        try:
            data = self.socket.recv(_CHUNK)
        except ConnectionResetError:
            data = b""
        if not data:
            self._send_again(tally)
            return False
        if not self._answer.feed(data):
            return False
        answer, ask, script = self._answer, self._ask, self._script
        assert ask is not None
        assert script is not None
        body = answer.body
        tally.requests += 1
        if keep:
            tally.bodies.append(body)
        if answer.closes:
            self.reconnect()
        if answer.status != ask.status or ask.needle not in body:
            start = body[:200].decode(errors="replace")
            tally.fail(f"{answer.status} where {ask.status} was expected: {start}")
            return True
        try:
            self._send(script.send(body))
        except StopIteration:
            return True
        return False


def drive(connections: list[Connection], seconds: float | None = None, keep: bool = False) -> Tally:
    """Work through the connections' scripts, for some seconds or until they end.

    When time is up with fewer units than connections, it goes on until there are as many.
    """
    tally = Tally(started=time.perf_counter(), least=len(connections))
    cpu = time.process_time()
    if seconds is not None:
        tally.deadline = tally.started + seconds
    busy = [connection for connection in connections if connection.begin()]
    if len(busy) == 1:
        while _advance(busy[0], tally, keep):
            pass
    else:
        _select(busy, tally, keep)
    tally.client_cpu = time.process_time() - cpu
    return tally


def _select(connections: list[Connection], tally: Tally, keep: bool) -> None:
    """Serve several connections, each as soon as its answer comes.

    A single one is better served by blocking: a selector would double the client's cost.
    """
    with selectors.DefaultSelector() as selector:
        for each in connections:
            selector.register(each.socket, selectors.EVENT_READ, each)
        while selector.get_map():
            ready = selector.select(PATIENCE)
            if not ready:
                tally.fail(f"no answer within {PATIENCE:.0f} s")
                return
            for key, _ in ready:
                going_on = _advance(key.data, tally, keep)
                if key.data.socket is not key.fileobj or not going_on:
                    selector.unregister(key.fileobj)
                    if going_on:
                        selector.register(key.data.socket, selectors.EVENT_READ, key.data)


def _advance(connection: Connection, tally: Tally, keep: bool) -> bool:
    """Let one connection take its bytes and begin its next script; False when it is done."""
    errors = tally.errors
    try:
        ended = connection.receive(tally, keep)
    except OSError as error:
        tally.fail(str(error))
        connection.reconnect()
        ended = True
    if not ended:
        return True
    now = time.perf_counter()
    if not tally.is_open(now):
        return False
    if tally.errors == errors:
        tally.units += 1
        tally.last = now
    return connection.begin()


def ask_once(port: int, script: Script) -> Tally:
    """Work through one script on a connection of its own, keeping the bodies."""
    connection = Connection(port)
    connection.take(iter((script,)))
    try:
        return drive([connection], keep=True)
    finally:
        connection.socket.close()
