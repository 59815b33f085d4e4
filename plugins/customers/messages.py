"""Texts of the customers plugin."""

from core.sdk import Texts

MESSAGES: Texts = {
    "customer.own_parent": (
        "A customer can't be its own parent.",
        "客户不能是自己的上级客户。",
        "客戶不能是自己的上層客戶。",
    ),
    "customer.two_defaults": (
        "Only one {type} address can be the default.",
        "{type} 类型只能有一个默认地址。",
        "{type} 類型只能有一個預設地址。",
    ),
}
