"""Records over HTTP: status codes, versions, problems, parameters, exact numbers, idempotency."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from tests.api.conftest import Api
from tests.installation import Installation

CUSTOMER = {"code": "ALFKI", "name": "Alfreds 饲料", "currency": "CNY"}


@pytest.fixture
def made(admin: Api) -> dict[str, Any]:
    answer = admin("POST", "/customer", json=CUSTOMER)
    assert answer.status_code == 201, answer.json
    return dict(answer.json)


def problem_of(answer: Any, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.get_data(as_text=True)
    assert answer.mimetype == "application/problem+json"
    body = answer.json
    assert {"type", "title", "status", "detail", "errors", "request_id"} <= set(body)
    assert body["status"] == status
    assert body["request_id"] == answer.headers["X-Request-Id"]
    assert body["title"]
    assert not body["title"].startswith("problem.")
    assert not body["detail"].startswith(("problem.", "request.", "record.", "auth.", "read."))
    return dict(body)


def test_a_record_is_made_read_changed_and_deleted(admin: Api) -> None:
    made = admin("POST", "/customer", json=CUSTOMER)
    assert made.status_code == 201
    assert made.headers["ETag"] == '"1"'
    assert made.headers["X-Operation-Id"]
    path = made.headers["Location"].removeprefix("/api/v1")
    read = admin("GET", path)
    assert read.json == made.json
    assert read.headers["ETag"] == '"1"'
    changed = admin(
        "PATCH", path, json={"name": "Other"}, headers={"If-Match": read.headers["ETag"]}
    )
    assert (changed.status_code, changed.json["name"], changed.json["_version"]) == (
        200,
        "Other",
        2,
    )
    assert admin("DELETE", path, headers={"If-Match": '"2"'}).status_code == 204
    problem_of(admin("GET", path), 404)
    history = admin("GET", path + "/history")
    assert history.status_code in {200, 404}


def test_a_change_without_a_version_is_428(admin: Api, made: dict[str, Any]) -> None:
    path = f"/customer/{made['id']}"
    problem_of(admin("PATCH", path, json={"name": "x"}), 428)
    problem_of(admin("DELETE", path), 428)


@pytest.mark.parametrize("tag", ['"7"', '"nonsense"', "1", '"99999999999999999999"'])
def test_an_old_version_is_412(admin: Api, made: dict[str, Any], tag: str) -> None:
    path = f"/customer/{made['id']}"
    problem_of(admin("PATCH", path, json={"name": "x"}, headers={"If-Match": tag}), 412)
    problem_of(admin("DELETE", path, headers={"If-Match": tag}), 412)
    assert admin("GET", path).json == made


@pytest.mark.parametrize("tag", ['"1"', "*", '"1:br"', 'W/"1"'])
def test_the_right_version_is_taken(admin: Api, made: dict[str, Any], tag: str) -> None:
    answer = admin(
        "PATCH", f"/customer/{made['id']}", json={"name": "x"}, headers={"If-Match": tag}
    )
    assert answer.status_code == 200


def test_the_version_may_stand_in_the_body(admin: Api, made: dict[str, Any]) -> None:
    path = f"/customer/{made['id']}"
    assert admin("PATCH", path, json={"name": "x", "_version": 1}).status_code == 200
    problem_of(admin("PATCH", path, json={"name": "y", "_version": 1}), 412)
    for bad in (0, -1, True, "x", [1], 2**60):
        problem_of(admin("PATCH", path, json={"name": "y", "_version": bad}), 422)
    assert admin("DELETE", path, json={"_version": 2}).status_code == 204


@pytest.mark.parametrize(
    "number", ["9223372036854775808", "0", "-1", "1.5", "abc", "9" * 400, "１２"]
)
def test_ids_that_no_record_can_have_are_404(admin: Api, number: str) -> None:
    for method, options in (
        ("GET", {}),
        ("PATCH", {"json": {"name": "x"}}),
        ("DELETE", {}),
        ("GET", {}),
    ):
        problem_of(admin(method, f"/customer/{number}", headers={"If-Match": "*"}, **options), 404)


def test_unknown_objects_name_the_nearest(admin: Api) -> None:
    body = problem_of(admin("GET", "/custommer"), 404)
    assert "customer" in body["detail"]


def test_unknown_fields_name_the_nearest(admin: Api) -> None:
    body = problem_of(admin("POST", "/customer", json={**CUSTOMER, "naem": "x"}), 422)
    [error] = body["errors"]
    assert (error["field"], error["code"]) == ("naem", "unknown_name")
    assert "name" in error["message"]


def test_a_taken_unique_value_is_duplicate(admin: Api, made: dict[str, Any]) -> None:
    body = problem_of(admin("POST", "/customer", json=CUSTOMER), 422)
    assert [(e["field"], e["code"]) for e in body["errors"]] == [("code", "duplicate")]


@pytest.mark.parametrize("field", ["id", "created_by", "created_at", "updated_at"])
def test_system_fields_are_never_taken(admin: Api, made: dict[str, Any], field: str) -> None:
    answer = admin("POST", "/customer", json={**CUSTOMER, "code": "X", field: 1})
    if field != "id":
        problem_of(answer, 422)
    else:
        assert answer.status_code == 422 or answer.json["id"] != 1


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limitt=5", "limitt"),
        ("limit=0", "limit"),
        ("limit=501", "limit"),
        ("limit=x", "limit"),
        ("limit=5&limit=6", "limit"),
        ("count=maybe", "count"),
        ("filter=totl%20%3E%205", "filter"),
        ("filter=name%20%3D%3D", "filter"),
        ("sort=naem", "sort"),
        ("fields=naem", "fields"),
        ("expand=name", "expand"),
        ("cursor=made-up", "cursor"),
        ("q=a%00b", "q"),
        ("filter=" + "a" * 17_000, "filter"),
        ("filter=" + "(" * 500 + "1" + ")" * 500, "filter"),
        ("filter=" + "not%20" * 900 + "true", "filter"),
        ("filter=" + "%20or%20".join(["name%20%3D%3D%20'x'"] * 400), "filter"),
    ],
)
def test_bad_parameters_are_named(admin: Api, made: dict[str, Any], query: str, field: str) -> None:
    body = problem_of(admin("GET", f"/customer?{query}"), 422)
    assert field in {error["field"] for error in body["errors"]}


def test_unknown_parameters_name_the_nearest(admin: Api) -> None:
    [error] = problem_of(admin("GET", "/customer?limitt=5"), 422)["errors"]
    assert error["code"] == "unknown_name"
    assert "limit" in error["message"]


def test_lists_filter_sort_page_and_count(admin: Api) -> None:
    for number in range(5):
        assert admin(
            "POST",
            "/customer",
            json={"code": f"C{number}", "name": f"N{number}", "currency": "CNY"},
        ).json
    answer = admin(
        "GET", "/customer?sort=-code&limit=2&count=exact&fields=code&filter=code%20!%3D%20'C3'"
    )
    assert answer.status_code == 200, answer.json
    assert [row["code"] for row in answer.json["data"]] == ["C4", "C2"]
    assert answer.json["count"] == 4
    cursor = answer.json["next_cursor"]
    rest = admin("GET", "/customer", query_string={
        "sort": "-code", "limit": 2, "fields": "code", "filter": "code != 'C3'", "cursor": cursor,
    })  # fmt: skip
    assert [row["code"] for row in rest.json["data"]] == ["C1", "C0"]
    same = admin("POST", "/customer/query", json={
        "sort": "-code", "limit": 2, "fields": ["code"], "filter": "code != 'C3'", "cursor": cursor,
    })  # fmt: skip
    assert same.json == rest.json
    problem_of(admin("POST", "/customer/query", json={"limit": "x"}), 422)
    problem_of(admin("POST", "/customer/query", json={"filter": 5}), 422)
    problem_of(admin("POST", "/customer/query", json=[1]), 422)


def test_aggregates(admin: Api, made: dict[str, Any]) -> None:
    answer = admin("GET", "/customer/aggregate?measure=count&group_by=currency")
    assert answer.status_code == 200, answer.json
    assert answer.json["data"][0]["count"] == 1
    problem_of(admin("GET", "/customer/aggregate"), 422)
    problem_of(admin("GET", "/customer/aggregate?measure=sum:naem"), 422)
    problem_of(admin("GET", "/customer/aggregate?measure=count&grup_by=currency"), 422)


def test_numbers_are_exact_from_their_text(admin: Api, installation: Installation) -> None:
    data = '{"code":"P1","name":"P","list_price":%s}'
    for text, stored in (
        ("1234567890.1234", "1234567890.1234"),
        ('"0.1"', "0.10"),
        ("1e2", "100.00"),
    ):
        code = f"P{abs(hash(text))}"
        answer = admin(
            "POST", "/product", data=data.replace("P1", code) % text, content_type="application/json"
        )  # fmt: skip
        assert answer.status_code == 201, answer.json
        assert answer.json["list_price"] == stored
    for text in ("1.00001", "99999999999999999999", "NaN", "Infinity", '"abc"', "true", "[1]"):
        answer = admin(
            "POST", "/product", data=data.replace("P1", "Q") % text, content_type="application/json"
        )
        assert answer.status_code in {400, 422}, (text, answer.json)


def test_actions_move_the_state_and_the_wrong_one_is_409(
    admin: Api, installation: Installation
) -> None:
    seed = installation.seed_orders()
    order = admin("POST", "/sales_order", json={
        "customer": {"by": {"code": "C1"}}, "lines": [{"product": seed["widget"], "qty": 2}],
    })  # fmt: skip
    assert order.status_code == 201, order.json
    assert len(order.json["lines"]) == 1
    path = f"/sales_order/{order.json['id']}"
    problem_of(admin("PATCH", path, json={"state": "confirmed"}, headers={"If-Match": "*"}), 422)
    actions = admin("GET", "/meta/objects/sales_order").json["actions"]
    first = next(a for a in actions if a["from"] == order.json["state"] and a["by"] == "user")
    done = admin(
        "POST", f"{path}/actions/{first['name']}", json={"_version": order.json["_version"]}
    )
    assert done.status_code == 200, done.json
    assert done.json["state"] == first["to"]
    problem_of(admin("POST", f"{path}/actions/{first['name']}"), 409)
    problem_of(admin("POST", f"{path}/actions/fly"), 404)
    embedded = admin("GET", path + "?expand=customer,lines.product").json
    assert embedded["customer"]["code"] == "C1"
    assert embedded["lines"][0]["product"]["code"] == "W1"


def test_upsert_by_a_unique_field(admin: Api) -> None:
    made = admin("PUT", "/customer/by/code/NEW", json={"name": "New", "currency": "CNY"})
    assert made.status_code == 201, made.json
    again = admin("PUT", "/customer/by/code/NEW", json={"name": "Newer"})
    assert (again.status_code, again.json["id"], again.json["name"]) == (
        200,
        made.json["id"],
        "Newer",
    )
    problem_of(
        admin("PUT", "/customer/by/code/NEW", json={"name": "x"}, headers={"If-Match": '"1"'}), 412
    )
    [error] = problem_of(admin("PUT", "/customer/by/cod/NEW", json={"name": "x"}), 422)["errors"]
    assert (error["field"], error["code"]) == ("cod", "not_unique")


def test_rights_decide_between_403_and_404(
    admin: Api, sign_in: Callable[..., Api], made: dict[str, Any]
) -> None:
    warehouse = sign_in("service")
    meta = warehouse("GET", "/meta/objects").json["data"]
    forbidden = {"sales_order", "tax"} - {one["name"] for one in meta}
    for name in forbidden:
        problem_of(warehouse("GET", f"/{name}"), 403)
        problem_of(warehouse("GET", f"/meta/objects/{name}"), 403)
    reader = next(
        (one["name"] for one in meta if "create" not in one["rights"] and not one["parent"]), None
    )
    if reader:
        problem_of(warehouse("POST", f"/{reader}", json={}), 403)


def test_without_credentials_everything_is_401(app: Flask) -> None:
    client = app.test_client()
    for method, path in (
        ("GET", "/customer"), ("POST", "/customer"), ("GET", "/customer/1"), ("PATCH", "/customer/1"),
        ("DELETE", "/customer/1"), ("GET", "/meta/objects"), ("GET", "/openapi.json"), ("POST", "/customer/bulk"),
        ("PUT", "/customer/by/code/x"), ("POST", "/customer/1/actions/x"), ("GET", "/nothing"),
        ("POST", "/security/logout"), ("POST", "/security/refresh"),
    ):  # fmt: skip
        answer = client.open(f"/api/v1{path}", method=method, json={} if method != "GET" else None)
        problem_of(answer, 401)
        assert "Bearer" in answer.headers["WWW-Authenticate"]


# Bodies.


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"{", 400),
        (b"\xff\xfe", 400),
        (b'{"name": NaN}', 400),
        (b"[" * 100_000, 422),
        (b'{"a":' * 21 + b"1" + b"}" * 21, 422),
        (b'["]",' * 5_000, 422),
        (b'{"name": ' + b"9" * 5_000 + b"}", 400),
        (b"[]", 422),
        (b'"x"', 422),
        (b'{"name": "a\\u0000b", "code": "x"}', 422),
        (b'{"name": "a\\ud800b", "code": "x"}', 422),
        (b'{"a\\ud800": 1}', 422),
    ],
)
def test_bodies_that_cannot_be_read(admin: Api, data: bytes, status: int) -> None:
    problem_of(admin("POST", "/customer", data=data, content_type="application/json"), status)


def test_nesting_up_to_the_limit_is_read(admin: Api) -> None:
    deep = b'{"name":' + b"[" * 19 + b"]" * 19 + b"}"
    [error] = problem_of(
        admin("POST", "/customer", data=deep, content_type="application/json"), 422
    )["errors"][:1]
    assert error["field"] != ""


def test_another_kind_of_body_is_415(admin: Api) -> None:
    problem_of(
        admin("POST", "/customer", data="code=x", content_type="application/x-www-form-urlencoded"),
        415,
    )


def test_a_body_over_the_limit_is_413(admin: Api) -> None:
    big = json.dumps({"name": "x" * (2 * 1024 * 1024)})
    problem_of(admin("POST", "/customer", data=big, content_type="application/json"), 413)


# Bulk.


def test_bulk_is_all_or_nothing(admin: Api) -> None:
    items = [
        {"action": "create", "data": CUSTOMER},
        {"action": "upsert", "by": {"code": "B2"}, "data": {"name": "B", "currency": "CNY"}},
    ]
    done = admin("POST", "/customer/bulk", json={"items": items})
    assert done.status_code == 200, done.json
    assert [one["status"] for one in done.json["results"]] == [200, 200]
    assert done.headers["X-Operation-Id"]
    first = done.json["results"][0]["id"]
    bad = [
        {"action": "update", "id": first, "_version": 1, "data": {"name": "Changed"}},
        {"action": "create", "data": {**CUSTOMER, "code": "ALFKI"}},
    ]
    body = problem_of(admin("POST", "/customer/bulk", json={"items": bad}), 422)
    assert [(e["field"], e["code"]) for e in body["errors"]] == [("items.1.code", "duplicate")]
    assert admin("GET", f"/customer/{first}").json["name"] == CUSTOMER["name"]


def test_bulk_row_by_row_reports_each(admin: Api, made: dict[str, Any]) -> None:
    items = [
        {"action": "update", "id": made["id"], "_version": 1, "data": {"name": "Changed"}},
        {"action": "create", "data": CUSTOMER},
        {"action": "delete", "id": 4711, "_version": "*"},
        {"action": "delete", "id": made["id"]},
    ]
    done = admin("POST", "/customer/bulk", json={"atomic": False, "items": items})
    assert done.status_code == 207, done.json
    assert [one["status"] for one in done.json["results"]] == [200, 422, 404, 428]
    assert done.json["results"][1]["errors"][0]["field"] == "code"
    assert done.json["failed"] == 3


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "items"),
        ({"items": []}, "items"),
        ({"items": [5]}, "items.0"),
        ({"items": [{"action": "fly"}]}, "items.0.action"),
        ({"items": [{"action": "update", "data": {}}]}, "items.0.id"),
        ({"items": [{"action": "create", "data": {}, "id": 1}]}, "items.0.id"),
        ({"items": [{"action": "create"}]}, "items.0.data"),
        ({"items": [{"action": "upsert", "data": {}}]}, "items.0.by"),
        ({"items": [{"action": "create", "data": {}}], "atomc": True}, "atomc"),
        ({"items": [{"action": "create", "data": {}}], "atomic": 1}, "atomic"),
    ],
)
def test_a_broken_bulk_names_the_place(admin: Api, body: dict[str, Any], field: str) -> None:
    found = problem_of(admin("POST", "/customer/bulk", json=body), 422)
    assert field in {error["field"] for error in found["errors"]}


# Idempotency.


def test_the_same_key_and_body_get_the_first_answer(admin: Api) -> None:
    once = {"Idempotency-Key": "k1"}
    first = admin("POST", "/customer", json=CUSTOMER, headers=once)
    again = admin("POST", "/customer", json=CUSTOMER, headers=once)
    assert first.status_code == again.status_code == 201
    assert first.data == again.data
    for name in ("ETag", "Location", "X-Operation-Id"):
        assert first.headers[name] == again.headers[name]
    assert again.headers["Idempotent-Replayed"] == "true"
    assert len(admin("GET", "/customer").json["data"]) == 1
    other = problem_of(
        admin("POST", "/customer", json={**CUSTOMER, "code": "X"}, headers=once), 422
    )
    assert other["errors"][0]["field"] == "Idempotency-Key"


def test_a_failed_request_leaves_the_key_free(admin: Api) -> None:
    once = {"Idempotency-Key": "k2"}
    problem_of(admin("POST", "/customer", json={"code": "X"}, headers=once), 422)
    assert admin("POST", "/customer", json=CUSTOMER, headers=once).status_code == 201


def test_keys_belong_to_their_user(admin: Api, sign_in: Callable[..., Api]) -> None:
    once = {"Idempotency-Key": "shared"}
    assert admin("POST", "/customer", json=CUSTOMER, headers=once).status_code == 201
    other = sign_in("sales")("POST", "/customer", json={**CUSTOMER, "code": "S"}, headers=once)
    assert other.status_code == 201, other.json


@pytest.mark.parametrize("key", ["", "x" * 300])
def test_a_bad_key_is_refused(admin: Api, key: str) -> None:
    problem_of(admin("POST", "/customer", json=CUSTOMER, headers={"Idempotency-Key": key}), 422)


def test_the_same_key_in_parallel_has_one_effect(app: Flask, admin: Api) -> None:
    answers: list[Any] = []

    def send() -> None:
        own = Api(app.test_client(), {**admin.headers, "Idempotency-Key": "parallel"})
        answers.append(own("POST", "/customer", json=CUSTOMER))

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {answer.status_code for answer in answers} <= {201, 409}
    for answer in answers:
        if answer.status_code == 409:
            assert answer.headers["Retry-After"]
    assert len({answer.data for answer in answers if answer.status_code == 201}) == 1
    assert len(admin("GET", "/customer").json["data"]) == 1


def test_bulk_rows_under_a_key_are_done_once(admin: Api) -> None:
    once = {"Idempotency-Key": "rows"}
    body = {
        "atomic": False,
        "items": [{"action": "create", "data": CUSTOMER}, {"action": "create", "data": {}}],
    }
    first = admin("POST", "/customer/bulk", json=body, headers=once)
    again = admin("POST", "/customer/bulk", json=body, headers=once)
    assert first.json["results"][0] == again.json["results"][0]
    assert len(admin("GET", "/customer").json["data"]) == 1
