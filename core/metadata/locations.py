"""Where the platform's own files are: beside `core` in a checkout, or wherever a wheel put them."""

from __future__ import annotations

import importlib.util
from pathlib import Path

DEFINITION_FOLDERS = ("metadata", "workflows")

_HOME = Path(__file__).resolve().parents[2]


def definition_roots() -> list[Path]:
    """Give the folders of the platform's own definitions: metadata first, then workflows.

    Raises:
        FileNotFoundError: The installation is incomplete; the text names the missing folder.
    """
    return [_definition_root(name) for name in DEFINITION_FOLDERS]


def asset_root() -> Path:
    """Give the folder that is served as ``/static``; its ``vendor`` holds the built browser files."""
    return _HOME / "core" / "web" / "static"


def _definition_root(name: str) -> Path:
    """Look beside ``core`` first (checkouts and wheels), then on the import path (split installs)."""
    beside = _HOME / name
    if beside.is_dir():
        return beside
    spec = importlib.util.find_spec(name)
    places = list(spec.submodule_search_locations or ()) if spec else []
    for place in places:
        if Path(place).is_dir():
            return Path(place)
    raise FileNotFoundError(
        f"The folder {name!r} of the platform's definitions is neither in {_HOME} nor installed: "
        "install the platform again."
    )
