"""A plugin fails alone, by name and visibly, while it is loaded and linked."""

import dataclasses
import logging
import re

import pytest

from core.hooks.checks import order_by_dependency, unsupported
from core.hooks.host import Failure, PluginHost, discover
from core.hooks.manifest import Plugin
from core.hooks.markers import hookimpl

GOOD = """
    from core.sdk import Plugin
    PLUGIN = Plugin(name="acme", version="1.0")
"""


def plugin(name="acme", *rules, **values):
    values.setdefault("depends", ("orders",))
    return Plugin(name=name, version="1.0", rules=rules, **values)


def failure_of(host, name="acme"):
    failure = host.failures[name]
    return failure.message_id, dict(failure.params)


class TestDiscovery:
    def test_an_installed_package_is_found_beside_the_built_in_plugins(self, packages):
        packages.install("acme", GOOD)
        host = discover("0.1.0")
        assert {"acme", "customers", "orders"} <= {p.name for p in host.plugins}
        assert host.failures == {}

    @pytest.mark.parametrize(
        ("code", "cause"),
        [
            ("raise ValueError('no licence file')", "ValueError: no licence file"),
            ("import sys; sys.exit(3)", "SystemExit: 3"),
            ("import no_such_module", "ModuleNotFoundError: No module named 'no_such_module'"),
            ("def broken(:", "SyntaxError"),
            ("x = 1", "AttributeError"),
            ("class Stop(BaseException): pass\nraise Stop('now')", "Stop: now"),
        ],
    )
    def test_what_it_raises_is_kept_by_its_name_and_the_others_work(self, packages, code, cause):
        packages.install("acme", code)
        host = discover("0.1.0")
        message_id, params = failure_of(host)
        assert message_id == "plugin.import_failed"
        assert params["plugin"] == "acme"
        assert cause in params["cause"]
        assert {"customers", "orders"} <= {p.name for p in host.plugins}

    def test_ctrl_c_is_not_a_fault_of_a_plugin(self, packages):
        packages.install("acme", "raise KeyboardInterrupt")
        with pytest.raises(KeyboardInterrupt):
            discover("0.1.0")

    @pytest.mark.parametrize(
        ("code", "message_id"),
        [
            ("PLUGIN = 'acme'", "plugin.not_a_manifest"),
            (GOOD.replace('"acme"', '"other"'), "plugin.other_name"),
            (GOOD.replace('"1.0"', '"1.0", platform=">=2"'), "plugin.platform_range"),
            (GOOD.replace('"1.0"', '"1.0", platform="new"'), "plugin.platform_range"),
            (GOOD.replace('"1.0"', '"1.0", depends=("nowhere",)'), "plugin.missing_dependency"),
            (
                GOOD.replace('"1.0"', '"1.0", messages={"acme.x": ("One",)}'),
                "plugin.broken_messages",
            ),
            (GOOD.replace('"1.0"', '"1.0", messages={"acme.x": "One"}'), "plugin.broken_messages"),
            (GOOD.replace('"1.0"', '"1.0", messages=None'), "plugin.broken_messages"),
        ],
    )
    def test_a_manifest_that_cannot_be_used_is_named(self, packages, code, message_id):
        packages.install("acme", code)
        host = discover("0.1.0")
        assert failure_of(host)[0] == message_id
        assert "acme" not in {p.name for p in host.plugins}

    @pytest.mark.parametrize("taken", ["orders", "core", "organisation"])
    def test_a_name_that_is_taken_is_refused_and_the_first_bearer_stays(self, packages, taken):
        packages.install("acme", GOOD.replace('"acme"', f'"{taken}"'), entry=taken)
        host = discover("0.1.0")
        [failure] = host.failures.values()
        assert failure.message_id == "plugin.duplicate"
        assert failure.params == {"plugin": taken, "other": "acme_package.plugin:PLUGIN"}
        [orders] = [p for p in host.plugins if p.name == "orders"]
        assert orders.rules

    def test_rules_may_be_given_as_classes(self, packages, lab):
        packages.install(
            "acme",
            """
            from core.sdk import Plugin, hookimpl

            class Rule:
                objects = frozenset({"customer"})

                @hookimpl
                def validate(self, record):
                    self.seen = record

            PLUGIN = Plugin(name="acme", version="1.0", depends=("customers",), rules=(Rule,))
            """,
        )
        host = discover("0.1.0")
        host.link(lab.services.model.snapshot)
        assert host.failures == {}


class TestDependencies:
    @staticmethod
    def order(**depends):
        plugins = [
            Plugin(name=name, version="1", depends=tuple(needs.split()))
            for name, needs in depends.items()
        ]
        ordered, out = order_by_dependency(plugins, set())
        return [p.name for p in ordered], {name: (i, p) for name, i, p in out}

    def test_each_comes_after_what_it_needs(self):
        assert self.order(c="b", a="", b="a")[0] == ["a", "b", "c"]

    def test_one_without_its_dependency_takes_its_dependents_along_each_by_name(self):
        ordered, out = self.order(a="", b="gone", c="b", d="a")
        assert ordered == ["a", "d"]
        assert out["b"] == ("plugin.missing_dependency", {"plugin": "b", "needs": "gone"})
        assert out["c"] == ("plugin.missing_dependency", {"plugin": "c", "needs": "b"})

    def test_a_circle_is_named_with_its_members_only(self):
        ordered, out = self.order(a="b", b="c", c="a", d="a", e="")
        assert ordered == ["e"]
        for name in "abc":
            assert out[name] == ("plugin.dependency_cycle", {"plugin": "a, b, c"})
        assert out["d"] == ("plugin.missing_dependency", {"plugin": "d", "needs": "a"})

    def test_a_plugin_that_failed_counts_as_missing(self):
        plugins = [Plugin(name="b", version="1", depends=("a",))]
        host = PluginHost(plugins, [Failure("a", "plugin.import_failed", {})])
        assert failure_of(host, "b")[1]["needs"] == "a"

    def test_optional_plugins_come_first_where_they_are_there_and_never_block(self):
        a = Plugin(name="a", version="1", optional=("b", "gone"))
        b = Plugin(name="b", version="1")
        assert [p.name for p in order_by_dependency([a, b], set())[0]] == ["b", "a"]
        mutual = dataclasses.replace(b, optional=("a",))
        ordered, out = order_by_dependency([a, mutual], set())
        assert ({p.name for p in ordered}, out) == ({"a", "b"}, [])


@pytest.mark.parametrize(
    ("supported", "version", "ok"),
    [
        (">=0.1,<1", "0.1.0", True),
        (">=0.1, <1", "0.9.12", True),
        (">=0.1,<1", "1.0.0", False),
        (">=0.2", "0.1.9", False),
        ("==0.1", "0.1.0", True),
        ("<=0.1", "0.1.0", True),
        (">0.1", "0.1.0", False),
        (">=0.10", "0.9", False),
        ("", "9.9", True),
        ("~=0.1", "0.1.0", False),
    ],
)
def test_platform_ranges(supported, version, ok):
    assert unsupported(plugin(platform=supported), version) is not ok


def rule(objects=("sales_order",), **attributes):
    """A rule for these objects; functions among the attributes become hooks."""
    attributes = {n: hookimpl(a) if callable(a) else a for n, a in attributes.items()}
    return type("CreditCheck", (), {"objects": frozenset(objects), **attributes})()


class TestLinking:
    def link(self, lab, *rules, **values):
        orders = Plugin(name="orders", version="1")
        host = PluginHost([orders, plugin("acme", *rules, **values)])
        host.link(lab.services.model.snapshot)
        return host

    def test_a_sound_rule_is_taken(self, lab):
        host = self.link(
            lab, rule(validate=lambda self, record: None, transitions={"confirm"}, fields={"total"})
        )
        assert host.failures == {}
        assert host.read_only_reason("sales_order") is None

    @pytest.mark.parametrize(
        ("bad", "message_id", "hint"),
        [
            (rule(validte=lambda self, record: None), "plugin.unknown_hook", "validate"),
            (rule(["sales_ordr"]), "plugin.unknown_object", "sales_order"),
            (rule(transitions={"confrim"}), "plugin.unknown_transition", "confirm"),
            (rule(fields={"totl"}), "plugin.unknown_field", "total"),
            (rule(validate=lambda self, recrd: None), "plugin.wrong_signature", None),
            (rule([]), "plugin.rule_without_objects", None),
            (rule(["customer"]), "plugin.undeclared_object", None),
        ],
    )
    def test_a_rule_that_names_what_is_not_there_is_refused_with_a_hint(
        self, lab, bad, message_id, hint
    ):
        host = self.link(lab, rule(validate=lambda self, record: None), bad)
        found, params = failure_of(host)
        assert (found, params["rule"]) == (message_id, "CreditCheck")
        assert hint is None or params["hint"] == hint
        text = lab.services.catalogue.text(found, "en", params)
        assert "acme" in text
        assert not re.search(r"\{[a-z_]+\}", text)

    def test_what_a_refused_plugin_guards_turns_read_only(self, lab):
        host = self.link(lab, rule(), rule(transitions={"nope"}))
        assert host.read_only_reason("sales_order") == "acme"
        assert host.read_only_reason("customer") is None
        host.validate(None, Fake("sales_order"), None)  # and none of its rules is asked any more

    def test_a_rule_that_breaks_while_it_is_looked_at_fails_alone(self, lab):
        class Explosive:
            objects = frozenset({"sales_order"})

            @property
            def anything(self):
                raise SystemExit(1)

        host = self.link(lab, Explosive())
        assert failure_of(host)[0] == "plugin.import_failed"
        assert host.read_only_reason("sales_order") == "acme"

    def test_two_rules_of_one_class_are_two_rules(self, lab):
        calls = []
        one = rule(validate=lambda self, record: calls.append(1))
        two = type(one)()
        self.link(lab, one, two).validate(None, Fake("sales_order"), None)
        assert calls == [1, 1]

    def test_linking_again_starts_afresh(self, lab):
        calls = []
        host = self.link(lab, rule(validate=lambda self, record: calls.append(1)))
        host.link(lab.services.model.snapshot)
        host.validate(None, Fake("sales_order"), None)
        assert calls == [1]


class Fake:
    """As much of a record as the host looks at."""

    id = 1

    def __init__(self, name):
        self.object = name


def test_every_failure_is_logged(caplog, packages):
    packages.install("acme", "raise ValueError('x')")
    with caplog.at_level(logging.ERROR, "core.hooks.host"):
        discover("0.1.0")
    assert "plugin acme can't be loaded" in caplog.text
