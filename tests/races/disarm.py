"""Takes the product's protections away, for the controls: a race test that passes without them proves nothing.

Each is a change of an SQL constant in the process that calls `disarm`, and `rearm` puts all of them back. What is not
there to be taken away any more is an error: then the control would no longer control anything.
"""

from collections.abc import Callable
from types import ModuleType
from typing import Final

from cardamom.cards import joining, stamping
from cardamom.ledger import store
from cardamom.vouchers import locking

Change = tuple[ModuleType, str, Callable[[str], str]]


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

PROTECTIONS: Final[dict[str, tuple[Change, ...]]] = {
    "locks": LOCKS,
    "nets": NETS,
    "keys": KEYS,
    "external ids": EXTERNAL_IDS,
}

_armed: dict[tuple[ModuleType, str], str] = {}


def disarm(*names: str) -> None:
    """Take protections away in this process."""
    for name in names:
        for module, constant, change in PROTECTIONS[name]:
            statement: str = getattr(module, constant)
            changed = change(statement)
            if changed == statement:
                raise AssertionError(f"{module.__name__}.{constant} has no {name} to take away")
            _armed.setdefault((module, constant), statement)
            setattr(module, constant, changed)


def rearm() -> None:
    """Put everything back."""
    while _armed:
        (module, constant), statement = _armed.popitem()
        setattr(module, constant, statement)
