"""Labels: three languages each, from the definition or the glossary, and never against it."""

import pytest


def obj(label: str = "", field: str = "type: text") -> str:
    return f"kind: object\nname: customer\n{label}fields:\n  name: {{{field}}}\n"


def test_label_comes_from_the_glossary_by_name(link):
    customer = link(obj()).objects["customer"]
    assert (customer.label.zh_CN, customer.label.zh_TW) == ("客户", "客戶")
    assert (customer.plural.en, customer.plural.zh_CN) == ("Customers", "客户")
    assert customer.fields["name"].label.text("zh_TW") == "名稱"


def test_label_comes_from_the_glossary_by_its_english_form(link):
    assert (
        link(obj(field="type: text, label: Code")).objects["customer"].fields["name"].label.zh_CN
        == "编号"
    )


def test_plural_forms(link):
    assert link(obj("label: Currency\n")).objects["customer"].plural.en == "Currencies"
    assert link(obj("plural: Clients\n")).objects["customer"].plural.en == "Clients"
    assert (
        link(obj("plural: {en: X, zh_CN: Y, zh_TW: Z}\n")).objects["customer"].plural.zh_TW == "Z"
    )


def test_qualified_name_comes_first(link):
    words = "kind: glossary\nname: more\nterms: {customer.name: {en: Full name, zh_CN: 姓名, zh_TW: 姓名}}\n"
    assert link(obj(), words).objects["customer"].fields["name"].label.en == "Full name"


def test_reference_takes_the_label_of_its_target(link):
    text = obj(field="type: text}\n  bill_to: {type: reference, to: customer")
    assert link(text).objects["customer"].fields["bill_to"].label.en == "Customer"


@pytest.mark.parametrize(
    ("text", "message_id", "line"),
    [
        (obj(field="type: text}\n  shoe_size: {type: integer"), "label.missing", 5),
        (obj(field="type: text, label: Nmae"), "label.not_in_glossary.near", 4),
        (obj(field="type: text, label: {en: Code, zh_CN: 代码, zh_TW: 編號}"), "label.conflict", 4),
        (obj("label: {en: Customer, zh_CN: 客户, zh_TW: 客户}\n"), "label.conflict", 3),
        (obj(field="type: choice, of: [open, closed]"), "label.missing", 4),
    ],
)
def test_refuses(faults, text, message_id, line):
    assert (message_id, line) in [(p.message_id, p.line) for p in faults(text)]


def test_glossaries_may_not_contradict_each_other(faults):
    words = (
        "kind: glossary\nname: more\nterms:\n  client: {en: Customer, zh_CN: 主顾, zh_TW: 主顧}\n"
    )
    assert faults(words)[0].message_id == "label.conflict"
    words = (
        "kind: glossary\nname: more\nterms:\n  customer: {en: Client, zh_CN: 客户, zh_TW: 客戶}\n"
    )
    (problem,) = faults(("acme", words))
    assert (problem.message_id, {problem.params["owner"], problem.params["other"]}) == (
        "name.clash",
        {"core", "acme"},
    )
