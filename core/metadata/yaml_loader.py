"""YAML text to documents: a strict subset of YAML, read event by event, with the place of every piece.

No tags, anchors, aliases or merge keys, no duplicate keys, one document a file; at most 1 MB, 20 levels and 50,000
nodes. The limits are checked while the events come in, so an attack ends at its first forbidden piece and nothing is
built that wasn't allowed. Scalars follow the YAML 1.2 core schema, narrowed: ``true``, ``false``, ``null`` and plain
integers; a number with a point is a Decimal; everything else (dates, ``on``, ``NO``, ``0123``, ``1:30``, ``1_000``) is
text, typed later by the schema of its key.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import yaml

from core.kernel.errors import InvalidDefinitions, Problem
from core.kernel.text import nearest
from core.metadata.documents import MAX_DEPTH, MAX_NODES, Document, Path, Spot, check_layer, freeze
from core.metadata.hints import hinted

MAX_BYTES = 1_000_000

_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,29})")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,29})\.[0-9]{1,30}")
_CONSTANTS: dict[str, bool | None] = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
}
_FORBIDDEN = re.compile(
    "[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufdcf\ufdf0-\ufffd\U00010000-\U0010ffff]|\ufeff"
)
_TAB_INDENT = re.compile(r"^ *\t[ \t]*(?=[^\s#])", re.MULTILINE)

# The C parser where PyYAML has it; both speak the same events.
_Parser: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def load_document(owner: str, file: str, source: bytes | str) -> Document:
    """Read one definition.

    Args:
        owner: Layer that brings it.
        file: File name as shown to the person.
        source: The YAML text.

    Raises:
        InvalidDefinitions: It can't be read, or names another layer; the problem has file, line and column.
    """
    try:
        data, spots = _Builder(file, _decode(file, source)).build()
    except _Broken as broken:
        raise InvalidDefinitions([broken.problem]) from None
    return _document(owner, file, data, spots)


def load_plain(source: bytes | str, file: str) -> Any:
    """Read YAML that is no definition, such as a settings file: dict, list, text, int, Decimal, bool, None.

    Raises:
        InvalidDefinitions: It can't be read, or names another layer; the problem has file, line and column.
    """
    try:
        data, _ = _Builder(file, _decode(file, source)).build()
    except _Broken as broken:
        raise InvalidDefinitions([broken.problem]) from None
    return data


def _document(owner: str, file: str, data: Any, spots: dict[Path, Spot]) -> Document:
    draft = Document(owner, file, "", "", {}, spots)
    if not isinstance(data, dict):
        place = draft.place()
        raise InvalidDefinitions([Problem(file, place.line, place.column, "yaml.not_a_mapping")])
    problems = []
    for key in ("kind", "name"):
        value = data.get(key)
        if not isinstance(value, str) or not value:
            place = draft.place((key,))
            hint = (
                ""
                if key in data
                else nearest(key, [k for k in data if k not in {"kind", "name"}]) or ""
            )
            message_id, params = hinted("yaml.missing_key", {"key": key, "hint": hint})
            problems.append(Problem(file, place.line, place.column, message_id, params, key))
    if problems:
        raise InvalidDefinitions(problems)
    document = Document(owner, file, data["kind"], data["name"], freeze(data), spots)
    check_layer(document)
    return document


class _Broken(Exception):
    """The text can't be read any further."""

    def __init__(self, file: str, line: int, column: int, message_id: str, **params: Any) -> None:
        super().__init__(message_id)
        self.problem = Problem(file, line, column, message_id, params)


def _decode(file: str, source: bytes | str) -> str:
    raw = source.encode("utf-8", "surrogatepass") if isinstance(source, str) else source
    if len(raw) > MAX_BYTES:
        raise _Broken(file, 1, 1, "yaml.too_big", limit=MAX_BYTES)
    try:
        text = raw.removeprefix(b"\xef\xbb\xbf").decode("utf-8")
    except UnicodeDecodeError as error:
        before = raw[: error.start].removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace")
        raise _Broken(file, *_position(before), "yaml.not_utf8") from None
    for pattern, message_id in ((_FORBIDDEN, "yaml.control_character"), (_TAB_INDENT, "yaml.tab")):
        found = pattern.search(text)
        if found:
            raise _Broken(file, *_position(text[: found.start()]), message_id)
    return text


def _position(before: str) -> tuple[int, int]:
    line = before.count("\n") + 1
    return line, len(before) - (before.rfind("\n") + 1) + 1


class _Level:
    """A mapping or list under construction."""

    __slots__ = ("key", "key_spot", "keys", "path", "value")

    def __init__(self, path: Path, value: dict[str, Any] | list[Any]) -> None:
        self.path = path
        self.value = value
        self.key: str | None = None
        self.key_spot = (1, 1)
        self.keys: dict[str, int] = {}


class _Builder:
    """Builds plain data from the parser's events without recursion."""

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self.text = text
        self.spots: dict[Path, Spot] = {}
        self.levels: list[_Level] = []
        self.nodes = 0
        self.documents = 0
        self.root: Any = None

    def build(self) -> tuple[Any, dict[Path, Spot]]:
        """Read all events; give the data and the places."""
        # The loader given here is the safe one, and its constructor is never asked: only its events are read.
        parser = _Parser(self.text)
        try:
            while parser.check_event():
                self._take(parser.get_event())
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
            raise _Broken(
                self.file, line, column, "yaml.broken", problem=error.problem or error.context
            ) from None
        except yaml.YAMLError as error:
            raise _Broken(self.file, 1, 1, "yaml.broken", problem=str(error)) from None
        finally:
            parser.dispose()
        return self.root, self.spots

    def _take(self, event: Any) -> None:
        if isinstance(event, yaml.ScalarEvent):
            self._check_node(event)
            self._scalar(event)
        elif isinstance(event, yaml.MappingStartEvent):
            self._open(event, {})
        elif isinstance(event, yaml.SequenceStartEvent):
            self._open(event, [])
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            self.levels.pop()
        elif isinstance(event, yaml.AliasEvent):
            self._fail(event, "yaml.alias")
        elif isinstance(event, yaml.DocumentStartEvent):
            self._start(event)

    def _start(self, event: Any) -> None:
        self.documents += 1
        if self.documents > 1:
            self._fail(event, "yaml.many_documents")
        if event.version or event.tags:
            self._fail(event, "yaml.directive")

    def _check_node(self, event: Any) -> None:
        if event.anchor is not None:
            self._fail(event, "yaml.alias")
        if event.tag is not None:
            self._fail(event, "yaml.tag", tag=event.tag)
        self.nodes += 1
        if self.nodes > MAX_NODES:
            self._fail(event, "yaml.too_many_nodes", limit=MAX_NODES)

    def _open(self, event: Any, value: dict[str, Any] | list[Any]) -> None:
        self._check_node(event)
        if self.levels and isinstance(self.levels[-1].value, dict) and self.levels[-1].key is None:
            self._fail(event, "yaml.key_not_text")
        if len(self.levels) >= MAX_DEPTH:
            self._fail(event, "yaml.too_deep", limit=MAX_DEPTH)
        self.levels.append(_Level(self._put(event, value, 0), value))

    def _scalar(self, event: Any) -> None:
        level = self.levels[-1] if self.levels else None
        if level is not None and isinstance(level.value, dict) and level.key is None:
            self._key(level, event)
            return
        plain = event.style in {None, ""}
        spans = event.end_mark.line != event.start_mark.line
        content = -1 if spans or event.style in {"|", ">"} else 0 if plain else 1
        self._put(event, resolve_plain(event.value) if plain else event.value, content)

    def _key(self, level: _Level, event: Any) -> None:
        key = str(event.value)
        if event.style in {None, ""} and key == "<<":
            self._fail(event, "yaml.merge_key")
        if not key:
            self._fail(event, "yaml.key_not_text")
        if key in level.keys:
            self._fail(event, "yaml.duplicate_key", key=key, first=level.keys[key])
        level.keys[key] = event.start_mark.line + 1
        level.key = key
        level.key_spot = (event.start_mark.line + 1, event.start_mark.column + 1)

    def _put(self, event: Any, value: Any, content: int) -> Path:
        line, column = event.start_mark.line + 1, event.start_mark.column + 1
        if not self.levels:
            self.root = value
            self.spots[()] = Spot(line, column, line, column, content)
            return ()
        level = self.levels[-1]
        if isinstance(level.value, list):
            path: Path = (*level.path, len(level.value))
            level.value.append(value)
            self.spots[path] = Spot(line, column, line, column, content)
            return path
        key = level.key or ""
        path = (*level.path, key)
        level.value[key] = value
        level.key = None
        self.spots[path] = Spot(*level.key_spot, line, column, content)
        return path

    def _fail(self, event: Any, message_id: str, **params: Any) -> None:
        mark = event.start_mark
        raise _Broken(self.file, mark.line + 1, mark.column + 1, message_id, **params)


def resolve_plain(text: str) -> Any:
    """Give the value that text without quotes stands for: true, false, None, int, Decimal, or the text itself."""
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    if _NUMBER.fullmatch(text):
        return Decimal(text)
    return text
