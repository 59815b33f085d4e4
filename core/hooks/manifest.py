"""What a plugin says of itself."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol

from core.kernel.messages import Texts


class Demo(Protocol):
    """What a plugin's demo function gets; everything it makes goes through the ordinary pipeline."""

    @property
    def random(self) -> random.Random:
        """Seeded, so that every demo is alike."""
        ...

    @property
    def today(self) -> date:
        """The day the demo is made; data are dated relative to it."""
        ...

    @property
    def users(self) -> Mapping[str, int]:
        """User name -> id."""
        ...

    @property
    def ids(self) -> Mapping[str, Sequence[int]]:
        """Ids by object, in the order of creation."""
        ...

    def create(self, object_name: str, data: Mapping[str, Any], *, by: str = "admin") -> int:
        """Make a record as user ``by``; gives its id."""
        ...

    def act(self, object_name: str, record_id: int, action: str, *, by: str = "admin") -> None:
        """Carry out an action as user ``by``."""
        ...


@dataclass(frozen=True, slots=True)
class Plugin:
    """A plugin's manifest: the object that its entry point names.

    Attributes:
        name: Short name, also of its folders under ``metadata/`` and ``workflows/``.
        version: The plugin's own version.
        platform: Range of platform versions it supports, e.g. ``>=0.1,<1``.
        depends: Names of the plugins whose objects it uses.
        optional: Names of plugins it uses when they are there.
        prefix: Registered prefix of a partner's objects and fields ("" for the built-in ones).
        rules: Instances (or classes without arguments) with hook implementations. A rule names the objects it wants in
            its attribute ``objects`` (a set of object names); the host calls it for nothing else.
        messages: The plugin's texts.
        definitions: Folder inside the package that holds its YAML ("" for the built-in ones, whose definitions are in
            ``metadata/{name}`` and ``workflows/{name}``).
        demo: Fills the demo company with the plugin's part, or None.
    """

    name: str
    version: str
    platform: str = ">=0.1,<1"
    depends: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    prefix: str = ""
    rules: tuple[object, ...] = ()
    messages: Texts = field(default_factory=dict)
    definitions: str = ""
    demo: Callable[[Demo], None] | None = None
