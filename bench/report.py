"""The table: each contestant's share of the limit, the goal beside it, and pass or miss."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from bench.rounds import BARE, LIMIT, Plan, Results
from bench.rows import Row

TRADELOOM = "tradeloom"
SANE = (0.4, 0.8)
"""The limit's share of bare WSGI on read rows, outside of which the harness itself is in doubt."""

MAX_START_SECONDS = 2.5
MAX_WORKER_MB = 120
MAX_PAGE_KB = 40
_NOTHING = "–"


def table(results: Results, plan: Plan) -> str:
    """Return the table of one database with its notes."""
    entries = results.entries
    head = ["row", "clients", *(each.contestant.title for each in entries), "goal", "verdict"]
    lines = [_rate_line(results, row, n) for row in plan.rows for n in row.clients]
    lines += _bulk_lines(results, plan)
    lines += _fixed_lines(results)
    title = (
        f"{results.database}: share of the limit, median of {plan.rounds} interleaved rounds of "
        f"{plan.seconds:g} s, {plan.size.name} size "
        f"({plan.size.customers:,} customers, {plan.size.orders:,} orders)"
    )
    return "\n".join([title, "", *_aligned([head, *lines]), "", *_notes(results)])


def insane(results: Results, plan: Plan) -> list[str]:
    """Return a sentence for each read row on which the limit is not where it should be.

    A row is judged by all its rounds at every number of clients together, since single cells of
    a short run are too noisy to accuse the harness by.
    """
    low, high = SANE
    found = []
    for row in plan.rows:
        if not row.is_read:
            continue
        cells = [results.ratios(row.key, clients, LIMIT, BARE) for clients in row.clients]
        ratios = [ratio for cell in cells for ratio in cell]
        share = statistics.median(ratios) if ratios and all(cells) else None
        if share is None or not low <= share <= high:
            what = "unknown" if share is None else f"{share:.2f}"
            found.append(
                f"{results.database}: on '{row.title}' the limit is {what} of bare WSGI, "
                f"which should be {low}–{high}"
            )
    return found


def own_voids(results: Results) -> list[str]:
    """Return the void cells that are not a peer's; a peer's fault is shown and is its own."""
    peers = {entry.key for entry in results.entries if entry.contestant.is_peer}
    return [
        f"{results.database} {key} {row} at {clients}"
        for row, clients, key in sorted(results.voids)
        if key not in peers
    ]


def _rate_line(results: Results, row: Row, clients: int) -> list[str]:
    cells = [_cell(results, row, clients, entry.key) for entry in results.entries]
    return [row.title, str(clients), *cells, row.goal(), _verdict(results, row, clients)]


def _cell(results: Results, row: Row, clients: int, key: str) -> str:
    if (row.key, key) in results.missing:
        return "not offered yet" if key == TRADELOOM else "not offered"
    if (row.key, clients, key) in results.voids:
        return "VOID"
    ratio = results.ratio(row.key, clients, key)
    return _NOTHING if ratio is None else f"{ratio:.2f}"


def _verdict(results: Results, row: Row, clients: int) -> str:
    """Say whether Tradeloom reaches every part of the row's goal."""
    if not any(entry.key == TRADELOOM for entry in results.entries):
        return _NOTHING
    shown = _cell(results, row, clients, TRADELOOM)
    if not shown[0].isdigit():
        return shown
    peers = [entry.key for entry in results.entries if entry.contestant.is_peer]
    of = {key: results.ratio(row.key, clients, TRADELOOM, key) for key in [LIMIT, *peers]}
    wanted = [(row.of_limit, LIMIT), (row.of_drf, "drf")]
    wanted += [(row.of_fastest_peer, peer) for peer in peers]
    parts = [(goal, of.get(key)) for goal, key in wanted if goal is not None]
    reached = [have >= goal for goal, have in parts if have is not None]
    if row.per_second is not None:
        reached.append((results.rate(row.key, clients, TRADELOOM) or 0) >= row.per_second)
    return _word(reached)


def _word(reached: Sequence[bool]) -> str:
    if not reached:
        return _NOTHING
    return "pass" if all(reached) else "MISS"


def _bulk_lines(results: Results, plan: Plan) -> list[list[str]]:
    """Show rows a second below the ratios where the goal is a rate."""
    lines = []
    for row in plan.rows:
        if row.per_second is None:
            continue
        rates = [results.rate(row.key, 1, entry.key) for entry in results.entries]
        cells = [_NOTHING if rate is None else f"{rate:,.0f}" for rate in rates]
        lines.append([f"{row.title}, rows/s", "1", *cells, "", ""])
    return lines


def _fixed_lines(results: Results) -> list[list[str]]:
    """Show what is not a rate: start-up, memory, size of the page."""
    starts = {key: statistics.median(values) for key, values in results.starts.items()}
    pages = {key: size / 1000 for key, size in results.page_bytes.items()}
    return [
        _fixed(results, "start-up to first answer", starts, "s", MAX_START_SECONDS),
        _fixed(results, "memory of a worker", results.memory, "MB", MAX_WORKER_MB),
        _fixed(results, "list page, size", pages, "kB", MAX_PAGE_KB),
    ]


def _fixed(
    results: Results, title: str, values: dict[str, float], unit: str, most: float
) -> list[str]:
    def show(value: float) -> str:
        return f"{value:.{1 if unit == 's' else 0}f} {unit}"

    cells = [
        show(values[entry.key]) if entry.key in values else _NOTHING for entry in results.entries
    ]
    reached = [values[TRADELOOM] <= most] if TRADELOOM in values else []
    return [title, "", *cells, f"≤ {most:g} {unit}", _word(reached)]


def _notes(results: Results) -> list[str]:
    notes = []
    costs = {row: pairs for row, pairs in results.client.items() if row != "bulk"}
    if costs:
        busiest = max(share for pairs in costs.values() for share, _ in pairs)
        each = ", ".join(
            f"{row} {statistics.median(cost for _, cost in pairs) * 1e6:.0f}"
            for row, pairs in costs.items()
        )
        notes.append(
            f"The client took at most {busiest:.0%} of one core; µs a request, median: {each}."
        )
    if results.repeated:
        notes.append(
            f"{results.repeated} requests met a connection that the server was closing and were "
            "sent again."
        )
    if results.uneven:
        notes.append(
            f"In {results.uneven} measurements the connections were not spread evenly over the "
            "workers."
        )
    reasons: dict[tuple[str, str], list[str]] = {}
    for (row, clients, key), reason in sorted(results.voids.items()):
        reasons.setdefault((key, " ".join(reason.split())), []).append(f"{row} at {clients}")
    notes += [f"VOID {key} ({', '.join(c)}): {why}" for (key, why), c in reasons.items()]
    return notes


def _aligned(lines: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    rows = [
        "| " + " | ".join(f"{c:<{w}}" for c, w in zip(line, widths, strict=True)) + " |"
        for line in lines
    ]
    rule = "|" + "|".join("-" * (width + 2) for width in widths) + "|"
    return [rows[0], rule, *rows[1:]]
