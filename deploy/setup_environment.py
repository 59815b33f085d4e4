"""Make `.venv` complete: packages by hash, the platform itself, the browser files. Standard library only.

`python deploy/setup_environment.py [run|dev|bench]`: `run` is what serving needs, `dev` adds checking
and testing, `bench` adds the benchmark's peers. Safe to repeat: what stands is left alone, judged by
the hashes of the lock files. A failure is one plain sentence on standard error and exit code 1.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import subprocess
import sys
import time
from pathlib import Path

MINIMUM = (3, 11)
ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
WINDOWS = os.name == "nt"
PYTHON = VENV / ("Scripts/python.exe" if WINDOWS else "bin/python")
COMMAND = VENV / ("Scripts/tradeloom.exe" if WINDOWS else "bin/tradeloom")
RUN_LOCKS = ("requirements-build.txt", "requirements.txt")
LOCKS = {
    "run": RUN_LOCKS,
    "dev": (*RUN_LOCKS, "requirements-dev.txt"),
    "bench": (*RUN_LOCKS, "requirements-dev.txt", "requirements-bench.txt"),
}


class SetupError(Exception):
    """The environment could not be made; the text is one plain sentence with the remedy."""


def main(arguments: list[str]) -> int:
    """Bring the environment up to one scope; the exit code."""
    scope = arguments[0] if arguments else "dev"
    if scope not in LOCKS or len(arguments) > 1:
        print(f"Usage: setup_environment.py [{'|'.join(LOCKS)}]", file=sys.stderr)
        return 2
    try:
        check_python()
        make_venv()
        install_packages(scope)
        install_platform()
        build_assets()
    except SetupError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def check_python() -> None:
    """Refuse a Python that is too old or cannot make virtual environments."""
    if sys.version_info < MINIMUM:
        found = ".".join(map(str, sys.version_info[:3]))
        wanted = ".".join(map(str, MINIMUM))
        raise SetupError(
            f"Python {wanted} or newer is needed, and this is {found}: name another with make PYTHON=/path/to/python."
        )
    if works(PYTHON):
        return
    if importlib.util.find_spec("venv") is None or importlib.util.find_spec("ensurepip") is None:
        raise SetupError(
            f"{sys.executable} cannot make virtual environments: install its venv package "
            "(on Debian and Ubuntu: apt install python3-venv) and run this again."
        )


def works(python: Path) -> bool:
    """Whether this environment's Python starts, is new enough and has pip."""
    if not python.exists():
        return False
    program = f"import sys, pip; sys.exit(sys.version_info < {MINIMUM!r})"
    try:
        return (
            subprocess.run(
                [str(python), "-c", program], capture_output=True, check=False
            ).returncode
            == 0
        )
    except OSError:
        return False


def make_venv() -> None:
    """Make `.venv` unless a working one stands; a broken one is made anew."""
    if works(PYTHON):
        return
    say("Making the environment .venv")
    clear = ["--clear"] if VENV.exists() else []
    call(
        [sys.executable, "-m", "venv", *clear, str(VENV)], "The environment .venv could not be made"
    )


def install_packages(scope: str) -> None:
    """Install the scope's lock files, every package checked against its hash."""
    locks = [ROOT / "deploy" / name for name in LOCKS[scope]]
    for other, names in LOCKS.items():
        if set(LOCKS[scope]) <= set(names) and is_stamped(other, lock_hash(names)):
            return
    say(f"Installing the locked packages ({scope}); this takes a minute or two the first time")
    files = [part for lock in locks for part in ("-r", str(lock))]
    call(
        [*pip(), "install", "--require-hashes", *files],
        "The locked packages could not be installed",
    )
    stamp(scope, lock_hash(LOCKS[scope]))


def install_platform() -> None:
    """Install this checkout itself, editable, so that the command and the entry points exist."""
    key = content_hash([ROOT / "setup.cfg", ROOT / "pyproject.toml"]) + str(ROOT)
    if is_stamped("platform", key) and COMMAND.exists():
        return
    say("Installing the platform itself")
    options = ("--no-deps", "--no-build-isolation", "--editable")
    call([*pip(), "install", *options, str(ROOT)], "The platform itself could not be installed")
    stamp("platform", key)


def build_assets() -> None:
    """Build the browser files where they are missing or out of date."""
    command = [str(PYTHON), str(ROOT / "deploy" / "assets.py"), "--if-changed"]
    if subprocess.run(command, stdin=subprocess.DEVNULL, check=False).returncode != 0:
        raise SetupError("The set-up stopped there; run it again once that is put right.")


def pip() -> list[str]:
    """The environment's pip, quiet and without questions; it asks whatever index is configured."""
    return [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "--no-input", "--quiet"]


def call(command: list[str], failure: str) -> None:
    """Run one step; its output is shown only when it fails."""
    done = subprocess.run(
        command,
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode == 0:
        return
    log = VENV / "setup.log" if VENV.is_dir() else None
    lines = [line.strip() for line in done.stdout.splitlines() if line.strip()]
    reason = next(
        (line for line in reversed(lines) if line.lower().startswith("error")),
        lines[-1] if lines else "no reason given",
    )
    if log is not None:
        log.write_text(done.stdout, encoding="utf-8")
        reason += f" (everything it said: {log})"
    raise SetupError(f"{failure}: {reason}")


def lock_hash(names: tuple[str, ...]) -> str:
    """One hash for a set of lock files and the Python that they were installed for."""
    return content_hash([ROOT / "deploy" / name for name in names])


def content_hash(paths: list[Path]) -> str:
    """SHA-256 over the content of files."""
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def stamp(name: str, key: str) -> None:
    """Remember that a step was done for this key."""
    (VENV / f".stamp-{name}").write_text(key, encoding="utf-8")


def is_stamped(name: str, key: str) -> bool:
    """Whether a step was done for this key in the environment that stands."""
    try:
        return (VENV / f".stamp-{name}").read_text(encoding="utf-8") == key
    except OSError:
        return False


def say(text: str) -> None:
    """One line of progress."""
    print(f"{time.strftime('%H:%M:%S')}  {text} …", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
