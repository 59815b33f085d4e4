"""Text to tokens."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from core.kernel.errors import ExpressionError
from core.kernel.text import is_clean

MAX_LENGTH = 2_000
"""Characters an expression may have."""

MAX_WHOLE = 18
MAX_DECIMALS = 12

_TOKEN = re.compile(
    r"""(?P<space>[ \t\r\n]+)
      | (?P<number>[0-9]+(?:\.[0-9]+)?)
      | (?P<name>[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*)
      | (?P<op>==|!=|<=|>=|[<>+\-*/(),\[\]])
      | (?P<quote>["'])""",
    re.VERBOSE,
)
_ESCAPES = {"\\": "\\", '"': '"', "'": "'", "n": "\n", "t": "\t"}
_FOREIGN = {"=": "==", "&&": "and", "||": "or", "!": "not", "<>": "!="}
_FOREIGN_SIGN = re.compile(r"&&|\|\||<>|[=!]")


@dataclass(frozen=True, slots=True)
class Token:
    """One word of the text.

    Attributes:
        kind: What it is.
        text: As written, without quotes.
        value: The number or text it stands for.
        at: Offset of its first character.
        end: Offset after its last character.
    """

    kind: Literal["number", "text", "name", "op", "end"]
    text: str
    value: Any
    at: int
    end: int


def tokenize(text: str) -> list[Token]:
    """Split ``text`` into tokens, an ``end`` token last.

    Raises:
        ExpressionError: The text is too long or holds something that isn't a token.
    """
    if len(text) > MAX_LENGTH:
        raise ExpressionError("expression.too_long", at=MAX_LENGTH, limit=MAX_LENGTH)
    tokens: list[Token] = []
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise _unreadable(text, position)
        token = _token(text, match)
        if token is None:
            position = match.end()
            continue
        if text.startswith("<>", token.at):
            raise _unreadable(text, token.at)
        tokens.append(token)
        position = token.end
    tokens.append(Token("end", "", None, len(text), len(text)))
    return tokens


def quote(text: str) -> str:
    """Write ``text`` as a literal of the language."""
    inner = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return f'"{inner}"'


def _token(text: str, match: re.Match[str]) -> Token | None:
    at, written = match.start(), match.group()
    if match.lastgroup == "space":
        return None
    if match.lastgroup == "quote":
        value, end = _read_text(text, at)
        return Token("text", text[at:end], value, at, end)
    if match.lastgroup == "number":
        return Token("number", written, _number(text, match), at, match.end())
    return Token("name" if match.lastgroup == "name" else "op", written, None, at, match.end())


def _number(text: str, match: re.Match[str]) -> int | Decimal:
    written, end = match.group(), match.end()
    whole, _, fraction = written.partition(".")
    after = text[end : end + 1]
    runs_on = after in {".", "_"} or (after.isascii() and after.isalnum())
    if runs_on or len(whole.lstrip("0")) > MAX_WHOLE or len(fraction) > MAX_DECIMALS:
        raise ExpressionError(
            "expression.bad_number", at=match.start(), whole=MAX_WHOLE, decimals=MAX_DECIMALS
        )
    return Decimal(written) if fraction else int(written)


def _read_text(text: str, start: int) -> tuple[str, int]:
    mark, parts, position = text[start], [], start + 1
    while position < len(text) and text[position] != mark:
        ch = text[position]
        if ch == "\\":
            escaped = text[position + 1 : position + 2]
            if escaped not in _ESCAPES:
                raise ExpressionError("expression.bad_escape", at=position, found=escaped)
            ch, position = _ESCAPES[escaped], position + 1
        parts.append(ch)
        position += 1
    if position >= len(text):
        raise ExpressionError("expression.unclosed_text", at=start)
    value = "".join(parts)
    if not is_clean(value):
        raise ExpressionError("expression.unclean_text", at=start)
    return value, position + 1


def _unreadable(text: str, at: int) -> ExpressionError:
    foreign = _FOREIGN_SIGN.match(text, at)
    if foreign:
        found = foreign.group()
        return ExpressionError("expression.operator_hint", at=at, found=found, hint=_FOREIGN[found])
    # repr-like form, so that invisible and unencodable characters stay readable in the answer
    found = text[at].encode("unicode_escape").decode("ascii")
    return ExpressionError("expression.unexpected_character", at=at, found=found)
