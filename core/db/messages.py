"""What the database floor says to people."""

from __future__ import annotations

from core.kernel.messages import Texts

MESSAGES: Texts = {
    "number.too_long": (
        "A number here may have at most {digits} digits before the point and {scale} after it.",
        "此处的数字小数点前最多 {digits} 位，小数点后最多 {scale} 位。",
        "此處的數字小數點前最多 {digits} 位，小數點後最多 {scale} 位。",
    ),
    "database.url_unreadable": (
        "DATABASE_URL can't be read; write sqlite:///path/to/file.db or postgresql+psycopg://user:password@host/name.",
        "无法读取 DATABASE_URL；请写成 sqlite:///path/to/file.db 或 postgresql+psycopg://user:password@host/name。",
        "無法讀取 DATABASE_URL；請寫成 sqlite:///path/to/file.db 或 postgresql+psycopg://user:password@host/name。",
    ),
    "database.unknown_kind": (
        "DATABASE_URL names the database kind {kind}; only sqlite and postgresql+psycopg are supported.",
        "DATABASE_URL 指定的数据库类型 {kind} 不受支持；仅支持 sqlite 和 postgresql+psycopg。",
        "DATABASE_URL 指定的資料庫類型 {kind} 不受支援；僅支援 sqlite 與 postgresql+psycopg。",
    ),
    "database.in_memory": (
        "DATABASE_URL names an SQLite database in memory; give the path of a file.",
        "DATABASE_URL 指定的是内存中的 SQLite 数据库；请改为文件路径。",
        "DATABASE_URL 指定的是記憶體中的 SQLite 資料庫；請改為檔案路徑。",
    ),
    "database.sqlite_too_old": (
        "SQLite {version} is too old; version 3.37 or newer is needed.",
        "SQLite {version} 版本过旧；需要 3.37 或更高版本。",
        "SQLite {version} 版本過舊；需要 3.37 或更新的版本。",
    ),
    "database.sqlite_wal_bug": (
        "SQLite {version} has a rare fault that can damage the file; update it to 3.51.3 or newer.",
        "SQLite {version} 存在一个可能损坏文件的罕见缺陷；请升级到 3.51.3 或更高版本。",
        "SQLite {version} 有一個可能損毀檔案的罕見缺陷；請升級到 3.51.3 或更新的版本。",
    ),
    "database.network_filesystem": (
        "The database file {path} lies on a network file system ({kind}), unsafe for SQLite; use a local disk.",
        "数据库文件 {path} 位于网络文件系统（{kind}）上，SQLite 无法保证数据安全；请放到本地磁盘或改用 PostgreSQL。",
        "資料庫檔案 {path} 位於網路檔案系統（{kind}）上，SQLite 無法確保資料安全；請放到本機磁碟或改用 PostgreSQL。",
    ),
    "database.unwritable": (
        "The database file {path} can't be opened for writing; check the folder's permissions.",
        "无法以写入方式打开数据库文件 {path}；请检查文件夹权限。",
        "無法以寫入方式開啟資料庫檔案 {path}；請檢查資料夾權限。",
    ),
    "database.not_a_database": (
        "The file {path} exists but is no SQLite database.",
        "文件 {path} 存在，但不是 SQLite 数据库。",
        "檔案 {path} 存在，但不是 SQLite 資料庫。",
    ),
    "database.encoding": (
        "The PostgreSQL database uses the encoding {encoding}; make it anew with UTF8.",
        "PostgreSQL 数据库使用的编码是 {encoding}；请以 UTF8 重新创建。",
        "PostgreSQL 資料庫使用的編碼是 {encoding}；請以 UTF8 重新建立。",
    ),
    "database.away": (
        "The database can't be reached at the moment. Nothing was lost; try again shortly.",
        "暂时无法连接数据库。数据没有丢失，请稍后重试。",
        "暫時無法連線到資料庫。資料沒有遺失，請稍後再試。",
    ),
    "database.busy": (
        "Many people are changing the same data right now. Nothing was changed; try again shortly.",
        "当前有多人正在修改相同的数据。本次未做任何更改，请稍后重试。",
        "目前有多人正在修改相同的資料。本次未做任何變更，請稍後再試。",
    ),
    "database.slow": (
        "The query took too long and was stopped; narrow the filter and try again.",
        "查询耗时过长，已被终止；请缩小筛选范围后重试。",
        "查詢耗時過長，已被終止；請縮小篩選範圍後再試。",
    ),
    "database.full": (
        "The disk of the database is full. Nothing was changed; reading still works.",
        "数据库所在磁盘已满。本次未做任何更改，仍可读取数据。",
        "資料庫所在磁碟已滿。本次未做任何變更，仍可讀取資料。",
    ),
    "ddl.create_table": ("Create the table {table}", "新建数据表 {table}", "建立資料表 {table}"),
    "ddl.add_column": (
        "Add the column {column} to {table}",
        "在 {table} 中新增列 {column}",
        "在 {table} 新增欄位 {column}",
    ),
    "ddl.create_index": (
        "Index {columns} of {table}",
        "为 {table} 的 {columns} 建立索引",
        "為 {table} 的 {columns} 建立索引",
    ),
    "ddl.create_unique_index": (
        "Let no two records of {table} share {columns}",
        "确保 {table} 中 {columns} 的值不重复",
        "確保 {table} 中 {columns} 的值不重複",
    ),
    "ddl.add_reference": (
        "Check that {column} of {table} points to an existing record of {target}",
        "检查 {table} 的 {column} 是否指向 {target} 中存在的记录",
        "檢查 {table} 的 {column} 是否指向 {target} 中存在的紀錄",
    ),
    "ddl.drop_index": (
        "Remove the index on {table} that is no longer needed",
        "删除 {table} 上不再需要的索引",
        "移除 {table} 上不再需要的索引",
    ),
    "ddl.retire_column": (
        "Keep the data of {column} in {table} aside; it is no longer shown",
        "保留 {table} 中 {column} 的数据，但不再显示",
        "保留 {table} 中 {column} 的資料，但不再顯示",
    ),
    "ddl.retire_table": (
        "Keep the data of {table} aside; it is no longer shown",
        "保留 {table} 的数据，但不再显示",
        "保留 {table} 的資料，但不再顯示",
    ),
    "ddl.duplicates": (
        "{columns} of {table} can't become unique: some records share a value. Change those records first.",
        "{table} 的 {columns} 不能设为唯一：部分记录的值相同。请先修改这些记录。",
        "{table} 的 {columns} 無法設為唯一：部分紀錄的值相同。請先修改這些紀錄。",
    ),
    "ddl.too_many_fields": (
        "{object} has {count} fields; an object can have at most {limit}.",
        "{object} 有 {count} 个字段；一个对象最多只能有 {limit} 个。",
        "{object} 有 {count} 個欄位；一個物件最多只能有 {limit} 個。",
    ),
    "ddl.busy": (
        "The tables are in constant use, so the change could not be made; nothing is half done. Try again.",
        "数据表一直在使用中，无法完成更改；没有任何半途的改动。请重试。",
        "資料表持續使用中，無法完成變更；沒有任何未完成的改動。請再試一次。",
    ),
    "revision.unknown": (
        "There is no revision {revision}.",
        "不存在版本 {revision}。",
        "沒有版本 {revision}。",
    ),
    "ddl.convert_column": (
        "Carry the values of {column} in {table} over to the new type",
        "将 {table} 中 {column} 的值转换为新类型",
        "將 {table} 中 {column} 的值轉換為新型別",
    ),
    "ddl.replace_column": (
        "Start {column} in {table} afresh with the new type; the old values are kept aside",
        "以新类型重新建立 {table} 的 {column}；旧值另行保留",
        "以新型別重新建立 {table} 的 {column}；舊值另行保留",
    ),
    "ddl.fill_fold": (
        "Make {column} of {table} searchable",
        "使 {table} 的 {column} 可被搜索",
        "讓 {table} 的 {column} 可被搜尋",
    ),
    "ddl.values_too_long": (
        "{column} of {table} holds numbers that are too long for the new type.",
        "{table} 的 {column} 中有数值超出新类型允许的位数。",
        "{table} 的 {column} 中有數值超出新型別允許的位數。",
    ),
    "revision.moved": (
        "The definitions have changed meanwhile (now revision {revision}); review the change and apply it again.",
        "定义在此期间已被更改（当前为版本 {revision}）；请检查后重新应用。",
        "定義在此期間已被變更（目前為版本 {revision}）；請檢查後重新套用。",
    ),
}
