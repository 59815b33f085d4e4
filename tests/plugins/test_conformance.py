"""The built-in plugins pass the suite that partners inherit, and the suite sees what it is for."""

import textwrap

import pytest

from core.testing import PluginConformance
from core.testing.examined import examine


class TestCustomers(PluginConformance):
    plugin = "customers"


class TestOrders(PluginConformance):
    plugin = "orders"


MESSAGES = {"acme.over": ("Over by {over}.", "超出 {over}。", "超出 {over}。")}

CODE = """
    from pathlib import Path
    from core.sdk import Plugin, Refused, hookimpl

    class CreditCheck:
        '''An order stays within the limit.'''

        objects = frozenset({"sales_order"})
        transitions = frozenset({"confirm"})

        @hookimpl
        def before_transition(self, ctx, record, transition):
            raise Refused("acme.over", over=1)

    PLUGIN = Plugin(
        name="acme",
        version="1.0.0",
        depends=("orders",),
        prefix="acme",
        rules=(CreditCheck(),),
        messages={"acme.over": ("Over by {over}.", "超出 {over}。", "超出 {over}。")},
        definitions=str(Path(__file__).parent / "definitions"),
    )
"""
VEHICLE = """
    kind: object
    name: acme_vehicle
    label: {en: Vehicle, zh_CN: 车辆, zh_TW: 車輛}
    title: "{plate}"
    menu: {group: settings, rank: 70}
    fields:
      plate: {type: text, required: true, label: {en: Number plate, zh_CN: 车牌, zh_TW: 車牌}}
    states:
      initial: draft
      draft: {finish: done}
      done: {}
    views:
      list: {columns: [plate], sort: plate}
    access:
      manager: {read: all, create: true}
"""


@pytest.fixture
def suite(packages):
    """Put the plugin there as given and give its suite."""

    def make(code=CODE, vehicle=VEHICLE, **files):
        files = {"definitions/vehicle.yaml": vehicle, **files}
        packages.install("acme", textwrap.dedent(code), files=files)
        examine.cache_clear()
        return type("Suite", (PluginConformance,), {"plugin": "acme"})()

    yield make
    examine.cache_clear()


def run(suite):
    """Run every test; gives the text of those that fail, by name."""
    failed = {}
    for name in dir(suite):
        if name.startswith("test_"):
            try:
                getattr(suite, name)()
            except AssertionError as fault:
                failed[name.removeprefix("test_")] = str(fault)
    return failed


def test_a_sound_plugin_passes(suite):
    assert run(suite()) == {}


def test_a_plugin_that_is_not_there_is_told(suite):
    examined = type("Suite", (PluginConformance,), {"plugin": "acmee"})()
    failed = run(examined)
    assert "no installed package offers a plugin named 'acmee'" in failed["it_is_found_and_loads"]


def test_one_that_cannot_be_imported_is_told_with_the_cause(suite):
    failed = run(suite("raise ValueError('no licence')"))
    assert "ValueError: no licence" in failed["it_is_found_and_loads"]


def test_broken_definitions_are_told_with_their_place(suite):
    failed = run(suite(vehicle=VEHICLE.replace("type: text", "type: txet")))
    assert "vehicle.yaml:8:17: " in failed["it_is_found_and_loads"]


@pytest.mark.parametrize(
    ("old", "new", "test", "told"),
    [
        ('"1.0.0"', '"soon"', "its_manifest_is_complete", "'soon' is no version"),
        ('prefix="acme",', "", "its_manifest_is_complete", "registered prefix"),
        ('frozenset({"confirm"})', 'frozenset({"confrim"})', "its_rules_fit_the_definitions", ""),
        ("@hookimpl", "@staticmethod", "every_rule_does_something", "implements no hook"),
        ("'''An order stays within the limit.'''", "", "every_rule_does_something", "no docstring"),
        (
            'depends=("orders",)',
            'depends=("orders", "customers")',
            "it_depends_on_what_it_uses_and_on_nothing_else",
            "isn't used: customers",
        ),
        (
            "raise Refused",
            "ctx.records('customer'); raise Refused",
            "it_depends_on_what_it_uses_and_on_nothing_else",
            "add to depends: customers",
        ),
        (
            '"超出 {over}。", "超',
            '"超出 {o}。", "超',
            "its_texts_say_the_same_in_three_languages",
            "",
        ),
        ('Refused("acme.over", over=1)', "ValueError", "its_texts_are_used", "acme.over"),
        (
            'Refused("acme.over"',
            'Refused("acme.ovr"',
            "the_texts_it_refuses_with_exist",
            "acme.ovr",
        ),
        (
            "from pathlib",
            "import core.records\n    from pathlib",
            "it_enters_by_the_door",
            "core.records",
        ),
        (
            "from pathlib",
            "from core import db\n    from pathlib",
            "it_enters_by_the_door",
            "core.db",
        ),
        (
            "from pathlib",
            "from plugins.orders.tax import document_tax\n    from pathlib",
            "it_enters_by_the_door",
            "another plugin",
        ),
    ],
)
def test_what_the_code_lacks_is_told(suite, old, new, test, told):
    assert CODE.count(old) == 1
    failed = run(suite(CODE.replace(old, new)))
    assert told in failed[test]


@pytest.mark.parametrize(
    ("old", "new", "test", "told"),
    [
        (
            "menu: {group: settings, rank: 70}",
            "",
            "its_objects_can_be_found_shown_and_used",
            "menu",
        ),
        (
            "manager: {read: all, create: true}",
            "admin: {read: all}",
            "its_objects_can_be_found_shown_and_used",
            "no role",
        ),
        ("draft: {finish: done}", "draft: {}", "every_state_can_be_reached", "done"),
    ],
)
def test_what_the_definitions_lack_is_told(suite, old, new, test, told):
    assert VEHICLE.count(old) == 1
    failed = run(suite(vehicle=VEHICLE.replace(old, new)))
    assert told in failed[test]


def test_its_own_tests_may_use_the_suite(suite):
    assert run(suite(**{"tests/test_acme.py": "from core.testing import PluginConformance"})) == {}
