"""Takes the product's protections away, for the controls: a race test that passes without them proves nothing.

Each is a change of a constant with SQL in the process that calls `disarm`, and `rearm` puts all of them back. What is
not there to be taken away any more is an error: then the control would no longer control anything.
"""

from collections.abc import Callable
from types import ModuleType
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import Insert, insert

from cardamom.cards import joining, stamping
from cardamom.ledger import store
from cardamom.vouchers import locking
from cardamom.wallet import deeds as wallet_deeds
from cardamom.wallet import devices as wallet_devices
from cardamom.wallet import locking as wallet_locking
from cardamom.wallet.tables import bindings
from cardamom.wallet.tables import devices as directory

#: The module, the constant's name, and what becomes of the statement: of a text, or of one of SQLAlchemy's.
Change = tuple[ModuleType, str, Callable[[Any], Any]]


def _without_lock(statement: str) -> str:
    return statement.partition("for no key update")[0]


def _without_guard(statement: str) -> str:
    return statement.replace("and a.revision = u.revision - 1", "")


def _taking_any_place(statement: str) -> str:
    """Two entries with one place in a chain: the later one is dropped in silence instead of refused."""
    return f"{statement} on conflict do nothing"


def _with_a_key_of_its_own(statement: str) -> str:
    """Each operation is stored under another key, so that no key is ever known or taken."""
    return statement.replace("select m, i, k, f,", "select m, i, k || i::text, f,")


def _with_an_external_id_of_its_own(statement: str) -> str:
    return statement.replace(
        "number, external_id, language, token_hash, 0", "number, i::text, language, token_hash, 0"
    )


def _without_waiting(statement: sa.Select[Any]) -> sa.Select[Any]:
    """A lock for which nobody waits who does not take the row away."""
    return statement.with_for_update(read=True, key_share=True)


def _without_a_way_out(_statement: Insert) -> Insert:
    """What is there already is an error."""
    return insert(bindings)


def _leaving_what_is_there(_statement: Insert) -> Insert:
    """A line that is there is not locked."""
    return insert(directory).on_conflict_do_nothing()


#: The row locks that come before every decision.
LOCKS: Final[tuple[Change, ...]] = (
    (store, "LOCK_ACCOUNTS", _without_lock),
    (locking, "LOCK_VOUCHERS", _without_lock),
    (stamping, "BY_CODE", _without_lock),
    (stamping, "BY_ID", _without_lock),
)
#: What still stops a writer that decided without a lock.
NETS: Final[tuple[Change, ...]] = (
    (store, "UPDATE_ACCOUNTS", _without_guard),
    (store, "INSERT_ENTRIES", _taking_any_place),
)
KEYS: Final[tuple[Change, ...]] = ((store, "INSERT_OPERATIONS", _with_a_key_of_its_own),)
EXTERNAL_IDS: Final[tuple[Change, ...]] = ((joining, "_INSERT", _with_an_external_id_of_its_own),)

#: Of wallets: who makes a pass, who is the first or last to have it, and whose passes a device has.
PASSES: Final[tuple[Change, ...]] = ((wallet_deeds, "_INSERT", _without_a_way_out),)
BINDINGS: Final[tuple[Change, ...]] = ((wallet_locking, "_LOCK", _without_waiting),)
DIRECTORY: Final[tuple[Change, ...]] = (
    (wallet_devices, "_PUT_LINE", _leaving_what_is_there),
    (wallet_devices, "_LOCK_LINE", _without_waiting),
)

PROTECTIONS: Final[dict[str, tuple[Change, ...]]] = {
    "locks": LOCKS,
    "nets": NETS,
    "keys": KEYS,
    "external ids": EXTERNAL_IDS,
    "passes": PASSES,
    "bindings": BINDINGS,
    "directory": DIRECTORY,
}

_armed: dict[tuple[ModuleType, str], Any] = {}


def disarm(*names: str) -> None:
    """Take protections away in this process."""
    for name in names:
        for module, constant, change in PROTECTIONS[name]:
            statement = getattr(module, constant)
            changed = change(statement)
            if _text(changed) == _text(statement):
                raise AssertionError(f"{module.__name__}.{constant} has no {name} to take away")
            _armed.setdefault((module, constant), statement)
            setattr(module, constant, changed)


def _text(statement: str | sa.ClauseElement) -> str:
    return statement if isinstance(statement, str) else str(statement.compile(dialect=postgresql.dialect()))


def rearm() -> None:
    """Put everything back."""
    while _armed:
        (module, constant), statement = _armed.popitem()
        setattr(module, constant, statement)
