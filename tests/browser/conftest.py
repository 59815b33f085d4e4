"""A small company served for the browser tests, and pages that are signed in."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.serve import PASSWORD

ROOT = Path(__file__).resolve().parents[2]
WIDE, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
PATIENCE = 60


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server with a database of its own."""
    folder = tmp_path_factory.mktemp("browser")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = (folder / "server.log").open("wb")
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("TRADELOOM_")
    }
    command = [sys.executable, "-m", "tests.browser.serve", str(port), str(folder)]
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
    url = f"http://127.0.0.1:{port}"
    try:
        wait_for(url, process, folder / "server.log")
        yield url
    finally:
        process.terminate()
        process.wait(20)
        log.close()


def wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until the server answers."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if process.poll() is not None:
            pytest.fail(f"the server stopped:\n{log.read_text()[-3000:]}", pytrace=False)
        try:
            urllib.request.urlopen(f"{url}/healthz", timeout=2).close()
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
        else:
            return
    pytest.fail(f"the server did not answer:\n{log.read_text()[-3000:]}", pytrace=False)


@pytest.fixture(scope="session")
def base_url(server: str) -> str:
    """What relative addresses start from."""
    return server


@pytest.fixture(scope="session")
def signed_in(browser: Browser, server: str) -> dict[str, object]:
    """The cookies of a signed-in administrator."""
    return sign_in(browser, server, "admin")


@pytest.fixture(scope="session")
def signed_in_sales(browser: Browser, server: str) -> dict[str, object]:
    """The cookies of a signed-in salesperson."""
    return sign_in(browser, server, "sales")


def sign_in(browser: Browser, server: str, name: str) -> dict[str, object]:
    """Sign in once and give the cookies."""
    context = browser.new_context(base_url=server)
    page = context.new_page()
    page.goto("/login/")
    page.fill("#username", name)
    page.fill("#password", PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{server}/")
    state = context.storage_state()
    context.close()
    return dict(state)


@pytest.fixture
def context_of(
    browser: Browser, server: str, signed_in: dict[str, object]
) -> Iterator[Callable[..., BrowserContext]]:
    """A function (language, size, theme) -> signed-in browser window with its preferences set."""
    opened: list[BrowserContext] = []

    def make(
        language: str = "en", size: dict[str, int] = WIDE, theme: str = "light", who: object = None
    ) -> BrowserContext:
        context = browser.new_context(
            base_url=server, viewport=size, storage_state=who or signed_in
        )
        cookies = {"language": language, "theme": theme}
        context.set_default_timeout(20000)
        context.add_cookies(
            [{"name": name, "value": value, "url": server} for name, value in cookies.items()]
        )
        opened.append(context)
        return context

    yield make
    for context in opened:
        context.close()


@pytest.fixture
def watched() -> Iterator[Callable[[Page], Page]]:
    """Watch pages that a test opens itself: no breach of the CSP, no script error, no 5xx."""
    troubles: list[str] = []

    def watch(page: Page) -> Page:
        page.add_init_script(
            "document.addEventListener('securitypolicyviolation',"
            " e => console.error('CSP ' + e.violatedDirective + ' ' + e.blockedURI))"
        )
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("console", lambda m: is_trouble(m.type, m.text) and troubles.append(m.text))
        page.on("response", lambda r: r.status >= 500 and troubles.append(f"{r.status} {r.url}"))
        return page

    yield watch
    assert troubles == []


def is_trouble(kind: str, text: str) -> bool:
    """Tell whether a console message is more than a refused request, which tests provoke on purpose."""
    return kind == "error" and not text.startswith(
        "Failed to load resource: the server responded with a status of 4"
    )


@pytest.fixture
def page(context_of: Callable[..., BrowserContext], watched: Callable[[Page], Page]) -> Page:
    """A wide English page of the signed-in administrator."""
    return watched(context_of().new_page())


@pytest.fixture
def findings(axe_source: str) -> Callable[[Page], list[str]]:
    """A function page -> accessibility findings; the window is made tall, so that sticky bars cover nothing."""

    def check(page: Page) -> list[str]:
        size = page.viewport_size or WIDE
        page.set_viewport_size({"width": size["width"], "height": 3000})
        page.evaluate(f"{axe_source};0")
        found: list[str] = page.evaluate(
            "axe.run().then(r => r.violations.map(v => v.id + ' ' + v.nodes.map(n => n.target.join(' ')).join(', ')))"
        )
        page.set_viewport_size(size)
        return found

    return check


@pytest.fixture
def overflow() -> Callable[[Page], int]:
    """A function page -> pixels by which the page is wider than the window."""
    return lambda page: int(page.evaluate("document.documentElement.scrollWidth - innerWidth"))
