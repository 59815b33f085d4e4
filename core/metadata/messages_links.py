"""Texts about what definitions say of each other: names, layers, references, formulas, rights, reports."""

from __future__ import annotations

LINK_MESSAGES: dict[str, tuple[str, str, str]] = {
    "name.reserved": (
        "The name '{name}' is the platform's own.",
        "名称“{name}”为平台保留。",
        "名稱「{name}」為平台保留。",
    ),
    "name.clash": (
        "'{name}' of {owner} is already defined by {other}.",
        "{owner} 的“{name}”已由 {other} 定义。",
        "{owner} 的「{name}」已由 {other} 定義。",
    ),
    "name.twice": (
        "There are two definitions of {kind} '{name}'; the other is in {file}.",
        "{kind}“{name}”有两份定义；另一份在 {file}。",
        "{kind}「{name}」有兩份定義；另一份在 {file}。",
    ),
    "name.prefix_missing": (
        "What {owner} adds begins with '{prefix}'; '{name}' doesn't.",
        "{owner} 新增的名称须以“{prefix}”开头；“{name}”不符合。",
        "{owner} 新增的名稱須以「{prefix}」開頭；「{name}」不符合。",
    ),
    "name.prefix_foreign": (
        "Names that begin with '{prefix}', such as '{name}', belong to {owner}.",
        "以“{prefix}”开头的名称（例如“{name}”）属于 {owner}。",
        "以「{prefix}」開頭的名稱（例如「{name}」）屬於 {owner}。",
    ),
    "name.uid_twice": (
        "The uid '{uid}' already belongs to {other}.",
        "uid“{uid}”已属于 {other}。",
        "uid「{uid}」已屬於 {other}。",
    ),
    "layer.fixed": (
        "Only {owner} may set '{key}', since it defines the object.",
        "“{key}”只能由定义该对象的 {owner} 设置。",
        "「{key}」只能由定義該物件的 {owner} 設定。",
    ),
    "layer.only_objects": (
        "Only objects can be added to from another layer, not a {kind}.",
        "只有对象可以由其他层补充，{kind} 不可以。",
        "只有物件可以由其他層補充，{kind} 不可以。",
    ),
    "layer.not_here": (
        "This layer is {owner}; a definition of {layer} doesn't belong here.",
        "此处属于 {owner} 层；{layer} 的定义不应放在这里。",
        "此處屬於 {owner} 層；{layer} 的定義不應放在這裡。",
    ),
    "field.too_many": (
        "{object} has {count} fields; at most {limit} are possible.",
        "{object} 有 {count} 个字段；最多 {limit} 个。",
        "{object} 有 {count} 個欄位；最多 {limit} 個。",
    ),
    "object.unknown": (
        "There is no object '{name}'.",
        "没有名为“{name}”的对象。",
        "沒有名為「{name}」的物件。",
    ),
    "state.unknown": (
        "There is no state '{name}'.",
        "没有状态“{name}”。",
        "沒有狀態「{name}」。",
    ),
    "transition.unknown": (
        "{object} has no action '{name}'.",
        "{object} 没有操作“{name}”。",
        "{object} 沒有動作「{name}」。",
    ),
    "reference.to_line": (
        "'{name}' are lines: refer to the record that holds them.",
        "“{name}”是明细：请引用其所属的记录。",
        "「{name}」是明細：請參照其所屬的紀錄。",
    ),
    "lines.nested": (
        "'{name}' are lines themselves and can't hold lines.",
        "“{name}”本身是明细，不能再包含明细。",
        "「{name}」本身是明細，不可再包含明細。",
    ),
    "lines.other_parent": (
        "'{name}' must say 'parent: {parent}' to be its lines.",
        "“{name}”须写明“parent: {parent}”才能作为其明细。",
        "「{name}」須寫明「parent: {parent}」才能作為其明細。",
    ),
    "lines.not_listed": (
        "'{parent}' must hold '{name}' in exactly one field of type lines.",
        "“{parent}”须有且仅有一个 lines 类型字段包含“{name}”。",
        "「{parent}」須有且僅有一個 lines 類型欄位包含「{name}」。",
    ),
    "lines.plain": (
        "'{name}' are lines: owner and states are those of the record that holds them.",
        "“{name}”是明细：负责人和状态取自其所属的记录。",
        "「{name}」是明細：負責人與狀態取自其所屬的紀錄。",
    ),
    "rollup.unknown_lines": (
        "{object} has no lines '{name}'.",
        "{object} 没有明细“{name}”。",
        "{object} 沒有明細「{name}」。",
    ),
    "rollup.wrong_type": (
        "A field of type {type} can't hold {function}(…) of that.",
        "{type} 类型的字段不能保存该 {function}(…) 的结果。",
        "{type} 類型的欄位不能保存該 {function}(…) 的結果。",
    ),
    "rollup.scale": (
        "The lines have {wanted} decimal places, this field only {scale}: set 'scale'.",
        "明细有 {wanted} 位小数，而该字段只有 {scale} 位：请设置“scale”。",
        "明細有 {wanted} 位小數，而該欄位只有 {scale} 位：請設定「scale」。",
    ),
    "rule.empty": (
        "A rule needs 'check', or a field with 'required', 'visible' or 'read_only'.",
        "规则须有“check”，或对某字段设置“required”、“visible”或“read_only”。",
        "規則須有「check」，或對某欄位設定「required」、「visible」或「read_only」。",
    ),
    "formula.stored_uses": (
        "A stored formula can't use {names}: it would be wrong tomorrow. Take out 'stored'.",
        "存储的公式不能使用 {names}：其结果会随时间改变。请去掉“stored”。",
        "儲存的公式不可使用 {names}：其結果會隨時間改變。請去掉「stored」。",
    ),
    "formula.stored_path": (
        "A stored formula can't use '{names}' of another record. Take out 'stored'.",
        "存储的公式不能使用其他记录的“{names}”。请去掉“stored”。",
        "儲存的公式不可使用其他紀錄的「{names}」。請去掉「stored」。",
    ),
    "formula.cycle": (
        "These fields compute each other: {names}.",
        "这些字段互相计算：{names}。",
        "這些欄位互相計算：{names}。",
    ),
    "related.no_reference": (
        "{object}.{name} doesn't refer to {target}.",
        "{object}.{name} 没有引用 {target}。",
        "{object}.{name} 沒有參照 {target}。",
    ),
    "role.unknown": ("There is no role '{name}'.", "没有角色“{name}”。", "沒有角色「{name}」。"),
    "access.not_owned": (
        "'own' needs an owner: give {object} the trait 'owned'.",
        "“own”需要负责人：请为 {object} 加上特性“owned”。",
        "「own」需要負責人：請為 {object} 加上特性「owned」。",
    ),
    "access.of_line": (
        "Rights to lines are those of {parent}; only 'fields' can be set here.",
        "明细的权限取自 {parent}；此处只能设置“fields”。",
        "明細的權限取自 {parent}；此處只能設定「fields」。",
    ),
    "measure.one_function": (
        "A measure has exactly one of: {functions}.",
        "指标须有且仅有其一：{functions}。",
        "指標須有且僅有其一：{functions}。",
    ),
    "measure.scale_needed": (
        "The exact result has {scale} decimal places: set 'scale' to {limit} or less.",
        "精确结果有 {scale} 位小数：请将“scale”设为不超过 {limit}。",
        "精確結果有 {scale} 位小數：請將「scale」設為不超過 {limit}。",
    ),
    "measure.unknown": (
        "There is no measure '{name}' of this object.",
        "该对象没有指标“{name}”。",
        "該物件沒有指標「{name}」。",
    ),
    "report.unknown_dimension": (
        "The report has no dimension '{name}'.",
        "该报表没有维度“{name}”。",
        "該報表沒有維度「{name}」。",
    ),
    "import.key_not_unique": (
        "'{name}' isn't a unique field of {object}.",
        "“{name}”不是 {object} 的唯一字段。",
        "「{name}」不是 {object} 的唯一欄位。",
    ),
    "import.not_writable": (
        "{object}.{name} can't be filled from a file.",
        "{object}.{name} 不能由文件填入。",
        "{object}.{name} 不能由檔案填入。",
    ),
    "import.not_number": (
        "'{name}' isn't a number, so it has neither 'scale' nor 'multiply'.",
        "“{name}”不是数字，不能设置“scale”或“multiply”。",
        "「{name}」不是數字，不可設定「scale」或「multiply」。",
    ),
    "import.column_or_value": (
        "'{name}' needs either 'column' or 'value'.",
        "“{name}”须有“column”或“value”其一。",
        "「{name}」須有「column」或「value」其一。",
    ),
}
