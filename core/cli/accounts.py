"""Commands for users and API keys."""

from __future__ import annotations

import click

from core.app.platform import Platform
from core.cli.console import Console, platform_of, settings_of
from core.kernel.errors import NotFound
from core.records import accounts


def register(cli: click.Group) -> None:
    """Add the commands."""
    cli.add_command(user)
    cli.add_command(apikey)


@click.group()
def user() -> None:
    """Make users and set passwords."""


@user.command("create")
@click.argument("name")
@click.option(
    "--role", "roles", multiple=True, required=True, help="Role to hold; may be repeated."
)
@click.option("--full-name", default="", help="Shown name; the user name by default.")
@click.option("--email", default=None, help="E-mail address.")
@click.option("--password", default=None, help="First password; asked for when left out.")
@click.option("--no-password", is_flag=True, help="Make a user who can't sign in by password.")
@click.pass_context
def user_create(
    ctx: click.Context,
    name: str,
    roles: tuple[str, ...],
    full_name: str,
    email: str | None,
    password: str | None,
    no_password: bool,
) -> None:
    """Make a user.

    Example: tradeloom user create li.na --role sales
    """
    settings = settings_of(ctx)
    platform = platform_of(ctx, settings)
    if password is None and not no_password:
        password = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    data = {"username": name, "name": full_name or name, "email": email}
    accounts.create_user(platform.system(), data, roles=roles, password=password)
    Console(settings.lang, debug=False).say("cli.user_made", name=name)


@user.command("password")
@click.argument("name")
@click.option("--password", default=None, help="New password; asked for when left out.")
@click.pass_context
def user_password(ctx: click.Context, name: str, password: str | None) -> None:
    """Set a user's password; every session, token and key of the user ends.

    Example: tradeloom user password li.na
    """
    settings = settings_of(ctx)
    platform = platform_of(ctx, settings)
    account = _account(platform, name)
    if password is None:
        password = click.prompt("New password", hide_input=True, confirmation_prompt=True)
    accounts.set_password(platform.system(), account.id, password)
    Console(settings.lang, debug=False).say("cli.password_set", name=name)


@click.group()
def apikey() -> None:
    """Make API keys."""


@apikey.command("create")
@click.option(
    "--role", "roles", multiple=True, required=True, help="Role of the key; may be repeated."
)
@click.option(
    "--user",
    "username",
    default="",
    help="User as whom it acts; none by default: it acts with its roles alone.",
)
@click.option("--name", default="console", show_default=True, help="What the key is for.")
@click.pass_context
def apikey_create(ctx: click.Context, roles: tuple[str, ...], username: str, name: str) -> None:
    """Make an API key; it is shown once.

    Example: tradeloom apikey create --role manager
    """
    settings = settings_of(ctx)
    platform = platform_of(ctx, settings)
    user_id = _account(platform, username).id if username else None
    key = accounts.create_key(platform.system(), name, roles=roles, user_id=user_id)
    Console(settings.lang, debug=False).say("cli.key_made", key=key)


def _account(platform: Platform, name: str) -> accounts.Account:
    account = accounts.find_account(platform.ready(), name)
    if account is None:
        raise NotFound("cli.no_user", name=name)
    return account
