"""What a database error means to the person who waits, told by SQLSTATE only: a cluster loses constraint names."""

import psycopg
import sqlalchemy as sa

from cardamom.kit.errors import Refused, Unavailable

#: SQLSTATE -> seconds until another try is likely to work.
_BUSY: dict[str, int] = {
    "55P03": 1,  # lock_timeout: somebody else is writing the same row
    "40001": 1,  # serialization failure
    "40P01": 1,  # deadlock, this side was chosen
    "57014": 5,  # statement_timeout
    "25P03": 5,  # idle_in_transaction_session_timeout: our process was too slow
    "53300": 2,  # too many connections
    "53100": 60,  # the disk is full
    "53200": 10,  # out of memory
    "57P01": 2,  # the server is being stopped
    "57P02": 5,  # a server process crashed, all start again
    "57P03": 2,  # the server is starting
}
_LOST_CONNECTION_CLASS = "08"
_RETRY_AFTER_LOST_CONNECTION_SECONDS = 2


def sqlstate_of(error: BaseException) -> str | None:
    """The five characters of PostgreSQL's answer, also from under SQLAlchemy's wrapper. None where there was none."""
    original = error.orig if isinstance(error, sa.exc.DBAPIError) else error
    return original.sqlstate if isinstance(original, psycopg.Error) else None


def refusal_for(error: BaseException) -> Refused | None:
    """The refusal that an error of the database stands for, or None when it is a fault of ours.

    Lock timeouts, deadlocks, a full disk, too many or lost connections and a full pool are Unavailable.
    """
    if isinstance(error, sa.exc.TimeoutError):
        return Unavailable(retry_after_seconds=1)
    original = error.orig if isinstance(error, sa.exc.DBAPIError) else error
    if not isinstance(original, psycopg.Error):
        return None
    state = original.sqlstate
    if state in _BUSY:
        return Unavailable(retry_after_seconds=_BUSY[state])
    is_lost = (
        state.startswith(_LOST_CONNECTION_CLASS) if state else isinstance(original, psycopg.OperationalError)
    )
    return Unavailable(retry_after_seconds=_RETRY_AFTER_LOST_CONNECTION_SECONDS) if is_lost else None


def is_retriable(error: BaseException) -> bool:
    """Whether the same transaction, sent again, may well pass: serialization failures and deadlocks.

    A cluster that moves a shard answers XX000 once per connection; that is a retry as well.
    """
    state = sqlstate_of(error)
    return state in {"40001", "40P01"} or (
        state == "XX000" and "could not find valid entry for shard" in str(error)
    )
