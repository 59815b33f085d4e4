"""Texts of the orders plugin."""

from core.sdk import Texts

MESSAGES: Texts = {
    "order.date_before_order": (
        "The requested date lies before the order date.",
        "要求交期早于下单日期。",
        "要求交期早於下單日期。",
    ),
    "order.qty_positive": (
        "The quantity of an order line must be above zero.",
        "订单明细的数量必须大于零。",
        "訂單明細的數量必須大於零。",
    ),
    "order.below_floor": (
        "The price {price} lies below the floor price {floor} of this product. A manager may sell below it.",
        "价格 {price} 低于该产品的底价 {floor}。主管可批准低于底价销售。",
        "價格 {price} 低於該產品的底價 {floor}。主管可核准低於底價銷售。",
    ),
    "order.whole_number": (
        "This product is sold in whole units only.",
        "该产品只能按整数单位销售。",
        "該產品只能以整數單位銷售。",
    ),
    "order.frozen": (
        "A {state} order can't be changed: only a draft can.",
        "状态为 {state} 的订单不能修改：只有草稿可以。",
        "狀態為 {state} 的訂單不能修改：只有草稿可以。",
    ),
}
