"""The texts of the metadata floor: what can be wrong with definitions and with field values."""

from __future__ import annotations

from core.kernel.messages import Texts
from core.metadata.hints import NEAR
from core.metadata.messages_fields import FIELD_MESSAGES
from core.metadata.messages_links import LINK_MESSAGES

_YAML: dict[str, tuple[str, str, str]] = {
    "yaml.broken": (
        "This isn't valid YAML: {problem}.",
        "这不是有效的 YAML：{problem}。",
        "這不是有效的 YAML：{problem}。",
    ),
    "yaml.unreadable": (
        "The file can't be read: {reason}.",
        "无法读取文件：{reason}。",
        "無法讀取檔案：{reason}。",
    ),
    "yaml.not_utf8": ("The file isn't UTF-8.", "文件不是 UTF-8 编码。", "檔案不是 UTF-8 編碼。"),
    "yaml.tab": (
        "Indent with blanks: a tab isn't allowed here.",
        "请用空格缩进：此处不允许使用制表符。",
        "請以空格縮排：此處不可使用定位字元。",
    ),
    "yaml.control_character": (
        "The file holds a control character.",
        "文件中含有控制字符。",
        "檔案中含有控制字元。",
    ),
    "yaml.too_big": (
        "The file is too big: at most {limit} bytes.",
        "文件过大：最多 {limit} 字节。",
        "檔案過大：最多 {limit} 位元組。",
    ),
    "yaml.too_deep": (
        "Too many levels: at most {limit}.",
        "层级过多：最多 {limit} 层。",
        "層級過多：最多 {limit} 層。",
    ),
    "yaml.too_many_nodes": (
        "The file holds too much: at most {limit} values.",
        "文件内容过多：最多 {limit} 个值。",
        "檔案內容過多：最多 {limit} 個值。",
    ),
    "yaml.alias": (
        "Anchors and aliases (& and *) aren't allowed: write the value out, or put it in quotes.",
        "不允许使用锚点和别名（& 和 *）：请写出完整的值，或加上引号。",
        "不可使用錨點與別名（& 和 *）：請寫出完整的值，或加上引號。",
    ),
    "yaml.tag": (
        "Tags such as {tag} aren't allowed.",
        "不允许使用 {tag} 之类的标签。",
        "不可使用 {tag} 之類的標籤。",
    ),
    "yaml.merge_key": (
        "Merge keys (<<) aren't allowed: write the keys out.",
        "不允许使用合并键（<<）：请写出各个键。",
        "不可使用合併鍵（<<）：請寫出各個鍵。",
    ),
    "yaml.duplicate_key": (
        "The key '{key}' stands here twice; first in line {first}.",
        "键“{key}”重复；首次出现在第 {first} 行。",
        "鍵「{key}」重複；首次出現在第 {first} 行。",
    ),
    "yaml.key_not_text": ("A key must be text.", "键必须是文本。", "鍵必須是文字。"),
    "yaml.many_documents": (
        "One file holds one definition: take out the '---'.",
        "一个文件只能有一个定义：请去掉“---”。",
        "一個檔案只能有一個定義：請去掉「---」。",
    ),
    "yaml.directive": (
        "Directives (%YAML, %TAG) aren't allowed.",
        "不允许使用指令（%YAML、%TAG）。",
        "不可使用指示詞（%YAML、%TAG）。",
    ),
    "yaml.not_a_mapping": (
        "A definition begins with 'kind:' and 'name:'.",
        "定义须以“kind:”和“name:”开头。",
        "定義須以「kind:」和「name:」開頭。",
    ),
    "yaml.missing_key": (
        "The definition needs a key '{key}' with text.",
        "定义缺少文本键“{key}”。",
        "定義缺少文字鍵「{key}」。",
    ),
}

_KEYS: dict[str, tuple[str, str, str]] = {
    "definitions.broken": (
        "The definitions hold {count} faults. Nothing was changed.",
        "定义中有 {count} 处错误。未作任何更改。",
        "定義中有 {count} 處錯誤。未做任何變更。",
    ),
    "definition.unknown_kind": (
        "There is no kind '{kind}'.",
        "没有“{kind}”这种定义。",
        "沒有「{kind}」這種定義。",
    ),
    "definition.unsupported_kind": (
        "The kind '{kind}' isn't supported by this version.",
        "此版本尚不支持“{kind}”类定义。",
        "此版本尚不支援「{kind}」類定義。",
    ),
    "definition.unknown_key": (
        "The key '{key}' is unknown here.",
        "此处没有“{key}”这个键。",
        "此處沒有「{key}」這個鍵。",
    ),
    "definition.unsupported_key": (
        "The key '{key}' isn't supported by this version.",
        "此版本尚不支持键“{key}”。",
        "此版本尚不支援鍵「{key}」。",
    ),
    "definition.split_text": (
        "'{key}' isn't a key: a text that holds a comma or a colon needs quotes.",
        "“{key}”不是键：含逗号或冒号的文本须加引号。",
        "「{key}」不是鍵：含逗號或冒號的文字須加引號。",
    ),
    "definition.missing": (
        "The key '{key}' is missing.",
        "缺少键“{key}”。",
        "缺少鍵「{key}」。",
    ),
    "definition.empty": ("There must be at least one.", "至少须有一项。", "至少須有一項。"),
    "definition.invalid": ("This value isn't valid.", "此值无效。", "此值無效。"),
    "definition.not_text": ("This must be text.", "此处须为文本。", "此處須為文字。"),
    "definition.not_boolean": (
        "This must be true or false.",
        "此处须为 true 或 false。",
        "此處須為 true 或 false。",
    ),
    "definition.not_whole": ("This must be a whole number.", "此处须为整数。", "此處須為整數。"),
    "definition.not_number": ("This must be a number.", "此处须为数字。", "此處須為數字。"),
    "definition.not_a_mapping": (
        "Here belong keys with values.",
        "此处须为键值对。",
        "此處須為鍵值對。",
    ),
    "definition.not_a_list": ("This must be a list.", "此处须为列表。", "此處須為清單。"),
    "definition.not_an_option": (
        "'{value}' can't stand here. Possible are: {options}.",
        "此处不能填“{value}”。可选：{options}。",
        "此處不可填「{value}」。可選：{options}。",
    ),
    "definition.out_of_range": (
        "This must lie between {least} and {most}.",
        "此值须在 {least} 与 {most} 之间。",
        "此值須介於 {least} 與 {most} 之間。",
    ),
    "definition.too_long": (
        "This is too long: at most {limit} characters.",
        "过长：最多 {limit} 个字符。",
        "過長：最多 {limit} 個字元。",
    ),
    "definition.too_many": (
        "These are too many: at most {limit}.",
        "过多：最多 {limit} 项。",
        "過多：最多 {limit} 項。",
    ),
    "definition.twice": (
        "'{value}' stands here twice.",
        "“{value}”重复出现。",
        "「{value}」重複出現。",
    ),
    "definition.bad_character": (
        "The text holds a character that isn't allowed.",
        "文本中含有不允许的字符。",
        "文字中含有不允許的字元。",
    ),
    "definition.bad_name": (
        "'{value}' isn't a name: small letters, digits and _, beginning with a letter, at most 48.",
        "“{value}”不是有效名称：须以小写字母开头，只含小写字母、数字和 _，最多 48 个字符。",
        "「{value}」不是有效名稱：須以小寫字母開頭，只含小寫字母、數字與 _，最多 48 個字元。",
    ),
    "definition.bad_message_id": (
        "'{value}' isn't a message id such as order.date_before_order.",
        "“{value}”不是消息标识（例如 order.date_before_order）。",
        "「{value}」不是訊息代碼（例如 order.date_before_order）。",
    ),
    "definition.bad_format": (
        "'{value}' isn't a number format such as SO{yyyy}-{seq:5}; {seq:N} must stand in it once.",
        "“{value}”不是编号格式（例如 SO{yyyy}-{seq:5}）；其中须有且仅有一个 {seq:N}。",
        "「{value}」不是編號格式（例如 SO{yyyy}-{seq:5}）；其中須有且僅有一個 {seq:N}。",
    ),
}

_LABELS: dict[str, tuple[str, str, str]] = {
    "label.missing": (
        "'{name}' has no label: give one in three languages, or add the name to the glossary.",
        "“{name}”没有标签：请给出三种语言的标签，或将该名称加入术语表。",
        "「{name}」沒有標籤：請提供三種語言的標籤，或將該名稱加入詞彙表。",
    ),
    "label.incomplete": (
        "The label lacks {languages}.",
        "标签缺少 {languages}。",
        "標籤缺少 {languages}。",
    ),
    "label.not_in_glossary": (
        "The glossary has no '{text}': give the label in three languages.",
        "术语表中没有“{text}”：请给出三种语言的标签。",
        "詞彙表中沒有「{text}」：請提供三種語言的標籤。",
    ),
    "label.conflict": (
        "The glossary translates '{term}' as {wanted}, not as {found}.",
        "术语表将“{term}”译为 {wanted}，而不是 {found}。",
        "詞彙表將「{term}」譯為 {wanted}，而不是 {found}。",
    ),
    "label.blank": (
        "A label needs text, without blanks around it.",
        "标签不能为空，且首尾不能有空格。",
        "標籤不可為空，且首尾不可有空格。",
    ),
    "label.bad_character": (
        "A label may not hold <, > or hidden characters.",
        "标签中不能含有 <、> 或不可见字符。",
        "標籤中不可含有 <、> 或不可見字元。",
    ),
    "title.no_field": (
        "A title names at least one field, such as {name}.",
        "标题至少须包含一个字段，例如 {name}。",
        "標題至少須包含一個欄位，例如 {name}。",
    ),
    "title.broken": (
        "A title holds text and fields in braces, such as {number} {customer}.",
        "标题由文本和花括号中的字段组成，例如 {number} {customer}。",
        "標題由文字與大括號中的欄位組成，例如 {number} {customer}。",
    ),
}

_HINTED = (
    "definition.not_an_option", "definition.unknown_key", "definition.unknown_kind", "field.unknown",
    "field.unknown_choice", "field.unknown_currency", "field.unknown_type", "import.key_not_unique",
    "import.not_writable", "label.not_in_glossary", "measure.unknown", "object.unknown", "related.no_reference",
    "report.unknown_dimension", "role.unknown", "rollup.unknown_lines", "state.unknown", "transition.unknown",
    "yaml.missing_key",
)  # fmt: skip

_ALL: dict[str, tuple[str, str, str]] = {
    **_YAML,
    **_KEYS,
    **_LABELS,
    **FIELD_MESSAGES,
    **LINK_MESSAGES,
}


def _near(texts: tuple[str, str, str]) -> tuple[str, str, str]:
    """Add the question that names the nearest right name."""
    en, zh_cn, zh_tw = texts
    return (
        f"{en} Did you mean '{{hint}}'?",
        f"{zh_cn}您要写的是“{{hint}}”吗？",
        f"{zh_tw}您要寫的是「{{hint}}」嗎？",
    )


MESSAGES: Texts = _ALL | {f"{name}{NEAR}": _near(_ALL[name]) for name in _HINTED}
