"""Texts of the write pipeline."""

from core.kernel.messages import Texts

MESSAGES: Texts = {
    "record.invalid": ("The record has {count} faults. Nothing was saved.", "记录有 {count} 处错误，未保存。", "記錄有 {count} 處錯誤，未儲存。"),
    "record.required": ("This field is required.", "此字段必填。", "此欄位必填。"),
    "record.unknown_field": ("{object} has no field '{name}'.", "{object} 没有字段“{name}”。", "{object} 沒有欄位「{name}」。"),
    "record.unknown_field_hint": (
        "{object} has no field '{name}'. Did you mean '{hint}'?",
        "{object} 没有字段“{name}”。您是指“{hint}”吗？",
        "{object} 沒有欄位「{name}」。您是指「{hint}」嗎？",
    ),
    "record.read_only_field": (
        "'{name}' is kept by the system and can't be set.",
        "“{name}”由系统维护，不能设置。",
        "「{name}」由系統維護，不能設定。",
    ),
    "record.read_only_now": (
        "'{name}' can't be changed any more.",
        "“{name}”已不能修改。",
        "「{name}」已不能修改。",
    ),
    "record.forbidden_field": ("You may not change '{name}'.", "您无权修改“{name}”。", "您無權修改「{name}」。"),
    "record.unclean_text": (
        "The text holds characters that can't be stored.",
        "文本包含无法保存的字符。",
        "文字包含無法儲存的字元。",
    ),
    "record.not_an_object": ("A record is written as {field: value}.", "记录须写成 {字段: 值}。", "記錄須寫成 {欄位: 值}。"),
    "record.reference_type": (
        "Write the {target} as its id or as {by}.",
        "请用编号或 {by} 形式指定 {target}。",
        "請用編號或 {by} 形式指定 {target}。",
    ),
    "record.by_shape": (
        "'by' takes one unique field and its value.",
        "by 需要一个唯一字段及其值。",
        "by 需要一個唯一欄位及其值。",
    ),
    "record.by_not_unique": (
        "'{name}' isn't a unique field of {object}. Use {hint}.",
        "“{name}”不是 {object} 的唯一字段。请使用 {hint}。",
        "「{name}」不是 {object} 的唯一欄位。請使用 {hint}。",
    ),
    "record.reference_by_missing": (
        "There is no {object} whose {name} is '{value}'.",
        "没有 {name} 为“{value}”的 {object}。",
        "沒有 {name} 為「{value}」的 {object}。",
    ),
    "record.reference_missing": (
        "There is no {target} with id {id}.",
        "没有编号为 {id} 的 {target}。",
        "沒有編號為 {id} 的 {target}。",
    ),
    "record.reference_refused": (
        "This record can't be chosen here: it must meet “{condition}”.",
        "此处不能选择该记录：须满足“{condition}”。",
        "此處不能選擇該記錄：須符合「{condition}」。",
    ),
    "record.lines_shape": (
        "Lines are a list, or create, update and delete; not '{name}'.",
        "明细应为列表，或 create、update、delete；不能是“{name}”。",
        "明細應為清單，或 create、update、delete；不能是「{name}」。",
    ),
    "record.lines_type": ("Lines are written as a list.", "明细须写成列表。", "明細須寫成清單。"),
    "record.too_many_lines": (
        "A record takes at most {limit} lines in one request.",
        "一次请求最多 {limit} 条明细。",
        "一次請求最多 {limit} 條明細。",
    ),
    "record.line_not_found": (
        "Line {id} doesn't belong to this record.",
        "明细 {id} 不属于此记录。",
        "明細 {id} 不屬於此記錄。",
    ),
    "record.number_too_large": (
        "'{name}' has more digits than can be kept exactly (18).",
        "“{name}”的位数超过可精确保存的 18 位。",
        "「{name}」的位數超過可精確儲存的 18 位。",
    ),
    "record.rule_broken": ("The record breaks a rule.", "记录违反规则。", "記錄違反規則。"),
    "record.duplicate": (
        "Another {object} has this value already.",
        "已有其他 {object} 使用该值。",
        "已有其他 {object} 使用此值。",
    ),
    "record.constraint": (
        "The database refused this {object}. Nothing was saved.",
        "数据库拒绝了该 {object}，未保存。",
        "資料庫拒絕了此 {object}，未儲存。",
    ),
    "record.not_found": ("There is no such {object}.", "没有这个 {object}。", "沒有這個 {object}。"),
    "record.forbidden": (
        "You may not {verb} {object} records.",
        "您无权对 {object} 执行 {verb}。",
        "您無權對 {object} 執行 {verb}。",
    ),
    "record.forbidden_row": (
        "You may not {verb} this {object}.",
        "您无权对此 {object} 执行 {verb}。",
        "您無權對此 {object} 執行 {verb}。",
    ),
    "record.forbidden_action": (
        "You may not {action} {object} records.",
        "您无权对 {object} 执行 {action}。",
        "您無權對 {object} 執行 {action}。",
    ),
    "record.forbidden_opening": (
        "Loading opening balances needs the permission import.opening.",
        "导入期初数据需要 import.opening 权限。",
        "匯入期初資料需要 import.opening 權限。",
    ),
    "record.write_through_header": (
        "Write {object} records through their {header}.",
        "请通过 {header} 修改 {object}。",
        "請透過 {header} 修改 {object}。",
    ),
    "record.version_required": (
        "Say which version you change: send If-Match or _version (If-Match: * overwrites).",
        "请说明所修改的版本：发送 If-Match 或 _version（If-Match: * 表示覆盖）。",
        "請說明所修改的版本：傳送 If-Match 或 _version（If-Match: * 表示覆寫）。",
    ),
    "record.stale": (
        "Somebody else changed this record first; it now has version {version}. Load it again.",
        "其他人已先修改此记录，当前版本为 {version}。请重新加载。",
        "其他人已先修改此記錄，目前版本為 {version}。請重新載入。",
    ),
    "record.in_use": (
        "This {object} is used by a {by} (field {field}) and can't be deleted.",
        "此 {object} 被 {by}（字段 {field}）引用，不能删除。",
        "此 {object} 被 {by}（欄位 {field}）引用，不能刪除。",
    ),
    "record.unknown_action": (
        "{object} has no action '{action}'. There is: {hint}.",
        "{object} 没有操作“{action}”。可用：{hint}。",
        "{object} 沒有操作「{action}」。可用：{hint}。",
    ),
    "record.wrong_state": (
        "'{action}' isn't possible in state '{state}'. Possible: {possible}.",
        "状态“{state}”下不能执行“{action}”。可执行：{possible}。",
        "狀態「{state}」下不能執行「{action}」。可執行：{possible}。",
    ),
    "record.by_flow": (
        "'{action}' is carried out by a flow, not by hand.",
        "“{action}”由流程执行，不能手动操作。",
        "「{action}」由流程執行，不能手動操作。",
    ),
    "record.guard": (
        "'{action}' isn't possible yet: “{condition}” isn't met.",
        "尚不能执行“{action}”：未满足“{condition}”。",
        "尚不能執行「{action}」：未符合「{condition}」。",
    ),
    "idempotency.key": (
        "An Idempotency-Key has 1 to 255 printable characters.",
        "Idempotency-Key 须为 1 至 255 个可打印字符。",
        "Idempotency-Key 須為 1 至 255 個可列印字元。",
    ),
    "idempotency.reused": (
        "This Idempotency-Key was used for another request. Use a new one.",
        "该 Idempotency-Key 已用于其他请求，请使用新的。",
        "此 Idempotency-Key 已用於其他請求，請使用新的。",
    ),
    "idempotency.running": (
        "A request with this Idempotency-Key is still running.",
        "使用该 Idempotency-Key 的请求仍在处理。",
        "使用此 Idempotency-Key 的請求仍在處理。",
    ),
}  # fmt: skip
