"""The tables that Flask-AppBuilder expects, made once by ``db upgrade``; safe to repeat."""

from __future__ import annotations

from collections.abc import Iterable

from flask_appbuilder.models.sqla import Model
from flask_appbuilder.security.sqla.models import Permission, PermissionView, Role, ViewMenu
from sqlalchemy import Connection, Table, insert, select

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

_USERS = """
CREATE VIEW ab_user AS SELECT u.id AS id, COALESCE(u.name, u.username) AS first_name, '' AS last_name,
 u.username AS username, '!' AS password, u.active AS active, u.email AS email, NULL AS last_login,
 0 AS login_count, 0 AS fail_login_count, u.created_at AS created_on, u.updated_at AS changed_on,
 u.created_by AS created_by_fk, u.updated_by AS changed_by_fk FROM "user" u WHERE u.deleted_at IS NULL
"""

_USER_ROLES = """
CREATE VIEW ab_user_role AS SELECT h.user_id * 100000 + r.id AS id, h.user_id AS user_id, r.id AS role_id
 FROM tl_user_role h JOIN ab_role r ON r.name = h.role
"""


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
        for name, definition in (("ab_user_role", _USER_ROLES), ("ab_user", _USERS)):
            connection.exec_driver_sql(f"DROP VIEW IF EXISTS {name}")
            connection.exec_driver_sql(definition)


def _held(connection: Connection) -> set[str]:
    return set(connection.execute(select(USER_ROLE.c.role).distinct()).scalars())


def _add_names(connection: Connection, table: Table, names: Iterable[str]) -> dict[str, int]:
    known = {name: number for number, name in connection.execute(select(table.c.id, table.c.name))}
    for name in sorted(set(names) - set(known)):
        known[name] = connection.execute(
            insert(table).values(name=name).returning(table.c.id)
        ).scalar_one()
    return known


def _add_pages(connection: Connection) -> None:
    permissions = _add_names(
        connection, Permission.__table__, {p for names in PAGES.values() for p in names}
    )
    views = _add_names(connection, ViewMenu.__table__, PAGES)
    pairs = PermissionView.__table__
    known = {
        tuple(row)
        for row in connection.execute(select(pairs.c.permission_id, pairs.c.view_menu_id))
    }
    wanted = {(permissions[p], views[view]) for view, names in PAGES.items() for p in names}
    for permission_id, view_id in sorted(wanted - known):
        connection.execute(insert(pairs).values(permission_id=permission_id, view_menu_id=view_id))
