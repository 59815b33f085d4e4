"""Texts of the plugin host."""

from core.kernel.messages import Texts

MESSAGES: Texts = {
    "plugin.import_failed": (
        "Plugin {plugin} can't be loaded: {cause}",
        "插件 {plugin} 无法加载：{cause}",
        "外掛程式 {plugin} 無法載入：{cause}",
    ),
    "plugin.not_a_manifest": (
        "The entry point of plugin {plugin} must name a Plugin manifest.",
        "插件 {plugin} 的入口点必须指向一个 Plugin 清单。",
        "外掛程式 {plugin} 的進入點必須指向一個 Plugin 清單。",
    ),
    "plugin.duplicate": (
        "There is a plugin named {plugin} already; {other} can't bear that name too.",
        "已有名为 {plugin} 的插件；{other} 不能再使用该名称。",
        "已有名為 {plugin} 的外掛程式；{other} 不能再使用該名稱。",
    ),
    "plugin.other_name": (
        "The entry point {plugin} leads to a manifest named {name}; both must bear one name.",
        "入口点 {plugin} 指向名为 {name} 的清单；两者名称必须一致。",
        "進入點 {plugin} 指向名為 {name} 的清單；兩者名稱必須一致。",
    ),
    "plugin.broken_messages": (
        "A text of plugin {plugin} isn't there in three languages.",
        "插件 {plugin} 的文本缺少三种语言之一。",
        "外掛程式 {plugin} 的文字缺少三種語言之一。",
    ),
    "plugin.message_clash": (
        "A text of plugin {plugin} bears an id that is in use: {cause}.",
        "插件 {plugin} 的文本使用了已占用的编号：{cause}。",
        "外掛程式 {plugin} 的文字使用了已佔用的編號：{cause}。",
    ),
    "plugin.missing_dependency": (
        "Plugin {plugin} needs plugin {needs}, which isn't loaded.",
        "插件 {plugin} 需要插件 {needs}，但它未加载。",
        "外掛程式 {plugin} 需要外掛程式 {needs}，但它未載入。",
    ),
    "plugin.dependency_cycle": (
        "Plugins {plugin} depend on each other in a circle.",
        "插件 {plugin} 之间存在循环依赖。",
        "外掛程式 {plugin} 之間存在循環相依。",
    ),
    "plugin.unknown_hook": (
        "Rule {rule} of plugin {plugin} implements hook {hook}, which doesn't exist. Did you mean {hint}?",
        "插件 {plugin} 的规则 {rule} 实现了不存在的钩子 {hook}。您是指 {hint} 吗？",
        "外掛程式 {plugin} 的規則 {rule} 實作了不存在的掛鉤 {hook}。您是指 {hint} 嗎？",
    ),
    "plugin.unknown_object": (
        "Rule {rule} of plugin {plugin} names object {name}, which doesn't exist. Did you mean {hint}?",
        "插件 {plugin} 的规则 {rule} 引用了不存在的对象 {name}。您是指 {hint} 吗？",
        "外掛程式 {plugin} 的規則 {rule} 引用了不存在的物件 {name}。您是指 {hint} 嗎？",
    ),
    "plugin.undeclared_object": (
        "Rule {rule} of plugin {plugin} uses object {name} of plugin {owner}, but its manifest doesn't depend on it.",
        "插件 {plugin} 的规则 {rule} 使用了插件 {owner} 的对象 {name}，但其清单未声明依赖。",
        "外掛程式 {plugin} 的規則 {rule} 使用了外掛程式 {owner} 的物件 {name}，但其清單未宣告相依。",
    ),
    "plugin.unknown_transition": (
        "Rule {rule} of plugin {plugin} names transition {name}, which {object} doesn't have. Did you mean {hint}?",
        "插件 {plugin} 的规则 {rule} 引用了 {object} 没有的流转 {name}。您是指 {hint} 吗？",
        "外掛程式 {plugin} 的規則 {rule} 引用了 {object} 沒有的流轉 {name}。您是指 {hint} 嗎？",
    ),
    "plugin.unknown_field": (
        "Rule {rule} of plugin {plugin} names field {name}, which {object} doesn't have. Did you mean {hint}?",
        "插件 {plugin} 的规则 {rule} 引用了 {object} 没有的字段 {name}。您是指 {hint} 吗？",
        "外掛程式 {plugin} 的規則 {rule} 引用了 {object} 沒有的欄位 {name}。您是指 {hint} 嗎？",
    ),
    "plugin.rule_without_objects": (
        "Rule {rule} of plugin {plugin} must name the objects it is for in its attribute 'objects'.",
        "插件 {plugin} 的规则 {rule} 必须在属性 objects 中声明适用的对象。",
        "外掛程式 {plugin} 的規則 {rule} 必須在屬性 objects 中宣告適用的物件。",
    ),
    "plugin.wrong_signature": (
        "Hook {hook} in rule {rule} of plugin {plugin} has a wrong signature: {cause}",
        "插件 {plugin} 规则 {rule} 中的钩子 {hook} 签名错误：{cause}",
        "外掛程式 {plugin} 規則 {rule} 中的掛鉤 {hook} 簽章錯誤：{cause}",
    ),
    "plugin.hook_failed": (
        "Plugin {plugin} failed in {hook} ({rule}). Nothing was saved. Ask your administrator to look at the plugin.",
        "插件 {plugin} 在 {hook}（{rule}）中出错。未保存任何内容。请联系管理员检查该插件。",
        "外掛程式 {plugin} 在 {hook}（{rule}）中發生錯誤。未儲存任何內容。請聯絡管理員檢查該外掛程式。",
    ),
    "plugin.read_only": (
        "{object} is read-only because plugin {plugin} is out of order. Ask your administrator.",
        "由于插件 {plugin} 出现故障，{object} 目前为只读。请联系管理员。",
        "由於外掛程式 {plugin} 發生故障，{object} 目前為唯讀。請聯絡管理員。",
    ),
    "plugin.platform_range": (
        "Plugin {plugin} supports platform {range}; this is {version}.",
        "插件 {plugin} 支持的平台版本为 {range}；当前版本为 {version}。",
        "外掛程式 {plugin} 支援的平台版本為 {range}；目前版本為 {version}。",
    ),
}
