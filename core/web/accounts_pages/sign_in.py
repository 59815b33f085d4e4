"""Sign-in and sign-out of people."""

from __future__ import annotations

from typing import Any

from flask import Response, request
from flask_appbuilder import expose
from flask_appbuilder.security.forms import LoginForm_db
from flask_appbuilder.security.views import AuthView

from core.kernel.errors import PlatformError, TooMany, Unauthenticated
from core.records import accounts
from core.web import auth
from core.web.accounts_pages.form import faults_of, go, render, text


class SignInPages(AuthView):  # type: ignore[misc]  # FAB is untyped
    """The sign-in page and the way out."""

    route_base = ""
    login_template = "appbuilder/general/security/login_db.html"

    @expose("/login/", methods=["GET", "POST"])  # type: ignore[untyped-decorator]
    def login(self) -> Response:
        """Show the form; with a user name and password that fit, lead to where the person wanted to go."""
        target = auth.safe_next(request.args.get("next")) or "/"
        if auth.visitor_or_none() is not None:
            return go(target)
        if request.method == "GET":
            return self._form(None)
        name, password = request.form.get("username", ""), request.form.get("password", "")
        try:
            account = accounts.authenticate(
                auth.services(), name, password, request.remote_addr or ""
            )
        except (Unauthenticated, TooMany) as error:
            return self._form(error)
        auth.sign_in(account)
        return go("/resetmypassword/form" if account.must_change else target)

    def _form(self, error: PlatformError | None) -> Response:
        form = LoginForm_db(formdata=None)
        form.username.data = request.form.get("username", "")[:200]
        html = self.render_template(
            self.login_template, title=text("account.sign_in"), form=form, appbuilder=self.appbuilder,
            error=" ".join(faults_of(error).values()),
        )  # fmt: skip
        response = Response(
            html, status=200 if error is None else error.status, mimetype="text/html"
        )
        if error is not None and error.retry_after is not None:
            response.headers["Retry-After"] = str(error.retry_after)
        return response

    @expose("/logout/", methods=["GET", "POST"])  # type: ignore[untyped-decorator]
    def logout(self) -> Any:
        """Ask on GET, since a link on a foreign page could call it; sign out on POST."""
        if request.method == "GET":
            return (
                render(self, "sign_out.html")
                if auth.visitor_or_none() is not None
                else go("/login/")
            )
        auth.sign_out(everywhere=request.form.get("everywhere") == "1")
        return go("/login/")
