"""Server processes: started alike, watched for start-up time and memory, and stopped again."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from bench.client import ask_once
from bench.wire import Script

ROOT = Path(__file__).resolve().parent.parent
WORKERS = 2
THREADS = 4
START_PATIENCE = 90.0
"""Seconds a server may take to its first answer."""
_LAST_WORDS = 500
"""Characters of a failed program's output that are shown."""


class ServerError(RuntimeError):
    """A server that did not start; the message has its last words."""


def gunicorn(application: str, port: int) -> list[str]:
    """Return the command that serves a WSGI application as every contestant is served."""
    return [
        sys.executable, "-m", "gunicorn", application,
        "--bind", f"127.0.0.1:{port}",
        "--workers", str(WORKERS),
        "--worker-class", "gthread",
        "--threads", str(THREADS),
        "--keep-alive", "75",
        "--timeout", "300",
        "--log-level", "warning",
        "--no-control-socket",
    ]  # fmt: skip


def environment(extra: Mapping[str, str]) -> dict[str, str]:
    """Return this process's environment with the repository importable and the extra names."""
    return {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore", **extra}


def run(command: Sequence[str], extra: Mapping[str, str], folder: Path = ROOT) -> str:
    """Run a preparing command to its end and return what it printed; raise ServerError if not."""
    done = subprocess.run(
        command, env=environment(extra), cwd=folder, capture_output=True, text=True, check=False
    )
    if done.returncode:
        said = (done.stderr or done.stdout).strip()[-_LAST_WORDS:]
        what = " ".join(command[1:5])
        raise ServerError(f"'{what} …' ended with {done.returncode}: … {said}")
    return done.stdout


def free_port() -> int:
    """Return a port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Server:
    """One contestant's server and its worker processes."""

    def __init__(
        self, command: Sequence[str], port: int, extra: Mapping[str, str], folder: Path = ROOT
    ) -> None:
        """Take what to run; nothing is started yet."""
        self.port = port
        self._command = command
        self._environment = environment(extra)
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self._log = tempfile.TemporaryFile()  # noqa: SIM115

    def start(self) -> None:
        """Start the process in a group of its own."""
        self._process = subprocess.Popen(
            self._command,
            env=self._environment,
            cwd=self._folder,
            stdout=self._log,
            stderr=self._log,
            start_new_session=True,
        )

    def wait_open(self) -> None:
        """Wait until the port takes connections; raise ServerError if it never does."""
        deadline = time.monotonic() + START_PATIENCE
        while time.monotonic() < deadline:
            self._check_alive()
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            except OSError:
                time.sleep(0.01)
            else:
                return
        raise ServerError(f"port {self.port} did not open: {self.last_words()}")

    def seconds_to_answer(self, script: Script) -> float:
        """Start the server and return the seconds until it has answered a script rightly."""
        started = time.perf_counter()
        self.start()
        self.wait_open()
        tally = ask_once(self.port, script)
        if tally.errors:
            raise ServerError(f"{tally.first_error} {self.last_words()}")
        return time.perf_counter() - started

    def _check_alive(self) -> None:
        if self._process is None or self._process.poll() is not None:
            raise ServerError(f"the server ended: {self.last_words()}")

    def last_words(self) -> str:
        """Return the end of the server's log."""
        self._log.seek(0)
        return self._log.read().decode(errors="replace").strip()[-_LAST_WORDS:]

    def workers(self) -> tuple[int, ...]:
        """Return the process ids of the workers; nothing where the system doesn't tell."""
        return tuple(_descendants(self._process.pid)) if self._process is not None else ()

    def worker_memory(self) -> float | None:
        """Return the resident memory of the largest process under the first one, in MB."""
        if self._process is None or not Path("/proc/self/status").exists():
            return None
        sizes = [_resident(pid) for pid in self.workers()]
        return max(sizes) if sizes else _resident(self._process.pid)

    def stop(self) -> None:
        """End the process group, politely at first."""
        process, self._process = self._process, None
        if process is None:
            return
        for ending, patience in ((signal.SIGTERM, 5), (signal.SIGKILL, 5)):
            try:
                os.killpg(process.pid, ending)
                process.wait(patience)
            except subprocess.TimeoutExpired:
                continue
            except ProcessLookupError:
                process.wait(patience)
            break


def _descendants(pid: int) -> list[int]:
    found = []
    for file in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in file.read_text().split():
            found += [int(child), *_descendants(int(child))]
    return found


def _resident(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except FileNotFoundError:
        return 0.0
    kilobytes = next((line.split()[1] for line in lines if line.startswith("VmRSS")), "0")
    return int(kilobytes) / 1024
