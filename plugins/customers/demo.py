"""The demo company's customers: made-up firms around the Pearl River and abroad."""

from __future__ import annotations

from core.sdk import Demo

_PLACES = (
    ("深圳", "广东", "中国", "CNY"),
    ("广州", "广东", "中国", "CNY"),
    ("东莞", "广东", "中国", "CNY"),
    ("上海", "上海", "中国", "CNY"),
    ("杭州", "浙江", "中国", "CNY"),
    ("成都", "四川", "中国", "CNY"),
    ("香港", "香港", "香港", "HKD"),
    ("台北", "台灣", "台灣", "USD"),
    ("Singapore", "", "Singapore", "USD"),
    ("Hamburg", "", "Germany", "USD"),
    ("Chicago", "IL", "USA", "USD"),
)
_FIRST = (
    "恒达",
    "远景",
    "新联",
    "华创",
    "瑞丰",
    "金海",
    "博雅",
    "凌云",
    "明轩",
    "长青",
    "宏图",
    "海川",
)
_SECOND = ("电子", "贸易", "机械", "五金", "仪器", "家居", "医疗器械", "包装")
_ABROAD = (
    "Harbour",
    "Northgate",
    "Blue Peak",
    "Orchard",
    "Silverline",
    "Evergreen",
    "Lakeside",
    "Summit",
)
_KINDS = ("Trading", "Instruments", "Supplies", "Industries")
_PEOPLE = (
    "陈静",
    "李强",
    "王芳",
    "刘伟",
    "张敏",
    "黄丽",
    "周杰",
    "吴磊",
    "Anna Meyer",
    "Tom Baker",
    "Grace Tan",
    "林志玲",
)
_TITLES = ("采购经理", "总经理", "仓库主管", "Buyer", "财务经理")
COUNT = 60


def fill(demo: Demo) -> None:
    """Make sixty customers with addresses and contacts, owned by the sales people."""
    for number in range(1, COUNT + 1):
        city, province, country, currency = demo.random.choice(_PLACES)
        customer = demo.create(
            "customer",
            {
                "code": f"C{number:04d}",
                "name": _name(demo, number, country, city),
                "level": demo.random.choices(("A", "B", "C", "D"), (2, 4, 6, 2))[0],
                "industry": demo.random.choice(_SECOND),
                "country": country,
                "city": city,
                "currency": currency,
                "credit_limit": demo.random.choice((50000, 100000, 200000, 500000)),
                "phone": f"+86 755 {demo.random.randrange(2000, 8999)} {demo.random.randrange(1000, 9999)}",
                "addresses": [
                    {
                        "type": "shipping",
                        "street": f"{demo.random.choice(('科技路', '人民路', '滨海大道', 'Main Street'))} {number} 号",
                        "city": city,
                        "province": province or None,
                        "country": country,
                        "is_default": True,
                    }
                ],
            },
            by=demo.random.choice(("sales", "sales", "manager")),
        )
        if number % 2:
            _contact(demo, customer)


def _name(demo: Demo, number: int, country: str, city: str) -> str:
    if country in ("中国", "香港", "台灣"):
        first = _FIRST[number % len(_FIRST)]
        return f"{city}{first}{demo.random.choice(_SECOND)}有限公司"
    return f"{_ABROAD[number % len(_ABROAD)]} {demo.random.choice(_KINDS)} {number} Ltd."


def _contact(demo: Demo, customer: int) -> None:
    demo.create(
        "contact",
        {
            "name": demo.random.choice(_PEOPLE),
            "customer": customer,
            "title": demo.random.choice(_TITLES),
            "mobile": f"+86 138 {demo.random.randrange(1000, 9999)} {demo.random.randrange(1000, 9999)}",
            "is_primary": True,
        },
        by="manager",
    )
