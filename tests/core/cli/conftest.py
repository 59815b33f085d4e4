"""Commands as a person runs them: in this process, in a folder of their own, with an environment of their own."""

import os
from dataclasses import dataclass

import pytest

from core.cli.console import run
from core.cli.main import cli
from tests.installation import SECRET


@dataclass
class Ran:
    """What a command ended with."""

    status: int
    out: str
    err: str


@pytest.fixture
def tradeloom(monkeypatch, tmp_path, capsys):
    """Run a command line; gives its status and what it wrote."""
    for name in [n for n in os.environ if n.startswith("TRADELOOM_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("TRADELOOM_SECRET_KEY", SECRET)
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.chdir(home)

    def call(*words, status=0, **settings):
        with monkeypatch.context() as patched:
            for name, value in settings.items():
                patched.setenv(f"TRADELOOM_{name}", value)
            capsys.readouterr()
            ended = run(cli.main, list(words))
        written = capsys.readouterr()
        assert "Traceback" not in written.err + written.out
        assert ended == status, written.err
        return Ran(ended, written.out, written.err)

    call.home = home
    return call
