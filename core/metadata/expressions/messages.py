"""What the expression language says when it doesn't understand, in three languages.

An id that ends in ``.near`` is the same fault with the nearest right name known.
"""

from __future__ import annotations

from core.kernel.messages import Texts

MESSAGES: Texts = {
    "expression.too_long": (
        "The expression is longer than {limit} characters.",
        "表达式超过 {limit} 个字符。",
        "運算式超過 {limit} 個字元。",
    ),
    "expression.too_many_parts": (
        "The expression has more than {limit} parts.",
        "表达式的组成部分超过 {limit} 个。",
        "運算式的組成部分超過 {limit} 個。",
    ),
    "expression.too_deep": (
        "The expression is nested more than {limit} levels deep.",
        "表达式嵌套超过 {limit} 层。",
        "運算式巢狀超過 {limit} 層。",
    ),
    "expression.path_too_long": (
        "A path can have at most {limit} parts.",
        "字段路径最多只能有 {limit} 段。",
        "欄位路徑最多只能有 {limit} 段。",
    ),
    "expression.unexpected_character": (
        "The character {found} has no meaning here.",
        "字符 {found} 在此处无效。",
        "字元 {found} 在此處無效。",
    ),
    "expression.unexpected": (
        "'{found}' is not expected here.",
        "此处不应出现“{found}”。",
        "此處不應出現「{found}」。",
    ),
    "expression.unexpected_end": (
        "The expression ends too early: a value is missing.",
        "表达式不完整：末尾缺少一个值。",
        "運算式不完整：結尾缺少一個值。",
    ),
    "expression.expected": (
        "'{wanted}' is expected here, not '{found}'.",
        "此处应为“{wanted}”，而不是“{found}”。",
        "此處應為「{wanted}」，而不是「{found}」。",
    ),
    "expression.expected_at_end": (
        "'{wanted}' is missing at the end.",
        "末尾缺少“{wanted}”。",
        "結尾缺少「{wanted}」。",
    ),
    "expression.operator_hint": (
        "'{found}' is written '{hint}' here.",
        "“{found}”在这里写作“{hint}”。",
        "「{found}」在這裡寫作「{hint}」。",
    ),
    "expression.chained_comparison": (
        "Comparisons can't be chained; join two with 'and'.",
        "比较不能连写；请用“and”连接两个比较。",
        "比較不能連寫；請用「and」連接兩個比較。",
    ),
    "expression.bad_number": (
        "A number has at most {whole} digits before the point and {decimals} after it, and nothing else.",
        "数字在小数点前最多 {whole} 位，小数点后最多 {decimals} 位，且不能含其他字符。",
        "數字在小數點前最多 {whole} 位，小數點後最多 {decimals} 位，且不能含其他字元。",
    ),
    "expression.bad_escape": (
        "After a backslash only \\ \" ' n t may stand, not '{found}'.",
        "反斜杠之后只能是 \\ \" ' n t，不能是“{found}”。",
        "反斜線之後只能是 \\ \" ' n t，不能是「{found}」。",
    ),
    "expression.unclosed_text": (
        "The text that begins here has no closing quotation mark.",
        "从此处开始的文本缺少结束引号。",
        "從此處開始的文字缺少結尾引號。",
    ),
    "expression.unclean_text": (
        "The text holds a character that can't be stored.",
        "文本包含无法存储的字符。",
        "文字包含無法儲存的字元。",
    ),
    "expression.list_expected": (
        "After 'in' comes a list, such as ('a', 'b').",
        '“in”之后应为列表，例如 ("a", "b")。',
        '「in」之後應為清單，例如 ("a", "b")。',
    ),
    "expression.list_outside": (
        "A list can stand only after 'in'.",
        "列表只能出现在“in”之后。",
        "清單只能出現在「in」之後。",
    ),
    "expression.unknown_name": (
        "{object} has no field '{name}'.",
        "{object} 没有字段“{name}”。",
        "{object} 沒有欄位「{name}」。",
    ),
    "expression.unknown_name.near": (
        "{object} has no field '{name}'. Did you mean '{nearest}'?",
        "{object} 没有字段“{name}”。您是否想用“{nearest}”?",
        "{object} 沒有欄位「{name}」。您是否想用「{nearest}」?",
    ),
    "expression.unknown_object": (
        "There is no object '{name}'.",
        "不存在对象“{name}”。",
        "不存在物件「{name}」。",
    ),
    "expression.unknown_function": (
        "There is no function '{name}'.",
        "不存在函数“{name}”。",
        "不存在函式「{name}」。",
    ),
    "expression.unknown_function.near": (
        "There is no function '{name}'. Did you mean '{nearest}'?",
        "不存在函数“{name}”。您是否想用“{nearest}”?",
        "不存在函式「{name}」。您是否想用「{nearest}」?",
    ),
    "expression.unknown_choice": (
        "'{found}' is not an option of this field. The options are: {choices}.",
        "“{found}”不是该字段的选项。可用选项：{choices}。",
        "「{found}」不是此欄位的選項。可用選項：{choices}。",
    ),
    "expression.unknown_choice.near": (
        "'{found}' is not an option of this field. Did you mean '{nearest}'?",
        "“{found}”不是该字段的选项。您是否想用“{nearest}”?",
        "「{found}」不是此欄位的選項。您是否想用「{nearest}」?",
    ),
    "expression.unknown_period": (
        "A period is 'year', 'quarter' or 'month'. Did you mean '{nearest}'?",
        "期间只能是 year、quarter 或 month。您要写的是“{nearest}”吗？",
        "期間只能是 year、quarter 或 month。您要寫的是「{nearest}」嗎？",
    ),
    "expression.field_type": (
        "The field '{name}' of type {type} can't be used in expressions.",
        "类型为 {type} 的字段“{name}”不能用于表达式。",
        "類型為 {type} 的欄位「{name}」不能用於運算式。",
    ),
    "expression.no_parts": (
        "'{name}' is not a reference, so nothing can follow its name.",
        "“{name}”不是引用，其名称之后不能再接字段。",
        "「{name}」不是參照，其名稱之後不能再接欄位。",
    ),
    "expression.parentheses_needed": (
        "'{name}' is a function: write {name}().",
        "“{name}”是函数：请写作 {name}()。",
        "「{name}」是函式：請寫作 {name}()。",
    ),
    "expression.lines_alone": (
        "Lines can only be counted or rolled up: sum, count, min, max, avg.",
        "明细行只能计数或汇总：sum、count、min、max、avg。",
        "明細行只能計數或彙總：sum、count、min、max、avg。",
    ),
    "expression.lines_outside": (
        "Fields of '{name}' can only stand inside sum, count, min, max or avg.",
        "“{name}”的字段只能用在 sum、count、min、max 或 avg 中。",
        "「{name}」的欄位只能用在 sum、count、min、max 或 avg 中。",
    ),
    "expression.lines_needed": (
        "{function} needs a field of lines, such as {function}(lines.net).",
        "{function} 需要明细行的字段，例如 {function}(lines.net)。",
        "{function} 需要明細行的欄位，例如 {function}(lines.net)。",
    ),
    "expression.field_needed": (
        "{function} needs a field of the lines; only count takes the lines themselves.",
        "{function} 需要明细行的某个字段；只有 count 可直接用于明细行。",
        "{function} 需要明細行的某個欄位；只有 count 可直接用於明細行。",
    ),
    "expression.rollup_type": (
        "{function} can't be applied to values of type {found}.",
        "{function} 不能用于类型为 {found} 的值。",
        "{function} 不能用於類型為 {found} 的值。",
    ),
    "expression.rollup_shape": (
        "A roll-up is written sum(lines.net) or sum(lines.net where condition).",
        "汇总写作 sum(lines.net) 或 sum(lines.net where 条件)。",
        "彙總寫作 sum(lines.net) 或 sum(lines.net where 條件)。",
    ),
    "expression.argument_count": (
        "{function} takes {wanted} arguments, not {found}.",
        "{function} 需要 {wanted} 个参数，而不是 {found} 个。",
        "{function} 需要 {wanted} 個參數，而不是 {found} 個。",
    ),
    "expression.argument": (
        "Argument {position} of {function} must be {wanted}, not {found}.",
        "{function} 的第 {position} 个参数必须是 {wanted}，而不是 {found}。",
        "{function} 的第 {position} 個參數必須是 {wanted}，而不是 {found}。",
    ),
    "expression.literal_needed": (
        "Argument {position} of {function} must be written out; it can't be computed.",
        "{function} 的第 {position} 个参数必须直接写出，不能由计算得出。",
        "{function} 的第 {position} 個參數必須直接寫出，不能由計算得出。",
    ),
    "expression.whole_number": (
        "Argument {position} of {function} must be a whole number; round(…) makes one.",
        "{function} 的第 {position} 个参数必须是整数；可使用 round(…)。",
        "{function} 的第 {position} 個參數必須是整數；可使用 round(…)。",
    ),
    "expression.round_places": (
        "round keeps 0 to {limit} decimals, written as a whole number.",
        "round 可保留 0 到 {limit} 位小数，须直接写成整数。",
        "round 可保留 0 到 {limit} 位小數，須直接寫成整數。",
    ),
    "expression.number_needed": (
        "'{op}' works with numbers, not with {found}.",
        "“{op}”只能用于数字，不能用于 {found}。",
        "「{op}」只能用於數字，不能用於 {found}。",
    ),
    "expression.number_needed_text": (
        "'+' adds numbers; texts are joined by concat(a, b).",
        "“+”用于数字相加；文本请用 concat(a, b) 连接。",
        "「+」用於數字相加；文字請用 concat(a, b) 連接。",
    ),
    "expression.number_needed_date": (
        "'{op}' works with numbers; for dates there are days(a, b) and add_days(date, number).",
        "“{op}”只能用于数字；日期请用 days(a, b) 和 add_days(日期, 天数)。",
        "「{op}」只能用於數字；日期請用 days(a, b) 和 add_days(日期, 天數)。",
    ),
    "expression.condition_needed": (
        "A condition that is true or false is needed here, not {found}.",
        "此处需要一个真假条件，而不是 {found}。",
        "此處需要一個真假條件，而不是 {found}。",
    ),
    "expression.mismatch": (
        "'{op}' can't compare {left} with {right}.",
        "“{op}”不能比较 {left} 与 {right}。",
        "「{op}」不能比較 {left} 與 {right}。",
    ),
    "expression.other_target": (
        "A reference to {left} can't be compared with a reference to {right}.",
        "对 {left} 的引用不能与对 {right} 的引用比较。",
        "對 {left} 的參照不能與對 {right} 的參照比較。",
    ),
    "expression.no_order": (
        "Values of type {kind} have no order, so '{op}' says nothing about them.",
        "类型为 {kind} 的值没有大小之分，不能使用“{op}”。",
        "類型為 {kind} 的值沒有大小之分，不能使用「{op}」。",
    ),
    "expression.no_common_type": (
        "{left} and {right} can't stand for one another here.",
        "此处不能混用 {left} 和 {right}。",
        "此處不能混用 {left} 和 {right}。",
    ),
    "expression.never_null": (
        "A yes/no value is never empty: empty counts as false. Write 'not …'.",
        "是/否值不会为空：空值按“否”处理。请写“not …”。",
        "是/否值不會為空：空值視為「否」。請寫「not …」。",
    ),
    "expression.wrong_type": (
        "The result must be {wanted}, not {found}.",
        "结果必须是 {wanted}，而不是 {found}。",
        "結果必須是 {wanted}，而不是 {found}。",
    ),
    "expression.bad_date": (
        "'{found}' is not a date; write it like 2026-01-31.",
        "“{found}”不是日期；请写作 2026-01-31。",
        "「{found}」不是日期；請寫作 2026-01-31。",
    ),
    "expression.bad_datetime": (
        "'{found}' is not a point in time; write it like 2026-01-31T08:00:00Z.",
        "“{found}”不是时间；请写作 2026-01-31T08:00:00Z。",
        "「{found}」不是時間；請寫作 2026-01-31T08:00:00Z。",
    ),
    "expression.bad_reference": (
        "'{found}' is not the number of a record.",
        "“{found}”不是记录编号。",
        "「{found}」不是紀錄編號。",
    ),
    "expression.too_many_digits": (
        "The result could have more than {limit} digits. Round a part of it first.",
        "结果可能超过 {limit} 位数字。请先对其中一部分取整。",
        "結果可能超過 {limit} 位數字。請先對其中一部分取整。",
    ),
    "expression.result_too_large": (
        "A result has more than {limit} digits and can't be kept.",
        "计算结果超过 {limit} 位数字，无法保存。",
        "計算結果超過 {limit} 位數字，無法儲存。",
    ),
    "expression.too_many_steps": (
        "The expression takes more than {limit} steps.",
        "表达式的计算超过 {limit} 步。",
        "運算式的計算超過 {limit} 步。",
    ),
    "expression.wrong_value": (
        "A value doesn't have the type that the expression was checked for.",
        "某个值的类型与表达式检查时的类型不符。",
        "某個值的類型與運算式檢查時的類型不符。",
    ),
    "expression.not_in_sql": (
        "This part can't be used where the database filters, sorts or sums.",
        "此部分不能用于数据库的筛选、排序或汇总。",
        "此部分不能用於資料庫的篩選、排序或加總。",
    ),
    "expression.not_searchable": (
        "Only a stored, searchable text field can be searched here, for a text or another such field.",
        "此处只能搜索已存储且可搜索的文本字段，搜索内容须为文本或另一个此类字段。",
        "此處只能搜尋已儲存且可搜尋的文字欄位，搜尋內容須為文字或另一個此類欄位。",
    ),
}
