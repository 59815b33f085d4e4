"""The OpenAPI document: valid, limited to the caller's rights, and good enough for a generated client."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from jsonschema import Draft202012Validator
from werkzeug.serving import make_server

from core.web.api.openapi_parts import LIST_OPTIONS
from tests.api.conftest import Api
from tests.installation import Installation

METHODS = {"get", "post", "put", "patch", "delete"}


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if method in METHODS:
                yield path, method, operation


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for item in value.values():
            yield from references(item)
    elif isinstance(value, list):
        for item in value:
            yield from references(item)


@pytest.fixture
def document(admin: Api) -> dict[str, Any]:
    answer = admin("GET", "/openapi.json")
    assert answer.status_code == 200
    return dict(answer.json)


def test_the_document_is_whole(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    schemas = document["components"]["schemas"]
    for schema in schemas.values():
        Draft202012Validator.check_schema(schema)
    for found in references(document):
        assert found.removeprefix("#/components/schemas/") in schemas, found
    names = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(names) == len(set(names))
    for path, method, operation in operations(document):
        item = document["paths"][path]
        declared = {
            p["name"]
            for p in [*item.get("parameters", ()), *operation.get("parameters", ())]
            if p["in"] == "path"
        }
        assert {part.strip("{}") for part in path.split("/") if part.startswith("{")} == declared, (
            path,
            method,
        )
        assert any(status.startswith("2") for status in operation["responses"])
        assert "422" in operation["responses"]
        for response in operation["responses"].values():
            assert response["description"]


def test_objects_have_typed_schemas(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    order = schemas["SalesOrder"]["properties"]
    states = next(option for option in order["state"]["anyOf"] if "enum" in option)["enum"]
    assert "draft" in states
    assert {"type": "string"}.items() <= next(
        o for o in order["total"]["anyOf"] if o.get("type") != "null"
    ).items()
    assert order["lines"]["items"] == {"$ref": "#/components/schemas/SalesOrderLine"}
    made = schemas["SalesOrderCreate"]
    assert made["additionalProperties"] is False
    assert "customer" in made["required"]
    assert not {"id", "state", "total", "number", "created_at"} & set(made["properties"])
    assert "_version" in schemas["SalesOrderUpdate"]["properties"]
    listed = document["paths"]["/api/v1/sales_order"]["get"]["parameters"]
    assert [one["name"] for one in listed] == [name for name, _, _ in LIST_OPTIONS]
    assert "/api/v1/sales_order_line" not in document["paths"]


def test_answers_fit_their_schema(
    admin: Api, installation: Installation, document: dict[str, Any]
) -> None:
    seed = installation.seed_orders()
    body = {"customer": seed["customer"], "lines": [{"product": seed["widget"], "qty": "2"}]}
    create = {"$ref": "#/components/schemas/SalesOrderCreate", "components": document["components"]}
    Draft202012Validator(create).validate(body)
    made = admin("POST", "/sales_order", json=body)
    assert made.status_code == 201, made.json
    read = {"$ref": "#/components/schemas/SalesOrder", "components": document["components"]}
    Draft202012Validator(read).validate(made.json)
    page = {"$ref": "#/components/schemas/SalesOrderPage", "components": document["components"]}
    Draft202012Validator(page).validate(
        admin("GET", "/sales_order?expand=customer,lines&count=exact").json
    )
    problem = {"$ref": "#/components/schemas/ApiProblem", "components": document["components"]}
    Draft202012Validator(problem).validate(admin("GET", "/sales_order?limit=x").json)


def test_it_is_limited_to_what_the_caller_may(
    sign_in: Callable[..., Api], document: dict[str, Any]
) -> None:
    less = sign_in("service")("GET", "/openapi.json").json
    assert len(less["paths"]) < len(document["paths"])
    user = less["components"]["schemas"].get("User", {"properties": {}})
    assert not {"username", "email"} & set(user["properties"])
    everything = json.dumps(document)
    assert "password_hash" not in everything
    assert "scrypt" not in everything


def test_the_docs_page_lists_the_operations(admin: Api) -> None:
    answer = admin("GET", "/docs", headers={"Accept": "text/html"})
    html = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert "POST /api/v1/sales_order" in html
    assert 'id="unknown' not in html
    assert 'id="stale"' in html


@pytest.fixture
def server(app: Flask) -> Iterator[str]:
    running = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=running.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{running.server_port}"
    running.shutdown()
    thread.join()
    running.server_close()


def test_a_generated_client_works(
    admin: Api, document: dict[str, Any], server: str, installation: Installation, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    seed = installation.seed_orders()
    (tmp_path / "openapi.json").write_text(json.dumps(document), encoding="utf-8")
    (tmp_path / "config.yaml").write_text(
        "package_name_override: order_client\npost_hooks: []\n", encoding="utf-8"
    )
    command = [
        sys.executable, "-m", "openapi_python_client", "generate", "--path", "openapi.json", "--meta", "none",
        "--config", "config.yaml", "--output-path", "order_client", "--fail-on-warning",
    ]  # fmt: skip
    done = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stdout + done.stderr
    monkeypatch.syspath_prepend(tmp_path)
    client_module = importlib.import_module("order_client")
    models = importlib.import_module("order_client.models")
    create = importlib.import_module("order_client.api.sales_order.create_sales_order")
    read = importlib.import_module("order_client.api.sales_order.get_sales_order")
    listing = importlib.import_module("order_client.api.sales_order.list_sales_order")
    token = admin.headers["Authorization"].removeprefix("Bearer ")
    with client_module.AuthenticatedClient(base_url=server, token=token) as client:
        line = models.SalesOrderLineCreate(product=seed["widget"], qty="2")
        body = models.SalesOrderCreate(customer=seed["customer"], lines=[line])
        made = create.sync(client=client, body=body)
        assert isinstance(made, models.SalesOrder), made
        again = read.sync(made.id, client=client)
        assert isinstance(again, models.SalesOrder)
        assert again.total == made.total
        assert len(again.lines) == 1
        page = listing.sync(
            client=client, filter_="state == 'draft'", count=models.ListSalesOrderCount.EXACT
        )
        assert page.count == 1
        wrong = create.sync(
            client=client, body=models.SalesOrderCreate(customer=999_999, lines=[line])
        )
        assert isinstance(wrong, models.ApiProblem), wrong
        assert wrong.errors[0].field == "customer"
