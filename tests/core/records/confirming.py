"""Eight processes that confirm orders at once; some of their tries fail, some of them are killed. Not a test itself.

Usage: python -m tests.core.records.confirming URL IDS; prints [[done, refused, killed], …], one entry per process.
"""

import json
import os
import random
import sys

import sqlalchemy as sa

from core.kernel.errors import Refused
from core.records import commands
from tests.installation import open_installation

PROCESSES = 8
ORDERS = 64
KILLED = 9


def work(url, ids, seed, report):
    """Confirm every order of ``ids``, trying again where it was refused; tell each result at once."""
    chance = random.Random(seed)
    shop = open_installation(url)
    caller = shop.caller("manager")
    is_last = False

    def written(context, operation):
        if chance.random() < 0.2:
            raise Refused("record.rule_broken")

    def before_commit(connection):
        if is_last and seed % 3 == 0:
            os.write(report, b"k")
            os._exit(KILLED)

    shop.services.written = written
    sa.event.listen(shop.services.database.engine, "commit", before_commit)
    for record_id in ids:
        is_last = record_id == ids[-1]
        for _ in range(5):
            try:
                commands.act(caller, "sales_order", record_id, "confirm")
            except Refused:
                os.write(report, b"r")
            else:
                os.write(report, b"d")
                break


def start(url, ids, seed):
    """Start a process; gives its id and the end of the pipe that it tells its results through."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(reader)
            work(url, ids, seed, writer)
            os._exit(0)
        except BaseException as fault:  # noqa: BLE001 - a forked child ends here, whatever happened
            sys.stderr.write(f"process {seed}: {type(fault).__name__}: {fault}\n")
            os._exit(1)
    os.close(writer)
    return child, reader


def main():
    """Run the processes and print what they did."""
    url, ids = sys.argv[1], json.loads(sys.argv[2])
    running = [start(url, ids[seed::PROCESSES], seed) for seed in range(PROCESSES)]
    results, failed = [], False
    for child, reader in running:
        with os.fdopen(reader, "rb") as pipe:
            told = pipe.read()
        _, status = os.waitpid(child, 0)
        failed = failed or os.waitstatus_to_exitcode(status) not in {0, KILLED}
        results.append([told.count(mark) for mark in (b"d", b"r", b"k")])
    sys.stdout.write(json.dumps(results))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
