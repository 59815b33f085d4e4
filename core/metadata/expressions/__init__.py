"""The one expression language: parse, type, evaluate. Its SQL back end is ``core.db.sql_expressions``."""

from __future__ import annotations

from core.metadata.expressions.checker import Expression, aggregate_type, compile_expression
from core.metadata.expressions.evaluate import Environment, aggregate, evaluate, evaluate_node
from core.metadata.expressions.lexer import quote
from core.metadata.expressions.nodes import Node
from core.metadata.expressions.parser import parse
from core.metadata.expressions.rollup import RollupText, parse_rollup
from core.metadata.expressions.scope import ObjectScope, Scope, value_type_of
from core.metadata.expressions.types import ValueType

__all__ = [
    "Environment",
    "Expression",
    "Node",
    "ObjectScope",
    "RollupText",
    "Scope",
    "ValueType",
    "aggregate",
    "aggregate_type",
    "compile_expression",
    "evaluate",
    "evaluate_node",
    "parse",
    "parse_rollup",
    "quote",
    "value_type_of",
]
