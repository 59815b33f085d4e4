"""Password hashes and what a password must be. Every check costs the same, whether the user exists or not."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
from functools import cache

from core.kernel.errors import FieldError, Invalid, TooMany
from core.kernel.text import fold, is_clean

METHOD = "scrypt:32768:8:3"
"""Cost of a hash: 32 MiB and about a quarter of a second; OWASP counts it equal to 131072:8:1 in 128 MiB."""

MIN_LENGTH = 12
MAX_LENGTH = 256

AT_ONCE = 4
"""Hashes computed at the same time in one process; more would exhaust memory."""

PATIENCE = 10.0
"""Seconds a sign-in waits for its turn before it is told to come back."""

_KEY_LENGTH = 64
_slots = threading.BoundedSemaphore(AT_ONCE)

COMMON = frozenset(
    {
        "123456789012", "1234567890123", "12345678901234", "123456789123", "012345678901", "111111111111",
        "000000000000", "987654321098", "1q2w3e4r5t6y", "1qaz2wsx3edc", "qwertyuiop12", "qwertyuiop123",
        "qwertyuiop[]", "qwerty123456", "qwerty1234567", "qwertyqwerty", "asdfghjkl123", "zxcvbnm12345",
        "abcdefghijkl", "abcd1234abcd", "abc123abc123", "abcdef123456", "password1234", "password12345",
        "password123456", "passwordpassword", "password2024", "password2025", "password2026", "mypassword123",
        "p@ssw0rd1234", "p@ssword1234", "passw0rd1234", "changeme1234", "changemechangeme", "changeme12345",
        "letmeinletmein", "letmein12345", "welcome12345", "welcome123456", "welcomewelcome", "administrator",
        "administrator1", "adminadminadmin", "admin1234567", "admin12345678", "admin123admin", "iloveyou1234",
        "iloveyouiloveyou", "iloveyou12345", "sunshine1234", "princess1234", "football1234", "baseball1234",
        "superman1234", "batman123456", "michael12345", "charlie12345", "computer1234", "internet1234",
        "trustno1trustno1", "monkeymonkey", "dragondragon", "masterpassword", "secretsecret", "secretpassword",
        "testtesttest", "test12345678", "testpassword", "demodemodemo", "demo12345678", "guestguest12",
        "woaini1314520", "woaini520520", "a12345678901", "aa1234567890", "qq1234567890", "asd123456789",
        "tradeloom1234", "tradeloomtradeloom", "correcthorsebatterystaple", "thequickbrownfox",
    }
)  # fmt: skip
"""Passwords of at least twelve characters that stand in every list of leaked ones."""


def prepare() -> None:
    """Make the hash that stands in for unknown users; called at start so that the first sign-in isn't slower."""
    _stand_in()


def hash_password(password: str) -> str:
    """Give a salted hash in the form ``method$salt$hex``.

    Raises:
        TooMany: Too many hashes are being computed; try again.
    """
    salt = secrets.token_urlsafe(16)
    return f"{METHOD}${salt}${_derive(password, METHOD, salt)}"


def verify(password: str, stored: str | None) -> bool:
    """Compare a password with a stored hash in constant time; without one, the same work is done for nothing.

    Raises:
        TooMany: Too many hashes are being computed; try again.
    """
    method, salt, expected = _parts(stored) or _parts(_stand_in()) or ("", "", "")
    matches = hmac.compare_digest(_derive(password[:MAX_LENGTH], method, salt), expected)
    return matches and len(password) <= MAX_LENGTH and _parts(stored) is not None


def is_outdated(stored: str) -> bool:
    """Tell whether a hash was made with another method than today's."""
    return not stored.startswith(f"{METHOD}$")


def check_strength(password: str, username: str = "", field: str = "password") -> None:
    """Refuse a password that is too short, too long, well known, or the user's own name.

    Raises:
        Invalid: Says which, on ``field``.
    """
    folded = fold(password) if is_clean(password) else ""
    if not folded:
        code, params = "unclean", {}
    elif len(password) < MIN_LENGTH:
        code, params = "too_short", {"least": MIN_LENGTH}
    elif len(password) > MAX_LENGTH:
        code, params = "too_long", {"most": MAX_LENGTH}
    elif (
        folded in COMMON or len(set(folded)) < 5 or (len(username) > 3 and fold(username) in folded)
    ):
        code, params = "too_common", {}
    else:
        return
    raise Invalid(
        "account.invalid", errors=[FieldError(field, code, f"account.password_{code}", params)]
    )


@cache
def _stand_in() -> str:
    return hash_password(secrets.token_urlsafe(32))


def _parts(stored: str | None) -> tuple[str, str, str] | None:
    parts = (stored or "").split("$")
    if len(parts) != 3 or not parts[0].startswith("scrypt:"):
        return None
    return parts[0], parts[1], parts[2]


def _derive(password: str, method: str, salt: str) -> str:
    _, cost, block, lanes = method.split(":")
    n, r, p = int(cost), int(block), int(lanes)
    if not _slots.acquire(timeout=PATIENCE):
        raise TooMany("account.busy", retry_after=5)
    try:
        return hashlib.scrypt(
            password.encode("utf-8", "surrogatepass"),
            salt=salt.encode(),
            n=n,
            r=r,
            p=p,
            maxmem=132 * n * r * p,
            dklen=_KEY_LENGTH,
        ).hex()
    finally:
        _slots.release()
