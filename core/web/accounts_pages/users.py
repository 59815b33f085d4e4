"""The pages of users: list, new, edit, delete, and one's own."""

from __future__ import annotations

from typing import Any

from flask import Response, request, session
from flask_appbuilder import BaseView, expose

from core.kernel.errors import Forbidden, Invalid, NotFound, PlatformError
from core.kernel.messages import LANGUAGES
from core.kernel.text import fold
from core.records import accounts, commands
from core.records.accounts_admin import ADMIN, require_admin_right
from core.web import auth
from core.web.accounts_pages.form import field, given, go, render

FRESH = 15 * 60
"""Seconds after sign-in within which administrators may be made."""

FIELDS = {name: name for name in ("username", "name", "email", "language", "timezone")}
MAX_ID = 2**53


class UserPages(BaseView):  # type: ignore[misc]  # FAB is untyped
    """Users as those who manage them see them."""

    route_base = "/users"
    default_view = "list"

    @expose("/")  # type: ignore[untyped-decorator]
    def index(self) -> Response:
        """Lead to the list."""
        return go("/users/list/")

    @expose("/list/")  # type: ignore[untyped-decorator]
    def list(self) -> Response:
        """List the users, those whose name or address holds ``q``."""
        require_admin_right(auth.caller())
        wanted = request.args.get("q", "")[:200]
        users = [one for one in accounts.list_accounts(auth.services()) if _matches(one, wanted)]
        return render(self, "users.html", users=users, q=wanted)

    @expose("/add", methods=["GET", "POST"])  # type: ignore[untyped-decorator]
    def add(self) -> Response:
        """Make a user."""
        caller = auth.caller()
        require_admin_right(caller)
        error: PlatformError | None = None
        if request.method == "POST":
            try:
                roles = request.form.getlist("roles")
                refuse_stale_grant(set(roles))
                data = {
                    key: value
                    for key, value in {**given(FIELDS), "active": True}.items()
                    if value is not None
                }
                accounts.create_user(
                    caller, data, roles=roles, password=field("password") or None, must_change=True
                )
                return go("/users/list/")
            except (Invalid, Forbidden) as fault:
                error = fault
        return self._form(error, None)

    @expose("/edit/<int:pk>", methods=["GET", "POST"])  # type: ignore[untyped-decorator]
    def edit(self, pk: int) -> Response:
        """Change a user's fields and roles."""
        caller = auth.caller()
        require_admin_right(caller)
        account = _must_find(pk)
        error: PlatformError | None = None
        if request.method == "POST":
            try:
                self._change(account)
                return go("/users/list/")
            except PlatformError as fault:
                error = fault
        return self._form(error, account)

    def _change(self, account: accounts.Account) -> None:
        caller = auth.caller()
        roles = request.form.getlist("roles")
        refuse_stale_grant(set(roles) ^ set(account.roles))
        data = {**given(FIELDS), "active": request.form.get("active") == "1"}
        accounts.update_user(caller, account.id, data, commands.ANY_VERSION)
        if set(roles) != set(account.roles):
            accounts.set_roles(caller, account.id, roles)

    @expose("/show/<int:pk>")  # type: ignore[untyped-decorator]
    def show(self, pk: int) -> Response:
        """Lead to the user's form."""
        return go(f"/users/edit/{pk}")

    @expose("/delete/<int:pk>", methods=["POST"])  # type: ignore[untyped-decorator]
    def delete(self, pk: int) -> Response:
        """Move a user to the recycle bin."""
        caller = auth.caller()
        require_admin_right(caller)
        commands.delete(caller, "user", _must_find(pk).id, commands.ANY_VERSION)
        accounts.forget_accounts(caller.services)
        return go("/users/list/")

    @expose("/userinfo/")  # type: ignore[untyped-decorator]
    def userinfo(self) -> Response:
        """Show one's own account."""
        caller = auth.caller()
        visitor = auth.visitor_or_none()
        if visitor is None or caller.actor.user_id is None:
            raise Forbidden("auth.required")
        return render(self, "me.html", account=visitor.account)

    def _form(self, error: PlatformError | None, account: accounts.Account | None) -> Response:
        caller = auth.caller()
        known = sorted({ADMIN, *caller.snapshot.roles})
        held: Any = account.roles if account is not None else ()
        values = request.form if request.method == "POST" else {}
        chosen = set(request.form.getlist("roles")) if request.method == "POST" else set(held)
        grantable = {r for r in known if caller.actor.is_admin or r in caller.actor.roles}
        return render(
            self, "user.html", error, account=account, values=values, roles=known, chosen=chosen,
            grantable=grantable, languages=LANGUAGES,
        )  # fmt: skip


def refuse_stale_grant(changed: set[str]) -> None:
    """Refuse to make or unmake administrators long after sign-in: a forgotten screen must not be enough.

    Raises:
        Forbidden: The person must sign in again first.
    """
    now = auth.services().clock.now().timestamp()
    if ADMIN in changed and now - float(session.get("at", 0)) > FRESH:
        raise Forbidden("account.sign_in_again")


def _must_find(pk: int) -> accounts.Account:
    account = accounts.account_of(auth.services(), pk) if pk < MAX_ID else None
    if account is None:
        raise NotFound("account.not_found")
    return account


def _matches(account: accounts.Account, wanted: str) -> bool:
    folded = fold(wanted.replace("\x00", ""))
    return any(folded in fold(part) for part in (account.username, account.name, account.email))
