"""What happens when hooks are called: refusals reach the person, failures stop the write and name the plugin."""

import logging
import sqlite3
import textwrap
from decimal import Decimal

import psycopg
import pytest
import sqlalchemy as sa

from core.db.unit_of_work import StartAgain, is_transient
from core.hooks.host import PluginHost, discover
from core.hooks.manifest import Plugin
from core.hooks.markers import hookimpl
from core.kernel.errors import Conflict, FieldError, Invalid, Refused, Unavailable
from core.records import commands

ANY = commands.ANY_VERSION


class Watch:
    """A clock that stands still until told otherwise."""

    def __init__(self):
        self.seconds = 0.0

    def __call__(self):
        return self.seconds


def rule(objects=("x_job",), **hooks):
    hooks = {name: hookimpl(function) for name, function in hooks.items()}
    return type("CreditCheck", (), {"objects": frozenset(objects), **hooks})()


@pytest.fixture
def with_rules(lab, monkeypatch):
    """Put rules of a plugin `acme` in place of the real ones."""

    def put(*rules, **values):
        acme = Plugin(name="acme", version="1", rules=rules)
        host = PluginHost([acme], **values)
        snapshot = lab.services.model.snapshot
        host.link(snapshot)
        host.failures.pop("acme", None)
        monkeypatch.setattr(lab.services, "rules", host)
        return host

    return put


@pytest.fixture(autouse=True)
def _organisation_objects_are_everybodys(lab):
    assert lab.services.model.snapshot.object("x_job").owner == "organisation"


def create(lab, **values):
    return commands.create(lab.caller(), "x_job", {"subject": "A", **values})


class TestOrder:
    def test_hooks_run_in_the_order_of_the_pipeline(self, lab, with_rules):
        calls = []

        def note(hook):
            def call(self, record):
                calls.append((hook, record.object, record.id is not None))

            return call

        hooks = ("before_validate", "validate", "before_save", "after_commit", "before_delete")
        with_rules(rule(["x_job", "x_job_line"], **{name: note(name) for name in hooks}))
        made = create(lab, lines=[{}])
        assert calls == [
            ("before_validate", "x_job_line", False),
            ("before_validate", "x_job", False),
            ("validate", "x_job", False),
            ("validate", "x_job_line", False),
            ("before_save", "x_job", False),
            ("after_commit", "x_job", True),
        ]
        calls.clear()
        commands.delete(lab.caller(), "x_job", made.id, ANY)
        assert [name for name, _, _ in calls] == ["before_delete", "after_commit"]

    def test_what_before_validate_sets_is_computed_with_and_checked(self, lab, with_rules):
        def price(self, record):
            record["price"] = Decimal(7)

        with_rules(rule(["x_job_line"], before_validate=price))
        made = create(lab, lines=[{"qty": 2}])
        assert lab.get("x_job", made.id)["total"] == "14.00"

    def test_a_transition_is_handed_over(self, lab, with_rules):
        seen = []

        def transition(self, ctx, record, transition):
            seen.append((transition.name, record["state"], ctx.actor.name))

        with_rules(rule(before_transition=transition))
        made = create(lab, amount=1)
        commands.act(lab.caller("manager"), "x_job", made.id, "start")
        assert seen == [("start", "draft", "The manager")]

    def test_an_update_that_changes_nothing_saves_nothing(self, lab, with_rules):
        calls = []
        with_rules(rule(before_save=lambda self, record: calls.append(1)))
        job = lab.job()
        calls.clear()
        lab.update("x_job", job["id"], {"subject": "Lift"})
        assert calls == []


class TestRefusals:
    def test_every_rule_is_asked_and_all_faults_are_told(self, lab, with_rules):
        def one(self):
            raise Invalid("record.invalid", errors=[FieldError("memo", "a", "record.required")])

        def two(self):
            raise Invalid("record.invalid", errors=[FieldError("fee", "b", "record.required")])

        def three(self):
            raise Refused("record.rule_broken")

        with_rules(rule(validate=one), rule(validate=two), rule(validate=three))
        assert lab.faults({"subject": "A"}) == [("fee", "b"), ("memo", "a")]

    def test_a_fault_in_a_line_gets_the_path_of_the_line(self, lab, with_rules):
        def refuse(self, record):
            if record["qty"] == 2:
                raise Invalid("record.invalid", errors=[FieldError("qty", "a", "record.required")])

        with_rules(rule(["x_job_line"], validate=refuse))
        assert lab.faults({"subject": "A", "lines": [{}, {"qty": 2}]}) == [("lines.1.qty", "a")]

    @pytest.mark.parametrize("hook", ["validate", "before_save", "before_validate"])
    def test_a_refusal_leaves_nothing(self, lab, with_rules, hook):
        def refuse(self):
            raise Refused("order.frozen", state="draft")

        with_rules(rule(**{hook: refuse}))
        before = lab.fingerprint()
        refused = lab.refused(Refused, create, lab)
        assert (refused.message_id, refused.params) == ("order.frozen", {"state": "draft"})
        assert lab.fingerprint() == before

    def test_a_deletion_and_a_transition_can_be_refused(self, lab, with_rules):
        def refuse(self):
            raise Refused("record.rule_broken")

        job = lab.job(amount=1)
        with_rules(rule(before_delete=refuse, before_transition=refuse))
        before = lab.fingerprint()
        lab.refused(Refused, commands.delete, lab.caller(), "x_job", job["id"], ANY)
        lab.refused(Refused, commands.act, lab.caller(), "x_job", job["id"], "start")
        assert lab.fingerprint() == before


class TestFailures:
    @pytest.mark.parametrize("hook", ["before_validate", "validate", "before_save"])
    @pytest.mark.parametrize(
        "raised", [ZeroDivisionError, SystemExit, RecursionError, GeneratorExit]
    )
    def test_an_exception_stops_the_write_and_names_the_plugin(self, lab, with_rules, hook, raised):
        def fail(self):
            raise raised

        with_rules(rule(**{hook: fail}))
        before = lab.fingerprint()
        fault = lab.refused(Unavailable, create, lab)
        assert fault.message_id == "plugin.hook_failed"
        assert fault.params == {"plugin": "acme", "hook": hook, "rule": "CreditCheck"}
        assert lab.fingerprint() == before

    def test_ctrl_c_passes(self, lab, with_rules):
        def stop(self):
            raise KeyboardInterrupt

        with_rules(rule(validate=stop))
        before = lab.fingerprint()
        with pytest.raises(KeyboardInterrupt):
            create(lab)
        assert lab.fingerprint() == before

    def test_other_objects_go_on(self, lab, with_rules):
        def fail(self):
            raise ZeroDivisionError

        with_rules(rule(validate=fail))
        assert lab.part() > 0

    def test_after_the_commit_a_failure_is_logged_only(self, lab, with_rules, caplog):
        def fail(self):
            raise SystemExit

        with_rules(rule(after_commit=fail))
        with caplog.at_level(logging.ERROR):
            made = create(lab)
        assert lab.get("x_job", made.id)["subject"] == "A"
        assert "plugin acme failed in after_commit" in caplog.text

    def test_what_the_database_asks_to_repeat_is_no_fault_of_the_plugin(self, lab, with_rules):
        tries = []

        def busy(self):
            tries.append(1)
            if len(tries) < 3:
                original = sqlite3.OperationalError("database is locked")
                original.sqlite_errorcode = sqlite3.SQLITE_BUSY
                raise sa.exc.OperationalError("", {}, original)

        with_rules(rule(before_save=busy), is_transient=is_transient)
        assert create(lab).version == 1
        assert len(tries) == 3

    @pytest.mark.parametrize(
        ("fault", "expected"),
        [
            (StartAgain(), True),
            (sa.exc.OperationalError("", {}, psycopg.errors.DeadlockDetected()), True),
            (sa.exc.ProgrammingError("", {}, psycopg.errors.UndefinedTable()), False),
            (ValueError(), False),
        ],
    )
    def test_only_such_errors_pass(self, fault, expected):
        assert is_transient(fault) is expected


class TestSlowHooks:
    @pytest.fixture
    def watch(self):
        return Watch()

    def slow(self, watch, seconds):
        def wait(self):
            watch.seconds += seconds

        return rule(validate=wait)

    @pytest.mark.parametrize(("seconds", "is_logged"), [(1.0, False), (1.1, True)])
    def test_over_a_second_is_logged(self, lab, with_rules, watch, caplog, seconds, is_logged):
        with_rules(self.slow(watch, seconds), clock=watch)
        with caplog.at_level(logging.WARNING, "core.hooks.host"):
            create(lab)
        assert ("plugin acme took 1.1 s in validate of x_job" in caplog.text) is is_logged
        assert create(lab).version == 1

    def test_over_ten_seconds_makes_the_object_read_only_after_the_transaction(
        self, lab, with_rules, watch
    ):
        host = with_rules(self.slow(watch, 10.1), clock=watch)
        made = create(lab)
        assert lab.get("x_job", made.id)["subject"] == "A"
        assert host.read_only_reason("x_job") == "acme"
        before = lab.fingerprint()
        for write in (
            lambda: create(lab),
            lambda: commands.update(lab.caller(), "x_job", made.id, {"memo": "x"}, ANY),
            lambda: commands.delete(lab.caller(), "x_job", made.id, ANY),
            lambda: commands.act(lab.caller(), "x_job", made.id, "cancel"),
        ):
            refused = lab.refused(Conflict, write)
            assert (refused.message_id, refused.params["plugin"]) == ("plugin.read_only", "acme")
        assert lab.fingerprint() == before
        assert lab.part() > 0

    def test_a_slow_failure_counts_too(self, lab, with_rules, watch):
        def fail(self):
            watch.seconds += 11
            raise ZeroDivisionError

        host = with_rules(rule(validate=fail), clock=watch)
        lab.refused(Unavailable, create, lab)
        assert host.read_only_reason("x_job") == "acme"


class TestContext:
    def test_a_write_from_a_hook_belongs_to_the_operation(self, lab, with_rules):
        def also(self, ctx, record, changes):
            if record.is_new:
                ctx.records("x_part").create({"name": record["subject"], "code": record["code"]})

        with_rules(rule(before_save=also))
        code = lab.name()
        made = create(lab, code=code)
        found = lab.history(made.operation_id)
        assert [(o, a) for o, _, a in found] == [("x_part", "create"), ("x_job", "create")]

    def test_a_fault_in_a_write_from_a_hook_undoes_everything(self, lab, with_rules):
        def also(self, ctx):
            ctx.records("x_part").create({"name": ""})

        with_rules(rule(before_save=also))
        before = lab.fingerprint()
        lab.refused(Invalid, create, lab)
        assert lab.fingerprint() == before

    def test_hooks_act_as_the_actor_unless_they_say_otherwise(self, lab, with_rules):
        part = lab.part(cost=5)
        seen = []

        def look(self, ctx):
            seen.append(
                (
                    ctx.records("x_part").find_one(part)["cost"],
                    ctx.trusted.records("x_part").find_one(part)["cost"],
                    ctx.trusted.actor.is_system,
                    ctx.actor.name,
                )
            )

        with_rules(rule(validate=look))
        commands.create(lab.caller("sales"), "x_job", {"subject": "A"})
        assert seen == [(None, Decimal(5), True, "The sales")]

    def test_other_records_are_read_only(self, lab, with_rules):
        part = lab.part()

        def tamper(self, ctx):
            ctx.records("x_part").get(part)["name"] = "x"

        with_rules(rule(validate=tamper))
        lab.refused(Unavailable, create, lab)

    def test_references_and_before_images_are_at_hand(self, lab, with_rules):
        part = lab.part(name="Nut")
        seen = []

        def look(self, record, changes):
            seen.append((record.get("part").name, sorted(changes), changes.old("memo")))

        job = lab.job(part=part, memo="old")
        with_rules(rule(validate=look))
        lab.update("x_job", job["id"], {"memo": "new"})
        assert seen == [("Nut", ["memo"], "old")]

    def test_a_preview_says_so_and_lets_nothing_be_written(self, lab, with_rules):
        seen = []

        def look(self, ctx):
            seen.append(ctx.is_preview)
            ctx.records("x_part").create({"name": "x"})

        with_rules(rule(before_validate=look))
        before = lab.fingerprint()
        lab.refused(Unavailable, commands.preview, lab.caller(), "x_job", {"subject": "A"})
        assert seen == [True]
        assert lab.fingerprint() == before


def test_a_real_package_whose_hook_raises_is_contained(lab, packages, monkeypatch):
    code = """
        from core.sdk import Plugin, hookimpl

        class CreditCheck:
            objects = frozenset({"sales_order"})

            @hookimpl
            def validate(self, record):
                raise KeyError("limit")

        PLUGIN = Plugin(name="acme", version="1.0", depends=("orders",), rules=(CreditCheck(),))
    """
    packages.install("acme", textwrap.dedent(code))
    host = discover("0.1.0")
    host.link(lab.services.model.snapshot)
    assert host.failures == {}
    seed = {"code": lab.name(), "name": "Acme", "currency": "CNY"}
    customer = lab.create("customer", seed)["id"]
    product = lab.create("product", {"code": lab.name(), "name": "W", "list_price": 1})["id"]
    monkeypatch.setattr(lab.services, "rules", host)
    order = {"customer": customer, "lines": [{"product": product}]}
    fault = lab.refused(Unavailable, commands.create, lab.caller(), "sales_order", order)
    assert fault.params == {"plugin": "acme", "hook": "validate", "rule": "CreditCheck"}
    assert lab.create("customer", {"name": "Still works"})["id"] > customer
