"""Texts of the commands. The console speaks the language of TRADELOOM_LANG."""

from core.kernel.messages import Texts

MESSAGES: Texts = {
    "cli.valid": ("The definitions are in order.", "定义均正确。", "定義均正確。"),
    "cli.upgraded": (
        "The database is at revision {revision}.",
        "数据库已为版本 {revision}。",
        "資料庫已為版本 {revision}。",
    ),
    "cli.unchanged": (
        "Nothing to do: revision {revision} is live already.",
        "无需操作：版本 {revision} 已生效。",
        "無需操作：版本 {revision} 已生效。",
    ),
    "cli.kept": (
        "These definitions are broken; revision {revision} stays live.",
        "以上定义有误；版本 {revision} 继续生效。",
        "以上定義有誤；版本 {revision} 繼續生效。",
    ),
    "cli.nothing_changed": ("Nothing was changed.", "未做任何更改。", "未做任何變更。"),
    "cli.serving": (
        "Tradeloom is at {url} — sign in as {users}; password: {password}",
        "Tradeloom 地址：{url} —— 用户：{users}；密码：{password}",
        "Tradeloom 網址：{url} —— 使用者：{users}；密碼：{password}",
    ),
    "cli.serving_own": ("Tradeloom is at {url}", "Tradeloom 地址：{url}", "Tradeloom 網址：{url}"),
    "cli.admin_made": (
        "First sign-in: admin, password {password} (shown once).",
        "首次登录：admin，密码 {password}（仅显示一次）。",
        "首次登入：admin，密碼 {password}（僅顯示一次）。",
    ),
    "cli.stop": ("Stop with Ctrl-C.", "按 Ctrl-C 停止。", "按 Ctrl-C 停止。"),
    "cli.imported": (
        "{created} created, {updated} updated, {unchanged} unchanged, {rejected} rejected.",
        "新建 {created}，更新 {updated}，未变 {unchanged}，拒绝 {rejected}。",
        "新增 {created}，更新 {updated}，未變 {unchanged}，拒絕 {rejected}。",
    ),
    "cli.dry_run": (
        "Dry run: nothing was kept.",
        "试运行：未保存任何内容。",
        "試行：未儲存任何內容。",
    ),
    "cli.rejected_to": (
        "The rejected rows with their reasons are in {path}.",
        "被拒绝的行及原因见 {path}。",
        "被拒絕的列及原因見 {path}。",
    ),
    "cli.user_made": ("User {name} was created.", "已创建用户 {name}。", "已建立使用者 {name}。"),
    "cli.password_set": (
        "The password of {name} was changed; every session has ended.",
        "已修改 {name} 的密码；所有会话均已结束。",
        "已修改 {name} 的密碼；所有工作階段均已結束。",
    ),
    "cli.key_made": (
        "API key (shown once): {key}",
        "API 密钥（仅显示一次）：{key}",
        "API 金鑰（僅顯示一次）：{key}",
    ),
    "cli.no_user": ("There is no user {name}.", "没有用户 {name}。", "沒有使用者 {name}。"),
    "cli.plugin_ok": (
        "{name} {version} in order",
        "{name} {version} 正常",
        "{name} {version} 正常",
    ),
    "cli.no_server": (
        "The program stopped: a part of it ended at once. The reason stands above.",
        "程序已停止：其中一部分立即退出，原因见上。",
        "程式已停止：其中一部分立即結束，原因見上。",
    ),
    "cli.unexpected": (
        "Something went wrong inside Tradeloom: {cause}. Run again with --debug to see where.",
        "Tradeloom 内部出错：{cause}。请加 --debug 查看位置。",
        "Tradeloom 內部發生錯誤：{cause}。請加 --debug 查看位置。",
    ),
}
