"""Connections are set up alike, unusable settings are refused in a sentence, and processes don't share them."""

import os
import sqlite3

import pytest
import sqlalchemy as sa

from core.db import sqlite_file
from core.db.engine import Database
from core.db.messages import MESSAGES
from core.kernel.errors import InvalidSettings, Unavailable
from core.kernel.messages import LANGUAGES, Catalogue


def refused(url):
    with pytest.raises(InvalidSettings) as caught:
        Database(url)
    texts = [
        Catalogue(MESSAGES).text(caught.value.message_id, lang, caught.value.params)
        for lang in LANGUAGES
    ]
    assert all("{" not in text and text != caught.value.message_id for text in texts)
    return caught.value.message_id


def pragma(connection, name):
    return connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()


def test_every_sqlite_connection_has_the_settings(sqlite_url):
    database = Database(sqlite_url, pool_size=2)
    with database.read() as first, database.read() as second:
        for connection in (first, second):
            assert pragma(connection, "journal_mode") == "wal"
            assert pragma(connection, "busy_timeout") == 30_000
            assert pragma(connection, "foreign_keys") == 1
            assert pragma(connection, "synchronous") == 2
            assert pragma(connection, "wal_autocheckpoint") == 0
            assert pragma(connection, "mmap_size") == 0
            assert connection.exec_driver_sql(
                "SELECT count(*) FROM pragma_function_list WHERE name = 'tl_eval'"
            ).scalar_one()
    database.close()


def test_no_process_moves_the_log_by_itself(sqlite_url, tmp_path):
    database = Database(sqlite_url)
    with database.unit_of_work() as unit:
        unit.connection.exec_driver_sql("CREATE TABLE t (a INTEGER)")
    log = next(tmp_path.rglob("*-wal"))
    assert log.stat().st_size > 0
    assert database.checkpoint()[0] == 0
    assert log.stat().st_size == 0
    database.close()


def test_every_postgresql_connection_has_the_settings(postgres_url):
    database = Database(postgres_url)
    with database.read() as connection:
        shown = {
            name: connection.exec_driver_sql(f"SHOW {name}").scalar_one()
            for name in (
                "statement_timeout",
                "idle_in_transaction_session_timeout",
                "lock_timeout",
                "timezone",
            )
        }
    database.close()
    assert shown == {
        "statement_timeout": "10s",
        "idle_in_transaction_session_timeout": "30s",
        "lock_timeout": "5s",
        "timezone": "UTC",
    }


def test_reads_leave_no_transaction_open(postgres_url):
    database = Database(postgres_url)
    with database.read() as connection:
        first = connection.exec_driver_sql("SELECT now()").scalar_one()
        second = connection.exec_driver_sql("SELECT now()").scalar_one()
    database.close()
    assert first != second


def test_unusable_addresses_are_refused(tmp_path):
    assert refused("nonsense") == "database.url_unreadable"
    assert refused("mysql://localhost/x") == "database.unknown_kind"
    assert refused("sqlite://") == "database.in_memory"
    assert refused("sqlite:///:memory:") == "database.in_memory"
    (tmp_path / "text.db").write_text("this is a letter, not a database" * 200)
    assert refused(f"sqlite:///{tmp_path}/text.db") == "database.not_a_database"
    assert refused(f"sqlite:///{tmp_path}/text.db/inside.db") == "database.unwritable"
    assert refused(f"sqlite:///{tmp_path}") == "database.unwritable"


def test_a_folder_that_is_missing_is_made_and_the_file_is_private(tmp_path):
    Database(f"sqlite:///{tmp_path}/var/data/shop.db").close()
    assert (tmp_path / "var/data/shop.db").stat().st_mode & 0o777 == 0o600


def test_old_sqlite_is_refused_and_the_wal_fault_is_named():
    with pytest.raises(InvalidSettings):
        sqlite_file.version_warnings((3, 36, 0))
    for version in ((3, 37, 0), (3, 40, 1), (3, 44, 5), (3, 45, 0), (3, 50, 6), (3, 51, 2)):
        [(message_id, params)] = sqlite_file.version_warnings(version)
        assert message_id in MESSAGES
        assert params == {"version": ".".join(map(str, version))}
    for version in ((3, 44, 6), (3, 50, 7), (3, 51, 3), (3, 53, 0)):
        assert sqlite_file.version_warnings(version) == []


def test_the_running_sqlite_is_judged_on_the_status_page(sqlite_url):
    database = Database(sqlite_url)
    assert database.warnings == sqlite_file.version_warnings(sqlite3.sqlite_version_info)
    database.close()


def test_network_file_systems_are_refused(tmp_path, monkeypatch):
    mounts = tmp_path / "mounts"
    mounts.write_text(
        "/dev/sda1 / ext4 rw 0 0\n"
        f"server:/data {tmp_path}/remote nfs4 rw 0 0\n"
        f"tmpfs {tmp_path}/remote/fast tmpfs rw 0 0\n"
    )
    assert sqlite_file.file_system(tmp_path / "x.db", mounts) == "ext4"
    assert sqlite_file.file_system(tmp_path / "remote/x.db", mounts) == "nfs4"
    assert sqlite_file.file_system(tmp_path / "remote/fast/x.db", mounts) == "tmpfs"
    assert sqlite_file.file_system(tmp_path / "x.db", tmp_path / "absent") == ""
    monkeypatch.setattr(sqlite_file, "file_system", lambda path: "cifs")
    assert refused(f"sqlite:///{tmp_path}/y.db") == "database.network_filesystem"


def test_a_database_that_is_away_is_said_to_be_so():
    database = Database("postgresql+psycopg://nobody@127.0.0.1:1/none")
    with pytest.raises(Unavailable) as caught, database.read():
        pass
    assert caught.value.message_id == "database.away"
    assert caught.value.retry_after
    assert "127.0.0.1" not in str(caught.value)


def test_a_query_that_takes_too_long_is_stopped(postgres_url):
    database = Database(postgres_url + "?options=-c%20statement_timeout%3D100ms")
    with pytest.raises(Unavailable) as caught, database.read() as connection:
        connection.exec_driver_sql("SELECT pg_sleep(5)")
    database.close()
    assert caught.value.message_id == "database.slow"


def test_a_child_process_opens_connections_of_its_own(database):
    with database.unit_of_work() as unit:
        unit.connection.exec_driver_sql("CREATE TABLE t (a INTEGER)")
    child = os.fork()
    if child == 0:
        code = 1
        try:
            with database.unit_of_work() as unit:
                unit.connection.exec_driver_sql("INSERT INTO t VALUES (1)")
            code = 0
        finally:
            os._exit(code)
    assert os.waitpid(child, 0)[1] == 0
    with database.unit_of_work() as unit:
        unit.connection.exec_driver_sql("INSERT INTO t VALUES (2)")
        assert unit.connection.execute(sa.text("SELECT sum(a) FROM t")).scalar_one() == 3


def test_compiled_statements_can_be_forgotten(database):
    with database.read() as connection:
        connection.execute(sa.select(sa.literal(1)))
    assert len(database.engine._compiled_cache) > 0
    database.forget_statements()
    assert len(database.engine._compiled_cache) == 0


def test_a_connection_that_died_idle_is_replaced_unseen(postgres_url, monkeypatch):
    monkeypatch.setattr("core.db.engine._IDLE", 0.0)
    database = Database(postgres_url)
    with database.read() as connection:
        mine = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
    killer = Database(postgres_url)
    with killer.read() as connection:
        connection.exec_driver_sql(f"SELECT pg_terminate_backend({mine}, 5000)")
    with database.read() as connection:
        assert connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one() != mine
    killer.close()
    database.close()
