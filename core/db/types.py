# ruff: noqa: ARG002 - the methods have the arguments that SQLAlchemy passes
"""How values are stored: one SQLAlchemy type per storage kind, with the same meaning on both databases.

| kind | PostgreSQL | SQLite |
| --- | --- | --- |
| decimal | NUMERIC(18, s) | INTEGER, the value times 10^s |
| integer | BIGINT | INTEGER |
| boolean | BOOLEAN | INTEGER 0 or 1 |
| date | DATE | TEXT ``YYYY-MM-DD`` |
| datetime | TIMESTAMPTZ | TEXT ``YYYY-MM-DDTHH:MM:SS.ffffffZ`` |
| text | TEXT COLLATE "C" | TEXT |
| JSON | TEXT | TEXT |

Each form on SQLite sorts and compares like the value itself, so indexes, ``ORDER BY`` and ``SUM`` stay native.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import DontWrapMixin
from sqlalchemy.types import TypeDecorator, TypeEngine

from core.kernel.errors import Invalid
from core.kernel.money import MAX_DIGITS, fits

_LARGEST = 2**63 - 1


class NumberTooLong(DontWrapMixin, Invalid):
    """A number has more digits than the database keeps exactly."""

    code = "too_long"


class DecimalType(TypeDecorator[Decimal]):
    """An exact decimal with ``scale`` places and at most 18 digits in all."""

    impl = sa.Numeric
    cache_ok = True

    def __init__(self, scale: int) -> None:
        """Fix the number of decimal places."""
        super().__init__(precision=MAX_DIGITS, scale=scale)
        self.scale = scale

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Choose the stored type: a scaled integer on SQLite."""
        if dialect.name == "sqlite":
            return dialect.type_descriptor(sa.Integer())
        return dialect.type_descriptor(sa.Numeric(MAX_DIGITS, self.scale))

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        """Turn the Python value into the stored one.

        Raises:
            NumberTooLong: The value has more than 18 digits at this scale.
            ValueError: The value has more places than are stored; rounding is never done here.
        """
        if value is None:
            return None
        number = Decimal(value)
        if not fits(number, self.scale):
            raise NumberTooLong("number.too_long", digits=MAX_DIGITS - self.scale, scale=self.scale)
        scaled = int(number.scaleb(self.scale))
        exact = Decimal(scaled).scaleb(-self.scale)
        if exact != number:
            raise ValueError(
                f"a column with {self.scale} decimal places can't hold {number} exactly"
            )
        return scaled if dialect.name == "sqlite" else exact

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        """Turn the stored value into a Decimal with exactly ``scale`` places."""
        if value is None:
            return None
        if dialect.name == "sqlite":
            return Decimal(value).scaleb(-self.scale)
        return Decimal(value).quantize(Decimal(1).scaleb(-self.scale))


class IntegerType(TypeDecorator[int]):
    """A whole number of 64 bits."""

    impl = sa.BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Choose the stored type."""
        return dialect.type_descriptor(
            sa.Integer() if dialect.name == "sqlite" else sa.BigInteger()
        )

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        """Check the range.

        Raises:
            NumberTooLong: The number needs more than 64 bits.
        """
        if value is not None and not -_LARGEST <= value <= _LARGEST:
            raise NumberTooLong("number.too_long", digits=MAX_DIGITS, scale=0)
        return value


class BooleanType(TypeDecorator[bool]):
    """True or false; in conditions write the column itself, ``not_(column)`` or ``column.is_(sa.true())``."""

    impl = sa.Boolean
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Choose the stored type."""
        return dialect.type_descriptor(sa.Integer() if dialect.name == "sqlite" else sa.Boolean())

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        """Turn the Python value into the stored one."""
        if value is None:
            return None
        return int(value) if dialect.name == "sqlite" else bool(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> bool | None:
        """Turn the stored value into a bool."""
        return None if value is None else bool(value)


class DateType(TypeDecorator[date]):
    """A calendar day."""

    impl = sa.Date
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Choose the stored type."""
        return dialect.type_descriptor(sa.Text() if dialect.name == "sqlite" else sa.Date())

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        """Turn the Python value into the stored one."""
        return value.isoformat() if value is not None and dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> date | None:
        """Turn the stored value into a date."""
        return date.fromisoformat(value) if isinstance(value, str) else value


class DateTimeType(TypeDecorator[datetime]):
    """A moment: aware in Python, UTC in the database, exact to the microsecond."""

    impl = sa.DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Choose the stored type."""
        return dialect.type_descriptor(
            sa.Text() if dialect.name == "sqlite" else sa.DateTime(timezone=True)
        )

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        """Turn the Python value into the stored one.

        Raises:
            ValueError: The value carries no time zone.
        """
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a stored moment needs a time zone")
        moment = value.astimezone(UTC)
        return datetime_text(moment) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Turn the stored value into an aware datetime in UTC."""
        if value is None:
            return None
        if isinstance(value, str):
            return datetime.fromisoformat(value)
        moment: datetime = value
        return moment.astimezone(UTC)


def datetime_text(moment: datetime) -> str:
    """Write an aware moment in the fixed-width form that SQLite stores; it sorts like the moment."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


class TextType(TypeDecorator[str]):
    """A short text that compares and sorts by code point."""

    impl = sa.Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Choose the stored type: PostgreSQL needs to be told not to sort by a language's rules."""
        return dialect.type_descriptor(
            sa.Text() if dialect.name == "sqlite" else sa.TEXT(collation="C")
        )


class LongTextType(TextType):
    """A long text; it is stored like a short one but carries a fold column only when searched."""

    cache_ok = True


class JsonType(TypeDecorator[Any]):
    """Plain data kept as JSON text, keys in their order; Decimals and objects are refused."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        """Write the JSON text."""
        return None if value is None else orjson.dumps(value).decode()

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        """Read the JSON text."""
        return None if value is None else orjson.loads(value)

    def coerce_compared_value(self, op: Any, value: Any) -> TypeEngine[Any]:
        """Compare as text: a JSON document is matched whole or not at all."""
        return self
