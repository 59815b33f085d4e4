"""Fixtures of the plugins' tests."""

import sys

import pytest

from tests.site_packages import Packages


@pytest.fixture
def packages(tmp_path, monkeypatch):
    """Where plugins can be installed for one test."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    found = Packages(folder)
    yield found
    found.forget()
