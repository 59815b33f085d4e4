"""Nothing that looks like code, a template or a path into Python gets through, and nothing takes long."""

from __future__ import annotations

import ast
import random
import time
from contextlib import suppress
from pathlib import Path

import pytest

from core.kernel.errors import ExpressionError
from core.metadata import expressions
from core.metadata.definitions import FieldDef, Label, ObjectDef
from core.metadata.expressions import ObjectScope, compile_expression, evaluate, parse, parse_rollup

LABEL = Label("x", "x", "x")
FIELDS = {
    name: FieldDef(name, kind, LABEL) for name, kind in {"name": "text", "qty": "integer"}.items()
}
SCOPE = ObjectScope({"item": ObjectDef("item", "core", LABEL, LABEL, fields=FIELDS)}, "item")

# fmt: off
DUNDERS = [
    "class", "bases", "base", "mro", "subclasses", "init", "globals", "builtins", "import",
    "dict", "getattribute", "getattr", "code", "closure", "func", "self", "reduce", "reduce_ex",
    "loader", "spec", "file", "name", "doc", "module", "qualname", "weakref", "annotations",
    "call", "new", "del", "slots", "defaults",
]
CALLS = [
    "eval", "exec", "compile", "open", "input", "print", "getattr", "setattr", "delattr",
    "globals", "locals", "vars", "dir", "type", "object", "super", "id", "hash", "help", "exit",
    "quit", "breakpoint", "memoryview", "bytes", "bytearray", "classmethod", "property", "format",
    "format_map", "repr", "chr", "ord", "map", "filter", "lambda", "require", "process", "system",
    "popen", "subprocess", "importlib", "os", "sys",
]
# fmt: on
TEMPLATES = [
    "{{7*7}}",
    "${7*7}",
    "#{7*7}",
    "<%= 7*7 %>",
    "{% import os %}",
    "{0.__class__}",
    "%(name)s",
    "%s%s%s",
    "@{7*7}",
    "$(id)",
    "`id`",
    "{name!r}",
    "{{config}}",
    "{{self._TemplateReference__context}}",
    "[[${7*7}]]",
    "~{x}",
]
CODE = [
    "().__class__",
    "''.__class__",
    "name.__class__.__mro__",
    "name['__class__']",
    "name.upper()",
    "[x for x in (1,2)]",
    "{1: 2}",
    "lambda: 1",
    "(lambda: 1)()",
    "f'{name}'",
    'f"{name.__class__}"',
    "b'abc'",
    "r'abc'",
    "u'abc'",
    "name := 1",
    "name = 1",
    "qty += 1",
    "1 if true else 2",
    "qty ** 99",
    "9**9**9",
    "qty // 2",
    "qty % 2",
    "qty << 60",
    "qty & 1",
    "qty | 1",
    "qty ^ 1",
    "~qty",
    "@name",
    "*name",
    "**name",
    "name; qty",
    "name\\\nqty",
    "1 # comment",
    "1 -- comment\x00",
    "/* */ 1",
    "name is null",
    "yield 1",
    "await x",
    "import os",
    "del name",
    "assert 1",
    "raise x",
    "print name",
    "None",
    "True",
    "...",
    "name...qty",
    ".name",
    "name.",
    "name..qty",
    "name . qty",
    "name[0]",
    "(name)(1)",
    "concat(name)(1)",
    "concat(*name)",
    "concat(a=1)",
    '"a".format(1)',
    "'%s' % name",
    "1_000",
    "0x41",
    "0b1",
    "0o7",
    "1j",
    "1e999",
    "nan",
    "inf",
    "-inf",
    "Infinity",
    "name or 1=1",
    "' OR '1'='1",
    "'; DROP TABLE item; --",
    "1); DROP TABLE item; --",
    "name == 'x' UNION SELECT 1",
    'name == "x""',
    "sleep(10)",
    "pg_sleep(10)",
    "load_extension('x')",
    "randomblob(1000000000)",
    "tl_eval('[]')",
    "tl_div(1, 0)",
    "SELECT 1",
    "name IN (SELECT 1)",
    "CASE WHEN 1 THEN 2 END",
    "name::text",
    "name COLLATE x",
    "name || name",
    "name LIKE 'x'",
]
UNICODE = [
    "ｎame",
    "naｍe == 'x'",
    "\u202ename",
    "name\u200b",
    "\ufeffname",
    "\u00a0name",
    "name\u2028== 1",
    "ⅷ + 1",
    "١ + 1",
    "𝟙 + 1",
    "“name”",
    "name ＝＝ 1",
    "name == 'x",
    "＿＿class＿＿",
    "\ud800",
    "'\ud800'",
    "\x00",
    "name\x00",
    "'\x00'",
    "'a' == 'b\x00'",
    "\x1b[31m",
    "name\x07",
    "\x85name",
    "e\u0301",
    "张伟",
    "\U000e0001",
]
NESTED = [
    "(" * 1000 + ")" * 1000,
    "(" * 999 + "1" + ")" * 999,
    "[" * 1000,
    "-" * 1999 + "1",
    "not " * 499 + "true",
    "1+" * 999 + "1",
    "name.name." * 180 + "name",
    "concat(" * 250 + "name" + ")" * 250,
    "if(true," * 200 + "1" + ",1)" * 200,
    "1 in (" * 200 + "1" + ")" * 200,
    "'" + "\\" * 1999,
    '"' * 1999,
    "9" * 2000,
    "0." + "1" * 1990,
    "a" * 1999,
    " " * 2000,
    "," * 2000,
    "." * 2000,
    "qty*" * 400 + "qty",
    "round(" * 40 + "qty" + ")" * 40,
    "x" * 1_000_000,
    "(" * 1_000_000,
    "'" * 1_000_001,
]
PAYLOADS = [
    *(f"__{word}__" for word in DUNDERS),
    *(f"name.__{word}__" for word in DUNDERS[:12]),
    *(f"{word}(name)" for word in CALLS),
    *TEMPLATES,
    *CODE,
    *UNICODE,
    *NESTED,
]


def test_there_are_many_payloads() -> None:
    assert len(set(PAYLOADS)) >= 200


@pytest.mark.parametrize("payload", PAYLOADS, ids=range(len(PAYLOADS)))
def test_payloads_are_refused_at_once(payload: str) -> None:
    begun = time.perf_counter()
    with pytest.raises(ExpressionError) as caught:
        compile_expression(payload, SCOPE)
    assert time.perf_counter() - begun < 0.1
    assert 0 <= caught.value.at <= len(payload)
    with pytest.raises(ExpressionError):
        parse_rollup(payload)


def test_payloads_inside_a_text_stay_text() -> None:
    class Nothing:
        me = today = now = None

    for payload in (*TEMPLATES, *CODE):
        text = expressions.quote(payload) if "\x00" not in payload else '""'
        value = evaluate(compile_expression(text, SCOPE), Nothing())  # type: ignore[arg-type]
        assert value == (payload if "\x00" not in payload else "")


def test_random_text_gives_a_tree_or_an_error() -> None:
    chance = random.Random(7)
    words = [
        "(",
        ")",
        "[",
        "]",
        ",",
        ".",
        "+",
        "-",
        "*",
        "/",
        "==",
        "<",
        "in",
        "not",
        "and",
        "or",
        "contains",
        "null",
    ]
    words += [
        "name",
        "qty",
        "1",
        "0.5",
        '"x"',
        "if",
        "min",
        "sum",
        "me",
        "'",
        '"',
        "\\",
        "\u00e9",
        "=",
        " ",
    ]
    begun = time.perf_counter()
    for _ in range(5_000):
        text = chance.choice(("", " ")).join(chance.choices(words, k=chance.randrange(1, 25)))
        with suppress(ExpressionError):
            parse(text)
            compile_expression(text, SCOPE)
    assert time.perf_counter() - begun < 20


def test_the_language_has_no_way_to_python() -> None:
    banned = {
        "eval",
        "exec",
        "compile",
        "__import__",
        "getattr",
        "setattr",
        "vars",
        "globals",
        "format_map",
    }
    for path in Path(expressions.__file__).parent.glob("*.py"):
        calls = [
            n.func for n in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(n, ast.Call)
        ]
        named = {f.id for f in calls if isinstance(f, ast.Name)}
        named |= {f.attr for f in calls if isinstance(f, ast.Attribute) and f.attr == "format_map"}
        assert not named & banned, path.name
