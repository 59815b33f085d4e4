"""A look into a contestant's database, to see that what was answered was also stored."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from bench.tables import CUSTOMER, LINE, ORDER


class Ledger(ABC):
    """What is stored."""

    @abstractmethod
    def orders(self) -> int:
        """Return the number of orders."""

    @abstractmethod
    def newest_order(self) -> tuple[int, Decimal, int]:
        """Return the customer, the total and the number of lines of the newest order."""

    @abstractmethod
    def customer(self, code: str) -> dict[str, Any] | None:
        """Return a customer's columns, or None."""

    @abstractmethod
    def customers(self) -> int:
        """Return the number of customers."""


class SharedLedger(Ledger):
    """A look into the shared tables."""

    def __init__(self, url: str) -> None:
        """Take the database's URL."""
        self._engine = sa.create_engine(url, poolclass=sa.NullPool)

    def _one(self, statement: sa.Select[Any]) -> Sequence[Any] | None:
        with self._engine.connect() as connection:
            return connection.execute(statement).first()

    def orders(self) -> int:
        """Return the number of orders."""
        row = self._one(sa.select(sa.func.count()).select_from(ORDER))
        return int(row[0]) if row else 0

    def newest_order(self) -> tuple[int, Decimal, int]:
        """Return the customer, the total and the number of lines of the newest order."""
        lines = sa.select(sa.func.count()).where(LINE.c.order_id == ORDER.c.id).scalar_subquery()
        newest = sa.select(ORDER.c.customer_id, ORDER.c.total, lines).order_by(ORDER.c.id.desc())
        row = self._one(newest.limit(1))
        return (row[0], row[1], row[2]) if row else (0, Decimal(0), 0)

    def customer(self, code: str) -> dict[str, Any] | None:
        """Return a customer's columns, or None."""
        names = [str(column.name) for column in CUSTOMER.columns]
        row = self._one(sa.select(CUSTOMER).where(CUSTOMER.c.code == code))
        return dict(zip(names, row, strict=True)) if row else None

    def customers(self) -> int:
        """Return the number of customers."""
        row = self._one(sa.select(sa.func.count()).select_from(CUSTOMER))
        return int(row[0]) if row else 0
