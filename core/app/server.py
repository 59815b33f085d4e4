"""Serving: the web server, and one supervisor for web and worker together."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]

from core.app.platform import Platform, open_platform
from core.app.settings import Settings
from core.kernel.errors import InvalidSettings
from core.web.application import build

POLL_SECONDS = 0.2
PATIENCE_SECONDS = 30


def create_app(settings: Settings, platform: Platform | None = None) -> Flask:
    """Make the WSGI application of an installation.

    Raises:
        InvalidSettings: The settings or the database can't be used.
        Unavailable: The database isn't set up for this version.
    """
    platform = platform or open_platform(settings)
    return build(platform.ready(), web_settings(settings, platform))


def web_settings(settings: Settings, platform: Platform) -> dict[str, Any]:
    """Give the settings under the names that the web floor knows."""
    return {
        "SECRET_KEY": platform.ready().secret.decode(),
        "BASE_URL": settings.base_url,
        "TRUSTED_HOSTS": list(settings.trusted_hosts),
        "ENV": settings.env,
        "LANG": settings.lang,
        "BROKER_URL": settings.broker_url,
        "DEMO": settings.database_url.endswith("/demo.db"),
    }


class Server(BaseApplication):  # type: ignore[misc]
    """Gunicorn with threads, set up in code."""

    def __init__(self, settings: Settings, host: str, port: int, workers: int) -> None:
        """Keep what the processes need."""
        self.settings_of_platform = settings
        self.options: Mapping[str, Any] = {
            "bind": f"{host}:{port}",
            "workers": workers,
            "worker_class": "gthread",
            "threads": settings.threads,
            "accesslog": None,
            "errorlog": "-",
            "loglevel": "warning",
            "graceful_timeout": 20,
            "timeout": 60,
            "max_requests": 50_000,
            "max_requests_jitter": 5_000,
            "limit_request_line": 8190,
            "control_socket_disable": True,
        }
        super().__init__()

    def load_config(self) -> None:
        """Hand the options to gunicorn; ones that its version doesn't know are left out."""
        for key, value in self.options.items():
            if key in self.cfg.settings:
                self.cfg.set(key, value)

    def load(self) -> Flask:
        """Make the application in each process."""
        return create_app(self.settings_of_platform)


def check_port(host: str, port: int) -> None:
    """Refuse a busy port.

    Raises:
        InvalidSettings: Another program listens there.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            raise InvalidSettings("app.port_busy", host=host, port=port) from None


def serve_web(settings: Settings, host: str, port: int, workers: int) -> None:
    """Serve pages and API until stopped."""
    check_port(host, port)
    Server(settings, host, port, workers).run()


def supervise(environment: Mapping[str, str], host: str, port: int, workers: int) -> int:
    """Run web and worker side by side until Ctrl-C; when one of them dies it is started again.

    Args:
        environment: The processes' environment.
        host: Address to listen on.
        port: Port to listen on.
        workers: Web processes.

    Returns:
        The exit status.
    """
    web = ["web", "--host", host, "--port", str(port), "--workers", str(workers)]
    commands = {"web": web, "worker": ["worker"]}
    running = {name: _start(arguments, environment) for name, arguments in commands.items()}
    started = dict.fromkeys(commands, time.monotonic())
    stopping = False

    def stop(*_: object) -> None:
        nonlocal stopping
        stopping = True

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    status = 0
    while not stopping:
        time.sleep(POLL_SECONDS)
        for name, process in running.items():
            if process.poll() is None:
                continue
            if time.monotonic() - started[name] < PATIENCE_SECONDS / 10:
                status, stopping = process.returncode or 1, True
                break
            running[name] = _start(commands[name], environment)
            started[name] = time.monotonic()
    _stop_all(list(running.values()))
    return status


def _start(arguments: list[str], environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    # A group of its own: Ctrl-C reaches the supervisor alone, which then stops its children in order.
    return subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-m", "core.cli.main", *arguments],
        env={**os.environ, **environment},
        start_new_session=True,
    )


def _stop_all(processes: list[subprocess.Popen[bytes]]) -> None:
    for process in processes:
        if process.poll() is None:
            process.terminate()
    deadline = time.monotonic() + PATIENCE_SECONDS
    for process in processes:
        try:
            process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
