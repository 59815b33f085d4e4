"""Accounts: the people and programs that act. One door to sign-in, passwords, roles, sessions and API keys.

A person is a record of the generated object ``user``; what proves that it is they (password hash, epoch, sessions,
keys, roles) stands in platform tables that no screen, API or report can read.
"""

from core.records.accounts_admin import (
    create_user,
    set_password,
    set_roles,
    sign_out_everywhere,
    update_user,
)
from core.records.accounts_keys import (
    KEY_PREFIX,
    KeyInfo,
    actor_of_key,
    create_key,
    list_keys,
    revoke_key,
)
from core.records.accounts_passwords import check_strength, prepare
from core.records.accounts_signin import (
    Session,
    account_in_session,
    authenticate,
    change_own_password,
    close_session,
    open_session,
    rotate_session,
)
from core.records.accounts_store import (
    Account,
    account_of,
    actor_of,
    actor_of_account,
    find_account,
    forget_accounts,
    list_accounts,
    read_account,
)

__all__ = [
    "KEY_PREFIX",
    "Account",
    "KeyInfo",
    "Session",
    "account_in_session",
    "account_of",
    "actor_of",
    "actor_of_account",
    "actor_of_key",
    "authenticate",
    "change_own_password",
    "check_strength",
    "close_session",
    "create_key",
    "create_user",
    "find_account",
    "forget_accounts",
    "list_accounts",
    "list_keys",
    "open_session",
    "prepare",
    "read_account",
    "revoke_key",
    "rotate_session",
    "set_password",
    "set_roles",
    "sign_out_everywhere",
    "update_user",
]
