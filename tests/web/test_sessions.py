"""Sessions, cookies, tokens, CSRF, redirects, headers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import jwt
import pytest
from flask import Flask

from core.kernel.clock import FixedClock, SystemClock
from core.kernel.errors import InvalidSettings
from core.records import accounts
from core.web.application import build, derived_key
from core.web.auth import safe_next
from core.web.headers import CONTENT_SECURITY_POLICY
from tests.api.conftest import Api
from tests.installation import PASSWORD, SECRET, Installation
from tests.web.conftest import HTML, Browser

NEW = "plenty of marmalade today"
CUSTOMER = {"code": "ALFKI", "name": "Alfreds", "currency": "CNY"}


@pytest.fixture
def clock(installation: Installation) -> FixedClock:
    fixed = FixedClock(SystemClock().now())
    installation.services.clock = fixed
    return fixed


def test_signing_in_leads_to_where_one_wanted_to_go(browser_of: Callable[..., Browser]) -> None:
    browser = browser_of("")
    answer = browser.get("/users/list/?q=a")
    assert answer.status_code == 302
    assert answer.headers["Location"] == "/login/?next=/users/list/%3Fq%3Da"
    done = browser.sign_in(path=answer.headers["Location"])
    assert (done.status_code, done.headers["Location"]) == (303, "/users/list/?q=a")


def test_a_wrong_password_shows_the_form_again(browser_of: Callable[..., Browser]) -> None:
    answer = browser_of("").sign_in("admin", "wrong password")
    assert answer.status_code == 401
    assert "don't fit" in answer.get_data(as_text=True).replace("&#39;", "'")


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example", "//evil.example", "/\\evil.example", "\\\\evil.example", "http:evil.example",
        "///evil.example", "javascript:alert(1)", "/a\r\nSet-Cookie: x=1", "/%0d%0a\n", " //evil.example",
        "/\tevil", "evil", "", "http:///evil", "/\\/evil", "https:/evil", "data:text/html,x", "\x00/", "/a\x00",
    ],
)  # fmt: skip
def test_no_redirect_leaves_this_site(browser_of: Callable[..., Browser], target: str) -> None:
    assert safe_next(target) == ""
    browser = browser_of("")
    page = browser.get("/login/", query_string={"next": target})
    assert page.status_code == 200
    done = browser.client.post(
        "/login/", query_string={"next": target}, headers=HTML,
        data={"csrf_token": browser.token("/login/"), "username": "admin", "password": PASSWORD},
    )  # fmt: skip
    assert done.headers["Location"] == "/"


def test_htmx_is_led_by_a_header(browser_of: Callable[..., Browser]) -> None:
    answer = browser_of("").get(
        "/users/list/",
        headers={"HX-Request": "true", "HX-Current-URL": "http://localhost/o/customer?q=1"},
    )
    assert answer.status_code == 204
    assert answer.headers["HX-Redirect"] == "/login/?next=/o/customer%3Fq%3D1"


def test_a_session_ends_when_idle_and_after_twelve_hours(
    browser_of: Callable[..., Browser], clock: FixedClock
) -> None:
    browser = browser_of("sales")
    for _ in range(24):
        clock.moment += timedelta(minutes=29)
        assert browser.get("/users/userinfo/").status_code == 200
    clock.moment += timedelta(minutes=31)
    assert browser.get("/users/userinfo/").status_code == 302
    browser = browser_of("sales")
    for _ in range(25):
        clock.moment += timedelta(minutes=29)
        last = browser.get("/users/userinfo/")
    assert last.status_code == 302  # 12 hours and 5 minutes


def test_cookies_on_plain_http(browser_of: Callable[..., Browser]) -> None:
    cookie = browser_of("").sign_in().headers["Set-Cookie"]
    assert cookie.startswith("session=")
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" not in cookie


def test_cookies_and_headers_on_https(installation: Installation) -> None:
    app = build(installation.services, {"SECRET_KEY": SECRET, "BASE_URL": "https://crm.example"})
    client = app.test_client()
    page = client.get("/login/", base_url="https://crm.example", headers=HTML)
    cookie = page.headers["Set-Cookie"]
    assert cookie.startswith("__Host-session=")
    assert "Secure" in cookie
    assert "Path=/" in cookie
    assert "Domain" not in cookie
    assert page.headers["Strict-Transport-Security"].startswith("max-age=31536000")


@pytest.mark.parametrize(
    "host", ["evil.example", "crm.example.evil.example", "crm.example:80@evil", ""]
)
def test_foreign_hosts_are_refused(installation: Installation, host: str) -> None:
    app = build(installation.services, {"SECRET_KEY": SECRET, "BASE_URL": "https://crm.example"})
    answer = app.test_client().get(
        "/healthz", headers={"Host": host, "X-Forwarded-Host": "crm.example"}
    )
    assert answer.status_code == 400
    good = app.test_client().get("/healthz", headers={"Host": "crm.example"})
    assert good.status_code == 200


def test_forms_need_the_token_of_their_page(browser_of: Callable[..., Browser]) -> None:
    browser = browser_of("admin")
    for path in (
        "/logout/",
        "/users/add",
        "/users/delete/2",
        "/resetmypassword/form",
        "/login/",
        "/ui/theme",
    ):
        answer = browser.client.post(path, data={"username": "x"}, headers=HTML)
        assert answer.status_code == 400, path
    assert browser.get("/users/userinfo/").status_code == 200


def test_the_api_with_a_cookie_needs_the_token_too(browser_of: Callable[..., Browser]) -> None:
    browser = browser_of("admin")
    refused = browser.client.post("/api/v1/customer", json=CUSTOMER)
    assert refused.status_code == 400
    assert refused.json["type"].endswith("#csrf")
    token = {"X-CSRFToken": browser.token()}
    foreign = {**token, "Origin": "https://evil.example"}
    assert (
        browser.client.post("/api/v1/customer", json=CUSTOMER, headers=foreign).status_code == 400
    )
    assert (
        browser.client.post(
            "/api/v1/customer", json=CUSTOMER, headers={**token, "Origin": "null"}
        ).status_code
        == 400
    )
    same = {**token, "Origin": "http://localhost"}
    assert browser.client.post("/api/v1/customer", json=CUSTOMER, headers=same).status_code == 201
    assert browser.client.delete("/api/v1/customer/1", headers={"If-Match": "*"}).status_code == 400
    assert browser.client.put("/api/v1/customer/by/code/X", json={}).status_code == 400
    assert browser.client.patch("/api/v1/customer/1", json={}).status_code == 400


def test_a_bearer_needs_no_form_token_and_ignores_the_cookie(
    browser_of: Callable[..., Browser], sales: Api
) -> None:
    browser = browser_of("admin")
    made = browser.client.post("/api/v1/customer", json=CUSTOMER, headers=sales.headers)
    assert made.status_code == 201
    owner = accounts.find_account(browser.client.application.extensions["tradeloom"], "sales")
    assert owner is not None
    assert made.json["created_by"] == owner.id
    bad = browser.client.get("/api/v1/customer", headers={"Authorization": "Bearer nonsense"})
    assert bad.status_code == 401


def forged(
    change: dict[str, Any], token: str, key: str | None = None, algorithm: str = "HS256"
) -> str:
    claims = jwt.decode(token, options={"verify_signature": False})
    claims.update(change)
    claims = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(claims, derived_key(SECRET) if key is None else key, algorithm=algorithm)


@pytest.mark.parametrize(
    ("change", "key", "algorithm"),
    [
        ({"exp": 1}, None, "HS256"),
        ({"iss": "other"}, None, "HS256"),
        ({"aud": "other"}, None, "HS256"),
        ({"aud": None}, None, "HS256"),
        ({"iss": None}, None, "HS256"),
        ({"type": "refresh"}, None, "HS256"),
        ({"sub": "2"}, None, "HS256"),
        ({"sub": "x"}, None, "HS256"),
        ({"epoch": 99}, None, "HS256"),
        ({"sid": "other"}, None, "HS256"),
        ({"sid": None}, None, "HS256"),
        ({}, SECRET, "HS256"),
        ({}, "another-application-0123456789abcdef", "HS256"),
        ({}, None, "HS512"),
        ({}, "", "none"),
    ],
)  # fmt: skip
def test_forged_tokens_are_401(
    app: Flask, admin: Api, change: dict[str, Any], key: str | None, algorithm: str
) -> None:
    token = admin.headers["Authorization"].removeprefix("Bearer ")
    assert (
        app.test_client()
        .get("/api/v1/customer", headers={"Authorization": f"Bearer {forged({}, token)}"})
        .json
    )
    bad = forged(change, token, key, algorithm)
    answer = app.test_client().get("/api/v1/customer", headers={"Authorization": f"Bearer {bad}"})
    assert answer.status_code == 401, answer.json


def test_refresh_tokens_rotate(app: Flask) -> None:
    client = app.test_client()
    login = {"username": "sales", "password": PASSWORD, "provider": "db", "refresh": True}
    first = client.post("/api/v1/security/login", json=login).json
    assert set(first) == {"access_token", "refresh_token"}

    def refresh(token: str) -> Any:
        return client.post("/api/v1/security/refresh", headers={"Authorization": f"Bearer {token}"})

    second = refresh(first["refresh_token"])
    assert second.status_code == 200
    bearer = {"Authorization": f"Bearer {second.json['access_token']}"}
    assert client.get("/api/v1/customer", headers=bearer).status_code == 200
    assert refresh(first["refresh_token"]).status_code == 401  # used twice: the session ends
    assert refresh(second.json["refresh_token"]).status_code == 401
    assert client.get("/api/v1/customer", headers=bearer).status_code == 401
    assert refresh(second.json["access_token"]).status_code == 401


def test_without_asking_there_is_no_refresh_token(app: Flask) -> None:
    answer = app.test_client().post(
        "/api/v1/security/login", json={"username": "sales", "password": PASSWORD}
    )
    assert set(answer.json) == {"access_token"}


def test_api_keys_open_the_api(app: Flask, installation: Installation) -> None:
    secret = accounts.create_key(installation.caller(), "shop", roles=["sales"])
    client = app.test_client()
    bearer = {"Authorization": f"Bearer {secret}"}
    made = client.post("/api/v1/customer", json=CUSTOMER, headers=bearer)
    assert made.status_code == 201, made.json
    assert made.json["created_by"] is None
    assert client.get("/users/list/", headers={**bearer, **HTML}).status_code == 403


def test_an_expired_password_leads_to_its_form(
    app: Flask, installation: Installation, browser_of: Callable[..., Browser]
) -> None:
    accounts.create_user(
        installation.caller(),
        {"username": "fresh", "name": "F"},
        roles=["sales"],
        password=NEW,
        must_change=True,
    )
    refused = app.test_client().post(
        "/api/v1/security/login", json={"username": "fresh", "password": NEW}
    )
    assert refused.status_code == 403
    browser = browser_of("fresh", NEW)
    answer = browser.get("/users/userinfo/")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/resetmypassword/form")
    assert browser.client.get("/api/v1/customer").status_code == 403
    other = "quite another marmalade"
    done = browser.post(
        "/resetmypassword/form",
        {"current": NEW, "new": other, "again": other},
        page="/resetmypassword/form",
    )
    assert done.status_code == 303, done.get_data(as_text=True)
    assert browser.get("/users/userinfo/").status_code == 200


def test_users_are_managed_on_fabs_addresses(
    installation: Installation, browser_of: Callable[..., Browser]
) -> None:
    browser = browser_of("admin")
    for path, target in (
        ("/users/", "/users/list/"),
        ("/roles/", "/roles/list/"),
        ("/users/show/2", "/users/edit/2"),
    ):
        assert browser.get(path).headers["Location"] == target
    data = {
        "username": "fresh",
        "name": "Fresh",
        "email": "",
        "language": "zh_TW",
        "password": NEW,
        "roles": "sales",
    }
    made = browser.post("/users/add", data, page="/users/add")
    assert made.status_code == 303, made.get_data(as_text=True)
    account = accounts.find_account(installation.services, "fresh")
    assert account is not None
    assert (account.roles, account.language, account.must_change) == ({"sales"}, "zh_TW", True)
    edit = f"/users/edit/{account.id}"
    changed = {
        "username": "fresh",
        "name": "Fresher",
        "language": "en",
        "roles": ["sales", "service"],
        "active": "1",
    }
    assert browser.post(edit, changed, page=edit).status_code == 303
    accounts.forget_accounts(installation.services)
    again = accounts.find_account(installation.services, "fresh")
    assert again is not None
    assert (again.name, again.roles) == ("Fresher", {"sales", "service"})
    weak = browser.post(
        f"/resetpassword/form?pk={account.id}", {"new": "short", "again": "short"}, page=edit
    )
    assert weak.status_code == 422
    assert "12" in weak.get_data(as_text=True)
    taken = browser.post("/users/add", {**data, "username": "ADMIN"}, page="/users/add")
    assert taken.status_code == 422
    assert browser.post(f"/users/delete/{account.id}", page=edit).status_code == 303
    assert browser.get("/users/list/?q=fresh").get_data(as_text=True).count("/users/edit/") == 0
    assert "sales" in browser.get("/roles/list/").get_data(as_text=True)
    assert browser.get("/roles/show/sales").status_code == 200
    assert browser.get("/roles/show/slaes").status_code == 404


def test_those_without_the_right_see_no_account_pages(browser_of: Callable[..., Browser]) -> None:
    browser = browser_of("sales")
    for path in ("/users/list/", "/users/add", "/users/edit/1", "/roles/list/", "/roles/show/sales",
                 "/resetpassword/form?pk=1"):  # fmt: skip
        answer = browser.get(path)
        assert answer.status_code == 403, path
        assert answer.mimetype == "text/html"


def test_administrators_are_made_only_soon_after_sign_in(
    browser_of: Callable[..., Browser], clock: FixedClock, installation: Installation
) -> None:
    browser = browser_of("admin")
    sales = accounts.find_account(installation.services, "sales")
    assert sales is not None
    edit = f"/users/edit/{sales.id}"
    data = {
        "username": "sales",
        "name": "S",
        "language": "en",
        "active": "1",
        "roles": ["sales", "admin"],
    }
    clock.moment += timedelta(minutes=20)
    assert browser.post(edit, data, page=edit).status_code == 403
    fresh = browser_of("admin")
    assert fresh.post(edit, data, page=edit).status_code == 303


def test_every_answer_carries_the_headers(app: Flask, browser_of: Callable[..., Browser]) -> None:
    browser = browser_of("admin")
    for path in ("/", "/login/", "/users/list/", "/o/customer", "/nope", "/healthz", "/metrics", "/api/v1/customer",
                 "/api/v1/nope", "/api/v1/docs", "/api/v1/openapi.json", "/users/userinfo/", "/logout/"):  # fmt: skip
        answer = browser.get(path)
        assert answer.headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY, path
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "same-origin"
        assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Request-Id"]
        assert "unsafe" not in answer.headers["Content-Security-Policy"]


def test_account_pages_hold_no_inline_script_or_style(browser_of: Callable[..., Browser]) -> None:
    browser = browser_of("admin")
    for path in ("/users/list/", "/users/add", "/users/edit/1", "/users/userinfo/", "/roles/list/", "/logout/",
                 "/roles/show/sales", "/resetmypassword/form", "/resetpassword/form?pk=2", "/api/v1/docs"):  # fmt: skip
        answer = browser.get(path)
        html = answer.get_data(as_text=True)
        assert answer.status_code == 200, (path, html[:500])
        assert " style=" not in html, path
        assert " onclick=" not in html, path
        assert "<script>" not in html, path
        assert "account." not in html.replace("account.css", ""), path  # every text is known


def test_a_request_id_is_taken_over_when_it_is_one(app: Flask) -> None:
    client = app.test_client()
    assert (
        client.get("/healthz", headers={"X-Request-Id": "abcdef-123456"}).headers["X-Request-Id"]
        == "abcdef-123456"
    )
    for bad in ("short", "x" * 80, "a b c d e f g h", "<script>alert(1)"):
        assert client.get("/healthz", headers={"X-Request-Id": bad}).headers["X-Request-Id"] != bad


def test_faults_of_ours_say_nothing_but_the_request_id(
    app: Flask, admin: Api, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def explode(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError("SELECT secret FROM user")

    monkeypatch.setattr("core.web.api.records.list_records", explode)
    answer = admin("GET", "/customer")
    assert answer.status_code == 500
    assert "secret" not in answer.get_data(as_text=True)
    assert answer.json["request_id"] in caplog.text


def test_errors_speak_the_readers_language(app: Flask) -> None:
    def title(languages: str) -> str:
        answer = app.test_client().get("/api/v1/customer", headers={"Accept-Language": languages})
        return str(answer.json["title"])

    assert title("zh-CN,zh;q=0.9") == "需要登录"
    assert title("zh-TW") == "需要登入"
    assert title("zh-Hant-HK") == "需要登入"
    assert title("de") == "Sign-in needed"


@pytest.mark.parametrize("secret", ["", "short", "a" * 64])
def test_weak_secrets_are_refused(installation: Installation, secret: str) -> None:
    with pytest.raises(InvalidSettings):
        build(installation.services, {"SECRET_KEY": secret})


def test_readiness_names_what_is_wrong(
    app: Flask, installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = app.test_client()
    assert client.get("/healthz").json == {"status": "ok"}
    installation.services.settings["failed_plugins"] = {"acme": ("plugin.failed", {})}
    assert client.get("/readyz").json["failed_plugins"] == ["acme"]

    def away() -> None:
        raise OSError("gone")

    monkeypatch.setattr(type(installation.services.database), "read", lambda self: away())
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json["database"]) == (503, "unreachable")


def test_figures_count_requests(app: Flask) -> None:
    client = app.test_client()
    client.get("/healthz")
    client.get("/nope")
    text = client.get("/metrics").get_data(as_text=True)
    assert 'tradeloom_requests_total{method="GET",status="200"} 1' in text
    assert 'tradeloom_requests_total{method="GET",status="404"} 1' in text
    assert 'tradeloom_request_seconds_bucket{le="+Inf"} 2' in text


def test_static_files_are_kept_by_their_hash(app: Flask) -> None:
    client = app.test_client()
    name = "/static/icons.txt"
    with client.get(name) as plain, client.get(f"{name}?v=abc") as versioned:
        assert "max-age=600" in plain.headers["Cache-Control"]
        assert versioned.headers["Cache-Control"] == "public, max-age=31536000, immutable"
