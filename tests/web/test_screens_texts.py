"""Every text that templates and screens name exists in three languages; FAB's own are complete."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest

from core.kernel.messages import LANGUAGES, Catalogue
from core.web.messages import MESSAGES

ROOT = Path(__file__).resolve().parents[2]
WEB = ROOT / "core" / "web"
IN_TEMPLATE = re.compile(r"\bt\('([a-z_]+\.[a-z_]+)'")
IN_CODE = re.compile(
    r'(?:text|notice|Forbidden|NotFound)\(\s*"((?:ui|filter|menu|report|status|history)\.[a-z_]+)"'
)


def used_ids():
    for path in (WEB / "templates").rglob("*.html"):
        yield from IN_TEMPLATE.findall(path.read_text(encoding="utf-8"))
    for path in (WEB / "screens").glob("*.py"):
        yield from IN_CODE.findall(path.read_text(encoding="utf-8"))


def test_every_text_used_is_known():
    assert sorted(set(used_ids()) - set(MESSAGES)) == []


@pytest.mark.parametrize("message_id", sorted(MESSAGES))
def test_texts_are_whole(message_id):
    texts = MESSAGES[message_id]
    placeholders = [set(re.findall(r"\{([a-z_]+)\}", text)) for text in texts]
    assert all(text.strip() for text in texts)
    assert placeholders[0] == placeholders[1] == placeholders[2]
    assert Catalogue(MESSAGES).text(message_id, LANGUAGES[2]) == texts[2] or placeholders[2]


def test_every_icon_named_exists():
    known = set((WEB / "static" / "icons.txt").read_text(encoding="utf-8").split())
    named = set()
    for path in (WEB / "templates").rglob("*.html"):
        named.update(re.findall(r"icon\('([a-z0-9-]+)'\)", path.read_text(encoding="utf-8")))
    assert named <= known


def test_no_inline_script_or_style():
    for path in (WEB / "templates").rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"\sstyle=|\son[a-z]+=|<style|<script(?![^>]*\ssrc=)", text), path.name


def test_the_catalogues_of_fab_are_complete_and_compiled(capsys):
    spec = importlib.util.spec_from_file_location(
        "translations", ROOT / "deploy" / "translations.py"
    )
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    assert tool.main(["--check"]) == 0, capsys.readouterr().err
