"""How commands speak: sentences on standard output, errors on standard error, exit status 0, 1 or 2."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable, Sequence
from typing import Any

import click

from core.app.platform import Platform, open_platform
from core.app.settings import Settings, load
from core.app.texts import FLOOR_TEXTS
from core.cli.messages import MESSAGES
from core.kernel.errors import FieldError, InvalidDefinitions, PlatformError, Problem
from core.kernel.messages import LANGUAGES, Catalogue, Texts


class Console:
    """The catalogue and language of one command's run."""

    def __init__(self, language: str, debug: bool, texts: Sequence[Texts] = ()) -> None:
        """Speak ``language``; ``texts`` are those of the plugins."""
        self.language = language if language in LANGUAGES else "en"
        self.debug = debug
        self.catalogue = Catalogue(*FLOOR_TEXTS, MESSAGES, *texts)

    def text(self, message_id: str, **params: Any) -> str:
        """Give a sentence."""
        return self.catalogue.text(message_id, self.language, params)

    def say(self, message_id: str, **params: Any) -> None:
        """Write a sentence to standard output."""
        click.echo(self.text(message_id, **params))

    def problem(self, problem: Problem) -> str:
        """Write a definition's fault as ``file:line:column: message``."""
        place = f"{problem.file}:{problem.line}:{problem.column}"
        return f"{place}: {self.catalogue.text(problem.message_id, self.language, problem.params)}"

    def field(self, error: FieldError) -> str:
        """Write a field's fault."""
        text = self.catalogue.text(error.message_id, self.language, error.params)
        return f"{error.field}: {text}" if error.field else text

    def error_lines(self, error: PlatformError) -> Sequence[str]:
        """Give what to tell of an error."""
        if isinstance(error, InvalidDefinitions):
            return [self.problem(p) for p in error.problems]
        lines = [self.catalogue.text(error.message_id, self.language, error.params)]
        return lines + ["  " + self.field(e) for e in error.errors]


def settings_of(ctx: click.Context, **overrides: Any) -> Settings:
    """Load the settings for a command."""
    return load(**{**(ctx.obj or {}).get("overrides", {}), **overrides})


def platform_of(ctx: click.Context, settings: Settings | None = None) -> Platform:
    """Open the installation for a command; its connections are closed when the command ends."""
    platform = open_platform(settings or settings_of(ctx))
    ctx.call_on_close(platform.database.close)
    return platform


def run(main: Callable[..., Any], arguments: Sequence[str] | None = None) -> int:
    """Run a click command so that no traceback ever reaches a person (unless ``--debug``).

    Returns:
        0 on success, 1 on a refused or failed job, 2 on wrong usage.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    console = Console(language(), debug="--debug" in words)
    try:
        result = main(
            args=[w for w in words if w != "--debug"],
            prog_name="tradeloom",
            standalone_mode=False,
        )
    except click.exceptions.Exit as end:
        return end.exit_code
    except click.ClickException as fault:
        fault.show()
        return 2
    except (click.Abort, BrokenPipeError):
        return 1
    except Exception as fault:
        return _fail(console, fault)
    return result if isinstance(result, int) else 0


def _fail(console: Console, fault: Exception) -> int:
    if console.debug:
        traceback.print_exception(fault)
    elif isinstance(fault, PlatformError):
        for line in console.error_lines(fault):
            click.echo(line, err=True)
    else:
        cause = f"{type(fault).__name__}: {fault}"
        click.echo(console.text("cli.unexpected", cause=cause), err=True)
    return 1


def language() -> str:
    """Name the language that commands speak."""
    return os.environ.get("TRADELOOM_LANG", "en")
