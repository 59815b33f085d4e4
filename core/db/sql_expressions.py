"""The SQL back end of the expression language, equal to the Python one on both databases."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import psycopg
import sqlalchemy as sa
from sqlalchemy import ColumnElement, exc
from sqlalchemy.types import TypeEngine

from core.db import sqlite_functions
from core.db.sql_expressions_base import Resolver, precompute
from core.db.sql_expressions_postgresql import PostgresqlCompiler
from core.db.sql_expressions_sqlite import SqliteCompiler
from core.db.types import BooleanType, DateTimeType, DateType, DecimalType, IntegerType, TextType
from core.kernel.errors import ExpressionError
from core.kernel.money import DIVISION_SCALE, MAX_DIGITS, round_half_up
from core.metadata.expressions import Expression
from core.metadata.expressions.nodes import Constant, Path

__all__ = ["Resolver", "error_of", "to_sql", "to_sql_value"]

_OVERFLOW = "22003"


def to_sql(expression: Expression, resolver: Resolver, dialect_name: str) -> ColumnElement[bool]:
    """Give a boolean expression as a condition for ``WHERE``.

    A row for which it gives null doesn't meet it; plain comparisons stay bare so that indexes serve.

    Args:
        expression: The expression, typed boolean.
        resolver: What its names mean; ``me``, ``today`` and ``now`` are taken from it at once.
        dialect_name: ``sqlite`` or ``postgresql``.

    Raises:
        ExpressionError: A part has no SQL form (roll-ups over lines, text search in a computed text).
    """
    if expression.type.kind != "boolean":
        raise ExpressionError("expression.condition_needed", at=0, found=expression.type.kind)
    return _compiler(resolver, dialect_name).condition(precompute(expression.node, resolver))


def to_sql_value(
    expression: Expression, resolver: Resolver, dialect_name: str, scale: int | None = None
) -> ColumnElement[Any]:
    """Give an expression as a value for ``SELECT``, ``ORDER BY`` or an aggregate.

    Group by its label, not by the element again: each use of the element has parameters of its own, and PostgreSQL
    doesn't see that they are equal.

    Args:
        expression: The expression.
        resolver: What its names mean.
        dialect_name: ``sqlite`` or ``postgresql``.
        scale: For numbers: decimals to round to, half up; the expression's own (at most 12) where None.

    Returns:
        An element whose type gives Python the value that the Python back end gives, numbers rounded.

    Raises:
        ExpressionError: A part has no SQL form.
    """
    node = precompute(expression.node, resolver)
    compiler = _compiler(resolver, dialect_name)
    if node.type.kind != "number":
        if isinstance(node, Constant):
            return _literal(node.value, _TYPES[node.type.kind])
        return sa.type_coerce(compiler.value(node), _TYPES[node.type.kind])
    places = min(node.type.decimals, DIVISION_SCALE) if scale is None else scale
    if isinstance(node, Path) and node.type.scale == places:
        return resolver.column(node.parts)
    made: TypeEngine[Any] = DecimalType(places) if places else IntegerType()
    if isinstance(node, Constant):
        return _constant(node, places, made)
    return sa.type_coerce(compiler.rounded(node, places), made)


def error_of(error: BaseException) -> ExpressionError | None:
    """Give the expression's fault behind a database error: a result of more than 18 digits; else None.

    To be called on the thread that ran the statement.
    """
    original = error.orig if isinstance(error, exc.DBAPIError) else error
    if isinstance(original, psycopg.Error):
        if original.sqlstate != _OVERFLOW:
            return None
        return ExpressionError("expression.result_too_large", at=0, limit=MAX_DIGITS)
    return sqlite_functions.error_of(original)


_TYPES: dict[str, TypeEngine[Any]] = {
    "text": TextType(),
    "boolean": BooleanType(),
    "date": DateType(),
    "datetime": DateTimeType(),
    "reference": IntegerType(),
    "null": TextType(),
}


def _compiler(resolver: Resolver, dialect_name: str) -> PostgresqlCompiler | SqliteCompiler:
    if dialect_name == "sqlite":
        return SqliteCompiler(resolver)
    return PostgresqlCompiler(resolver)


def _constant(node: Constant, places: int, made: TypeEngine[Any]) -> ColumnElement[Any]:
    if node.value is None:
        return _literal(None, made)
    value = round_half_up(Decimal(node.value), places)
    return _literal(value if places else int(value), made)


def _literal(value: Any, made: TypeEngine[Any]) -> ColumnElement[Any]:
    return sa.cast(sa.null(), made) if value is None else sa.literal(value, made)
