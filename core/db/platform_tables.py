"""The platform's own tables: revisions, operations, history, outbox and what else no definition describes."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.elements import conv

from core.db.types import BooleanType, DateTimeType, IntegerType, JsonType, LongTextType, TextType

METADATA = sa.MetaData()
"""Holds every platform table."""


def _table(name: str, *parts: Any, numbered: bool = False) -> sa.Table:
    return sa.Table(name, METADATA, *parts, sqlite_strict=True, sqlite_autoincrement=numbered)


def _id() -> sa.Column[Any]:
    return sa.Column("id", IntegerType(), sa.Identity(), primary_key=True)


def _text(name: str, **options: Any) -> sa.Column[Any]:
    return sa.Column(name, TextType(), **options)


def _integer(name: str, **options: Any) -> sa.Column[Any]:
    return sa.Column(name, IntegerType(), **options)


def _moment(name: str, **options: Any) -> sa.Column[Any]:
    return sa.Column(name, DateTimeType(), **options)


def _index(name: str, *columns: str, where: str = "", unique: bool = False) -> sa.Index:
    if not where:
        return sa.Index(conv(name), *columns, unique=unique)
    condition = sa.text(where)
    return sa.Index(
        conv(name), *columns, unique=unique, sqlite_where=condition, postgresql_where=condition
    )


REVISION = _table(
    "tl_revision",
    sa.Column("revision", IntegerType(), primary_key=True, autoincrement=False),
    _text("checksum", nullable=False),
    _moment("created_at", nullable=False),
    _text("author"),
    _text("title"),
    sa.Column("documents", JsonType(), nullable=False),
    sa.Column("inverse", JsonType()),
)
"""Every set of definitions that was ever live."""

ELEMENT = _table(
    "tl_element",
    _id(),
    _text("uid", nullable=False),
    _text("kind", nullable=False),
    _text("name", nullable=False),
    _text("table_name", nullable=False),
    _text("column_name", nullable=False),
    _text("storage", nullable=False),
    _moment("recorded_at", nullable=False),
    _integer("since"),
    _integer("until"),
    _index("ux_tl_element__place", "table_name", "column_name", unique=True),
    _index("ix_tl_element__uid", "uid"),
    numbered=True,
)
"""Which table or column holds which object or field; rows are never deleted."""

OPERATION = _table(
    "tl_operation",
    _text("id", primary_key=True),
    _text("kind", nullable=False),
    _integer("actor_id"),
    _moment("at", nullable=False),
    _text("request_id"),
    _text("reason"),
    _text("undoes"),
    _index("ix_tl_operation__at", "at"),
    _index("ix_tl_operation__undoes", "undoes", where="undoes IS NOT NULL"),
)
"""Every intended write."""

HISTORY = _table(
    "tl_history",
    _id(),
    _text("operation_id", nullable=False),
    _text("object", nullable=False),
    _integer("record_id", nullable=False),
    _integer("version"),
    _text("action", nullable=False),
    sa.Column("changes", JsonType(), nullable=False),
    _moment("at", nullable=False),
    _integer("actor_id"),
    _integer("position"),
    _text("hash"),
    _index("ix_tl_history__record", "object", "record_id", "id"),
    _index("ix_tl_history__operation", "operation_id"),
    _index("ix_tl_history__unsealed", "id", where="position IS NULL"),
    _index("ux_tl_history__position", "position", unique=True, where="position IS NOT NULL"),
    numbered=True,
)
"""What each operation changed in each record; the sealer fills ``position`` and ``hash``."""

OUTBOX = _table(
    "tl_outbox",
    _id(),
    _text("operation_id", nullable=False),
    _text("topic", nullable=False),
    _text("object"),
    _integer("record_id"),
    sa.Column("payload", JsonType()),
    _moment("at", nullable=False),
    _integer("position"),
    _text("hash"),
    _index("ix_tl_outbox__operation", "operation_id"),
    _index("ix_tl_outbox__unsealed", "id", where="position IS NULL"),
    _index("ux_tl_outbox__position", "position", unique=True, where="position IS NOT NULL"),
    numbered=True,
)
"""What must follow a write; the sealer fills ``position`` and ``hash``, and readers see sealed rows only."""

IDEMPOTENCY = _table(
    "tl_idempotency",
    sa.Column("user_id", IntegerType(), primary_key=True, autoincrement=False),
    _text("key", primary_key=True),
    _text("request_hash", nullable=False),
    _integer("status"),
    sa.Column("body", LongTextType()),
    sa.Column("headers", JsonType()),
    _moment("created_at", nullable=False),
    _index("ix_tl_idempotency__created_at", "created_at"),
)
"""First answers to requests that carry an Idempotency-Key."""

SEQUENCE = _table(
    "tl_sequence",
    _text("name", primary_key=True),
    _integer("value", nullable=False),
)
"""Gapless counters: the last number drawn."""

USER_ROLE = _table(
    "tl_user_role",
    sa.Column("user_id", IntegerType(), primary_key=True, autoincrement=False),
    _text("role", primary_key=True),
    _index("ix_tl_user_role__role", "role"),
)
"""Roles that users hold."""

CREDENTIAL = _table(
    "tl_credential",
    sa.Column("user_id", IntegerType(), primary_key=True, autoincrement=False),
    _text("password_hash"),
    _integer("auth_epoch", nullable=False, server_default=sa.text("1")),
    sa.Column("must_change", BooleanType()),
    _moment("changed_at"),
)
"""How users sign in; ``auth_epoch`` grows when every session, token and key made before must end."""

SESSION = _table(
    "tl_session",
    _text("id", primary_key=True),
    _integer("user_id", nullable=False),
    _text("kind", nullable=False),
    _text("refresh_id", nullable=False),
    _moment("opened_at", nullable=False),
    _moment("expires_at", nullable=False),
    _moment("ended_at"),
    _index("ix_tl_session__user", "user_id"),
    _index("ix_tl_session__expires_at", "expires_at"),
)
"""Sign-ins that browsers and programs hold; ``refresh_id`` renews one of a program once."""

API_KEY = _table(
    "tl_api_key",
    _id(),
    _integer("user_id"),
    _text("name"),
    _text("prefix", nullable=False),
    _text("key_hash", nullable=False),
    sa.Column("roles", JsonType()),
    _integer("auth_epoch"),
    _moment("created_at", nullable=False),
    _integer("created_by"),
    _moment("expires_at"),
    _moment("revoked_at"),
    _index("ux_tl_api_key__hash", "key_hash", unique=True),
    _index("ix_tl_api_key__user", "user_id"),
    numbered=True,
)
"""Keys for programs; only their hash is kept. A key without a user acts with its roles alone."""

LOGIN_ATTEMPT = _table(
    "tl_login_attempt",
    _id(),
    _text("username_fold", nullable=False),
    _text("network", nullable=False),
    _moment("at", nullable=False),
    sa.Column("succeeded", BooleanType(), nullable=False),
    _index("ix_tl_login_attempt__user", "username_fold", "network", "at"),
    _index("ix_tl_login_attempt__at", "at"),
    numbered=True,
)
"""Sign-ins tried, for the back-off after failures."""

LOCK = _table(
    "tl_lock",
    _text("name", primary_key=True),
    _text("holder"),
    _moment("held_until"),
)
"""Leases by name, e.g. of the one process that moves SQLite's log into the file."""

META = _table(
    "tl_meta",
    _text("key", primary_key=True),
    sa.Column("value", LongTextType()),
)
"""Small facts about the installation."""
