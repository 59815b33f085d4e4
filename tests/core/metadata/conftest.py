"""Shortcuts for tests of definitions: texts to snapshots, and what is wrong with texts."""

from collections.abc import Callable
from textwrap import dedent

import pytest

from core.kernel.errors import InvalidDefinitions, Problem
from core.metadata.linker import build_snapshot
from core.metadata.snapshot import Snapshot
from core.metadata.yaml_loader import load_document

WORDS = """
kind: glossary
name: test
terms:
  customer: {en: Customer, zh_CN: 客户, zh_TW: 客戶}
  order: {en: Order, zh_CN: 订单, zh_TW: 訂單}
  order_line: {en: Order line, zh_CN: 订单明细, zh_TW: 訂單明細}
  user: {en: User, zh_CN: 用户, zh_TW: 使用者}
  name: {en: Name, zh_CN: 名称, zh_TW: 名稱}
  code: {en: Code, zh_CN: 编号, zh_TW: 編號}
  number: {en: Number, zh_CN: 单号, zh_TW: 單號}
  state: {en: State, zh_CN: 状态, zh_TW: 狀態}
  lines: {en: Lines, zh_CN: 明细, zh_TW: 明細}
  qty: {en: Quantity, zh_CN: 数量, zh_TW: 數量}
  price: {en: Price, zh_CN: 单价, zh_TW: 單價}
  net: {en: Net, zh_CN: 净额, zh_TW: 淨額}
  total: {en: Total, zh_CN: 合计, zh_TW: 合計}
  margin: {en: Margin, zh_CN: 毛利率, zh_TW: 毛利率}
  date: {en: Date, zh_CN: 日期, zh_TW: 日期}
  currency: {en: Currency, zh_CN: 币种, zh_TW: 幣別, plural: Currencies}
  draft: {en: Draft, zh_CN: 草稿, zh_TW: 草稿}
  confirmed: {en: Confirmed, zh_CN: 已确认, zh_TW: 已確認}
  confirm: {en: Confirm, zh_CN: 确认, zh_TW: 確認}
  blocked: {en: Blocked, zh_CN: 已冻结, zh_TW: 已凍結}
  sales: {en: Sales, zh_CN: 销售, zh_TW: 銷售}
  year: {en: Year, zh_CN: 年, zh_TW: 年}
"""

USER = """
kind: object
name: user
fields:
  name: {type: text}
"""

ROLE = """
kind: role
name: sales
"""

CUSTOMER = """
kind: object
name: customer
fields:
  code: {type: text, unique: true}
  name: {type: text, required: true}
  currency: {type: currency}
  blocked: {type: boolean}
"""

ORDER = """
kind: object
name: order
traits: [owned]
title: "{number} {customer}"
fields:
  number: {type: autonumber, format: "SO{yyyy}-{seq:5}", drawn: confirm}
  customer: {type: reference, to: customer, required: true, where: not blocked}
  date: {type: date, default: today()}
  currency: {type: currency, default: customer.currency}
  lines: {type: lines, of: order_line}
  net: {type: money, rollup: sum(lines.net)}
  total: {type: money, formula: net * 2, stored: true}
states:
  initial: draft
  draft: {confirm: confirmed}
  confirmed: {}
access:
  sales: {read: own, create: true, update: own, fields: {total: hidden}}
"""

ORDER_LINE = """
kind: object
name: order_line
parent: order
fields:
  name: {type: text}
  qty: {type: decimal}
  price: {type: money, scale: 4}
  net: {type: money, formula: qty * price, stored: true}
"""

BASE = (WORDS, USER, ROLE)
SHOP = (*BASE, CUSTOMER, ORDER, ORDER_LINE)

Text = str | tuple[str, str]


def _documents(texts: tuple[Text, ...]) -> list:
    pairs = [text if isinstance(text, tuple) else ("core", text) for text in texts]
    return [
        load_document(owner, f"{n}.yaml", dedent(t).lstrip("\n"))
        for n, (owner, t) in enumerate(pairs)
    ]


@pytest.fixture
def link() -> Callable[..., Snapshot]:
    """Link texts together with a glossary, the object user and a role; a pair is (owner, text)."""

    def linked(*texts: Text, base: tuple[Text, ...] = BASE, **options: object) -> Snapshot:
        return build_snapshot(_documents((*texts, *base)), **options)

    return linked


@pytest.fixture
def faults(link: Callable[..., Snapshot]) -> Callable[..., list[Problem]]:
    """Give what is wrong with texts; they must be wrong."""

    def found(*texts: Text, **options: object) -> list[Problem]:
        with pytest.raises(InvalidDefinitions) as raised:
            link(*texts, **options)
        return list(raised.value.problems)

    return found


@pytest.fixture
def shop(link: Callable[..., Snapshot]) -> Snapshot:
    """A customer, an order with lines, a glossary, a role."""
    return link(base=SHOP)


@pytest.fixture
def shop_texts() -> tuple[str, ...]:
    """The texts of :func:`shop`."""
    return SHOP
