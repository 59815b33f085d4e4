"""Errors that speak to the person: what is wrong, where, what to do.

Every error of the platform is a :class:`PlatformError`. It carries a message id with parameters (the wording lives in
the message catalogue, in three languages) and the HTTP status that adapters answer with, so one border can turn any
of them into problem+json, a page or a line on standard error.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as stored
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True)
class FieldError:
    """One thing wrong with one field of the input.

    Attributes:
        field: Path of the field as the caller wrote it, e.g. ``lines.2.qty``; "" for the whole record.
        code: Stable machine-readable code, e.g. ``required``, ``unknown_name``, ``duplicate``.
        message_id: Id in the message catalogue.
        params: Values for the message's placeholders.
        at: Offset in characters inside an expression, where that helps.
    """

    field: str
    code: str
    message_id: str
    params: Mapping[str, Any] = stored(default_factory=dict)
    at: int | None = None


class PlatformError(Exception):
    """Base of every error that a person may see."""

    status: ClassVar[int] = 400
    code: ClassVar[str] = "error"

    def __init__(
        self,
        message_id: str,
        /,
        *,
        errors: Sequence[FieldError] = (),
        retry_after: int | None = None,
        **params: Any,
    ) -> None:
        """Name the message and its parameters.

        Args:
            message_id: Id in the message catalogue.
            errors: What is wrong, field by field.
            retry_after: Seconds after which trying again makes sense.
            **params: Values for the message's placeholders.
        """
        super().__init__(message_id)
        self.message_id = message_id
        self.params = params
        self.errors = tuple(errors)
        self.retry_after = retry_after

    def __str__(self) -> str:
        """Give a terse English form for logs; people see the catalogue's text."""
        details = ", ".join(f"{name}={value!r}" for name, value in self.params.items())
        parts = "; ".join(f"{e.field or '*'}: {e.message_id} {dict(e.params)}" for e in self.errors)
        return f"{self.message_id}({details})" + (f" [{parts}]" if parts else "")


class Invalid(PlatformError):
    """The input breaks a rule; ``errors`` lists every one found."""

    status = 422
    code = "invalid"


class Malformed(PlatformError):
    """The request can't be read at all (broken JSON, wrong encoding)."""

    status = 400
    code = "malformed"


class Unauthenticated(PlatformError):
    """Nobody is signed in, or the credentials are wrong or revoked."""

    status = 401
    code = "unauthenticated"


class Forbidden(PlatformError):
    """The actor is known but may not do this."""

    status = 403
    code = "forbidden"


class NotFound(PlatformError):
    """There is no such thing, or the actor may not know of it."""

    status = 404
    code = "not_found"


class Conflict(PlatformError):
    """The state has moved, or the rules of a plugin refuse the action."""

    status = 409
    code = "conflict"


class Refused(Conflict):
    """A business rule refuses; raised by plugins with their own message id."""

    code = "refused"


class Stale(PlatformError):
    """Somebody else changed the record first."""

    status = 412
    code = "stale"


class TooLarge(PlatformError):
    """The request is bigger than the limit."""

    status = 413
    code = "too_large"


class PreconditionRequired(PlatformError):
    """A change needs the version it is based on (If-Match or ``_version``)."""

    status = 428
    code = "precondition_required"


class TooMany(PlatformError):
    """Too many requests or tries; ``retry_after`` says when to come back."""

    status = 429
    code = "too_many"


class Unavailable(PlatformError):
    """A part of the platform is out of order (a plugin failed, the database is away)."""

    status = 503
    code = "unavailable"


class StorageFull(PlatformError):
    """The disk is full; reading still works."""

    status = 507
    code = "storage_full"


class InvalidSettings(PlatformError):
    """The installation's settings are unusable; commands print one sentence and exit 1."""

    status = 500
    code = "settings"


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault in a definition, with its place.

    Attributes:
        file: File name as shown to the person ("" for definitions that came as JSON).
        line: Line, from 1.
        column: Column, from 1.
        message_id: Id in the message catalogue.
        params: Values for the message's placeholders.
        path: Path of the element inside its document, e.g. ``fields.total.formula``.
    """

    file: str
    line: int
    column: int
    message_id: str
    params: Mapping[str, Any] = stored(default_factory=dict)
    path: str = ""


class InvalidDefinitions(PlatformError):
    """Definitions are broken; ``problems`` lists every one with file, line and column."""

    status = 422
    code = "invalid_definitions"

    def __init__(self, problems: Sequence[Problem]) -> None:
        """Keep the problems, sorted by place."""
        super().__init__("definitions.broken", count=len(problems))
        self.problems = tuple(
            sorted(problems, key=lambda p: (p.file, p.line, p.column, p.message_id))
        )


class ExpressionError(PlatformError):
    """An expression can't be parsed or typed.

    ``params`` carry the nearest right name where one is misspelt; ``at`` is the offset in characters.
    """

    status = 422
    code = "expression"

    def __init__(self, message_id: str, /, *, at: int, **params: Any) -> None:
        """Name the fault and its offset."""
        super().__init__(message_id, **params)
        self.at = at
