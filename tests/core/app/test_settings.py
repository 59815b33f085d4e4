"""Settings from the environment or a file; what can't be used is refused by name."""

import stat
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from core.app.settings import Settings, keep_secret, load, secret_of
from core.kernel.errors import InvalidSettings

STRONG = "0123456789abcdefghijklmnopqrstuv"


def refused(environ, **overrides):
    with pytest.raises(InvalidSettings) as caught:
        load(environ, **overrides)
    return caught.value


def test_defaults_are_those_of_the_contract():
    settings = load({})
    assert settings.database_url == "sqlite:///var/tradeloom.db"
    assert (settings.broker_url, settings.files_url) == ("", "file://var/files")
    assert (settings.env, settings.lang, settings.var) == ("development", "en", "var")
    assert not settings.is_production


def test_the_environment_wins_over_the_file_and_a_command_over_both(tmp_path):
    path = tmp_path / "t.yaml"
    path.write_text(
        "DATABASE_URL: sqlite:///file.db\ncurrency: EUR\nTHREADS: 8\nTRUSTED_HOSTS: [a, b]\n"
    )
    environ = {"TRADELOOM_CONFIG": str(path), "TRADELOOM_CURRENCY": "USD"}
    settings = load(environ)
    assert (settings.database_url, settings.currency) == ("sqlite:///file.db", "USD")
    assert (settings.threads, settings.trusted_hosts) == (8, ("a", "b"))
    assert load(environ, database_url="sqlite:///own.db").database_url == "sqlite:///own.db"
    assert load(environ, database_url=None).database_url == "sqlite:///file.db"


@pytest.mark.parametrize(("text", "expected"), [("a, b,", ("a", "b")), ("a", ("a",)), (" , ", ())])
def test_hosts_are_a_list(text, expected):
    assert load({"TRADELOOM_TRUSTED_HOSTS": text}).trusted_hosts == expected


def test_an_empty_variable_counts_as_not_set():
    assert load({"TRADELOOM_CURRENCY": ""}).currency == "CNY"


@pytest.mark.parametrize(
    ("environ", "message_id"),
    [
        ({"ENV": "prod"}, "settings.env"),
        ({"LANG": "zh"}, "settings.lang"),
        ({"CURRENCY": "yuan"}, "settings.currency"),
        ({"TIMEZONE": "Shanghai"}, "settings.timezone"),
        ({"TIMEZONE": "../../etc/passwd"}, "settings.timezone"),
        ({"ENV": "production"}, "settings.base_url"),
        ({"CONFIG": "/no/such/file.yaml"}, "settings.file"),
        *(
            ({"THREADS": text}, "settings.threads")
            for text in ("0", "-1", "x", "²", "1.5", "65", "9" * 30)
        ),
    ],
    ids=str,
)
def test_what_cannot_be_used_is_named(environ, message_id):
    fault = refused({f"TRADELOOM_{name}": value for name, value in environ.items()})
    assert fault.message_id == message_id


@pytest.mark.parametrize(
    ("text", "message_id"),
    [
        ("- a\n- b\n", "settings.yaml"),
        ("a: [\n", "settings.yaml"),
        ("a: 1\na: 2\n", "settings.yaml"),
        ("x: &a 1\n", "settings.yaml"),
        ("datbase_url: x\n", "settings.unknown"),
        ("5: x\n", "settings.unknown"),
        ("timezone: 8\n", "settings.timezone"),
        ("currency: 156\n", "settings.currency"),
        ("lang: [en]\n", "settings.lang"),
        ("threads: many\n", "settings.threads"),
    ],
)
def test_a_file_that_cannot_be_used_is_told(tmp_path, text, message_id):
    path = tmp_path / "t.yaml"
    path.write_text(text)
    assert refused({"TRADELOOM_CONFIG": str(path)}).message_id == message_id


def test_an_empty_value_in_the_file_is_the_default(tmp_path):
    path = tmp_path / "t.yaml"
    path.write_text("database_url:\ncurrency: EUR\n")
    settings = load({"TRADELOOM_CONFIG": str(path)})
    assert (settings.database_url, settings.currency) == ("sqlite:///var/tradeloom.db", "EUR")


def test_secrets_are_not_shown():
    shown = repr(
        Settings(secret_key="geheim", admin_password="geheim", smtp_url="smtp://a:geheim@b")
    )
    assert "geheim" not in shown


class TestSecretKey:
    def test_one_is_made_once_and_readable_by_its_owner_only(self, tmp_path):
        settings = Settings(var=str(tmp_path / "var"))
        first = secret_of(settings)
        assert len(first) >= 32
        assert secret_of(settings) == first
        path = tmp_path / "var" / "secret-key"
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert list(path.parent.iterdir()) == [path]

    @pytest.mark.parametrize("key", ["x", "a" * 64, STRONG[:31], "ab" * 20])
    def test_a_weak_one_is_refused(self, key):
        with pytest.raises(InvalidSettings, match=r"settings\.weak_secret"):
            secret_of(Settings(secret_key=key))

    def test_a_strong_one_is_taken(self, tmp_path):
        assert secret_of(Settings(secret_key=STRONG, var=str(tmp_path))) == STRONG
        assert list(tmp_path.iterdir()) == []

    def test_production_makes_none(self, tmp_path):
        with pytest.raises(InvalidSettings, match=r"settings\.no_secret"):
            secret_of(Settings(env="production", var=str(tmp_path)))
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize("kept", ["", "\n", "short\n"])
    def test_an_empty_file_is_no_key(self, tmp_path, kept):
        (tmp_path / "secret-key").write_text(kept)
        with pytest.raises(InvalidSettings, match=r"settings\.weak_secret_file"):
            secret_of(Settings(var=str(tmp_path)))

    def test_processes_that_start_at_once_agree(self, tmp_path):
        path = tmp_path / "var" / "secret-key"
        start = threading.Barrier(16)

        def make(number):
            start.wait()
            return keep_secret(path, f"{number}-{STRONG}")

        with ThreadPoolExecutor(16) as pool:
            found = set(pool.map(make, range(16)))
        assert found == {path.read_text().strip()}
        assert list(path.parent.iterdir()) == [path]

    def test_a_place_that_cannot_be_written_is_told(self, tmp_path):
        (tmp_path / "file").write_text("")
        with pytest.raises(InvalidSettings, match=r"settings\.unwritable"):
            keep_secret(tmp_path / "file" / "secret-key", STRONG)
