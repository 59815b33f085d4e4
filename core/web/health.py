"""Whether the process is alive, whether it can serve, and its figures in Prometheus' text form.

The figures are few and counted by hand: the client library would bring a registry of global state for three series.
"""

from __future__ import annotations

import bisect
import threading
import time
from collections import Counter
from typing import Any

from flask import Flask, Response, g, request
from sqlalchemy import literal, select
from sqlalchemy.exc import SQLAlchemyError

from core.kernel.errors import PlatformError
from core.records.services import Services
from core.web.answers import json_answer

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper bounds of the duration histogram, in seconds."""


class Figures:
    """Counts of requests and their durations; safe to use from several threads."""

    def __init__(self) -> None:
        """Start at nothing."""
        self._lock = threading.Lock()
        self._requests: Counter[tuple[str, int]] = Counter()
        self._buckets = [0] * (len(BUCKETS) + 1)
        self._seconds = 0.0

    def add(self, method: str, status: int, seconds: float) -> None:
        """Count one request."""
        with self._lock:
            self._requests[method, status] += 1
            self._buckets[bisect.bisect_left(BUCKETS, seconds)] += 1
            self._seconds += seconds

    def text(self) -> str:
        """Write the figures as Prometheus reads them."""
        with self._lock:
            requests, buckets, seconds = dict(self._requests), list(self._buckets), self._seconds
        lines = [
            "# HELP tradeloom_requests_total Requests answered.",
            "# TYPE tradeloom_requests_total counter",
        ]
        for (method, status), number in sorted(requests.items()):
            lines.append(
                f'tradeloom_requests_total{{method="{method}",status="{status}"}} {number}'
            )
        lines += [
            "# HELP tradeloom_request_seconds Time to answer.",
            "# TYPE tradeloom_request_seconds histogram",
        ]
        total = 0
        for bound, number in zip((*map(str, BUCKETS), "+Inf"), buckets, strict=True):
            total += number
            lines.append(f'tradeloom_request_seconds_bucket{{le="{bound}"}} {total}')
        lines += [
            f"tradeloom_request_seconds_sum {seconds:.6f}",
            f"tradeloom_request_seconds_count {total}",
        ]
        return "\n".join(lines) + "\n"


def register(app: Flask, services: Services) -> None:
    """Add the three addresses and count every request of ``app``."""
    figures = Figures()
    app.extensions["figures"] = figures

    @app.before_request
    def started() -> None:
        g.started = time.perf_counter()

    @app.after_request
    def counted(response: Response) -> Response:
        known = (
            request.method
            if request.method in {"GET", "POST", "PATCH", "PUT", "DELETE", "HEAD"}
            else "other"
        )
        figures.add(
            known, response.status_code, time.perf_counter() - g.get("started", time.perf_counter())
        )
        return response

    @app.get("/healthz")
    def healthz() -> Response:
        return json_answer({"status": "ok"})

    @app.get("/readyz")
    def readyz() -> Response:
        state = readiness(services)
        return json_answer(state, 200 if state["database"] == "ok" else 503)

    @app.get("/metrics")
    def metrics() -> Response:
        return Response(figures.text(), content_type="text/plain; version=0.0.4; charset=utf-8")


def readiness(services: Services) -> dict[str, Any]:
    """Tell whether the database answers, which plugins failed and what else deserves attention."""
    try:
        with services.database.read() as connection:
            connection.execute(select(literal(1)))
        database = "ok"
    except (SQLAlchemyError, PlatformError, OSError):
        database = "unreachable"
    settings = services.settings
    return {
        "status": "ok" if database == "ok" else "unavailable",
        "database": database,
        "revision": services.model.snapshot.revision,
        "failed_plugins": sorted(settings.get("failed_plugins") or ()),
        "warnings": [
            services.catalogue.text(name, "en", params)
            for name, params in settings.get("warnings") or ()
        ],
    }
