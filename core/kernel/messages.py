"""The message catalogue: id -> text in three languages.

Each floor and each plugin keeps its texts in a module ``messages.py`` as ``MESSAGES: Texts``; the composition root
merges them. Placeholders are ``{name}``; they are replaced as plain text, never evaluated.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

LANGUAGES = ("en", "zh_CN", "zh_TW")

Texts = Mapping[str, tuple[str, str, str]]
"""Message id -> (English, 简体中文, 繁體中文)."""

_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")


class Catalogue:
    """Texts by id and language."""

    def __init__(self, *sources: Texts) -> None:
        """Merge the sources.

        Raises:
            ValueError: An id occurs in two sources with different texts.
        """
        self._texts: dict[str, tuple[str, str, str]] = {}
        for source in sources:
            for message_id, texts in source.items():
                if self._texts.get(message_id, texts) != texts:
                    raise ValueError(f"message id {message_id!r} has two different texts")
                self._texts[message_id] = texts

    def __contains__(self, message_id: str) -> bool:
        """Tell whether the id is known."""
        return message_id in self._texts

    def ids(self) -> list[str]:
        """List the known ids, sorted."""
        return sorted(self._texts)

    def text(
        self, message_id: str, language: str = "en", params: Mapping[str, Any] | None = None
    ) -> str:
        """Give the text of ``message_id`` with its placeholders filled.

        An unknown id comes back as itself, so a missing text is visible and harmless.
        """
        texts = self._texts.get(message_id)
        if texts is None:
            return message_id
        template = texts[LANGUAGES.index(language)] if language in LANGUAGES else texts[0]
        values = params or {}
        return _PLACEHOLDER.sub(lambda m: str(values.get(m.group(1), m.group(0))), template)
