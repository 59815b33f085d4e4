"""Names written by callers never become SQL: they are looked up or refused."""

import pytest
import sqlalchemy as sa

from core.kernel.errors import PlatformError
from core.kernel.text import is_clean
from core.metadata.expressions import quote
from core.records.aggregate import AggregateQuery, aggregate
from core.records.lookup import lookup
from core.records.query import ListQuery, get_record, list_records

SEEDS = [
    "id; DROP TABLE sales_order; --", "id' OR '1'='1", 'id" OR "1"="1', "1=1",
    "id) UNION SELECT 1 FROM tl_credential --", "version", "deleted_at", "note__fold",
    "_version", "__class__", "id.__class__", "tl_credential.password_hash", "sales_order.id",
    "customer.version", "customer.name__fold", "lower(note)", "pg_sleep(10)",
    "randomblob(100000000)", "(SELECT 1)", "CASE WHEN 1 THEN 1 END", "id COLLATE NOCASE",
    "id::text", "id -- x", "id/**/", "*", "j1.id", "c0", "_0", "rowid", "oid", "ctid", "xmin",
    "$1", "%s", ":me", "?", "%(me)s", "{me}", "{{7*7}}", "id\x00", "ｉｄ", "İd", "note\n",
    "id\t", "sum(total)", "load_extension('x')", "readfile('/etc/passwd')", "current_user",
    "E'\\x27'", "0x27", "' || id || '", "%27", "\\'", "\ud800", "🙂", "ﬁ", "a" * 5000, "." * 50,
    ",".join("x" * 100), "-" * 20, "()", "[]", "lines.net;",
]  # fmt: skip
PAYLOADS = [*SEEDS, *(f"customer.{seed}" for seed in SEEDS[:40])]


def attempts(caller, text):
    yield lambda: list_records(caller, ListQuery("sales_order", sort=text))
    yield lambda: list_records(caller, ListQuery("sales_order", sort=f"-{text}"))
    yield lambda: list_records(caller, ListQuery("sales_order", fields=(text,)))
    yield lambda: list_records(caller, ListQuery("sales_order", expand=(text,)))
    yield lambda: list_records(caller, ListQuery("sales_order", filter=f"{text} == 1"))
    yield lambda: aggregate(caller, AggregateQuery("sales_order", group_by=(text,)))
    yield lambda: aggregate(caller, AggregateQuery("sales_order", (f"sum:{text}",)))
    yield lambda: aggregate(caller, AggregateQuery("sales_order", (text,)))
    yield lambda: aggregate(caller, AggregateQuery("sales_order", sort=(text,)))
    yield lambda: list_records(caller, ListQuery(text))
    yield lambda: get_record(caller, "sales_order", 1, fields=(text,))
    yield lambda: lookup(caller, "sales_order", "a", where=text)


# Expressions, names with blanks around, and sort orders that name nothing.
HARMLESS = {"1=1", "-" * 20, ",".join("x" * 100), "lower(note)", "note\n", "id\t"}


def status_of(attempt):
    try:
        attempt()
    except PlatformError as error:
        return error.status
    return 200


def test_payloads_as_names_are_refused_and_never_reach_the_database(shop):
    statements = []
    caller = shop.caller("manager")
    list_records(caller, ListQuery("sales_order"))
    sa.event.listen(
        shop.database.engine,
        "before_cursor_execute",
        lambda *args: statements.append((args[2], args[3])),
    )
    assert len(PAYLOADS) >= 100
    for text in PAYLOADS:
        for attempt in attempts(caller, text):
            before = len(statements)
            status = status_of(attempt)
            assert status in {404, 422} or text in HARMLESS, text
            assert status == 200 or len(statements) == before
    assert not any(
        "DROP" in statement or "tl_credential" in statement for statement, _ in statements
    )


@pytest.mark.parametrize("text", [seed for seed in SEEDS if is_clean(seed) and len(seed) < 150])
def test_payloads_as_values_are_only_values(shop, text):
    caller = shop.system
    assert (
        list_records(caller, ListQuery("sales_order", filter=f"note == {quote(text)}")).rows == []
    )
    assert (
        list_records(
            caller, ListQuery("sales_order", filter=f"note contains {quote(text)}", q=text)
        ).rows
        == []
    )
    found = lookup(caller, "customer", text)
    assert all(each.id for each in found)
