"""The SQLite file: may it be used here, and how each connection to it is set up."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from core.kernel.errors import InvalidSettings

BUSY_SECONDS = 30
"""How long a writer waits for another one."""

OLDEST = (3, 37, 0)
"""First version with STRICT tables."""

_FIXED = (3, 51, 3)
_BACKPORTS = (((3, 44, 6), (3, 45, 0)), ((3, 50, 7), (3, 51, 0)))
_NETWORK = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "ncpfs", "fuse.sshfs", "fuse.glusterfs", "ceph"}
)
_MOUNTS = Path("/proc/self/mounts")


def prepare(path: Path) -> list[tuple[str, Mapping[str, Any]]]:
    """Check that the file can be used safely, and make it (readable by its owner only) where it is absent.

    Returns:
        Message ids with parameters that the status page shows.

    Raises:
        InvalidSettings: The library is too old, the file system is remote, or the file can't be written.
    """
    warnings = version_warnings(sqlite3.sqlite_version_info)
    kind = file_system(path)
    if kind in _NETWORK:
        raise InvalidSettings("database.network_filesystem", path=str(path), kind=kind)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        _switch_to_wal(path)
    except OSError as exc:
        raise InvalidSettings("database.unwritable", path=str(path)) from exc
    except sqlite3.DatabaseError as exc:
        is_other_file = getattr(exc, "sqlite_errorcode", 0) == sqlite3.SQLITE_NOTADB
        message = "database.not_a_database" if is_other_file else "database.unwritable"
        raise InvalidSettings(message, path=str(path)) from exc
    return warnings


def version_warnings(version: tuple[int, ...]) -> list[tuple[str, Mapping[str, Any]]]:
    """Name what is known to be wrong with a version of the library.

    Raises:
        InvalidSettings: It is too old.
    """
    text = ".".join(map(str, version))
    if version < OLDEST:
        raise InvalidSettings("database.sqlite_too_old", version=text)
    is_fixed = version >= _FIXED or any(low <= version < high for low, high in _BACKPORTS)
    return [] if is_fixed else [("database.sqlite_wal_bug", {"version": text})]


def file_system(path: Path, mounts: Path = _MOUNTS) -> str:
    """Name the kind of file system that holds ``path``; "" where the operating system doesn't say."""
    try:
        lines = mounts.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    target = path.resolve()
    found, depth = "", -1
    for line in lines:
        _, point, kind, *_ = line.split(" ")
        mounted = Path(point.replace("\\040", " "))
        # Of several mounts on one place, the last one counts.
        if target.is_relative_to(mounted) and len(mounted.parts) >= depth:
            found, depth = kind, len(mounted.parts)
    return found


def set_up(connection: sqlite3.Connection) -> None:
    """Give a new connection the settings that every connection has; the log is moved by one worker alone."""
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA mmap_size = 0")
    cursor.execute("PRAGMA wal_autocheckpoint = 0")
    cursor.close()


def _switch_to_wal(path: Path) -> None:
    connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)
    deadline = time.monotonic() + BUSY_SECONDS
    try:
        connection.execute("PRAGMA wal_autocheckpoint = 0")
        while True:
            try:
                connection.execute("PRAGMA journal_mode = WAL")
                break
            except sqlite3.OperationalError as exc:
                # The switch doesn't wait for a process that is switching at the same moment.
                if exc.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                    raise
                time.sleep(0.02)
    finally:
        connection.close()
