"""How every command behaves: help with an example, statuses 0, 1 and 2, plain sentences on standard error."""

import socket
import sqlite3
import subprocess
import sys

import click
import pytest

from core.cli.console import run
from core.cli.main import cli
from core.kernel.errors import InvalidSettings


def commands(group, words=()):
    for name, command in sorted(group.commands.items()):
        if isinstance(command, click.Group):
            yield from commands(command, (*words, name))
        else:
            yield (*words, name)


ALL = list(commands(cli))


def test_all_commands_of_the_contract_are_there():
    names = {" ".join(words) for words in ALL}
    assert {
        "serve",
        "web",
        "worker",
        "db upgrade",
        "validate",
        "plan",
        "apply",
        "import",
        "user create",
        "user password",
        "apikey create",
        "plugin list",
        "aggregate",
    } <= names


@pytest.mark.parametrize("words", ALL, ids=" ".join)
@pytest.mark.parametrize("flag", ["--help", "-h"])
def test_help_has_an_example_that_names_the_command(tradeloom, words, flag):
    ran = tradeloom(*words, flag)
    assert f"Example: tradeloom {' '.join(words)}" in " ".join(ran.out.split())
    assert ran.err == ""


@pytest.mark.parametrize(
    "words",
    [
        ("nonsense",),
        ("db",),
        ("import",),
        ("import", "customer", "no-such-file.csv"),
        ("serve", "--port", "0"),
        ("serve", "--port", "x"),
        ("serve", "--nonsense"),
        ("user", "create", "x"),
        ("aggregate", "sales_order"),
        ("validate", "no-such-folder"),
    ],
    ids=" ".join,
)
def test_wrong_usage_ends_with_two_on_standard_error(tradeloom, words):
    ran = tradeloom(*words, status=2)
    assert ran.err.strip()
    assert ran.out == ""


def sentences(ran):
    """Standard error, checked to be one or two plain sentences."""
    assert ran.out == ""
    lines = ran.err.strip().splitlines()
    assert 1 <= len(lines) <= 2
    assert lines[0][0].isupper() or lines[0].startswith("--")
    assert lines[-1][-1] in ".?。？" or lines[-1].endswith("tradeloom db upgrade")
    return ran.err


class TestSettings:
    def test_production_needs_a_secret_key(self, tradeloom):
        ran = tradeloom(
            "plugin",
            "list",
            status=1,
            ENV="production",
            SECRET_KEY="",
            BASE_URL="https://x.example",
        )
        assert "TRADELOOM_SECRET_KEY must be set in production" in sentences(ran)

    @pytest.mark.parametrize("key", ["short", "a" * 64])
    def test_a_weak_key_is_refused(self, tradeloom, key):
        assert "too weak" in sentences(tradeloom("worker", status=1, SECRET_KEY=key))

    def test_production_needs_its_address(self, tradeloom):
        assert "TRADELOOM_BASE_URL" in sentences(tradeloom("web", status=1, ENV="production"))

    @pytest.mark.parametrize(
        ("settings", "told"),
        [
            ({"TIMEZONE": "Asia/Shangai"}, "Did you mean Asia/Shanghai?"),
            ({"CURRENCY": "YUAN"}, "YUAN"),
            ({"LANG": "de"}, "en, zh_CN, zh_TW"),
            ({"ENV": "prod"}, "production or development"),
            ({"THREADS": "many"}, "whole number"),
            ({"DATABASE_URL": "oracle://x"}, "oracle"),
            ({"DATABASE_URL": "sqlite:///:memory:"}, "memory"),
            ({"CONFIG": "nowhere.yaml"}, "nowhere.yaml"),
        ],
        ids=str,
    )
    def test_a_wrong_setting_is_named(self, tradeloom, settings, told):
        assert told in sentences(tradeloom("db", "upgrade", status=1, **settings))

    def test_an_unknown_setting_in_the_file_is_named_with_the_nearest(self, tradeloom):
        (tradeloom.home / "t.yaml").write_text("DATABSE_URL: sqlite:///x.db\n")
        ran = tradeloom("db", "upgrade", status=1, CONFIG="t.yaml")
        assert "There is no setting DATABSE_URL. Did you mean database_url?" in sentences(ran)

    def test_a_broken_settings_file_is_told_with_its_place(self, tradeloom):
        (tradeloom.home / "t.yaml").write_text("currency: CNY\ncurrency: [\n")
        ran = tradeloom("db", "upgrade", status=1, CONFIG="t.yaml")
        assert "t.yaml is broken at line" in sentences(ran)

    def test_sentences_come_in_the_persons_language(self, tradeloom):
        ran = tradeloom("db", "upgrade", status=1, LANG="zh_TW", THREADS="x")
        assert "須為" in sentences(ran)


class TestServing:
    def test_a_busy_port_is_named(self, tradeloom):
        with socket.socket() as other:
            other.bind(("127.0.0.1", 0))
            other.listen()
            port = other.getsockname()[1]
            ran = tradeloom("serve", "--port", str(port), status=1)
        assert f"Port {port} on 127.0.0.1 is in use" in sentences(ran)

    def test_the_demo_is_refused_in_production(self, tradeloom):
        ran = tradeloom(
            "serve", "--demo", status=1, ENV="production", BASE_URL="https://shop.example"
        )
        assert "--demo isn't allowed" in sentences(ran)

    @pytest.mark.parametrize("key", [None, ""])
    def test_a_folder_that_cannot_be_written_is_named(self, tradeloom, key):
        (tradeloom.home / "file").write_text("not a folder")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        settings = {"VAR": "file/var", "DATABASE_URL": "sqlite:///file/var/t.db"}
        settings |= {} if key is None else {"SECRET_KEY": key}
        ran = tradeloom("serve", "--port", str(port), status=1, **settings)
        assert "file/var" in sentences(ran)

    @pytest.mark.parametrize("command", ["web", "worker"])
    def test_a_database_that_is_not_set_up_is_told_with_the_remedy(self, tradeloom, command):
        ran = tradeloom(command, status=1)
        assert "tradeloom db upgrade" in sentences(ran)

    def test_a_file_that_is_no_database_is_told(self, tradeloom):
        (tradeloom.home / "t.db").write_text("certainly not a database, but long enough" * 9)
        ran = tradeloom("db", "upgrade", status=1, DATABASE_URL="sqlite:///t.db")
        assert "t.db" in sentences(ran)

    def test_a_library_that_is_too_old_is_told(self, tradeloom, monkeypatch):
        monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 36, 0))
        assert "3.36.0" in sentences(tradeloom("db", "upgrade", status=1))

    def test_a_server_that_is_away_is_told(self, tradeloom):
        url = "postgresql+psycopg://nobody:geheim@127.0.0.1:1/none"
        ran = tradeloom("db", "upgrade", status=1, DATABASE_URL=url)
        assert "geheim" not in sentences(ran)


class TestErrors:
    @staticmethod
    def fail_with(fault):
        @click.command()
        def command():
            raise fault

        return command.main

    @pytest.mark.parametrize(
        ("fault", "status"),
        [
            (InvalidSettings("settings.no_secret"), 1),
            (ZeroDivisionError("by zero"), 1),
            (BrokenPipeError(), 1),
            (click.Abort(), 1),
            (click.UsageError("wrong"), 2),
        ],
        ids=lambda value: type(value).__name__,
    )
    def test_statuses(self, fault, status, capsys):
        assert run(self.fail_with(fault), []) == status
        written = capsys.readouterr()
        assert "Traceback" not in written.err
        assert written.out == ""

    def test_an_unexpected_error_is_one_sentence(self, capsys):
        run(self.fail_with(ZeroDivisionError("by zero")), [])
        told = capsys.readouterr().err
        assert "ZeroDivisionError: by zero" in told
        assert "--debug" in told

    @pytest.mark.parametrize(
        "fault", [ZeroDivisionError("by zero"), InvalidSettings("settings.no_secret")]
    )
    def test_debug_shows_where(self, fault, capsys):
        assert run(self.fail_with(fault), ["--debug"]) == 1
        assert "Traceback" in capsys.readouterr().err


def test_the_console_script_itself(tmp_path):
    """Once as a process of its own: statuses and streams are the operating system's."""
    words = [sys.executable, "-m", "core.cli.main", "validate", str(tmp_path)]
    ran = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "The definitions are in order.\n", "")
