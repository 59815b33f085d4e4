"""The rules that hold for records of object ``user`` whichever way they are written: form, API, import or plugin.

The composition root registers :class:`UserRules` with the plugin host like any plugin's rule.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from core.hooks.markers import hookimpl
from core.kernel.errors import FieldError, Forbidden, Invalid
from core.kernel.text import fold
from core.records.accounts_admin import refuse_last_admin, refuse_unheld
from core.records.accounts_signin import bump_epoch
from core.records.accounts_store import forget_accounts, read_account
from core.records.writing import Writing


class UserRules:
    """User names and e-mail addresses are unique whatever their case; administrators can't lock everybody out."""

    objects = frozenset({"user"})

    @hookimpl
    def validate(self, ctx: Any, record: Any, changes: Any) -> None:
        """Refuse a name or address that somebody has in another case, and changes to users with more rights."""
        for field in ("username", "email"):
            if field in changes and record[field]:
                _refuse_taken(ctx, record, field)
        if record.id is None or ctx.is_preview:
            return
        write = _write_of(ctx)
        found = read_account(write.connection, write.model, "id", record.id)
        if found is not None and record.id != ctx.actor.user_id:
            refuse_unheld(write.caller, found[0].roles)

    @hookimpl
    def before_save(self, ctx: Any, record: Any, changes: Any) -> None:
        """Deactivation ends every session, token and key, and spares the last administrator."""
        if record.id is None or "active" not in changes or record.active:
            return
        if record.id == ctx.actor.user_id:
            raise Forbidden("account.not_yourself")
        _end(ctx, record.id)

    @hookimpl
    def before_delete(self, ctx: Any, record: Any) -> None:
        """As with deactivation."""
        if record.id == ctx.actor.user_id:
            raise Forbidden("account.not_yourself")
        write = _write_of(ctx)
        found = read_account(write.connection, write.model, "id", record.id)
        if found is not None:
            refuse_unheld(write.caller, found[0].roles)
        _end(ctx, record.id)

    @hookimpl
    def after_commit(self, ctx: Any, record: Any, changes: Any) -> None:  # noqa: ARG002 - the hook's signature
        """Let this process see the change at once."""
        forget_accounts(_write_of(ctx).caller.services)


def _write_of(ctx: Any) -> Writing:
    """Give the write behind a hook's context: this floor's own rules may look behind it, plugins' may not."""
    writing: Writing = ctx._writing  # noqa: SLF001 - same floor
    return writing


def _refuse_taken(ctx: Any, record: Any, field: str) -> None:
    write = _write_of(ctx)
    tables = write.model.tables
    table, folded = tables.table("user"), tables.fold_column("user", field)
    column, value = (
        (tables.column("user", field), record[field])
        if folded is None
        else (folded, fold(record[field]))
    )
    taken = select(table.c.id).where(
        column == value, table.c.deleted_at.is_(None), table.c.id != (record.id or 0)
    )
    if write.connection.execute(taken.limit(1)).first() is not None:
        error = FieldError(field, "duplicate", "record.duplicate", {"object": "user"})
        raise Invalid("record.invalid", errors=[error], count=1)


def _end(ctx: Any, user_id: int) -> None:
    write = _write_of(ctx)
    found = read_account(write.connection, write.model, "id", user_id)
    if found is not None:
        refuse_last_admin(write.connection, write.caller, found[0])
    bump_epoch(write.connection, user_id)
