"""The tables that Flask-AppBuilder expects, made once by ``db upgrade``; safe to repeat."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask_appbuilder.models.sqla import Model
from flask_appbuilder.security.sqla.models import Permission, PermissionView, Role, ViewMenu
from sqlalchemy import (
    Connection,
    MetaData,
    Select,
    Table,
    column,
    func,
    insert,
    literal_column,
    select,
    table,
)
from sqlalchemy.schema import CreateView, DropView

from core.db.engine import Database
from core.db.platform_tables import USER_ROLE
from core.db.unit_of_work import schema_session

PAGES = {
    "UserPages": ("can_list", "can_add", "can_edit", "can_delete", "can_userinfo"),
    "RolePages": ("can_list", "can_show"),
    "PasswordPages": ("can_mine", "can_theirs"),
}
"""The few pages that FAB's permission rows cover, with the names of their permissions."""

_TABLES = (
    "ab_permission",
    "ab_view_menu",
    "ab_permission_view",
    "ab_role",
    "ab_permission_view_role",
)


def sync_fab(database: Database, roles: Iterable[str] = ()) -> None:
    """Make FAB's tables, views and rows where they are missing.

    Args:
        database: The database; its own tables must be there already.
        roles: Names of the roles that the definitions know.
    """
    with schema_session(database) as session, session.transaction() as connection:
        tables: list[Table] = [Model.metadata.tables[name] for name in _TABLES]
        Model.metadata.create_all(connection, tables=tables)
        _add_names(connection, Role.__table__, {"admin", "Public", *roles, *_held(connection)})
        _add_pages(connection)
        for name, selected in (("ab_user_role", _user_roles()), ("ab_user", _users())):
            connection.execute(DropView(Table(name, MetaData()), if_exists=True))
            connection.execute(CreateView(selected, name))


def _users() -> Select[Any]:
    """Give FAB's idea of a user from ours; the password can never be used."""
    user = table(
        "user",
        *(column(name) for name in ("id", "username", "name", "active", "email", "deleted_at")),
        *(column(name) for name in ("created_at", "updated_at", "created_by", "updated_by")),
    )
    return select(
        user.c.id,
        func.coalesce(user.c.name, user.c.username).label("first_name"),
        literal_column("''").label("last_name"),
        user.c.username,
        literal_column("'!'").label("password"),
        user.c.active,
        user.c.email,
        literal_column("NULL").label("last_login"),
        literal_column("0").label("login_count"),
        literal_column("0").label("fail_login_count"),
        user.c.created_at.label("created_on"),
        user.c.updated_at.label("changed_on"),
        user.c.created_by.label("created_by_fk"),
        user.c.updated_by.label("changed_by_fk"),
    ).where(user.c.deleted_at.is_(None))


def _user_roles() -> Select[Any]:
    """Give FAB's idea of who holds which role."""
    role = Role.__table__
    return select(
        (USER_ROLE.c.user_id * literal_column("100000") + role.c.id).label("id"),
        USER_ROLE.c.user_id,
        role.c.id.label("role_id"),
    ).join_from(USER_ROLE, role, role.c.name == USER_ROLE.c.role)


def _held(connection: Connection) -> set[str]:
    return set(connection.execute(select(USER_ROLE.c.role).distinct()).scalars())


def _add_names(connection: Connection, place: Table, names: Iterable[str]) -> dict[str, int]:
    known = {name: number for number, name in connection.execute(select(place.c.id, place.c.name))}
    for name in sorted(set(names) - set(known)):
        known[name] = connection.execute(
            insert(place).values(name=name).returning(place.c.id)
        ).scalar_one()
    return known


def _add_pages(connection: Connection) -> None:
    permissions = _add_names(
        connection, Permission.__table__, {p for names in PAGES.values() for p in names}
    )
    views = _add_names(connection, ViewMenu.__table__, PAGES)
    pairs = PermissionView.__table__
    stored = connection.execute(select(pairs.c.permission_id, pairs.c.view_menu_id))
    known = {tuple(row) for row in stored}
    wanted = {(permissions[p], views[view]) for view, names in PAGES.items() for p in names}
    for permission_id, view_id in sorted(wanted - known):
        connection.execute(insert(pairs).values(permission_id=permission_id, view_menu_id=view_id))
