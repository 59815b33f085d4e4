"""Opening an installation: a plugin that fails takes nothing down with it and loses no data."""

import pytest

from core.app.platform import open_platform, set_up
from core.kernel.errors import Conflict, InvalidDefinitions, NotFound, Unavailable
from core.records import commands
from tests.installation import Installation, prepare, settings_for

GOOD = """
    from pathlib import Path
    from core.sdk import Plugin, Refused, hookimpl

    class CreditCheck:
        objects = frozenset({"sales_order"})

        @hookimpl
        def before_transition(self, transition):
            raise Refused("acme.over")

    PLUGIN = Plugin(
        name="acme",
        version="1.0.0",
        depends=("orders",),
        prefix="acme",
        rules=(CreditCheck(),),
        messages={"acme.over": ("Too much.", "超出。", "超出。")},
        definitions=str(Path(__file__).parent / "definitions"),
    )
"""
VEHICLE = """
    kind: object
    name: acme_vehicle
    label: {en: Vehicle, zh_CN: 车辆, zh_TW: 車輛}
    title: "{plate}"
    menu: {group: settings, rank: 70}
    fields:
      plate: {type: text, required: true, label: {en: Number plate, zh_CN: 车牌, zh_TW: 車牌}}
"""


@pytest.fixture
def acme(packages):
    packages.install("acme", GOOD, files={"definitions/vehicle.yaml": VEHICLE})
    return packages


@pytest.fixture
def start(database_copy, acme):
    """Start anew on one database, as a restart of the process does."""
    url = database_copy("company_with_acme", prepare)  # prepared while the package is there
    opened = []

    def again(*, setting_up=True):
        acme.forget()
        platform = open_platform(settings_for(url))
        opened.append(platform)
        if setting_up:
            set_up(platform)
        return Installation(platform)

    yield again
    for platform in opened:
        platform.database.close()


@pytest.fixture
def shop(start):
    """An installation with the plugin in order, one vehicle and one order."""
    found = start()
    found.vehicle = found.create("acme_vehicle", {"plate": "B-1"})["id"]
    seed = found.seed_orders()
    order = {"customer": seed["customer"], "lines": [{"product": seed["widget"]}]}
    found.order = found.create("sales_order", order)["id"]
    return found


BROKEN = {
    "raises": "raise ValueError('no licence')",
    "exits": "raise SystemExit(1)",
    "gone": GOOD.replace('depends=("orders",)', 'depends=("orders", "nowhere")'),
    "range": GOOD.replace('version="1.0.0"', 'version="1.0.0", platform=">=9"'),
    "hook": GOOD.replace("def before_transition(self, transition)", "def before_transitoin(self)"),
    "texts": GOOD.replace('"超出。", "超出。"', '"超出。"'),
    "clash": GOOD.replace('"acme.over": (', '"order.frozen": ("A", "B", "C"), "acme.over": ('),
}


def test_objects_of_a_failed_plugin_turn_read_only_and_keep_their_data_until_it_is_repaired(
    shop, start, acme
):
    revision = shop.services.model.snapshot.revision
    names = list(BROKEN) if shop.services.database.is_sqlite else ["exits", "hook"]
    for name in names:
        acme.change("acme", BROKEN[name])
        check_out_of_order(start(setting_up=False), shop, revision)
    check_out_of_order(start(), shop, revision)
    check_out_of_order(start(setting_up=False), shop, revision)
    acme.change("acme", GOOD)
    repaired = start()
    assert repaired.platform.host.failures == {}
    assert repaired.update("acme_vehicle", shop.vehicle, {"plate": "B-2"})["plate"] == "B-2"


def check_out_of_order(again, shop, revision):
    assert "acme" in again.platform.host.failures
    assert "acme" in again.services.settings["failed_plugins"]
    assert again.services.model.snapshot.revision == revision
    assert again.get("acme_vehicle", shop.vehicle)["plate"] == "B-1"
    for object_name, record_id in (("acme_vehicle", shop.vehicle), ("sales_order", shop.order)):
        with pytest.raises(Conflict) as refused:
            commands.update(again.caller(), object_name, record_id, {}, commands.ANY_VERSION)
        assert refused.value.params["plugin"] == "acme"
    with pytest.raises(Conflict):
        commands.act(again.caller(), "sales_order", shop.order, "confirm")
    assert again.create("customer", {"name": "Works"})["id"] > 0


def test_setting_up_while_a_plugin_cannot_be_loaded_drops_nothing(shop, start, acme):
    """Whatever the reason, an upgrade keeps what the plugin brought."""
    names = ["raises", "gone", "range", "clash"] if shop.services.database.is_sqlite else ["gone"]
    for name in names:
        acme.change("acme", BROKEN[name])
        check_out_of_order(start(), shop, shop.services.model.snapshot.revision)


def test_broken_definitions_stop_the_upgrade_and_nothing_else(shop, start, acme):
    (acme.folder / "acme_package" / "definitions" / "vehicle.yaml").write_text(
        "kind: object\nname: [\n"
    )
    with pytest.raises(InvalidDefinitions) as broken:
        start()
    assert broken.value.problems[0].line >= 2
    running = start(setting_up=False)
    assert running.platform.host.failures == {}
    assert running.update("acme_vehicle", shop.vehicle, {"plate": "B-3"})["plate"] == "B-3"


def test_texts_of_a_plugin_are_there_and_a_clash_leaves_the_first(shop, start, acme):
    assert shop.services.catalogue.text("acme.over", "en") == "Too much."
    acme.change("acme", BROKEN["clash"])
    again = start()
    assert again.services.catalogue.text("order.frozen", "en", {"state": "x"}).startswith(
        "A x order"
    )
    failure = again.platform.host.failures["acme"]
    assert failure.message_id == "plugin.message_clash"


def test_a_database_that_is_not_set_up_serves_nothing_yet(sqlite_url):
    platform = open_platform(settings_for(sqlite_url))
    with pytest.raises(Unavailable, match="not_upgraded"):
        platform.ready()
    platform.database.close()


def test_a_plugin_that_is_taken_away_takes_its_objects_along(shop, start, acme):
    (acme.folder / "acme_package-1.0.dist-info" / "entry_points.txt").write_text("")
    again = start()
    assert again.platform.host.failures == {}
    with pytest.raises(NotFound):
        again.get("acme_vehicle", shop.vehicle)
    commands.act(again.caller(), "sales_order", shop.order, "confirm")  # no longer guarded
    assert again.get("sales_order", shop.order)["state"] == "confirmed"
