"""The pages of roles: what the definitions say; they are changed there and nowhere else."""

from __future__ import annotations

from flask import Response
from flask_appbuilder import BaseView, expose

from core.kernel.errors import NotFound
from core.kernel.text import nearest
from core.records import accounts
from core.records.accounts_admin import ADMIN, require_admin_right
from core.web import auth
from core.web.accounts_pages.form import go, render
from core.web.errors import language


class RolePages(BaseView):  # type: ignore[misc]  # FAB is untyped
    """Roles with their holders and their rights."""

    route_base = "/roles"
    default_view = "list"

    @expose("/")  # type: ignore[untyped-decorator]
    def index(self) -> Response:
        """Lead to the list."""
        return go("/roles/list/")

    @expose("/list/")  # type: ignore[untyped-decorator]
    def list(self) -> Response:
        """List the roles and how many users hold each."""
        caller = auth.caller()
        require_admin_right(caller)
        users = accounts.list_accounts(caller.services)
        names = sorted({ADMIN, *caller.snapshot.roles})
        labels = {name: role.label.text(language()) for name, role in caller.snapshot.roles.items()}
        rows = [
            (name, labels.get(name, name), sum(name in one.roles for one in users))
            for name in names
        ]
        return render(self, "roles.html", rows=rows)

    @expose("/show/<name>")  # type: ignore[untyped-decorator]
    def show(self, name: str) -> Response:
        """Show what a role may do, object by object, and who holds it."""
        caller = auth.caller()
        require_admin_right(caller)
        if name != ADMIN and name not in caller.snapshot.roles:
            hint = nearest(name, caller.snapshot.roles) or ""
            raise NotFound("account.unknown_role", name=name[:80], hint=hint)
        grants = [
            (one.label.text(language()), one.access[name])
            for one in caller.snapshot.objects.values()
            if name in one.access
        ]
        holders = [one for one in accounts.list_accounts(caller.services) if name in one.roles]
        role = caller.snapshot.roles.get(name)
        permissions = sorted(role.permissions) if role is not None else []
        label = role.label.text(language()) if role is not None else name
        return render(
            self, "role.html", label=label, grants=grants, holders=holders, permissions=permissions
        )
