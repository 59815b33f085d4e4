"""Serve a small company for the browser tests: ``python -m tests.browser.serve PORT FOLDER``."""

from __future__ import annotations

import sys
from decimal import Decimal
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from core.app.platform import Platform, open_platform, set_up
from core.app.server import serve_web
from core.app.settings import Settings
from core.records import accounts, commands
from core.web.fab_tables import sync_fab

PASSWORD = "correct-horse-7-battery"
PAYLOAD = "<img src=x onerror=alert(1)>\"'</script><script>alert(2)</script>"
CUSTOMERS = ("Terra Systems", "Juniper Energy", "华星科技", "東方集團", "Alpine Studios", PAYLOAD)
PRODUCTS = (
    ("P-100", "Pump 3 kW", "1250.00"),
    ("V-20", "Valve DN20", "18.4375"),
    ("S-1", "Commissioning", "960.00"),
)


def settings_for(folder: Path) -> Settings:
    """Give settings whose every file lies in ``folder``."""
    return Settings(
        database_url=f"sqlite:///{folder}/browser.db",
        secret_key="browser-tests-secret-0123456789-abcdefghij",
        var=str(folder),
        currency="CNY",
        timezone="Asia/Shanghai",
    )


def fill(platform: Platform) -> None:
    """Make users, customers, products and forty orders."""
    system = platform.system()
    for name, shown, role in (("admin", "Chen Wei", "admin"), ("sales", "Li Na", "sales")):
        data = {
            "username": name,
            "name": shown,
            "email": f"{name}@example.org",
            "timezone": "Asia/Shanghai",
        }
        accounts.create_user(system, data, roles=[role], password=PASSWORD)
    account = accounts.find_account(platform.ready(), "admin")
    assert account is not None
    actor = accounts.actor_of(platform.ready(), account.id)
    assert actor is not None
    caller = platform.caller(actor)
    uom = commands.create(caller, "uom", {"name": "Piece", "code": "pc"}).id
    products = [
        commands.create(
            caller, "product", {"code": code, "name": name, "list_price": price, "uom": uom}
        ).id
        for code, name, price in PRODUCTS
    ]
    customers = [
        commands.create(
            caller, "customer", {"code": f"C{i:03}", "name": name, "currency": "CNY"}
        ).id
        for i, name in enumerate(CUSTOMERS)
    ]
    for i in range(40):
        line = {"product": products[i % 3], "qty": str(Decimal(i % 7 + 1))}
        data = {
            "customer": customers[i % len(customers)],
            "order_date": f"2026-{i % 11 + 1:02}-{i % 27 + 1:02}",
            "currency": "CNY",
            "notes": PAYLOAD if i == 5 else None,
            "lines": [line, {"product": products[(i + 1) % 3], "qty": "2"}],
        }
        made = commands.create(caller, "sales_order", data)
        if i % 2:
            commands.act(caller, "sales_order", made.id, "confirm")


def main() -> None:
    """Fill a fresh database and serve it until stopped."""
    port, folder = int(sys.argv[1]), Path(sys.argv[2])
    platform = open_platform(settings_for(folder))
    set_up(platform)
    sync_fab(platform.database, platform.ready().model.snapshot.roles)
    fill(platform)
    platform.database.close()
    serve_web(settings_for(folder), "127.0.0.1", port, 1)


if __name__ == "__main__":
    main()
