"""Rights: what the compiled policy lets through equals what the rules say, row by row and field by field."""

import random
from dataclasses import replace
from datetime import timedelta

import pytest

from core.kernel.errors import Forbidden, Invalid, NotFound, Unauthenticated
from core.metadata.expressions import ObjectScope, compile_expression, evaluate
from core.records.aggregate import AggregateQuery, aggregate
from core.records.lookup import lookup, titles
from core.records.policies import Policy, policy_of, row_matches
from core.records.query import ListQuery, fetch_values, get_record, list_records

ROLES = [
    "sales",
    "web_sales",
    "regional",
    "cheap",
    "clerk",
    "manager",
    "own_customers",
    "open_customers",
    "drop_box",
]
FILTERS = [
    "",
    'kind == "web"',
    'kind != "web" and urgent',
    "not urgent or priority in (1, 2, null)",
    "cost >= 100",
    "cost == null",
    "not (cost >= 100)",
    "total - cost > 0",
    "margin < 0",
    "third == 0.34",
    "freight / 3 > 0.33",
    "round(freight * 1.5, 1) != 1.5",
    'customer.name contains "abc"',
    'customer.name == "Zoë" or customer == null',
    "customer.credit > 10 or priority > 2",
    "credit_left > 0",
    "customer.territory.lead == me",
    'customer.territory.name in ("T1", "T3")',
    "owner == me",
    "owner.name == 'User 2'",
    'note contains "STRASSE"',
    "order_date >= add_days(today(), -46) and order_date < date('2026-04-09')",
    "promised <= now()",
    'caption == "S0037"',
    "is_null(customer.country) and not is_null(customer)",
    "age > 40",
    "bulk > 3.5 and bulk != 4",
    "coalesce(priority, 9) > 3",
    "if(urgent, total, 0) > 20",
    "count(lines) > 1",
    "sum(lines.net) > 20 or avg(lines.qty) == null",
    "min(lines.price) < 1",
]


class Row:
    """One plain row as an expression sees it."""

    def __init__(self, seen, row, now, name="sales_order"):
        self.name = name
        self.seen, self.row, self.me, self.now, self.today = seen, row, seen.user, now, now.date()

    def value(self, path):
        return self.seen.value(self.name, self.row, path)

    def children(self, path):
        lines = self.seen.rows.live("sales_order_line")
        own = [line for line in lines if line["sales_order"] == self.row["id"]]
        return [Row(self.seen, line, self.now, "sales_order_line") for line in own]


def expected_ids(shop, seen, text):
    rows = seen.visible("sales_order")
    if text:
        expression = compile_expression(text, ObjectScope(shop.snapshot.objects, "sales_order"))
        rows = [row for row in rows if evaluate(expression, Row(seen, row, shop.clock.now()))]
    return [row["id"] for row in rows]


def is_readable(shop, seen, text):
    expression = compile_expression(text, ObjectScope(shop.snapshot.objects, "sales_order"))
    return all(seen.reads_path("sales_order", path) for path in expression.paths)


def cases(count):
    pick = random.Random(11)
    for number in range(count):
        roles = [] if number % 7 == 0 else pick.sample(ROLES, pick.randint(1, 4))
        yield tuple(roles), pick.randint(1, 4), pick.choice(FILTERS)


def test_random_roles_and_filters_equal_the_rules(shop, see):
    for roles, user, text in cases(120):
        seen = see(*roles, user=user, admin=not roles)
        caller = shop.caller(*roles, user=user) if roles else shop.caller("admin", user=user)
        query = ListQuery("sales_order", filter=text, limit=500, count="exact")
        if not roles or policy_of(caller).may("sales_order", "read"):
            check_list(shop, seen, caller, query)
        else:
            assert not seen.grants("sales_order", None)
            with pytest.raises(Forbidden):
                list_records(caller, query)


def check_list(shop, seen, caller, query):
    if query.filter and not is_readable(shop, seen, query.filter):
        for refused in (
            list_records,
            lambda c, q: aggregate(c, AggregateQuery("sales_order", filter=q.filter)),
        ):
            with pytest.raises(Invalid) as caught:
                refused(caller, query)
            assert (caught.value.errors[0].field, caught.value.errors[0].code) == (
                "filter",
                "unknown_name",
            )
        return
    expected = expected_ids(shop, seen, query.filter)
    page = list_records(caller, query)
    assert [row["id"] for row in page.rows] == expected, (seen.roles, seen.user, query.filter)
    assert page.count == len(expected)
    assert aggregate(caller, AggregateQuery("sales_order", filter=query.filter)) == [
        {"count": len(expected)}
    ]
    fields = [n for n in shop.snapshot.object("sales_order").fields if seen.reads("sales_order", n)]
    for row in page.rows:
        assert [*row] == ["id", *(n for n in fields if n not in {"id", "lines"}), "_version"]
    assert policy_of(caller).readable("sales_order") == tuple(fields)


def test_rows_in_memory_match_as_in_the_database(shop, see):
    for roles, user, _ in cases(60):
        seen = see(*roles, user=user, admin=not roles)
        caller = shop.caller(*(roles or ("admin",)), user=user)
        for name in ("sales_order", "customer"):
            for row in shop.rows.live(name):
                assert row_matches(caller, name, "read", row) == seen.sees(name, row), (
                    roles,
                    user,
                    name,
                    row,
                )


def test_every_way_to_a_record_agrees(shop, see):
    for roles, user, _ in cases(40):
        if not roles or "drop_box" in roles:
            continue
        seen, caller = see(*roles, user=user), shop.caller(*roles, user=user)
        for name in ("customer", "sales_order"):
            if not policy_of(caller).may(name, "read"):
                continue
            ids = {row["id"] for row in seen.visible(name)}
            everything = {*shop.rows.by_object[name], 10_000}
            assert set(fetch_values(caller, name, everything)) == ids
            for record_id in sorted(everything)[::7]:
                if record_id in ids:
                    assert get_record(caller, name, record_id)["id"] == record_id
                else:
                    with pytest.raises(NotFound):
                        get_record(caller, name, record_id)
            shown = {each.id for each in lookup(caller, name, "", limit=50)}
            assert shown <= ids
            named = titles(caller, {name: everything})
            assert {i for (_, i), text in named.items() if text} <= ids


def test_lines_follow_their_header(shop, see):
    for roles in (
        ("sales",),
        ("web_sales",),
        ("sales", "web_sales"),
        ("clerk",),
        ("regional", "sales"),
    ):
        seen, caller = see(*roles, user=2), shop.caller(*roles, user=2)
        grants = [
            seen.grants("sales_order", row) - {"regional"}
            for row in shop.rows.by_object["sales_order"].values()
        ]
        orders = {
            i for i, found in zip(shop.rows.by_object["sales_order"], grants, strict=True) if found
        }
        expected = [
            r["id"] for r in shop.rows.live("sales_order_line") if r["sales_order"] in orders
        ]
        page = list_records(caller, ListQuery("sales_order_line", limit=500))
        assert [row["id"] for row in page.rows] == expected
        assert ("price" in page.rows[0]) == (roles != ("web_sales",))
    with pytest.raises(Forbidden):
        list_records(shop.caller("regional"), ListQuery("sales_order_line"))


def test_a_missing_actor_is_an_error(shop):
    with pytest.raises(Unauthenticated):
        list_records(replace(shop.system, actor=None), ListQuery("sales_order"))


def test_nothing_is_allowed_that_is_not_said(shop):
    for caller in (shop.caller(), shop.caller("unheard_of"), shop.caller("drop_box")):
        policy = policy_of(caller)
        assert not policy.may("sales_order", "read")
        assert policy.readable("sales_order") == ()
        for verb in ("update", "delete", "import", "export", "any_action"):
            assert not policy.may("sales_order", verb)
        with pytest.raises(Forbidden):
            get_record(caller, "sales_order", 1)
    assert policy_of(shop.caller("drop_box")).may("sales_order", "create")
    assert not policy_of(shop.caller("clerk")).may("sales_order", "create")
    assert not policy_of(shop.caller("clerk")).may("nothing", "read")


def test_a_user_without_id_owns_nothing(shop):
    assert list_records(shop.caller("sales", user=None), ListQuery("sales_order")).rows == []
    orphan = next(row for row in shop.rows.live("sales_order") if row["owner"] is None)
    assert not row_matches(shop.caller("sales", user=None), "sales_order", "read", orphan)


def test_verbs(shop):
    sales, manager = policy_of(shop.caller("sales")), policy_of(shop.caller("manager"))
    assert sales.may("sales_order", "create")
    assert sales.may("sales_order", "update")
    assert not sales.may("sales_order", "delete")
    assert not sales.may("customer", "update")
    assert manager.may("sales_order", "import")
    assert manager.may("sales_order", "export")
    assert sales.may("sales_order_line", "delete")
    assert sales.field_right("sales_order", "note") == "write"
    assert sales.field_right("sales_order", "cost") == "hidden"
    assert sales.field_right("sales_order", "margin") == "write"
    assert "margin" not in sales.readable("sales_order")
    assert sales.field_right("customer", "name") == "read"
    assert sales.field_right("customer", "no_such") == "hidden"
    assert policy_of(shop.caller("admin")).field_right("sales_order", "cost") == "write"


def test_what_one_makes_must_lie_within_reach(shop):
    row = {"id": 1, "owner": 1, "kind": "web"}
    assert row_matches(shop.caller("sales"), "sales_order", "create", row)
    assert not row_matches(shop.caller("sales"), "sales_order", "create", row | {"owner": 2})
    assert row_matches(shop.caller("drop_box"), "sales_order", "create", row | {"owner": 2})
    assert not row_matches(shop.caller("clerk"), "sales_order", "create", row)
    assert row_matches(shop.system, "sales_order", "delete", row)


def test_wide_grants_swallow_narrow_ones(shop):
    policy = policy_of(shop.caller("sales", "web_sales", "clerk"))
    assert [b.roles for b in policy.row_condition("sales_order", "read").branches] == [("clerk",)]
    policy = policy_of(shop.caller("sales", "cheap"))
    assert len(policy.row_condition("sales_order", "read").branches) == 1
    assert (
        len(
            policy_of(shop.caller("sales", "web_sales"))
            .row_condition("sales_order", "read")
            .branches
        )
        == 2
    )


def test_policies_are_shared_between_actors_of_the_same_roles(shop):
    assert policy_of(shop.caller("sales", user=1)) is policy_of(
        shop.caller("sales", "no_such", user=2)
    )
    assert isinstance(policy_of(shop.system), Policy)


def test_plans_follow_me_and_today(own_shop):
    for days in (0, 1, 30):
        own_shop.clock.moment += timedelta(days=days)
        for user in (1, 2, 3):
            caller = own_shop.caller("regional", user=user)
            rows = list_records(caller, ListQuery("sales_order", limit=500)).rows
            assert [r["id"] for r in rows] == [
                r["id"] for r in own_shop.seen("regional", user=user).visible("sales_order")
            ]
        ages = list_records(
            own_shop.system, ListQuery("sales_order", filter="age != null", limit=500)
        ).rows
        today = own_shop.clock.now().date()
        dated = [r for r in own_shop.rows.live("sales_order") if r["order_date"]]
        assert [row["age"] for row in ages] == [(today - r["order_date"]).days for r in dated]


HIDDEN = ["cost", "margin", "customer.credit", "credit_left"]


@pytest.mark.parametrize("name", HIDDEN)
@pytest.mark.parametrize(
    "template",
    ["{} > 1", "{} == null", "{} in (1, 2)", "is_null({})", "not ({} < 5)", "{} * 0 == 0"],
)
def test_hidden_fields_do_not_filter(shop, name, template):
    for caller in (shop.caller("sales"), shop.caller("sales", "web_sales")):
        with pytest.raises(Invalid) as caught:
            list_records(caller, ListQuery("sales_order", filter=template.format(name)))
        error = caught.value.errors[0]
        assert (error.field, error.code) == ("filter", "unknown_name")
        assert error.at is not None
        assert not {"cost", "margin", "credit", "credit_left"} & {error.params.get("nearest")}


@pytest.mark.parametrize("name", HIDDEN)
def test_hidden_fields_are_unknown_everywhere(shop, name):
    sales = shop.caller("sales")
    attempts = {
        "sort": lambda: list_records(sales, ListQuery("sales_order", sort=f"-{name}")),
        "fields": lambda: list_records(sales, ListQuery("sales_order", fields=(name,))),
        "expand": lambda: list_records(
            sales, ListQuery("sales_order", expand=(name.split(".")[-1],))
        ),
        "group_by": lambda: aggregate(sales, AggregateQuery("sales_order", group_by=(name,))),
        "measure": lambda: aggregate(
            sales, AggregateQuery("sales_order", measures=(f"sum:{name}",))
        ),
    }
    for parameter, attempt in attempts.items():
        with pytest.raises(Invalid) as caught:
            attempt()
        assert (caught.value.errors[0].field, caught.value.errors[0].code) == (
            parameter,
            "unknown_name",
        ), parameter
    with pytest.raises(Invalid):
        get_record(sales, "sales_order", 1, fields=(name,))


def test_hidden_objects_are_unknown_behind_references(shop):
    clerk = shop.caller("clerk")
    for query in (
        ListQuery("sales_order", filter='customer.name == "ABC"'),
        ListQuery("sales_order", sort="customer.name"),
        ListQuery("sales_order", fields=("customer.name",)),
    ):
        with pytest.raises(Invalid):
            list_records(clerk, query)
    row = list_records(
        clerk, ListQuery("sales_order", filter="customer != null", expand=("customer",))
    ).rows[0]
    assert set(row["customer"]) == {"id"}


def test_hidden_records_read_as_nothing_behind_references(shop, see):
    roles = ("clerk", "own_customers")
    seen, caller = see(*roles, user=2), shop.caller(*roles, user=2)
    query = ListQuery(
        "sales_order", fields=("customer", "customer.name"), expand=("customer",), limit=500
    )
    hidden = 0
    for row in list_records(caller, query).rows:
        plain = shop.rows.get("sales_order", row["id"])
        target = shop.rows.get("customer", plain["customer"])
        if plain["customer"] is None:
            assert row["customer"] is None
        elif seen.sees("customer", target):
            assert (row["customer.name"], row["customer"]["name"]) == (
                target["name"],
                target["name"],
            )
        else:
            hidden += 1
            assert (row["customer.name"], row["customer"]) == (None, {"id": plain["customer"]})
    assert hidden
