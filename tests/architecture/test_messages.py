"""Texts: every id that the code names exists, every text is used, and the three languages say the same."""

import ast
import importlib
import re

import pytest
import yaml

from core.app.texts import FLOOR_TEXTS
from core.kernel.messages import LANGUAGES

ID = re.compile(r"[a-z][a-z0-9_]*(?:\.[a-z0-9_]+)+")
PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")
NEAR = ".near"

SIMPLIFIED_ONLY = frozenset(
    "为会没无这个来时对说实发现开关过动进运还变样经与业东严两丢举义书买亲亿仅从仓们价众优伙传伤侧债储儿兰兴养写军农决况冻减凭则刚创删别剂剧办务劳"
    "势区医华协单卖卢卫厂历压县双号叹吗员响团园围国图场块坏坚处备复够头奖妇宝审宽宾导寿将尔层岁币师带帮库应废异弃张弹强归当录彻径总恋惊惯愿态懒战"
    "户扩扫扬择担拟拥拦换据损摆摇数断旧显术机权条极构标树档检楼残毁毕汇汉汤沟测济浓润满滤灭灯灵点炼热爱牵状独环电画监盖盘码础确离种积称稳签简类粮"
    "紧纪级约线组细终绍结给络绝统继绩续维综编缩网罗罚职联肃脑脱苏荐药获营虑补装见观规视览觉触计订认讨让训议记许论设访证评识诉词译试话询该详语误请"
    "诸读课调谁谈谢谱负贡财责败货质贩贪购贯贵贷贸费贺资赋赏赔赖赠赢赶趋跃车轨转轮软轻载较辅辆输边达迁远违连迟适选递逻遗邮释针钟钢钥钱铁铜银链销锁"
    "错键镇镜长门问间闻阅队阳阴阵际陆险随难页项顺须顾预领频题额风饭饮馆马驱验龙"
)
"""Common characters that Taiwan doesn't write."""


def texts():
    """(id, (en, zh_CN, zh_TW)) of every floor, of the commands and of every plugin."""
    found = list(FLOOR_TEXTS)
    found.append(importlib.import_module("core.cli.messages").MESSAGES)
    plugins = ("customers", "orders")
    found += [importlib.import_module(f"plugins.{name}.messages").MESSAGES for name in plugins]
    return {message_id: text for source in found for message_id, text in source.items()}


TEXTS = texts()
TOPICS = {message_id.split(".")[0] for message_id in TEXTS}


FILES = {"css", "html", "js", "json", "py", "yaml"}
VOCABULARIES = {"menu": "groups that definitions choose from"}
NO_TEXTS = {"import.opening": "a permission", "api.login_view": "an endpoint"}


class Uses:
    """Ids that code, pages and definitions name; beginnings of ids that are put together."""

    def __init__(self):
        self.ids = {}
        self.words = set()
        self.beginnings = set()
        self.endings = set()

    def python(self, source):
        joined = [node for node in ast.walk(source.tree) if isinstance(node, ast.JoinedStr)]
        parts = {id(part) for node in joined for part in node.values}
        for node in joined:
            self._joined(node)
        for node in ast.walk(source.tree):
            if (
                isinstance(node, ast.Constant)
                and isinstance(node.value, str)
                and id(node) not in parts
            ):
                self._name(node.value, source.at(node, node.value))

    def _name(self, text, place):
        self.words.add(text)
        topic, ending = text.split(".")[0], text.split(".")[-1]
        is_other = ending in FILES and text not in TEXTS
        if ID.fullmatch(text) and topic in TOPICS and not is_other:
            self.ids.setdefault(text, place)

    def _joined(self, node):
        first, last = node.values[0], node.values[-1]
        if (
            isinstance(first, ast.Constant)
            and "." in first.value
            and first.value.split(".")[0] in TOPICS
        ):
            self.beginnings.add(first.value)
        if (
            isinstance(last, ast.Constant)
            and last is not first
            and re.fullmatch(r"\.?[a-z_.]+", last.value)
        ):
            self.endings.add(last.value)

    def text(self, name, text):
        for found in re.findall(r"""["']([a-z][a-z0-9_.]*)["']""", text):
            self._name(found, f"{name}: {found}")
        for found in re.findall(r"""["']([a-z][a-z0-9_]*\.[a-z0-9_.]*)["'] *[~+]""", text):
            if found.split(".")[0] in TOPICS:
                self.beginnings.add(found)

    def definition(self, name, node):
        if isinstance(node, str):
            self.words.add(node)
        elif isinstance(node, dict):
            for key, value in node.items():
                if key == "message" and isinstance(value, str):
                    self.ids.setdefault(value, f"{name}: {value}")
                self.definition(name, value)
        elif isinstance(node, list):
            for item in node:
                self.definition(name, item)


@pytest.fixture(scope="module")
def uses(request):
    root = request.config.rootpath
    found = Uses()
    for source in request.getfixturevalue("sources"):
        if not source.name.split("/")[-1].startswith("messages"):
            found.python(source)
    pages = [*(root / "core/web").rglob("*.html"), *(root / "core/web/static/app").rglob("*.js")]
    for page in pages:
        found.text(page.relative_to(root).as_posix(), page.read_text(encoding="utf-8"))
    for path in (root / "metadata").rglob("*.yaml"):
        found.definition(path.name, yaml.safe_load(path.read_text(encoding="utf-8")))
    return found


def missing(uses):
    """Named ids that have no text."""
    known = TEXTS.keys() | NO_TEXTS.keys()
    return sorted(place for message_id, place in uses.ids.items() if message_id not in known)


def is_used(uses, message_id):
    """Tell whether the id is named, or put together from a beginning and a word that occur."""
    topic, _, rest = message_id.partition(".")
    if message_id in uses.ids or topic in VOCABULARIES:
        return True
    if f"{topic}." in uses.beginnings:
        middles = {rest, *(rest.removesuffix(e) for e in uses.endings if e[0] == ".")}
        if middles & uses.words:
            return True
    if any(message_id.startswith(b) for b in uses.beginnings if b.count(".") > 1 or b[-1] != "."):
        return True
    return any(
        message_id.endswith(e) and message_id.removesuffix(e) in uses.ids for e in uses.endings
    )


def unused(uses):
    """Texts that nothing names; one with a hint belongs to the one without."""
    for message_id in sorted(TEXTS):
        if not is_used(uses, message_id) and not is_used(uses, message_id.removesuffix(NEAR)):
            yield message_id


def test_every_id_that_is_named_has_its_text(uses):
    assert missing(uses) == []


def test_every_text_is_used(uses):
    assert list(unused(uses)) == []


def test_every_text_is_there_in_three_languages():
    faults = [
        message_id
        for message_id, found in TEXTS.items()
        if len(found) != len(LANGUAGES) or not all(isinstance(t, str) and t.strip() for t in found)
    ]
    assert faults == []


def test_ids_are_dotted_words():
    assert [message_id for message_id in TEXTS if not ID.fullmatch(message_id)] == []


def test_placeholders_are_the_same_in_every_language():
    different = {
        message_id: [sorted(set(PLACEHOLDER.findall(text))) for text in found]
        for message_id, found in TEXTS.items()
        if len({frozenset(PLACEHOLDER.findall(text)) for text in found}) > 1
    }
    assert different == {}


def test_no_brace_is_left_that_is_no_placeholder():
    strange = {
        message_id
        for message_id, found in TEXTS.items()
        for text in found
        if re.search(r"\{[^}]*[^a-z_}][^}]*\}", text)
    }
    assert strange <= {"record.not_an_object", "definition.bad_format"}  # they show what to write


def test_taiwanese_texts_have_no_simplified_characters():
    found = {
        message_id: sorted(set(texts[2]) & SIMPLIFIED_ONLY)
        for message_id, texts in TEXTS.items()
        if set(texts[2]) & SIMPLIFIED_ONLY
    }
    assert found == {}


def test_mainland_texts_have_no_traditional_characters():
    traditional = set(
        "為會個來時對說實發現開關過動進運還變樣經與業東嚴兩舉義書買親從價眾優傳體員國圖場備復頭寶審導將庫應錄"
    )
    found = {
        m: sorted(set(t[1]) & traditional) for m, t in TEXTS.items() if set(t[1]) & traditional
    }
    assert found == {}


def test_english_and_chinese_are_not_mixed_up():
    chinese = re.compile(r"[\u4e00-\u9fff]")
    assert [m for m, t in TEXTS.items() if chinese.search(t[0])] == []
    words = [
        m for m, t in TEXTS.items() if len(t[0].split()) > 3 and not chinese.search(t[1] + t[2])
    ]
    assert words == []


def test_the_checks_see_what_they_forbid(make_source):
    found = Uses()
    found.python(make_source("core/x.py", "fault('record.no_such_text')"))
    assert missing(found) == ["core/x.py:1: record.no_such_text"]
    assert "record.stale" in list(unused(found))
    found.python(make_source("core/x.py", "fault('record.stale')"))
    assert "record.stale" not in list(unused(found))
