"""The state of a list as its URL says it: view, filter, search, sort order, columns."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from flask import request

from core.metadata.definitions import ObjectDef, SortKey, ViewDef
from core.records.services import Caller
from core.web.screens import access

MAX_COLUMNS = 30
DEFAULT_COLUMNS = 7
PARAMETERS = ("view", "filter", "q", "sort", "columns", "count")
"""Parameters that make up the state of a list; the cursor comes on top."""


@dataclass(frozen=True, slots=True)
class ListState:
    """What the URL says about a list.

    Attributes:
        params: The parameters as given, without those that only change the state.
        view: The view shown, None where the object declares none.
        sort: Sort order as the URL writes it.
        columns: Field paths shown.
    """

    definition: ObjectDef
    params: dict[str, str]
    view: ViewDef | None
    sort: str
    columns: tuple[str, ...]

    def url(self, **changes: str | None) -> str:
        """Give the address of this list with some parameters changed; None removes one, the cursor is dropped."""
        merged: dict[str, str | None] = {**self.params, **changes}
        kept = {name: value for name, value in merged.items() if value}
        query = urlencode(kept)
        return f"/o/{self.definition.name}" + (f"?{query}" if query else "")

    @property
    def filter(self) -> str:
        """The person's own filter."""
        return self.params.get("filter", "")


def read_state(caller: Caller, definition: ObjectDef) -> ListState:
    """Read the state of a list from the URL, with the view's and the cookie's defaults."""
    params = {
        name: request.args[name].strip()
        for name in PARAMETERS
        if request.args.get(name, "").strip()
    }
    view = definition.views.get(params.get("view", "list")) or next(
        iter(definition.views.values()), None
    )
    sort = params.get("sort") or _sort_text(view.sort if view else ())
    return ListState(
        definition,
        params,
        view,
        sort,
        _columns(caller, definition, view, params.get("columns", "")),
    )


def _columns(
    caller: Caller, definition: ObjectDef, view: ViewDef | None, asked: str
) -> tuple[str, ...]:
    """Choose the columns: the URL's, the cookie's, the view's, or the first few fields."""
    remembered = (
        "" if request.args.get("view") else request.cookies.get(f"columns.{definition.name}", "")
    )
    for text in (asked, remembered):
        chosen = tuple(
            path
            for path in text.split(",")[:MAX_COLUMNS]
            if access.may_read_path(caller, definition, path)
        )
        if chosen:
            return tuple(dict.fromkeys(chosen))
    listed = view.columns if view else default_columns(definition)
    return tuple(path for path in listed if access.may_read_path(caller, definition, path)) or (
        "id",
    )


def default_columns(definition: ObjectDef) -> tuple[str, ...]:
    """Give the columns of an object that declares none: its first fields that fit a table."""
    fitting = [
        f.name
        for f in definition.fields.values()
        if not f.system and f.type not in {"lines", "long_text"}
    ]
    return tuple(name for name in fitting if name not in {definition.parent, "seq"})[
        :DEFAULT_COLUMNS
    ]


def _sort_text(keys: tuple[SortKey, ...]) -> str:
    return ",".join(f"{'-' if key.descending else ''}{key.field}" for key in keys)
