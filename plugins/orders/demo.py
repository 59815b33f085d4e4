"""The demo company's products and fourteen months of orders with a season."""

from __future__ import annotations

from datetime import timedelta

from core.sdk import Demo

_GOODS = {
    "传感器 Sensors": ("温度传感器", "压力传感器", "光电开关", "接近开关", "流量计"),
    "线材 Cables": ("USB-C 数据线", "网线 Cat6", "电源线", "HDMI 线", "光纤跳线"),
    "电源 Power": ("适配器 24V", "开关电源 60W", "UPS 1kVA", "锂电池组", "充电器"),
    "工具 Tools": ("万用表", "电烙铁", "螺丝刀套装", "示波器", "热风枪"),
}
_SIZES = ("S", "M", "L", "Pro", "II", "X")
ORDERS = 220
DAYS = 420
_SEASON = (0.7, 0.6, 1.0, 1.0, 1.1, 1.2, 0.9, 0.9, 1.2, 1.3, 1.5, 1.4)
"""Weight of each month, January first: weak around New Year, strong before the holidays."""


def fill(demo: Demo) -> None:
    """Make units, tax, carriers, 120 products and 220 orders."""
    piece = demo.create(
        "uom", {"code": "pcs", "name": "件 Piece", "category": "count", "whole_number": True}
    )
    demo.create("uom", {"code": "box", "name": "箱 Box", "category": "count", "whole_number": True})
    standard = demo.create("tax", {"code": "VAT13", "name": "增值税 13%", "rate": 13}, by="finance")
    export = demo.create("tax", {"code": "EXP0", "name": "出口零税率 0%", "rate": 0}, by="finance")
    for code, name in (("SF", "顺丰 SF Express"), ("DB", "德邦 Deppon"), ("DHL", "DHL")):
        demo.create("carrier", {"code": code, "name": name, "phone": "+86 400 111 1111"})
    products = _products(demo, piece, standard)
    for number in range(ORDERS):
        _order(demo, number, products, export)


def _products(demo: Demo, uom: int, tax: int) -> list[int]:
    made = []
    for place, (category, names) in enumerate(_GOODS.items()):
        group = demo.create(
            "product_category", {"code": f"G{place + 1}", "name": category}, by="manager"
        )
        for index, name in enumerate(names):
            for size in _SIZES:
                price = demo.random.randrange(900, 240000) / 100
                data = {
                    "code": f"P{place + 1}{index + 1}{size}",
                    "name": f"{name} {size}",
                    "category": group,
                    "uom": uom,
                    "tax": tax,
                    "list_price": f"{price:.2f}",
                    "min_price": f"{price * 0.7:.2f}",
                }
                made.append(demo.create("product", data, by="manager"))
    return made


def _order(demo: Demo, number: int, products: list[int], export: int) -> None:
    age = _age(demo)
    day = demo.today - timedelta(days=age)
    customer = demo.random.choice(demo.ids["customer"])
    lines = [
        {
            "product": product,
            "qty": demo.random.choice((1, 2, 5, 10, 20, 50)),
            "discount": demo.random.choice((0, 0, 0, 5, 10, 12.5)),
        }
        for product in demo.random.sample(products, demo.random.randrange(1, 5))
    ]
    if number % 7 == 0:
        lines = [{**line, "tax": export} for line in lines]
    data = {
        "customer": customer,
        "order_date": day.isoformat(),
        "requested_date": (day + timedelta(days=demo.random.randrange(5, 30))).isoformat(),
        "customer_po": f"PO-{demo.random.randrange(10000, 99999)}",
        "carrier": demo.random.choice(demo.ids["carrier"]),
        "lines": lines,
    }
    order = demo.create(
        "sales_order", data, by=demo.random.choice(("sales", "sales", "sales", "manager"))
    )
    for action in _progress(demo, age):
        demo.act("sales_order", order, action, by="manager")


def _age(demo: Demo) -> int:
    """Give the age of an order in days, more of them in strong months."""
    while True:
        age = demo.random.randrange(DAYS)
        month = (demo.today - timedelta(days=age)).month
        if demo.random.random() * 1.5 < _SEASON[month - 1]:
            return age


def _progress(demo: Demo, age: int) -> tuple[str, ...]:
    if age < 5:
        return ()
    if demo.random.random() < 0.05:
        return ("cancel",)
    return ("confirm", "start", "finish") if age > 30 else ("confirm", "start")
