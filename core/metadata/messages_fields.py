"""Texts about field values, and about fields in definitions."""

from __future__ import annotations

FIELD_MESSAGES: dict[str, tuple[str, str, str]] = {
    "field.not_text": ("This must be text.", "此处须为文本。", "此處須為文字。"),
    "field.not_whole": ("This must be a whole number.", "此处须为整数。", "此處須為整數。"),
    "field.not_number": ("This must be a number.", "此处须为数字。", "此處須為數字。"),
    "field.not_boolean": (
        "This must be true or false.",
        "此处须为 true 或 false。",
        "此處須為 true 或 false。",
    ),
    "field.not_date": (
        "This must be a date such as 2026-01-31.",
        "此处须为日期，例如 2026-01-31。",
        "此處須為日期，例如 2026-01-31。",
    ),
    "field.not_datetime": (
        "This must be a time such as 2026-01-31T09:30:00Z.",
        "此处须为时间，例如 2026-01-31T09:30:00Z。",
        "此處須為時間，例如 2026-01-31T09:30:00Z。",
    ),
    "field.not_reference": (
        "This must be the id of a record.",
        "此处须为记录的 ID。",
        "此處須為紀錄的 ID。",
    ),
    "field.not_lines": (
        "This must be a list of lines.",
        "此处须为明细列表。",
        "此處須為明細清單。",
    ),
    "field.not_email": (
        "This isn't an e-mail address.",
        "这不是有效的电子邮箱。",
        "這不是有效的電子郵件地址。",
    ),
    "field.not_phone": (
        "This isn't a telephone number.",
        "这不是有效的电话号码。",
        "這不是有效的電話號碼。",
    ),
    "field.not_url": (
        "This isn't a web address that begins with http:// or https://.",
        "这不是以 http:// 或 https:// 开头的网址。",
        "這不是以 http:// 或 https:// 開頭的網址。",
    ),
    "field.bad_character": (
        "The text holds a character that can't be stored.",
        "文本中含有无法保存的字符。",
        "文字中含有無法儲存的字元。",
    ),
    "field.too_long": (
        "This is too long: at most {limit} characters.",
        "过长：最多 {limit} 个字符。",
        "過長：最多 {limit} 個字元。",
    ),
    "field.too_small": (
        "This must be at least {minimum}.",
        "不得小于 {minimum}。",
        "不得小於 {minimum}。",
    ),
    "field.too_big": (
        "This must be at most {maximum}.",
        "不得大于 {maximum}。",
        "不得大於 {maximum}。",
    ),
    "field.too_many_digits": (
        "The number is too long: at most {digits} digits.",
        "数字过长：最多 {digits} 位。",
        "數字過長：最多 {digits} 位。",
    ),
    "field.too_precise": (
        "At most {scale} decimal places.",
        "最多 {scale} 位小数。",
        "最多 {scale} 位小數。",
    ),
    "field.unknown_choice": (
        "'{value}' isn't one of the options.",
        "“{value}”不在可选项中。",
        "「{value}」不在可選項目中。",
    ),
    "field.unknown_currency": (
        "'{value}' isn't a known currency code.",
        "“{value}”不是已知的币种代码。",
        "「{value}」不是已知的幣別代碼。",
    ),
    "field.unknown_type": (
        "There is no field type '{value}'.",
        "没有“{value}”这种字段类型。",
        "沒有「{value}」這種欄位類型。",
    ),
    "field.unknown": (
        "{object} has no field '{name}'.",
        "{object} 没有字段“{name}”。",
        "{object} 沒有欄位「{name}」。",
    ),
    "field.no_column": (
        "'{name}' has no column of its own (lines and unstored formulas have none).",
        "“{name}”没有对应的列（明细和未存储的公式没有列）。",
        "「{name}」沒有對應的欄（明細與未儲存的公式沒有欄）。",
    ),
    "field.computed_twice": (
        "'{name}' has a formula and a roll-up: one of them must go.",
        "“{name}”同时有公式和汇总：只能保留其一。",
        "「{name}」同時有公式與彙總：只能保留其一。",
    ),
    "field.computed_and": (
        "'{name}' is computed, so '{key}' makes no sense here.",
        "“{name}”由系统计算，不能再设“{key}”。",
        "「{name}」由系統計算，不可再設「{key}」。",
    ),
    "field.stored_without_formula": (
        "'stored' belongs to a formula; '{name}' has none.",
        "“stored”用于公式；“{name}”没有公式。",
        "「stored」用於公式；「{name}」沒有公式。",
    ),
    "field.search_not_stored": (
        "'{name}' can only be searched where its formula is stored.",
        "“{name}”的公式须存储后才能搜索。",
        "「{name}」的公式須儲存後才能搜尋。",
    ),
}
