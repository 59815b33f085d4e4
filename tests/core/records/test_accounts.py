"""Accounts: passwords, sign-in, back-off, revocation, keys, and who may grant what."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.security import check_password_hash

from core.db.platform_tables import CREDENTIAL, HISTORY, OPERATION
from core.kernel.actor import Actor
from core.kernel.clock import FixedClock
from core.kernel.errors import Conflict, Forbidden, Invalid, NotFound, TooMany, Unauthenticated
from core.records import accounts, accounts_passwords, commands
from core.records.accounts_signin import network_of, wait_after
from tests.installation import PASSWORD, Installation

NEW = "plenty of marmalade today"
HOME = "192.0.2.7"


def sign_in(
    installation: Installation, name: str = "sales", password: str = PASSWORD, address: str = HOME
) -> Any:
    return accounts.authenticate(installation.services, name, password, address)


def user_id(installation: Installation, name: str) -> int:
    found = accounts.find_account(installation.services, name)
    assert found is not None
    return found.id


def history_of(installation: Installation, record_id: int) -> list[str]:
    query = (
        select(HISTORY.c.action)
        .join(OPERATION, OPERATION.c.id == HISTORY.c.operation_id)
        .where(HISTORY.c.object == "user", HISTORY.c.record_id == record_id)
        .order_by(HISTORY.c.id)
    )
    with installation.services.database.read() as connection:
        return list(connection.execute(query).scalars())


@pytest.fixture
def clock(installation: Installation) -> FixedClock:
    fixed = FixedClock(datetime(2026, 5, 18, 9, 0, tzinfo=UTC))
    installation.services.clock = fixed
    return fixed


def test_the_name_is_found_whatever_its_case(installation: Installation) -> None:
    assert sign_in(installation, "SALES").username == "sales"


@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("sales", "wrong password"),
        ("nobody", PASSWORD),
        ("", ""),
        ("a\x00b", "c\ud800d"),
        ("sales", ""),
    ],
)
def test_what_does_not_fit_is_refused_alike(
    installation: Installation, name: str, password: str
) -> None:
    with pytest.raises(Unauthenticated) as caught:
        sign_in(installation, name, password)
    assert caught.value.message_id == "auth.wrong_credentials"


def test_unknown_deactivated_and_known_users_cost_one_hash_each(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    accounts.update_user(
        installation.caller(), user_id(installation, "service"), {"active": False}, -1
    )
    methods: list[str] = []
    derive = accounts_passwords._derive

    def counted(password: str, method: str, salt: str) -> str:
        methods.append(method)
        return derive(password, method, salt)

    accounts.prepare()
    monkeypatch.setattr(accounts_passwords, "_derive", counted)
    for name in ("nobody", "service", "sales"):
        with pytest.raises(Unauthenticated):
            sign_in(installation, name, "wrong password")
    assert methods == [accounts_passwords.METHOD] * 3


def test_hashes_are_in_the_form_that_werkzeug_checks() -> None:
    hashed = accounts_passwords.hash_password(NEW)
    assert hashed.startswith("scrypt:32768:8:3$")
    assert check_password_hash(hashed, NEW)
    assert accounts_passwords.verify(NEW, hashed)
    assert not accounts_passwords.verify(NEW + "x", hashed)


def test_an_older_hash_is_renewed_at_sign_in(installation: Installation) -> None:
    from werkzeug.security import generate_password_hash

    sales = user_id(installation, "sales")
    with installation.services.database.engine.begin() as connection:
        old = generate_password_hash(PASSWORD, "scrypt:1024:8:1")
        connection.execute(
            CREDENTIAL.update().where(CREDENTIAL.c.user_id == sales).values(password_hash=old)
        )
    epoch = sign_in(installation).epoch
    with installation.services.database.read() as connection:
        row = connection.execute(select(CREDENTIAL).where(CREDENTIAL.c.user_id == sales)).one()
    assert row.password_hash.startswith("scrypt:32768:8:3$")
    assert row.auth_epoch == epoch
    assert sign_in(installation).id == sales


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("short", "too_short"),
        ("x" * 257, "too_long"),
        ("Password1234", "too_common"),
        ("aaaaaaaaaaaaaa", "too_common"),
        ("my-salesman-1", "too_common"),
        ("twelve\x00letters", "unclean"),
    ],
)
def test_weak_passwords_are_refused(password: str, code: str) -> None:
    with pytest.raises(Invalid) as caught:
        accounts.check_strength(password, "salesman")
    assert [(e.field, e.code) for e in caught.value.errors] == [("password", code)]


def test_failures_make_the_person_wait_but_never_for_good(
    installation: Installation, clock: FixedClock
) -> None:
    for _ in range(5):
        with pytest.raises(Unauthenticated):
            sign_in(installation, password="wrong password")
    with pytest.raises(TooMany) as caught:
        sign_in(installation)
    assert caught.value.retry_after is not None
    assert 1 <= caught.value.retry_after <= 3
    assert (
        sign_in(installation, address="198.51.100.1").username == "sales"
    )  # another network isn't punished
    clock.moment += timedelta(seconds=3)
    assert sign_in(installation).username == "sales"
    with pytest.raises(Unauthenticated):  # the count begins anew
        sign_in(installation, password="wrong password")
    assert sign_in(installation).username == "sales"


def test_the_wait_doubles_up_to_a_quarter_of_an_hour() -> None:
    assert [wait_after(n) for n in (1, 4, 5, 6, 7, 14, 15, 1000)] == [0, 0, 2, 4, 8, 900, 900, 900]


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.0/24"),
        ("::ffff:192.0.2.7", "192.0.2.0/24"),
        ("2001:db8:1:2ff::1", "2001:db8:1:200::/56"),
        ("nonsense", "unknown"),
    ],
)
def test_failures_count_per_network(address: str, network: str) -> None:
    assert network_of(address) == network


@pytest.mark.parametrize(
    ("field", "value"), [("username", "SALES"), ("email", "Sales@Example.com")]
)
def test_a_name_in_another_case_is_taken(
    installation: Installation, field: str, value: str
) -> None:
    data = {"username": "fresh", "name": "Fresh", "email": "fresh@example.com", field: value}
    with pytest.raises(Invalid) as caught:
        accounts.create_user(installation.caller(), data)
    assert [(e.field, e.code) for e in caught.value.errors] == [(field, "duplicate")]
    with pytest.raises(Invalid):  # the generic way in obeys as well
        commands.create(installation.caller(), "user", data)
    with pytest.raises(Invalid):
        commands.update(
            installation.caller(), "user", user_id(installation, "owner"), {field: value}, -1
        )


def test_a_user_comes_with_roles_and_password_in_one_operation(installation: Installation) -> None:
    made = accounts.create_user(
        installation.caller(),
        {"username": "fresh", "name": "Fresh"},
        roles=["sales"],
        password=NEW,
        must_change=True,
    )
    account = sign_in(installation, "fresh", NEW)
    assert (account.id, account.roles, account.must_change) == (made, frozenset({"sales"}), True)
    assert history_of(installation, made) == ["create", "roles"]


def test_unknown_roles_are_refused_with_the_nearest(installation: Installation) -> None:
    with pytest.raises(Invalid) as caught:
        accounts.create_user(
            installation.caller(), {"username": "fresh", "name": "F"}, roles=["slaes"]
        )
    assert caught.value.errors[0].params["hint"] == "sales"
    assert accounts.find_account(installation.services, "fresh") is None


def session_is_good(
    installation: Installation, account: accounts.Account, session: accounts.Session
) -> bool:
    found = accounts.account_in_session(
        installation.services, account.id, session.id, account.epoch
    )
    return found is not None


@pytest.mark.parametrize(
    "event", ["password", "roles", "deactivate", "delete", "everywhere", "own password", "logout"]
)
def test_every_event_ends_what_was_given_out_before(installation: Installation, event: str) -> None:
    admin, account = installation.caller(), sign_in(installation)
    own = installation.caller("sales")
    session = accounts.open_session(installation.services, account, "browser")
    secret = accounts.create_key(own, "mine", user_id=account.id)
    assert session_is_good(installation, account, session)
    assert accounts.actor_of_key(installation.services, secret).user_id == account.id
    {
        "password": lambda: accounts.set_password(admin, account.id, NEW),
        "roles": lambda: accounts.set_roles(admin, account.id, ["sales", "service"]),
        "deactivate": lambda: commands.update(admin, "user", account.id, {"active": False}, -1),
        "delete": lambda: commands.delete(admin, "user", account.id, -1),
        "everywhere": lambda: accounts.sign_out_everywhere(own, account.id),
        "own password": lambda: accounts.change_own_password(own, PASSWORD, NEW, HOME),
        "logout": lambda: accounts.close_session(installation.services, account.id, session.id),
    }[event]()
    assert not session_is_good(installation, account, session)
    if event != "logout":  # one session ended, not the person's keys
        with pytest.raises(Unauthenticated):
            accounts.actor_of_key(installation.services, secret)


def test_a_refresh_works_once_and_its_second_use_ends_the_session(
    installation: Installation,
) -> None:
    account = sign_in(installation)
    first = accounts.open_session(installation.services, account, "api")
    renewed = accounts.rotate_session(
        installation.services, account.id, first.id, first.refresh_id, account.epoch
    )
    assert session_is_good(installation, account, renewed)
    with pytest.raises(Unauthenticated):
        accounts.rotate_session(
            installation.services, account.id, first.id, first.refresh_id, account.epoch
        )
    assert not session_is_good(installation, account, renewed)


def test_sessions_end_after_twelve_hours(installation: Installation, clock: FixedClock) -> None:
    account = sign_in(installation)
    session = accounts.open_session(installation.services, account, "api")
    clock.moment += timedelta(hours=12, seconds=1)
    accounts.forget_accounts(installation.services)
    assert not session_is_good(installation, account, session)


def test_a_key_of_its_own_acts_with_its_roles_alone(
    installation: Installation, clock: FixedClock
) -> None:
    admin = installation.caller()
    secret = accounts.create_key(
        admin, "shop", roles=["sales"], expires_at=clock.now() + timedelta(days=1)
    )
    actor = accounts.actor_of_key(installation.services, secret)
    assert (actor.user_id, actor.name, actor.roles) == (None, "shop", frozenset({"sales"}))
    [info] = accounts.list_keys(admin)
    assert secret.startswith(info.prefix)
    clock.moment += timedelta(days=2)
    with pytest.raises(Unauthenticated):
        accounts.actor_of_key(installation.services, secret)


def test_a_revoked_key_is_worth_nothing(installation: Installation) -> None:
    admin = installation.caller()
    secret = accounts.create_key(admin, "shop", roles=["sales"])
    accounts.revoke_key(admin, accounts.list_keys(admin)[0].id)
    with pytest.raises(Unauthenticated):
        accounts.actor_of_key(installation.services, secret)
    with pytest.raises(NotFound):
        accounts.revoke_key(admin, 4711)
    with pytest.raises(Unauthenticated):
        accounts.actor_of_key(installation.services, "tlk_made-up")


def deputy(installation: Installation) -> Any:
    """A caller who may manage users, without being an administrator."""
    sales = installation.caller("sales")
    return replace(sales, actor=replace(sales.actor, permissions=frozenset({"users.manage"})))


def test_nobody_grants_what_they_do_not_hold(installation: Installation) -> None:
    who, admin_id = deputy(installation), user_id(installation, "admin")
    service_id = user_id(installation, "service")
    for refused in (
        lambda: accounts.set_roles(who, who.actor.user_id, ["sales", "admin"]),
        lambda: accounts.set_roles(who, service_id, ["sales"]),
        lambda: accounts.set_roles(who, service_id, ["admin"]),
        lambda: accounts.set_password(who, admin_id, NEW),
        lambda: accounts.create_user(who, {"username": "x", "name": "X"}, roles=["admin"]),
        lambda: accounts.update_user(who, admin_id, {"name": "Mine"}, -1),
        lambda: accounts.sign_out_everywhere(who, admin_id),
        lambda: accounts.create_key(who, "k", roles=["admin"]),
        lambda: accounts.create_key(who, "k", user_id=admin_id),
    ):
        with pytest.raises(Forbidden):
            refused()
    assert sign_in(installation, "admin").roles == {"admin"}


def test_without_the_permission_nothing_goes(installation: Installation) -> None:
    who = installation.caller("sales")
    for refused in (
        lambda: accounts.create_user(who, {"username": "x", "name": "X"}),
        lambda: accounts.set_roles(who, who.actor.user_id or 0, ["sales"]),
        lambda: accounts.set_password(who, user_id(installation, "service"), NEW),
        lambda: accounts.create_key(who, "k", roles=["sales"]),
        lambda: accounts.list_keys(who),
    ):
        with pytest.raises(Forbidden):
            refused()


def test_the_last_administrator_stays(installation: Installation) -> None:
    admin_id, system = user_id(installation, "admin"), installation.caller("system")
    for refused in (
        lambda: accounts.set_roles(system, admin_id, ["sales"]),
        lambda: accounts.update_user(system, admin_id, {"active": False}, -1),
        lambda: commands.update(system, "user", admin_id, {"active": False}, -1),
        lambda: commands.delete(system, "user", admin_id, -1),
    ):
        with pytest.raises(Conflict):
            refused()
    accounts.set_roles(system, user_id(installation, "owner"), ["owner", "admin"])
    accounts.set_roles(system, admin_id, ["sales"])
    assert sign_in(installation, "admin").roles == {"sales"}


def test_nobody_deactivates_themselves(installation: Installation) -> None:
    accounts.set_roles(installation.caller(), user_id(installation, "owner"), ["owner", "admin"])
    admin = installation.caller()
    for refused in (
        lambda: commands.update(admin, "user", admin.actor.user_id or 0, {"active": False}, -1),
        lambda: commands.delete(admin, "user", admin.actor.user_id or 0, -1),
    ):
        with pytest.raises(Forbidden):
            refused()


def test_the_own_password_needs_the_current_one(installation: Installation) -> None:
    who = installation.caller("sales")
    with pytest.raises(Invalid) as caught:
        accounts.change_own_password(who, "not the current", NEW, HOME)
    assert caught.value.errors[0].field == "current"
    accounts.change_own_password(who, PASSWORD, NEW, HOME)
    assert sign_in(installation, password=NEW).username == "sales"


def test_no_password_and_no_hash_is_ever_in_the_history(installation: Installation) -> None:
    accounts.set_password(installation.caller(), user_id(installation, "sales"), NEW)
    with installation.services.database.read() as connection:
        kept = " ".join(str(row) for row in connection.execute(select(HISTORY.c.changes)))
    assert NEW not in kept
    assert "scrypt" not in kept
    assert "password" in history_of(installation, user_id(installation, "sales"))


def test_actors_carry_the_permissions_of_their_roles(installation: Installation) -> None:
    actor = accounts.actor_of(installation.services, user_id(installation, "admin"))
    assert actor is not None
    assert "users.manage" in actor.permissions
    assert accounts.actor_of(installation.services, 4711) is None
    assert isinstance(actor, Actor)
