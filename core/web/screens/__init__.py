"""The generic screens: one set of pages for every object of the snapshot; nothing is registered per object."""

from __future__ import annotations

from flask import Flask

from core.kernel.messages import Catalogue
from core.web.screens import (
    compute,
    detail,
    filter_panel,
    form,
    home,
    lookup,
    page,
    preferences,
    report,
    status,
)
from core.web.screens import list as list_page

__all__ = ["register"]


def register(app: Flask, catalogue: Catalogue) -> None:
    """Put the screens on ``app``.

    Args:
        app: The application; sessions, errors and FAB's shell are its own business.
        catalogue: Texts by id and language.
    """
    page.register(app, catalogue)
    preferences.register(app)
    for rule, endpoint, view, method in (
        ("/", "home", home.show, "GET"),
        ("/status", "status", status.show, "GET"),
        ("/r/<name>", "report", report.show, "GET"),
        ("/o/<object_name>", "list", list_page.show, "GET"),
        ("/o/<object_name>/new", "new", form.show_new, "GET"),
        ("/o/<object_name>/new", "create", form.create, "POST"),
        ("/o/<object_name>/<int:record_id>", "record", detail.show, "GET"),
        ("/o/<object_name>/<int:record_id>/history", "history", detail.show_history, "GET"),
        ("/o/<object_name>/<int:record_id>/edit", "edit", form.show_edit, "GET"),
        ("/o/<object_name>/<int:record_id>/edit", "update", form.update, "POST"),
        ("/o/<object_name>/<int:record_id>/delete", "delete", detail.delete, "POST"),
        ("/o/<object_name>/<int:record_id>/actions/<action>", "act", detail.act, "POST"),
        ("/ui/filters/<object_name>", "filters", filter_panel.show, "GET"),
        ("/ui/columns/<object_name>", "columns", filter_panel.show_columns, "GET"),
        ("/ui/lookup/<object_name>", "lookup", lookup.choices, "GET"),
        ("/ui/compute/<object_name>", "compute", compute.compute, "POST"),
        ("/ui/search", "search", lookup.palette, "GET"),
    ):
        app.add_url_rule(rule, f"screen_{endpoint}", view, methods=[method])
