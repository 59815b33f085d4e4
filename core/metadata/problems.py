"""Collecting what is wrong with definitions, so that one run shows every fault."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from core.kernel.errors import ExpressionError, InvalidDefinitions, Problem
from core.metadata.hints import hinted

if TYPE_CHECKING:
    from core.metadata.documents import Document, Path

MAX_PROBLEMS = 500
"""Faults listed at most; a person reads the first ones, and a broken machine may write millions."""


class Problems:
    """The faults found so far."""

    def __init__(self) -> None:
        """Start without a fault."""
        self.found: list[Problem] = []
        self._seen: set[tuple[str, int, int, str, str]] = set()

    def __bool__(self) -> bool:
        """Tell whether there is any fault."""
        return bool(self.found)

    def add(
        self,
        document: Document,
        path: Path,
        message_id: str,
        /,
        *,
        at_key: bool = False,
        at: int = 0,
        **params: Any,
    ) -> None:
        """Note a fault.

        Args:
            document: The document it stands in.
            path: Path of the element inside the document.
            message_id: Id in the message catalogue.
            at_key: Point at the key rather than at its value.
            at: Offset in characters inside the value, for faults inside expressions.
            **params: Values for the message's placeholders; ``hint`` may hold the nearest right name.
        """
        place = document.place(path, at_key=at_key, at=at)
        message_id, params = hinted(message_id, params)
        dotted = ".".join(str(step) for step in path)
        self.append(Problem(place.file, place.line, place.column, message_id, params, dotted))

    def append(self, problem: Problem) -> None:
        """Note a fault whose place is known; the same fault at the same place counts once."""
        key = (problem.file, problem.line, problem.column, problem.message_id, problem.path)
        if key not in self._seen and len(self.found) < MAX_PROBLEMS:
            self._seen.add(key)
            self.found.append(problem)

    def add_expression(self, document: Document, path: Path, error: ExpressionError) -> None:
        """Note a fault inside an expression, at its very character where the text stands on one line."""
        params: dict[str, Any] = {
            name: value for name, value in error.params.items() if name not in {"at", "at_key"}
        }
        self.add(document, path, error.message_id, at=error.at, **params)

    def raise_if_any(self) -> None:
        """Raise what was found.

        Raises:
            InvalidDefinitions: There is at least one fault.
        """
        if self.found:
            raise InvalidDefinitions(self.found)
