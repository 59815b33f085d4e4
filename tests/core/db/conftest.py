"""A database that is closed at the end, and definitions made by hand."""

import hashlib
import json
import multiprocessing
import os
import traceback
from dataclasses import replace

import pytest

from core.db.engine import Database
from core.metadata.definitions import FieldDef, Label, ObjectDef
from core.metadata.snapshot import Snapshot

LABEL = Label("Thing", "东西", "東西")


@pytest.fixture
def database(database_url):
    """The database under test."""
    opened = Database(database_url)
    yield opened
    opened.close()


class Build:
    """Makes definitions as the linker does, without YAML."""

    @staticmethod
    def field(name, type_="text", **values):
        values.setdefault("uid", f"f_{name}")
        if type_ in {"decimal", "money"}:
            values.setdefault("scale", 4)
        return FieldDef(name=name, type=type_, label=LABEL, **values)

    def object(self, name, *fields, uid="", **values):
        system = (
            self.field("id", "integer", system=True),
            self.field("owner", "user", to="user", system=True),
            self.field("created_at", "datetime", system=True),
            self.field("created_by", "user", to="user", system=True),
            self.field("updated_at", "datetime", system=True),
            self.field("updated_by", "user", to="user", system=True),
        )
        by_name = {field.name: field for field in (*fields, *system)}
        return ObjectDef(
            name=name,
            owner="test",
            label=LABEL,
            plural=LABEL,
            fields=by_name,
            uid=uid or f"o_{name}",
            **values,
        )

    def snapshot(self, *objects):
        user = self.object("user", self.field("name", search=True))
        by_name = {definition.name: definition for definition in (user, *objects)}
        documents = {
            f"object/{definition.name}/test": {
                "kind": "object",
                "name": definition.name,
                "fields": {
                    field.name: {"type": field.type, "scale": field.scale, "unique": field.unique}
                    for field in definition.fields.values()
                },
            }
            for definition in by_name.values()
        }
        checksum = hashlib.sha256(json.dumps(documents).encode()).hexdigest()
        return Snapshot(0, checksum, by_name, documents=documents)

    def product(self, *more, **values):
        """An object with a field of every storage kind."""
        return self.object(
            "product",
            self.field("code", unique=True, search=True),
            self.field("note", "long_text"),
            self.field("price", "money"),
            self.field("rate", "decimal", scale=9),
            self.field("stock", "integer"),
            self.field("is_sold", "boolean"),
            self.field("since", "date"),
            self.field("seen_at", "datetime"),
            self.field("parent", "reference", to="product"),
            *more,
            **values,
        )

    @staticmethod
    def renamed(definition, old, new):
        """The object with one field under another name."""
        fields = {
            (new if name == old else name): (replace(field, name=new) if name == old else field)
            for name, field in definition.fields.items()
        }
        return replace(definition, fields=fields)

    @staticmethod
    def without(definition, name):
        """The object without a field."""
        return replace(
            definition, fields={key: f for key, f in definition.fields.items() if key != name}
        )


@pytest.fixture
def build():
    """Makes definitions."""
    return Build()


def run_processes(count, work):
    """Run `work(number)` in as many processes at once; fail when one of them fails."""
    context = multiprocessing.get_context("fork")

    def guarded(number, barrier):
        code = 1
        try:
            barrier.wait(30)
            work(number)
            code = 0
        finally:
            if code:
                traceback.print_exc()
            os._exit(code)

    barrier = context.Barrier(count)
    processes = [context.Process(target=guarded, args=(n, barrier)) for n in range(count)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(180)
    assert [process.exitcode for process in processes] == [0] * count


@pytest.fixture
def in_processes():
    """Runs a function in several processes at once."""
    return run_processes
