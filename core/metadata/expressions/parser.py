"""Tokens to a syntax tree, by precedence.

From loosest to tightest: ``or``, ``and``, ``not``, comparisons (which don't chain), ``+ -``, ``* /``, unary ``-``.
"""

from __future__ import annotations

from typing import TypeVar

from core.kernel.errors import ExpressionError
from core.metadata.expressions.lexer import Token, tokenize
from core.metadata.expressions.nodes import (
    Call,
    Constant,
    ListOf,
    Logic,
    Membership,
    Negate,
    Node,
    Not,
    Operation,
    Path,
)

MAX_NODES = 200
MAX_DEPTH = 30
MAX_PARTS = 5

KEYWORDS = frozenset({"and", "or", "not", "in", "contains", "true", "false", "null"})
COMPARISONS = frozenset({"==", "!=", "<", "<=", ">", ">=", "in", "not", "contains"})
_WORDS = {"true": True, "false": False, "null": None}

_OR, _AND, _NOT, _COMPARE, _ADD, _MULTIPLY, _UNARY = range(1, 8)
_POWER = {
    "or": _OR,
    "and": _AND,
    "+": _ADD,
    "-": _ADD,
    "*": _MULTIPLY,
    "/": _MULTIPLY,
} | dict.fromkeys(COMPARISONS, _COMPARE)

_N = TypeVar("_N", bound=Node)


def parse(text: str) -> Node:
    """Read ``text`` as an expression.

    Returns:
        The untyped tree; names are not looked up yet.

    Raises:
        ExpressionError: The text isn't an expression, or exceeds a limit.
    """
    parser = _Parser(tokenize(text))
    node = parser.expression(0)
    parser.finish()
    return node


class _Parser:
    """One pass over the tokens of one text."""

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._position = 0
        self._nodes = 0
        self._depth = 0

    def finish(self) -> None:
        """Refuse what follows a complete expression."""
        if self._token.kind != "end":
            raise self._unexpected()

    def expression(self, least: int) -> Node:
        """Read an expression whose operators bind at least as tightly as ``least``."""
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise ExpressionError("expression.too_deep", at=self._token.at, limit=MAX_DEPTH)
        left = self._prefix(least)
        while True:
            power = self._power()
            if power == 0 or power < least:
                break
            left = self._infix(left, power)
            if power == _COMPARE and self._power() == _COMPARE:
                raise ExpressionError("expression.chained_comparison", at=self._token.at)
        self._depth -= 1
        return left

    @property
    def _token(self) -> Token:
        return self._tokens[self._position]

    def _power(self) -> int:
        return _POWER.get(self._token.text, 0) if self._token.kind in {"op", "name"} else 0

    def _prefix(self, least: int) -> Node:
        token = self._token
        if token.kind == "name" and token.text == "not" and least <= _NOT:
            self._advance()
            return self._made(Not(self.expression(_NOT), at=token.at))
        if token.kind == "op" and token.text == "-":
            self._advance()
            return self._negated(self.expression(_UNARY), token.at)
        if token.kind in {"number", "text"}:
            self._advance()
            return self._made(Constant(token.value, at=token.at))
        if token.kind == "op" and token.text == "(":
            self._advance()
            inner = self.expression(0)
            self._expect(")")
            return inner
        if token.kind == "op" and token.text == "[":
            return self._list("[", "]")
        if token.kind == "name":
            return self._name()
        raise self._unexpected()

    def _name(self) -> Node:
        token = self._token
        if token.text in _WORDS:
            self._advance()
            return self._made(Constant(_WORDS[token.text], at=token.at))
        if token.text in KEYWORDS:
            raise self._unexpected()
        self._advance()
        if self._token.kind == "op" and self._token.text == "(":
            arguments = self._list("(", ")")
            return self._made(Call(token.text, arguments.items, at=token.at))
        parts = tuple(token.text.split("."))
        if len(parts) > MAX_PARTS:
            raise ExpressionError("expression.path_too_long", at=token.at, limit=MAX_PARTS)
        return self._made(Path(parts, at=token.at))

    def _infix(self, left: Node, power: int) -> Node:
        token = self._advance()
        if token.text in {"or", "and"}:
            right = self.expression(power + 1)
            return self._chain(token, left, right)
        if token.text == "not":
            self._expect("in")
            return self._made(Not(self._membership(left, token.at), at=token.at))
        if token.text == "in":
            return self._membership(left, token.at)
        return self._made(Operation(token.text, left, self.expression(power + 1), at=token.at))

    def _chain(self, token: Token, left: Node, right: Node) -> Node:
        """Make one node of ``a and b and c``, so that long conditions aren't deep."""
        operands = [left, right]
        while self._token.kind == "name" and self._token.text == token.text:
            self._advance()
            operands.append(self.expression(_POWER[token.text] + 1))
        return self._made(Logic(token.text, tuple(operands), at=token.at))

    def _membership(self, left: Node, at: int) -> Node:
        token = self._token
        if token.kind == "op" and token.text in {"(", "["}:
            items: Node = self._list(token.text, ")" if token.text == "(" else "]")
        elif token.kind == "name" and token.text not in KEYWORDS:
            items = self._name()
        else:
            raise ExpressionError("expression.list_expected", at=token.at)
        return self._made(Membership(left, items, at=at))

    def _list(self, opening: str, closing: str) -> ListOf:
        start = self._expect(opening)
        items: list[Node] = []
        if self._token.text != closing or self._token.kind != "op":
            items.append(self.expression(0))
            while self._token.kind == "op" and self._token.text == ",":
                self._advance()
                items.append(self.expression(0))
        self._expect(closing)
        return self._made(ListOf(tuple(items), at=start.at))

    def _negated(self, operand: Node, at: int) -> Node:
        value = operand.value if isinstance(operand, Constant) else None
        if value is not None and not isinstance(value, bool | str):
            return Constant(-value, at=at)
        return self._made(Negate(operand, at=at))

    def _made(self, node: _N) -> _N:
        self._nodes += 1
        if self._nodes > MAX_NODES:
            raise ExpressionError("expression.too_many_parts", at=node.at, limit=MAX_NODES)
        return node

    def _advance(self) -> Token:
        token = self._token
        self._position += 1
        return token

    def _expect(self, text: str) -> Token:
        token = self._token
        if token.kind not in {"op", "name"} or token.text != text:
            if token.kind == "end":
                raise ExpressionError("expression.expected_at_end", at=token.at, wanted=text)
            raise ExpressionError(
                "expression.expected", at=token.at, wanted=text, found=token.text[:80]
            )
        return self._advance()

    def _unexpected(self) -> ExpressionError:
        token = self._token
        if token.kind == "end":
            return ExpressionError("expression.unexpected_end", at=token.at)
        return ExpressionError("expression.unexpected", at=token.at, found=token.text[:80])
