"""What an exception in a batch means, told apart by SQLSTATE and never by the name of a constraint.

Source: PostgreSQL manual, appendix A.
"""

from __future__ import annotations

from enum import Enum

import psycopg
import sqlalchemy as sa

#: serialization_failure, deadlock_detected, lock_not_available, query_canceled, too_many_connections, disk_full,
#: out_of_memory, and on a cluster "could not find valid entry for shard" while it moves one.
#: division_by_zero is the guard of `store.UPDATE_ACCOUNTS`.
_PASSING = frozenset({"40001", "40P01", "55P03", "57014", "53300", "53100", "53200", "22012"})
#: admin_shutdown, crash_shutdown, cannot_connect_now.
_LOST = frozenset({"57P01", "57P02", "57P03"})
_UNIQUE_VIOLATION = "23505"


class Failure(Enum):
    """How to go on after an exception."""

    #: The connection is gone; whether the batch committed is unknown.
    LOST = "lost"
    #: Somebody was in the way; the same batch may succeed now.
    PASSING = "passing"
    #: A key, a code or a number that another transaction just took: alone, it is decided anew.
    COLLISION = "collision"
    #: This command cannot be done by the code as it is.
    POISON = "poison"

    @property
    def is_passing(self) -> bool:
        """Whether waiting may help."""
        return self in (Failure.LOST, Failure.PASSING)


def classify(error: BaseException) -> Failure:
    """What an exception means for the batch it came from."""
    if isinstance(error, sa.exc.DBAPIError) and isinstance(error.orig, BaseException):
        return Failure.LOST if error.connection_invalidated else classify(error.orig)
    if isinstance(error, psycopg.Error):
        return _classify_sqlstate(error)
    if isinstance(error, (ConnectionError, TimeoutError)):
        return Failure.LOST
    return Failure.POISON


def _classify_sqlstate(error: psycopg.Error) -> Failure:
    state = error.sqlstate
    if state == _UNIQUE_VIOLATION:
        return Failure.COLLISION
    if state in _PASSING:
        return Failure.PASSING
    if state in _LOST or (state or "").startswith("08"):
        return Failure.LOST
    if state is None and isinstance(error, (psycopg.OperationalError, psycopg.InterfaceError)):
        return Failure.LOST
    return Failure.POISON
