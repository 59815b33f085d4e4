"""Settings: from the environment (prefix ``TRADELOOM_``) or the YAML file named by ``TRADELOOM_CONFIG``."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

from core.kernel.errors import InvalidDefinitions, InvalidSettings
from core.kernel.messages import LANGUAGES
from core.kernel.money import MINOR_UNITS
from core.kernel.text import nearest
from core.metadata.yaml_loader import load_plain

PREFIX = "TRADELOOM_"
MIN_SECRET = 32
MAX_THREADS = 64


@dataclass(frozen=True, slots=True)
class Settings:
    """One installation's settings; names and defaults are part of the contract.

    Attributes:
        database_url: SQLAlchemy URL.
        broker_url: "" for the embedded worker.
        secret_key: Signs sessions, tokens and cursors; never shorter than 32 characters.
        admin_password: Password of ``admin`` at the first start; "" makes a random one.
        lang: Default language.
        files_url: Where files are kept.
        base_url: Public address of the installation.
        trusted_hosts: Host names that requests may carry; empty allows any.
        timezone: IANA zone of the company.
        currency: ISO code of the company's currency.
        env: ``production`` or ``development``.
        var: Folder for what the platform writes beside the database.
    """

    database_url: str = "sqlite:///var/tradeloom.db"
    broker_url: str = ""
    secret_key: str = field(default="", repr=False)
    admin_password: str = field(default="", repr=False)
    lang: str = "en"
    files_url: str = "file://var/files"
    base_url: str = ""
    trusted_hosts: tuple[str, ...] = ()
    smtp_url: str = field(default="", repr=False)
    timezone: str = "Asia/Shanghai"
    currency: str = "CNY"
    env: str = "development"
    var: str = "var"
    threads: int = 4

    @property
    def is_production(self) -> bool:
        """Whether the installation serves real users."""
        return self.env == "production"


def load(environ: Mapping[str, str] | None = None, **overrides: Any) -> Settings:
    """Read the settings.

    Args:
        environ: The environment; the process's own by default.
        **overrides: Values that a command's options set.

    Raises:
        InvalidSettings: A setting is unknown, unusable or missing; the sentence names it.
    """
    source = os.environ if environ is None else environ
    values = _from_file(source.get(f"{PREFIX}CONFIG", ""))
    for item in fields(Settings):
        text = source.get(PREFIX + item.name.upper())
        if text:
            values[item.name] = text
    values |= {k: v for k, v in overrides.items() if v is not None}
    if isinstance(values.get("trusted_hosts"), str):
        values["trusted_hosts"] = tuple(
            h.strip() for h in values["trusted_hosts"].split(",") if h.strip()
        )
    if "threads" in values:
        values["threads"] = _threads(values["threads"])
    return _check(Settings(**values))


def _threads(value: Any) -> int:
    text = str(value)
    if not (text.isascii() and text.isdigit() and 0 < int(text[:9]) <= MAX_THREADS):
        raise InvalidSettings("settings.threads", value=text, most=MAX_THREADS)
    return int(text)


def _from_file(name: str) -> dict[str, Any]:
    if not name:
        return {}
    path = Path(name)
    try:
        text = path.read_bytes()
    except OSError as fault:
        raise InvalidSettings("settings.file", path=name, cause=fault.strerror or "") from None
    try:
        found = load_plain(text, name)
    except InvalidDefinitions as fault:
        problem = fault.problems[0]
        raise InvalidSettings(
            "settings.yaml", path=name, line=problem.line, column=problem.column
        ) from None
    if not isinstance(found, dict):
        raise InvalidSettings("settings.yaml", path=name, line=1, column=1)
    known = {f.name for f in fields(Settings)}
    values: dict[str, Any] = {}
    for key, value in found.items():
        setting = str(key).lower()
        if setting not in known:
            raise InvalidSettings("settings.unknown", name=key, hint=nearest(setting, known) or "-")
        if value is not None:
            values[setting] = tuple(map(str, value)) if isinstance(value, list) else str(value)
    return values


def _check(settings: Settings) -> Settings:
    if settings.env not in {"production", "development"}:
        raise InvalidSettings("settings.env", value=settings.env)
    if settings.lang not in LANGUAGES:
        raise InvalidSettings("settings.lang", value=settings.lang, options=", ".join(LANGUAGES))
    if settings.timezone not in available_timezones():
        hint = nearest(settings.timezone, available_timezones()) or "-"
        raise InvalidSettings("settings.timezone", value=settings.timezone, hint=hint)
    if settings.currency not in MINOR_UNITS:
        raise InvalidSettings("settings.currency", value=settings.currency)
    if settings.is_production and not settings.base_url:
        raise InvalidSettings("settings.base_url")
    return settings


def secret_of(settings: Settings) -> str:
    """Give the secret key: the one set, or one made once into ``var/`` (mode 0600).

    Raises:
        InvalidSettings: Production without a key, a key that is too short, or ``var/`` can't be written.
    """
    if settings.secret_key:
        if not _is_strong(settings.secret_key):
            raise InvalidSettings("settings.weak_secret", least=MIN_SECRET)
        return settings.secret_key
    if settings.is_production:
        raise InvalidSettings("settings.no_secret")
    kept = keep_secret(Path(settings.var) / "secret-key", secrets.token_urlsafe(48))
    if not _is_strong(kept):
        raise InvalidSettings("settings.weak_secret_file", path=f"{settings.var}/secret-key")
    return kept


def _is_strong(secret: str) -> bool:
    return len(secret) >= MIN_SECRET and len(set(secret)) >= 8


def keep_secret(path: Path, fresh: str) -> str:
    """Read the secret kept in ``path``, or keep ``fresh`` there, readable by the owner only.

    Raises:
        InvalidSettings: The folder can't be written.
    """
    own = path.with_name(f".{path.name}-{secrets.token_hex(8)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists():
            return path.read_text(encoding="utf-8").strip()
        with os.fdopen(os.open(own, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(fresh.encode() + b"\n")
        try:
            # Complete or absent: a process that starts at the same moment never reads half a secret.
            path.hardlink_to(own)
        except FileExistsError:
            return path.read_text(encoding="utf-8").strip()
        finally:
            own.unlink()
    except OSError as fault:
        raise InvalidSettings(
            "settings.unwritable", path=str(path.parent), cause=fault.strerror or ""
        ) from None
    return fresh
