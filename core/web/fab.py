"""Flask-AppBuilder as the shell around sign-in, session, menu and administration; nothing else of it is used.

How FAB's users and ours fit together: ``ab_user`` is a database *view* over our table ``user``, so the two are one to
one by construction, FAB can't write behind our back, and no password hash is in its reach (credentials stand in
``tl_credential``). ``ab_user_role`` is a view over ``tl_user_role``; ``ab_role`` holds the role names, so that LDAP and
OAuth mappings can name them. At run time FAB's models are never loaded: the security manager below answers every
question from :mod:`core.records.accounts` and from the definitions. Its ORM session refuses to write.

None of FAB's model views, model APIs, add-ons or its security API is registered: its shared filters, its unlimited
API sign-in, its GET deletions and its unescaped errors have nowhere to occur.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import Flask, redirect, request
from flask_appbuilder import AppBuilder, ModelRestApi
from flask_appbuilder.baseviews import BaseModelView
from flask_appbuilder.const import AUTH_DB
from flask_appbuilder.security.sqla.manager import SecurityManager
from flask_appbuilder.security.views import AuthLDAPView
from flask_appbuilder.views import IndexView, expose
from flask_login import LoginManager
from flask_login.signals import user_logged_in
from sqlalchemy.orm import Session, scoped_session, sessionmaker

from core.kernel.actor import SYSTEM
from core.kernel.errors import Forbidden, PlatformError, Unauthenticated
from core.records import accounts
from core.records.services import Caller, Services
from core.web import auth
from core.web.accounts_pages.passwords import PasswordPages
from core.web.accounts_pages.roles import RolePages
from core.web.accounts_pages.sign_in import SignInPages
from core.web.accounts_pages.users import UserPages
from core.web.visitor import HeldRole, Visitor

ADMIN_PAGES = frozenset({"UserPages", "RolePages", "Users", "Roles", "Security"})
"""Views and menu entries that need the right to manage users."""


class ReadOnlySession(Session):
    """FAB's ORM session: reading is allowed, writing is a fault in the code."""

    def flush(self, objects: Any = None) -> None:
        """Refuse pending changes."""
        if self.new or self.dirty or self.deleted:
            raise TypeError("FAB's session is read-only: write through core.records.accounts")
        super().flush(objects)


class Index(IndexView):  # type: ignore[misc]  # FAB is untyped
    """FAB's idea of a home page; ours is ``/``."""

    route_base = "/fab"

    @expose("/")  # type: ignore[untyped-decorator]
    def index(self) -> Any:
        """Lead home."""
        return self.appbuilder.sm.to_home()


class Accounts(SecurityManager):  # type: ignore[misc]
    """FAB's security manager with every decision taken from our accounts and definitions."""

    authdbview = SignInPages

    def create_login_manager(self, app: Flask) -> LoginManager:
        """Load users from our session; a cookie that moves to another browser is dropped."""
        manager = LoginManager(app)
        manager.session_protection = "strong"
        manager.user_loader(auth.load_visitor)
        user_logged_in.connect(auth.complete_session, app)
        return manager

    def create_db(self) -> None:
        """Do nothing: :func:`core.web.fab_tables.sync_fab` makes the tables in ``db upgrade``."""

    def register_views(self) -> None:
        """Register the sign-in of the configured kind and our own account pages."""
        kinds = {2: AuthLDAPView, 3: self.authremoteuserview, 4: self.authoauthview}
        view = self.authdbview if self.auth_type == AUTH_DB else kinds[self.auth_type]
        self.auth_view = self.appbuilder.add_view_no_menu(view)
        self.user_view = self.appbuilder.add_view_no_menu(UserPages)
        self.appbuilder.add_view_no_menu(PasswordPages)
        self.appbuilder.add_view_no_menu(RolePages)

    @staticmethod
    def to_home() -> Any:
        """Lead to the home page."""
        return redirect("/")

    # What FAB asks about rights

    def has_access(self, permission_name: str, view_name: str) -> bool:  # noqa: ARG002 - FAB's signature
        """Tell whether the person may use one of the administration pages; everything else isn't FAB's to decide."""
        visitor = auth.visitor_or_none()
        if visitor is None:
            return False
        return view_name not in ADMIN_PAGES or may_manage_users(visitor)

    def get_user_menu_access(self, menu_names: list[str] | None = None) -> set[str]:
        """Give the menu entries that the person may see."""
        return {name for name in menu_names or () if self.has_access("menu_access", name)}

    def is_item_public(self, permission_name: str, view_name: str) -> bool:  # noqa: ARG002
        """Nothing is public."""
        return False

    # What FAB asks about users

    def auth_user_db(self, username: str, password: str) -> Visitor | None:
        """Check a password, within the limits of back-off."""
        services = auth.services()
        try:
            account = accounts.authenticate(
                services, username or "", password or "", request.remote_addr or ""
            )
        except Unauthenticated:
            return None
        return Visitor(account, accounts.actor_of_account(services, account))

    def find_user(self, username: str | None = None, email: str | None = None) -> Visitor | None:
        """Find a user by name or address, whatever its case."""
        services = auth.services()
        key, value = ("username", username) if username else ("email", email)
        with services.database.read() as connection:
            found = accounts.read_account(connection, services.model, key, value) if value else None
        return (
            None
            if found is None
            else Visitor(found[0], accounts.actor_of_account(services, found[0]))
        )

    def get_user_by_id(self, pk: int) -> Visitor | None:
        """Give a user by id."""
        services = auth.services()
        account = accounts.account_of(services, int(pk))
        return (
            None
            if account is None
            else Visitor(account, accounts.actor_of_account(services, account))
        )

    def find_role(self, name: str) -> HeldRole | None:
        """Give a role that the definitions know."""
        return HeldRole(name) if name in auth.services().model.snapshot.roles else None

    def add_user(
        self,
        username: str,
        first_name: str,
        last_name: str,
        email: str,
        role: Any,
        *_rest: Any,
        **_options: Any,
    ) -> Visitor | None:
        """Make a user whom LDAP or OAuth has vouched for; without a password here."""
        names = [
            one.name
            for one in (role if isinstance(role, (list, tuple, set)) else [role])
            if one is not None
        ]
        data = {
            "username": username,
            "name": f"{first_name} {last_name}".strip(),
            "email": email,
            "active": True,
        }
        try:
            user_id = accounts.create_user(_system_caller(), data, roles=names)
        except PlatformError:
            return None
        return self.get_user_by_id(user_id)

    def update_user(self, user: Visitor) -> bool:
        """Take over the roles that LDAP or OAuth gives."""
        accounts.set_roles(_system_caller(), user.id, [role.name for role in user.roles])
        return True

    def update_user_auth_stat(self, user: Any, success: bool = True) -> None:
        """Do nothing: :func:`core.records.accounts.authenticate` keeps every try itself."""

    def reset_password(self, userid: int, password: str) -> None:
        """Set a password through our accounts."""
        accounts.set_password(auth.caller(), int(userid), password)

    def load_user(self, pk: int) -> Visitor | None:
        """Load the user of the session cookie."""
        return auth.load_visitor(str(pk))

    def load_user_jwt(self, _jwt_header: Any, _jwt_data: Any) -> None:
        """Refuse: tokens are read by :mod:`core.web.auth` alone."""
        raise Forbidden("auth.token_invalid")


class Shell(AppBuilder):  # type: ignore[misc]
    """AppBuilder without the views that we don't want to answer for."""

    def _add_admin_views(self) -> None:
        self._indexview = self.add_view_no_menu(Index)
        self.sm.register_views()

    def _add_addon_views(self) -> None:
        """Ignore add-ons: FAB swallows their errors; plugins have a door of their own."""


def install(app: Flask, services: Services) -> Shell:
    """Build FAB's shell on ``app``.

    Raises:
        TypeError: Another security manager than ours is active; nothing may run without its hardening.
    """
    app.config.pop("FAB_SECURITY_MANAGER_CLASS", None)
    factory = sessionmaker(bind=services.database.engine, class_=ReadOnlySession, autoflush=False)
    session = scoped_session(factory)
    app.teardown_appcontext(lambda _error: session.remove())
    shell = Shell(
        app, session, indexview=Index, security_manager_class=Accounts, update_perms=False
    )
    if type(shell.sm) is not Accounts:
        raise TypeError("FAB runs with a security manager that isn't ours")
    refuse_stock_views(shell.baseviews)
    return shell


def refuse_stock_views(views: Iterable[Any]) -> None:
    """Refuse FAB's model views and model APIs: they share filters between threads and commit by themselves.

    Raises:
        TypeError: One is registered.
    """
    for view in views:
        if isinstance(view, (ModelRestApi, BaseModelView)):
            raise TypeError(
                f"{type(view).__name__} is a FAB model view: use the generic API and screens"
            )


def may_manage_users(visitor: Visitor) -> bool:
    """Tell whether the person may open the pages of users and roles."""
    return visitor.actor.is_admin or "users.manage" in visitor.actor.permissions


def _system_caller() -> Caller:
    services = auth.services()
    return Caller(services, services.model, SYSTEM)
