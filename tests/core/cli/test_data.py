"""user, apikey, import and aggregate."""

import csv
import json
from decimal import Decimal

import pytest

from core.kernel.errors import Unauthenticated
from core.records import accounts


@pytest.fixture
def shell(tradeloom, lab):
    """Commands on the shared company."""

    def call(*words, **options):
        return tradeloom(*words, DATABASE_URL=lab.url, **options)

    call.home = tradeloom.home
    return call


class TestAccounts:
    def test_a_user_is_made_and_gets_another_password(self, shell, lab):
        name = lab.name("li.").lower()
        ran = shell(
            "user", "create", name, "--role", "sales", "--password", "correct horse battery"
        )
        assert ran.out == f"User {name} was created.\n"
        account = accounts.authenticate(lab.services, name, "correct horse battery", "127.0.0.1")
        assert account.roles == {"sales"}
        shell("user", "password", name, "--password", "another horse battery")
        lab.services.identities.clear()
        with pytest.raises(Unauthenticated):
            accounts.authenticate(lab.services, name, "correct horse battery", "127.0.0.1")
        accounts.authenticate(lab.services, name, "another horse battery", "127.0.0.1")

    def test_a_user_without_a_password_cannot_sign_in(self, shell, lab):
        name = lab.name("li.").lower()
        shell("user", "create", name, "--role", "sales", "--no-password")
        with pytest.raises(Unauthenticated):
            accounts.authenticate(lab.services, name, "", "127.0.0.1")

    @pytest.mark.parametrize(
        ("words", "told"),
        [
            (("user", "create", "sales", "--role", "sales", "--no-password"), "username"),
            (("user", "create", "new.one", "--role", "saels", "--no-password"), "sales"),
            (("user", "create", "new.one", "--role", "sales", "--password", "x"), "password"),
            (("user", "password", "nobody", "--password", "correct horse battery"), "nobody"),
            (("apikey", "create", "--role", "saels"), "sales"),
            (("apikey", "create", "--role", "sales", "--user", "nobody"), "nobody"),
        ],
        ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
    )
    def test_what_cannot_be_is_refused(self, shell, words, told):
        ran = shell(*words, status=1)
        assert told in ran.err.lower()
        assert ran.out == ""

    def test_a_key_is_shown_once_and_works(self, shell, lab):
        ran = shell("apikey", "create", "--role", "manager", "--name", "shop")
        key = ran.out.split(": ")[1].strip()
        lab.services.identities.clear()
        actor = accounts.actor_of_key(lab.services, key)
        assert actor.roles == {"manager"}


class TestImport:
    def test_rows_come_in_and_rejected_ones_go_to_a_file(self, shell, lab):
        codes = [lab.name() for _ in range(3)]
        path = shell.home / "jobs.csv"
        path.write_text(
            f"code,subject,amount\n{codes[0]},Lift,1\n{codes[1]},=HYPERLINK(1),-5\n{codes[2]},Hoist,2\n"
        )
        ran = shell("import", "x_job", "jobs.csv", "--key", "code", status=1)
        assert ran.out == "2 created, 0 updated, 0 unchanged, 1 rejected.\n"
        assert "jobs.rejected.csv" in ran.err
        with (shell.home / "jobs.rejected.csv").open(encoding="utf-8-sig", newline="") as file:
            [row] = csv.DictReader(file)
        assert (row["row"], row["code"], row["amount"]) == ("3", codes[1], "-5")
        assert row["subject"] == "'=HYPERLINK(1)"
        assert "amount: " in row["reason"]
        again = shell("import", "x_job", "jobs.csv", "--key", "code", status=1)
        assert again.out == "0 created, 0 updated, 2 unchanged, 1 rejected.\n"

    def test_a_plugins_refusal_is_told_in_words(self, shell, lab):
        code = lab.name()
        path = shell.home / "c.csv"
        (shell.home / "m.yaml").write_text(
            "kind: import_mapping\nname: x_customers\nlayer: organisation\nobject: customer\nkey: code\n"
            "columns:\n  code: code\n  name: name\n  parent: {column: parent, by: code}\n"
        )
        path.write_text(f"code,name,parent\n{code},Acme,\n")
        shell("import", "customer", "c.csv", "--map", "m.yaml")
        path.write_text(f"code,name,parent\n{code},Acme,{code}\n")
        shell("import", "customer", "c.csv", "--map", "m.yaml", status=1)
        with (shell.home / "c.rejected.csv").open(encoding="utf-8-sig", newline="") as file:
            [row] = csv.DictReader(file)
        assert "parent: A customer can't be its own parent." in row["reason"]

    def test_a_dry_run_says_so(self, shell):
        (shell.home / "jobs.csv").write_text("subject\nLift\n")
        ran = shell("import", "x_job", "jobs.csv", "--dry-run")
        assert ran.out.splitlines()[1] == "Dry run: nothing was kept."

    @pytest.mark.parametrize(
        ("words", "told"),
        [
            (("x_jop", "jobs.csv"), "x_job"),
            (("x_job", "bad.csv"), "subject"),
            (("x_job", "jobs.csv", "--key", "subject"), "unique"),
            (("x_job", "jobs.csv", "--user", "nobody"), "nobody"),
            (("x_job", "jobs.csv", "--user", "sales"), "import"),
            (("x_job", "jobs.csv", "--map", "jobs.csv"), "jobs.csv"),
        ],
        ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
    )
    def test_what_cannot_be_is_refused_in_a_sentence(self, shell, words, told):
        (shell.home / "jobs.csv").write_text("subject\nLift\n")
        (shell.home / "bad.csv").write_text("subjekt\nLift\n")
        ran = shell("import", *words, status=1)
        assert told in ran.err
        assert ran.out == ""


class TestAggregate:
    def test_figures_come_as_json_lines(self, shell, lab):
        subject = lab.name("S")
        for fee in ("1.25", "2.50"):
            lab.job(subject=subject, fee=fee, size="small")
        ran = shell(
            "aggregate", "x_job", "--measure", "sum:fee", "--measure", "count",
            "--group-by", "size", "--filter", f'subject == "{subject}"',
        )  # fmt: skip
        [row] = [json.loads(line) for line in ran.out.splitlines()]
        assert (row["size"], Decimal(row["sum:fee"]), int(row["count"])) == (
            "small",
            Decimal("3.75"),
            2,
        )

    @pytest.mark.parametrize(
        ("words", "told"),
        [
            (("x_job", "--measure", "sum:fe"), "fee"),
            (("x_job", "--measure", "count", "--filter", "subjekt == 1"), "subject"),
            (("x_job", "--measure", "count", "--group-by", "sizee"), "size"),
            (("x_jop", "--measure", "count"), "x_job"),
        ],
        ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
    )
    def test_a_wrong_name_is_told_with_the_nearest(self, shell, words, told):
        assert told in shell("aggregate", *words, status=1).err
