"""The checked glossary, and how every shown text gets its three languages from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from core.kernel.text import nearest
from core.metadata.definitions import Label
from core.metadata.documents import Document, Path
from core.metadata.problems import Problems

Checked = tuple[Document, dict[str, Any]]
"""A document and its values as the schema checked them."""


class Labels:
    """Gives labels: inline ones checked against the glossary, short ones completed from it."""

    def __init__(self, glossaries: Sequence[Checked], problems: Problems) -> None:
        """Read the glossaries of all layers as one.

        Args:
            glossaries: Documents of kind ``glossary``.
            problems: Takes what is wrong.
        """
        self._problems = problems
        self._terms: dict[str, Label] = {}
        self._owners: dict[str, str] = {}
        self._by_english: dict[str, Label] = {}
        self._plurals: dict[str, str] = {}
        for document, data in glossaries:
            for name, term in data["terms"].items():
                self._take(document, name, term)

    def _take(self, document: Document, name: str, term: Mapping[str, Any]) -> None:
        path: Path = ("terms", name)
        label = Label(*(str(term[language]) for language in ("en", "zh_CN", "zh_TW")))
        if name in self._terms and self._terms[name] != label:
            other = self._owners[name]
            self._problems.add(
                document,
                path,
                "name.clash",
                at_key=True,
                name=name,
                owner=document.owner,
                other=other,
            )
            return
        known = self._by_english.setdefault(label.en, label)
        if known != label:
            self._conflict(document, path, label, known)
        self._terms[name] = label
        self._owners[name] = document.owner
        if term.get("plural"):
            self._plurals[label.en] = str(term["plural"])

    def _conflict(self, document: Document, path: Path, found: Label, known: Label) -> None:
        self._problems.add(
            document,
            path,
            "label.conflict",
            term=known.en,
            found=f"{found.zh_CN} / {found.zh_TW}",
            wanted=f"{known.zh_CN} / {known.zh_TW}",
        )

    def terms(self) -> Mapping[str, Label]:
        """Give the glossary by name."""
        return MappingProxyType(dict(self._terms))

    def term(self, name: str) -> Label | None:
        """Give the glossary's label of a name, if it has one."""
        return self._terms.get(name)

    def label(
        self,
        document: Document,
        path: Path,
        raw: Any,
        names: Sequence[str],
        *,
        fallback: Label | None = None,
    ) -> Label:
        """Complete a label.

        Args:
            document: The document it stands in.
            path: Path of the key that holds it, whether it is there or not.
            raw: A mapping of the three languages, English text, or None.
            names: Names to look up where ``raw`` is None, best first.
            fallback: Taken where no name is known.

        Returns:
            The label; where one can't be made, a stand-in, and the fault is noted.
        """
        if isinstance(raw, Mapping):
            return self._inline(document, path, raw)
        if isinstance(raw, str):
            return self._english(document, path, raw)
        for name in names:
            if name in self._terms:
                return self._terms[name]
        if fallback is not None:
            return fallback
        name = names[-1] if names else ""
        self._problems.add(document, path, "label.missing", name=name)
        return Label(name, name, name)

    def _inline(self, document: Document, path: Path, raw: Mapping[str, Any]) -> Label:
        label = Label(str(raw["en"]), str(raw["zh_CN"]), str(raw["zh_TW"]))
        known = self._by_english.get(label.en, label)
        if known != label:
            self._conflict(document, path, label, known)
        return label

    def _english(self, document: Document, path: Path, raw: str) -> Label:
        known = self._by_english.get(raw)
        if known is not None:
            return known
        hint = nearest(raw, self._by_english) or ""
        self._problems.add(document, path, "label.not_in_glossary", text=raw, hint=hint)
        return Label(raw, raw, raw)

    def plural(self, raw: Any, singular: Label) -> Label:
        """Complete a plural: English has its own form, Chinese doesn't."""
        if isinstance(raw, Mapping):
            return Label(str(raw["en"]), str(raw["zh_CN"]), str(raw["zh_TW"]))
        english = (
            raw if isinstance(raw, str) else self._plurals.get(singular.en) or _plural(singular.en)
        )
        return Label(english, singular.zh_CN, singular.zh_TW)


def same_everywhere(text: str) -> Label | None:
    """Give the label of a code, such as ``A`` or ``CNY``, which needs no translation; None for words."""
    is_code = text.isascii() and text == text.upper() and len(text) <= 20
    return Label(text, text, text) if is_code else None


def _plural(english: str) -> str:
    if english.endswith("y") and english[-2:-1] not in {"a", "e", "o", "u"}:
        return f"{english[:-1]}ies"
    if english.endswith(("s", "x", "ch", "sh")):
        return f"{english}es"
    return f"{english}s"
