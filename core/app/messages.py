"""Texts of settings, start-up and commands."""

from core.kernel.messages import Texts

MESSAGES: Texts = {
    "settings.file": (
        "The settings file {path} can't be read: {cause}.",
        "无法读取设置文件 {path}：{cause}。",
        "無法讀取設定檔 {path}：{cause}。",
    ),
    "settings.yaml": (
        "The settings file {path} is broken at line {line}, column {column}.",
        "设置文件 {path} 第 {line} 行第 {column} 列有误。",
        "設定檔 {path} 第 {line} 行第 {column} 列有誤。",
    ),
    "settings.unknown": (
        "There is no setting {name}. Did you mean {hint}?",
        "没有设置项 {name}。您是指 {hint} 吗？",
        "沒有設定項 {name}。您是指 {hint} 嗎？",
    ),
    "settings.env": (
        "TRADELOOM_ENV is '{value}'; it can be production or development.",
        "TRADELOOM_ENV 为“{value}”；只能是 production 或 development。",
        "TRADELOOM_ENV 為「{value}」；只能是 production 或 development。",
    ),
    "settings.lang": (
        "TRADELOOM_LANG is '{value}'; it can be {options}.",
        "TRADELOOM_LANG 为“{value}”；可为 {options}。",
        "TRADELOOM_LANG 為「{value}」；可為 {options}。",
    ),
    "settings.timezone": (
        "TRADELOOM_TIMEZONE '{value}' isn't a known time zone. Did you mean {hint}?",
        "TRADELOOM_TIMEZONE“{value}”不是已知时区。您是指 {hint} 吗？",
        "TRADELOOM_TIMEZONE「{value}」不是已知時區。您是指 {hint} 嗎？",
    ),
    "settings.currency": (
        "TRADELOOM_CURRENCY '{value}' isn't a known ISO currency code.",
        "TRADELOOM_CURRENCY“{value}”不是已知的 ISO 货币代码。",
        "TRADELOOM_CURRENCY「{value}」不是已知的 ISO 貨幣代碼。",
    ),
    "settings.threads": (
        "TRADELOOM_THREADS is '{value}'; it must be a whole number from 1 to {most}.",
        "TRADELOOM_THREADS 为“{value}”；须为 1 至 {most} 的整数。",
        "TRADELOOM_THREADS 為「{value}」；須為 1 至 {most} 的整數。",
    ),
    "settings.base_url": (
        "TRADELOOM_BASE_URL must be set in production: mails and links need the public address.",
        "生产环境必须设置 TRADELOOM_BASE_URL：邮件和链接需要公开地址。",
        "正式環境必須設定 TRADELOOM_BASE_URL：郵件與連結需要公開位址。",
    ),
    "settings.no_secret": (
        "TRADELOOM_SECRET_KEY must be set in production: at least 32 random characters, the same for every process.",
        "生产环境必须设置 TRADELOOM_SECRET_KEY：至少 32 个随机字符，各进程相同。",
        "正式環境必須設定 TRADELOOM_SECRET_KEY：至少 32 個隨機字元，各行程相同。",
    ),
    "settings.weak_secret": (
        "TRADELOOM_SECRET_KEY is too weak: use at least {least} random characters.",
        "TRADELOOM_SECRET_KEY 太弱：请使用至少 {least} 个随机字符。",
        "TRADELOOM_SECRET_KEY 太弱：請使用至少 {least} 個隨機字元。",
    ),
    "settings.weak_secret_file": (
        "The secret key in {path} is too short. Delete the file to have a new one made; everybody must sign in again.",
        "{path} 中的密钥太短。请删除该文件以重新生成；所有用户须重新登录。",
        "{path} 中的金鑰太短。請刪除該檔案以重新產生；所有使用者須重新登入。",
    ),
    "settings.unwritable": (
        "The folder {path} can't be written ({cause}). Give this user write permission or set TRADELOOM_VAR.",
        "文件夹 {path} 不可写（{cause}）。请授予写权限或设置 TRADELOOM_VAR。",
        "資料夾 {path} 無法寫入（{cause}）。請授予寫入權限或設定 TRADELOOM_VAR。",
    ),
    "app.not_upgraded": (
        "The database isn't set up for this version. Run: tradeloom db upgrade",
        "数据库尚未升级到此版本。请运行：tradeloom db upgrade",
        "資料庫尚未升級到此版本。請執行：tradeloom db upgrade",
    ),
    "app.port_busy": (
        "Port {port} on {host} is in use. Stop the other program or choose another port with --port.",
        "{host} 的端口 {port} 已被占用。请停止其他程序或用 --port 选择其他端口。",
        "{host} 的連接埠 {port} 已被佔用。請停止其他程式或用 --port 選擇其他連接埠。",
    ),
    "app.demo_in_production": (
        "--demo isn't allowed when TRADELOOM_ENV=production: its passwords are known to everyone who reads the folder.",
        "TRADELOOM_ENV=production 时不允许 --demo：其密码对能读取该文件夹的人可见。",
        "TRADELOOM_ENV=production 時不允許 --demo：其密碼對能讀取該資料夾的人可見。",
    ),
    "app.port_empty": (
        "The port {name} isn't filled; the platform can't start.",
        "端口 {name} 未装配，平台无法启动。",
        "介面 {name} 未裝配，平台無法啟動。",
    ),
    "import.file": ("The file {path} can't be read: {cause}.", "无法读取文件 {path}：{cause}。", "無法讀取檔案 {path}：{cause}。"),
    "import.no_heading": (
        "The file {path} has no column '{name}'. It has: {columns}.",
        "文件 {path} 没有列“{name}”。现有列：{columns}。",
        "檔案 {path} 沒有欄「{name}」。現有欄：{columns}。",
    ),
    "import.bad_number": ("'{value}' isn't a number.", "“{value}”不是数字。", "「{value}」不是數字。"),
    "import.bad_date": (
        "'{value}' isn't a date of the form {format}.",
        "“{value}”不是格式为 {format} 的日期。",
        "「{value}」不是格式為 {format} 的日期。",
    ),
    "import.not_mapped": (
        "'{value}' isn't in the mapping of {name}.",
        "“{value}”不在 {name} 的映射中。",
        "「{value}」不在 {name} 的對應中。",
    ),
    "import.no_header": (
        "Row {row} has lines for '{value}', but there is no such record in {path}.",
        "第 {row} 行的明细属于“{value}”，但 {path} 中没有该记录。",
        "第 {row} 列的明細屬於「{value}」，但 {path} 中沒有該記錄。",
    ),
    "import.key": (
        "'{name}' isn't a unique field of {object}; records can be recognised by: {hint}.",
        "“{name}”不是 {object} 的唯一字段；可用于识别的字段：{hint}。",
        "「{name}」不是 {object} 的唯一欄位；可用於識別的欄位：{hint}。",
    ),
    "import.mapping_missing": (
        "The file {path} holds no import mapping for {object}.",
        "文件 {path} 中没有 {object} 的导入映射。",
        "檔案 {path} 中沒有 {object} 的匯入對應。",
    ),
    "import.no_headings": (
        "The file {path} has no headings in its first row.",
        "文件 {path} 的第一行没有列名。",
        "檔案 {path} 的第一列沒有欄名。",
    ),
    "import.double_heading": (
        "The file {path} has two columns named '{name}'.",
        "文件 {path} 中有两列名为“{name}”。",
        "檔案 {path} 中有兩欄名為「{name}」。",
    ),
    "import.too_many_columns": (
        "The file {path} has more than {most} columns.",
        "文件 {path} 的列数超过 {most}。",
        "檔案 {path} 的欄數超過 {most}。",
    ),
    "import.too_big": (
        "The file {path} is more than {most} MB unpacked, or has too many parts.",
        "文件 {path} 解压后超过 {most} MB，或包含的部分过多。",
        "檔案 {path} 解壓縮後超過 {most} MB，或包含的部分過多。",
    ),
    "import.too_wide": ("Row {row} has more cells than the heading.", "第 {row} 行的单元格多于表头。", "第 {row} 列的儲存格多於表頭。"),
}  # fmt: skip
