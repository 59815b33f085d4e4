"""validate, plan, apply, db upgrade and plugin list."""

import re

import pytest

from core.db.engine import Database
from core.db.revisions import current_revision

CUSTOMER = """
kind: object
name: customer
layer: organisation
fields:
  x_dock: {type: text, label: {en: Loading dock, zh_CN: 装卸口, zh_TW: 裝卸口}}
"""


@pytest.fixture
def own(tradeloom):
    folder = tradeloom.home / "own"
    folder.mkdir()
    (folder / "customer.yaml").write_text(CUSTOMER, encoding="utf-8")
    return folder


def revision(url):
    database = Database(url)
    try:
        with database.read() as connection:
            return current_revision(connection)
    finally:
        database.close()


class TestValidate:
    def test_what_ships_is_in_order_and_needs_no_database(self, tradeloom):
        assert tradeloom("validate").out == "The definitions are in order.\n"
        assert list(tradeloom.home.iterdir()) == []

    def test_every_fault_is_told_with_file_line_and_column(self, tradeloom, own):
        (own / "customer.yaml").write_text(CUSTOMER.replace("type: text", "type: txet"))
        (own / "broken.yaml").write_text("kind: object\nname: [\n")
        (own / "typo.yaml").write_text("kind: objectt\nname: x_y\n")
        ran = tradeloom("validate", "own", status=1)
        lines = ran.err.splitlines()
        assert all(re.match(r"own/\w+\.yaml:\d+:\d+: .+", line) for line in lines)
        assert [line.split(":")[0] for line in lines] == sorted(
            line.split(":")[0] for line in lines
        )
        text = ran.err
        assert "own/customer.yaml:6:18: " in text
        assert "text" in text
        assert "own/broken.yaml:" in text
        assert "own/typo.yaml:1:7: " in text
        assert ran.out == ""

    def test_faults_between_files_are_told_together_too(self, tradeloom, own):
        for name, field in (("customer", "credit_limti"), ("product", "list_prise")):
            text = CUSTOMER.replace("customer", name)
            (own / f"{name}.yaml").write_text(
                text.replace("type: text, label", f"type: money, formula: {field} * 2, label")
            )
        lines = tradeloom("validate", "own", status=1).err.splitlines()
        assert [line.split(":")[0] for line in lines] == ["own/customer.yaml", "own/product.yaml"]
        assert "credit_limit" in lines[0]
        assert "list_price" in lines[1]

    def test_the_language_is_the_persons(self, tradeloom, own):
        (own / "typo.yaml").write_text("kind: objectt\nname: x_y\n")
        assert "own/typo.yaml:1:7: " in tradeloom("validate", "own", status=1, LANG="zh_CN").err


class TestApply:
    def test_upgrade_twice_then_apply_twice(self, tradeloom, own, database_url):
        settings = {"DATABASE_URL": database_url}
        first = tradeloom("db", "upgrade", **settings)
        assert first.out == "The database is at revision 1.\n"
        again = tradeloom("db", "upgrade", **settings)
        assert again.out == "Nothing to do: revision 1 is live already.\n"
        assert revision(database_url)[0] == 1
        planned = tradeloom("plan", "own", **settings)
        assert "x_dock" in planned.out
        assert planned.out.endswith("Nothing was changed.\n")
        assert revision(database_url)[0] == 1
        tradeloom("apply", "own", **settings)
        number, checksum = revision(database_url)
        assert number == 2
        unchanged = tradeloom("apply", "own", **settings)
        assert unchanged.out == "Nothing to do: revision 2 is live already.\n"
        assert tradeloom("db", "upgrade", **settings).out == unchanged.out
        assert revision(database_url) == (number, checksum)
        assert "x_dock" not in tradeloom("plan", "own", **settings).out

    def test_a_broken_set_changes_nothing(self, tradeloom, own):
        tradeloom("db", "upgrade")
        before = revision("sqlite:///var/tradeloom.db")
        (own / "more.yaml").write_text(
            "kind: object\nname: x_more\nlayer: organisation\nfields: {}\n"
        )
        (own / "customer.yaml").write_text(CUSTOMER.replace("type: text", "type: txet"))
        ran = tradeloom("apply", "own", status=1)
        assert "own/customer.yaml:6:18" in ran.err
        assert revision("sqlite:///var/tradeloom.db") == before


class TestPlugins:
    BROKEN = "raise ValueError('no licence file')"

    def test_plugins_in_order_are_listed(self, tradeloom):
        ran = tradeloom("plugin", "list")
        assert ran.out.splitlines() == ["customers 0.1.0 in order", "orders 0.1.0 in order"]
        assert ran.err == ""

    @pytest.mark.parametrize(
        ("code", "told"),
        [
            (BROKEN, "Plugin acme can't be loaded: ValueError: no licence file"),
            ("raise SystemExit(2)", "Plugin acme can't be loaded: SystemExit: 2"),
            (
                """
                from core.sdk import Plugin, hookimpl
                class Rule:
                    objects = frozenset({"customer"})
                    @hookimpl
                    def validte(self, record): ...
                PLUGIN = Plugin(name="acme", version="1", depends=("customers",), rules=(Rule(),))
                """,
                "implements hook validte, which doesn't exist. Did you mean validate?",
            ),
        ],
        ids=["raises", "exits", "unknown-hook"],
    )
    @pytest.mark.parametrize("is_set_up", [False, True])
    def test_one_out_of_order_is_named_with_its_reason_and_ends_with_one(
        self, tradeloom, packages, lab, code, told, is_set_up
    ):
        packages.install("acme", code)
        url = {"DATABASE_URL": lab.url} if is_set_up else {}
        ran = tradeloom("plugin", "list", status=1, **url)
        assert "orders 0.1.0 in order" in ran.out
        assert "acme" not in ran.out
        assert told in ran.err
