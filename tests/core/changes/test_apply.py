"""Applying definitions: all or nothing, and the same again is nothing."""

import pytest

from core.app.platform import is_current, open_platform, set_up
from core.changes.apply import (
    candidate,
    known_guards,
    mapping_from_file,
    organisation_documents,
    remember_guards,
    stored_snapshot,
)
from core.kernel.errors import InvalidDefinitions
from tests.installation import settings_for

DOCK = """
kind: object
name: customer
layer: organisation
fields:
  x_dock: {type: text, label: {en: Loading dock, zh_CN: 装卸口, zh_TW: 裝卸口}}
"""
MAPPING = """
kind: import_mapping
name: x_customers
layer: organisation
object: customer
columns: {code: Nr, name: Name}
"""


@pytest.fixture
def platform(installation):
    return installation.platform


def write(folder, name, text):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_what_is_applied_is_live_stored_and_stays_through_an_upgrade(platform, tmp_path):
    path = write(tmp_path, "customer.yaml", DOCK)
    before = platform.ready().model.snapshot
    assert is_current(platform)
    done = set_up(platform, [path], author="admin", title="Dock doors")
    live = platform.ready().model.snapshot
    assert (done.is_changed, live.revision) == (True, before.revision + 1)
    assert "x_dock" in live.object("customer").fields
    assert stored_snapshot(platform.database, {}).checksum == live.checksum
    path.unlink()
    for again in (set_up(platform), set_up(platform, [write(tmp_path, "customer.yaml", DOCK)])):
        assert (again.is_changed, again.revision) == (False, live.revision)
    reopened = open_platform(settings_for(platform.settings.database_url))
    assert reopened.ready().model.snapshot.checksum == live.checksum
    reopened.database.close()


def test_a_broken_set_changes_nothing_and_names_every_fault(platform, tmp_path):
    before = platform.ready().model.snapshot
    write(tmp_path, "customer.yaml", DOCK.replace("text", "txet"))
    write(tmp_path, "product.yaml", "kind: object\nname: [\n")
    with pytest.raises(InvalidDefinitions) as broken:
        set_up(platform, [tmp_path])
    assert {p.file.split("/")[-1] for p in broken.value.problems} <= {
        "customer.yaml",
        "product.yaml",
    }
    assert platform.ready().model.snapshot is before
    assert stored_snapshot(platform.database, {}).revision == before.revision
    assert organisation_documents(platform.database) == ()


def test_the_candidate_is_made_without_the_database(platform, tmp_path):
    path = write(tmp_path, "customer.yaml", DOCK)
    snapshot = candidate(platform.sources(), (), [path])
    assert "x_dock" in snapshot.object("customer").fields
    assert "x_dock" not in platform.ready().model.snapshot.object("customer").fields


def test_a_mapping_is_checked_against_the_live_definitions(platform, tmp_path):
    path = write(tmp_path, "m.yaml", MAPPING)
    found = mapping_from_file(platform.sources(), (), path)
    assert [(c.field, c.column) for c in found.columns] == [("code", "Nr"), ("name", "Name")]
    with pytest.raises(InvalidDefinitions) as broken:
        mapping_from_file(
            platform.sources(), (), write(tmp_path, "m.yaml", MAPPING.replace("code:", "cod:"))
        )
    assert broken.value.problems[0].params["hint"] == "code"


def test_guards_are_kept_until_the_plugin_says_otherwise(platform):
    database = platform.database
    shipped = known_guards(database)
    assert shipped["orders"] == ["sales_order", "sales_order_line"]
    remember_guards(database, {"acme": ["customer"]})
    remember_guards(database, {"orders": ["sales_order"]})
    assert known_guards(database) == {**shipped, "acme": ["customer"], "orders": ["sales_order"]}


def test_an_empty_database_knows_nothing(sqlite_url):
    platform = open_platform(settings_for(sqlite_url))
    assert stored_snapshot(platform.database, {}) is None
    assert organisation_documents(platform.database) == ()
    assert known_guards(platform.database) == {}
    assert not is_current(platform)
    platform.database.close()
