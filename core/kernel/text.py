"""Text: folding for search and sort, nearest names for hints."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable


def fold(text: str) -> str:
    """Give the form that search and sort compare: compatibility-normalised, case-folded."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def nearest(name: str, options: Iterable[str]) -> str | None:
    """Give the option that looks most like ``name``, or None where nothing is near."""
    found = difflib.get_close_matches(name, list(options), n=1, cutoff=0.6)
    return found[0] if found else None


def is_clean(text: str) -> bool:
    """Tell whether text can be stored everywhere: no NUL, no lone surrogate."""
    return "\x00" not in text and not any("\ud800" <= ch <= "\udfff" for ch in text)
