"""The pages of passwords: one's own, which asks for the current one, and another user's."""

from __future__ import annotations

from flask import Response, request
from flask_appbuilder import BaseView, expose

from core.kernel.errors import FieldError, Invalid, NotFound, PlatformError
from core.records import accounts
from core.records.accounts_admin import require_admin_right
from core.web import auth
from core.web.accounts_pages.form import field, go, render
from core.web.accounts_pages.users import MAX_ID, refuse_stale_grant


class PasswordPages(BaseView):  # type: ignore[misc]  # FAB is untyped
    """Forms that set a password."""

    route_base = ""
    default_view = "mine"

    @expose("/resetmypassword/form", methods=["GET", "POST"])  # type: ignore[untyped-decorator]
    def mine(self) -> Response:
        """Change one's own password; every other session ends, this one goes on."""
        caller = auth.caller()
        error: PlatformError | None = None
        if request.method == "POST":
            try:
                new = _new_password()
                accounts.change_own_password(
                    caller, field("current"), new, request.remote_addr or ""
                )
                account = accounts.account_of(caller.services, caller.actor.user_id or 0)
                if account is not None:
                    auth.sign_in(account)
                return go("/users/userinfo/")
            except PlatformError as fault:
                error = fault
        return render(self, "password.html", error, account=None)

    @expose("/resetpassword/form", methods=["GET", "POST"])  # type: ignore[untyped-decorator]
    def theirs(self) -> Response:
        """Set another user's password, to be changed at their next sign-in."""
        caller = auth.caller()
        require_admin_right(caller)
        number = request.args.get("pk", "")
        account = None
        if number.isascii() and number.isdigit() and int(number[:20]) < MAX_ID:
            account = accounts.account_of(caller.services, int(number))
        if account is None:
            raise NotFound("account.not_found")
        error: PlatformError | None = None
        if request.method == "POST":
            try:
                refuse_stale_grant(set(account.roles))
                accounts.set_password(caller, account.id, _new_password(), must_change=True)
                return go("/users/list/")
            except PlatformError as fault:
                error = fault
        return render(self, "password.html", error, account=account)


def _new_password() -> str:
    new = field("new")
    if new != field("again"):
        raise Invalid(
            "account.invalid", errors=[FieldError("again", "differs", "account.password_differs")]
        )
    return new
