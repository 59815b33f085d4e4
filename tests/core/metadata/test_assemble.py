"""The platform's own definitions, loaded from their folders."""

from pathlib import Path

import pytest

from core.kernel.errors import InvalidDefinitions
from core.kernel.messages import Catalogue
from core.metadata.assemble import load_platform, validate_paths
from core.metadata.messages import MESSAGES
from core.metadata.messages_fields import FIELD_MESSAGES

ROLES = {"admin", "sales", "manager", "warehouse", "finance", "service", "owner"}


def test_platform_alone_has_users_companies_and_roles():
    snapshot = load_platform([])
    assert set(snapshot.objects) == {"user", "company"}
    assert set(snapshot.roles) == ROLES
    assert [
        name for name, role in snapshot.roles.items() if "import.opening" in role.permissions
    ] == ["admin"]


def test_others_see_a_users_name_only():
    user = load_platform([]).objects["user"]
    for role in ROLES - {"admin"}:
        access = user.access[role]
        assert (access.read, access.create, access.update, access.delete) == (
            "all",
            False,
            "none",
            "none",
        )
        assert [name for name in user.fields if access.fields.get(name) != "hidden"] == [
            "name",
            "id",
        ]
    assert user.fields["username"].unique


def test_every_label_has_its_three_languages():
    for made in load_platform([]).objects.values():
        labels = [
            made.label,
            made.plural,
            *(f.label for f in made.fields.values()),
            *(s.label for s in made.sections),
        ]
        assert all(label.en and label.zh_CN and label.zh_TW for label in labels)


def test_partner_brings_its_own_folder(tmp_path):
    (tmp_path / "deep").mkdir()
    text = "kind: object\nname: acme_dock\nlabel: Name\nfields: {name: {type: text}}\n"
    (tmp_path / "deep" / "dock.yaml").write_text(text, "utf-8")
    snapshot = load_platform([("acme", tmp_path)], prefixes={"acme": "acme"})
    assert snapshot.objects["acme_dock"].owner == "acme"


def test_organisations_files_come_on_top(tmp_path):
    file = tmp_path / "company.yaml"
    file.write_text("kind: object\nname: company\nlayer: organisation\ncolor: red\n", "utf-8")
    assert load_platform([], [file], revision=3).objects["company"].color == "red"


def test_every_broken_file_is_named(tmp_path):
    (tmp_path / "a.yaml").write_text("a: [", "utf-8")
    (tmp_path / "b.yaml").write_bytes(b"\xff")
    (tmp_path / "c.yaml").write_text(
        "kind: object\nname: x_a\nlayer: organisation\nfeilds: {}\n", "utf-8"
    )
    with pytest.raises(InvalidDefinitions) as raised:
        load_platform([], [tmp_path])
    assert [Path(p.file).name for p in raised.value.problems] == ["a.yaml", "b.yaml"]
    found = validate_paths([tmp_path])
    assert [Path(p.file).name for p in found] == ["a.yaml", "b.yaml", "c.yaml"]


def test_validate_accepts_what_is_right(tmp_path):
    assert validate_paths([]) == []
    assert validate_paths([Path("metadata/core")]) == []
    assert [p.message_id for p in validate_paths([tmp_path / "nowhere"])] == ["yaml.unreadable"]


def test_every_message_has_three_texts_and_every_problem_a_message():
    catalogue = Catalogue(MESSAGES)
    for message_id, texts in MESSAGES.items():
        assert len(texts) == 3, message_id
        assert all(texts), message_id
    assert set(FIELD_MESSAGES) < set(catalogue.ids())
