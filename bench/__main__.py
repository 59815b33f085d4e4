"""`python -m bench`: the same work, side by side, as a table of shares of the limit."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from collections.abc import Iterator, Sequence

import psycopg

from bench import report
from bench.contestants import Bare, Contestant, FlaskAppBuilder, Limit, RestFramework
from bench.facts import SIZES
from bench.ours import Tradeloom
from bench.rounds import Plan, run
from bench.rows import ROWS
from bench.servers import ServerError
from bench.stores import Postgres, Sqlite, Store

CONTESTANTS: tuple[type[Contestant], ...] = (
    Bare, Limit, FlaskAppBuilder, RestFramework, Tradeloom,
)  # fmt: skip
POSTGRES = "postgresql+psycopg://127.0.0.1:5432/postgres"
_EXAMPLE = "example: python -m bench --database sqlite --rounds 3 --only record --only page"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark; 0 when the harness can be trusted, 1 when not, 2 on wrong usage."""
    options = _parser().parse_args(arguments)
    chosen = tuple(row for row in ROWS if not options.only or row.key in options.only)
    plan = Plan(SIZES[options.rows], options.rounds, options.seconds, chosen)
    kinds = [each for each in CONTESTANTS if each.key not in options.without]
    # Ending the process must still stop its servers and drop its databases.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    doubts: list[str] = []
    voids: list[str] = []
    try:
        for store in _stores(options.database, options.postgres):
            results = run(store, [each(store, plan.size) for each in kinds], plan, _say)
            sys.stdout.write(report.table(results, plan) + "\n\n")
            sys.stdout.flush()
            doubts += report.insane(results, plan)
            voids += report.own_voids(results)
    except (ServerError, psycopg.OperationalError) as error:
        _say(f"stopped: {error}")
        return 1
    is_judged = Bare.key not in options.without and any(row.is_read for row in chosen)
    return _conclude(doubts if is_judged else None, voids)


def _stores(wanted: str, server: str) -> Iterator[Store]:
    """Give the databases to run against; raise OperationalError where the one asked for is down."""
    if wanted != "sqlite":
        try:
            yield Postgres(server)
        except psycopg.OperationalError as error:
            if wanted == "postgresql":
                raise
            _say(f"PostgreSQL is not reachable, its table is left out: {error}")
    if wanted != "postgresql":
        yield Sqlite()


def _conclude(doubts: Sequence[str] | None, voids: Sequence[str]) -> int:
    """Say plainly whether the figures may be used; `doubts` is None where nothing could tell."""
    if doubts is None:
        sys.stdout.write("Without bare WSGI on a read row the harness could not be judged.\n")
    elif doubts:
        sys.stdout.write("THE HARNESS IS IN DOUBT, do not quote these figures:\n")
        sys.stdout.writelines(f"  {doubt}\n" for doubt in doubts)
    else:
        sys.stdout.write("The limit lies where it should beside bare WSGI on every read row.\n")
    if voids:
        sys.stdout.write(f"Void, for the reasons under the tables: {', '.join(voids)}.\n")
    return 1 if doubts or voids else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m bench", description=__doc__, epilog=_EXAMPLE)
    parser.add_argument("--database", choices=("postgresql", "sqlite", "both"), default="both")
    parser.add_argument("--rounds", type=_positive_int, default=5, metavar="N")
    parser.add_argument("--seconds", type=float, default=0.5, metavar="N", help="of each cell")
    parser.add_argument("--rows", choices=tuple(SIZES), default="small", help="size of the data")
    parser.add_argument(
        "--only", action="append", choices=[row.key for row in ROWS], metavar="ROW",
        help="this row alone; may be repeated: %(choices)s",
    )  # fmt: skip
    parser.add_argument(
        "--without", action="append", default=[], metavar="CONTESTANT",
        choices=[each.key for each in CONTESTANTS if each is not Limit],
        help="leave one out; may be repeated: %(choices)s",
    )  # fmt: skip
    parser.add_argument(
        "--postgres",
        default=os.environ.get("TRADELOOM_BENCH_POSTGRES", POSTGRES),
        metavar="URL",
        help="a database of the PostgreSQL server to use (default: %(default)s)",
    )
    return parser


def _positive_int(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number


def _say(text: str) -> None:
    sys.stderr.write(f"{time.strftime('%H:%M:%S')} {text}\n")


if __name__ == "__main__":
    sys.exit(main())
