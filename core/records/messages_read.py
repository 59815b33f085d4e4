"""Texts of the secured query."""

from core.kernel.messages import Texts

MESSAGES: Texts = {
    "read.no_actor": ("Sign in first.", "请先登录。", "請先登入。"),
    "read.forbidden": (
        "You may not read {object}.",
        "您无权查看 {object}。",
        "您無權檢視 {object}。",
    ),
    "read.not_found": (
        "There is no {object} with id {id}, or you may not see it.",
        "没有编号为 {id} 的 {object}，或您无权查看。",
        "沒有編號為 {id} 的 {object}，或您無權檢視。",
    ),
    "read.unclean_text": (
        "The text holds characters that can't be searched for.",
        "文本包含无法查询的字符。",
        "文字包含無法查詢的字元。",
    ),
    "read.filter_too_long": (
        "The filter has more than {limit} parts. Make it shorter.",
        "筛选条件超过 {limit} 个部分，请缩短。",
        "篩選條件超過 {limit} 個部分，請縮短。",
    ),
    "read.search_too_long": (
        "Search for at most {words} words and {limit} characters.",
        "最多可搜索 {words} 个词、{limit} 个字符。",
        "最多可搜尋 {words} 個詞、{limit} 個字元。",
    ),
    "read.path_too_long": (
        "A path may pass at most {limit} references here.",
        "此处路径最多经过 {limit} 个引用。",
        "此處路徑最多經過 {limit} 個參照。",
    ),
    "read.path_through_lines": (
        "'{name}' holds lines; read them with expand.",
        "“{name}”是明细，请用 expand 读取。",
        "「{name}」是明細，請用 expand 讀取。",
    ),
    "read.sort_by_lines": (
        "'{name}' holds lines; a list can't be sorted by them.",
        "“{name}”是明细，不能用于排序。",
        "「{name}」是明細，不能用於排序。",
    ),
    "read.sort_too_long": (
        "Sort by at most {limit} fields.",
        "最多按 {limit} 个字段排序。",
        "最多依 {limit} 個欄位排序。",
    ),
    "read.too_many_fields": (
        "Name between 1 and {limit} of them.",
        "请指定 1 到 {limit} 个。",
        "請指定 1 到 {limit} 個。",
    ),
    "read.not_expandable": (
        "'{name}' is neither a reference nor lines, so it can't be expanded.",
        "“{name}”既不是引用也不是明细，不能展开。",
        "「{name}」既不是參照也不是明細，不能展開。",
    ),
    "read.too_many_lines": (
        "The answer would hold more than {limit} lines. Ask for fewer records at a time.",
        "结果将超过 {limit} 行明细，请减少每次读取的记录数。",
        "結果將超過 {limit} 列明細，請減少每次讀取的記錄數。",
    ),
    "read.limit": (
        "The limit is a number from 1 to {most}.",
        "limit 须为 1 到 {most} 之间的数。",
        "limit 須為 1 到 {most} 之間的數。",
    ),
    "cursor.invalid": (
        "This cursor doesn't belong to this list. Start again from the first page.",
        "该游标不属于此列表，请从第一页重新开始。",
        "該游標不屬於此清單，請從第一頁重新開始。",
    ),
    "aggregate.not_a_group": (
        "Rows can't be grouped by '{name}'.",
        "不能按“{name}”分组。",
        "不能依「{name}」分組。",
    ),
    "aggregate.unknown_function": (
        "There is no function '{name}'. Use sum, count, min, max or avg.",
        "没有函数“{name}”。可用 sum、count、min、max、avg。",
        "沒有函數「{name}」。可用 sum、count、min、max、avg。",
    ),
    "aggregate.unknown_function.near": (
        "There is no function '{name}'. Did you mean '{nearest}'?",
        "没有函数“{name}”。您是指“{nearest}”吗？",
        "沒有函數「{name}」。您是指「{nearest}」嗎？",
    ),
    "aggregate.unknown_measure": (
        "There is no measure '{name}' here. Write sum:FIELD or the name of a declared measure.",
        "此处没有指标“{name}”。请写 sum:字段 或已定义指标的名称。",
        "此處沒有指標「{name}」。請寫 sum:欄位 或已定義指標的名稱。",
    ),
    "aggregate.unknown_measure.near": (
        "There is no measure '{name}' here. Did you mean '{nearest}'?",
        "此处没有指标“{name}”。您是指“{nearest}”吗？",
        "此處沒有指標「{name}」。您是指「{nearest}」嗎？",
    ),
    "aggregate.field_needed": (
        "Write {name}:FIELD.",
        "请写成 {name}:字段。",
        "請寫成 {name}:欄位。",
    ),
    "aggregate.not_suited": (
        "{name} can't be taken of '{field}'.",
        "不能对“{field}”计算 {name}。",
        "不能對「{field}」計算 {name}。",
    ),
    "aggregate.unknown_sort": (
        "'{name}' is neither a group nor a measure of this request.",
        "“{name}”既不是本次请求的分组也不是指标。",
        "「{name}」既不是本次請求的分組也不是指標。",
    ),
    "aggregate.too_many_groups": (
        "There are more than {limit} groups to sort. Narrow the filter.",
        "待排序的分组超过 {limit} 个，请缩小筛选范围。",
        "待排序的分組超過 {limit} 個，請縮小篩選範圍。",
    ),
    "aggregate.sum_too_large": (
        "A sum has more digits than the database keeps exactly. Narrow the filter.",
        "合计的位数超出数据库可精确保存的范围，请缩小筛选范围。",
        "合計的位數超出資料庫可精確保存的範圍，請縮小篩選範圍。",
    ),
}
