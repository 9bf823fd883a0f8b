"""Ids: UUIDv7 in canonical text, made by the application.

The first 48 bits are the time in milliseconds, so rows that are made together lie together in an index. Within one
process later ids are greater, also when the clock is corrected by a few seconds. An id is a name, never a secret:
whoever has seen one can guess its time.

Own code because Python has `uuid.uuid7` only from 3.14 on, and because the text is all that we need: making it
without a UUID object halves the cost on the path of every stamp.
"""

import os
import re
from datetime import UTC, datetime, timedelta
from threading import Lock
from time import time_ns

_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_TAIL_BITS = 74
_SMALL_STEP_BACK = 10_000  # milliseconds


class _Sequence:
    """Tails (the 74 bits after the time) that grow within a millisecond.

    RFC 9562, section 6.2, method 2: the tail is random for a new millisecond and grows by a random step within one.
    The randomness is the system's, so that forked workers which share this state still differ.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._millisecond = -1
        self._tail = 0

    def next(self, millisecond: int) -> int:
        """The time and the tail as one number of 122 bits."""
        with self._lock:
            return self._grow(millisecond)

    def next_not_before(self, millisecond: int) -> int:
        """As `next`, but a clock that is set back a little does not make smaller ids.

        One that is set back further was wrong before: then the time starts again from what it says now.
        """
        with self._lock:
            if 0 < self._millisecond - millisecond <= _SMALL_STEP_BACK:
                millisecond = self._millisecond
            return self._grow(millisecond)

    def _grow(self, millisecond: int) -> int:
        random = int.from_bytes(os.urandom(10), "big")
        if millisecond == self._millisecond:
            # 2**73 is left above every first tail and a step is below 2**33: a millisecond cannot use that up.
            self._tail += (random & 0xFFFFFFFF) + 1
        else:
            self._millisecond = millisecond
            self._tail = random >> 7  # 73 bits
        return millisecond << _TAIL_BITS | self._tail


_now = _Sequence()
_told = _Sequence()


def new_id(at: datetime | None = None) -> str:
    """A new id for the present, or for the aware instant `at`.

    Ids for a told instant carry exactly that instant, and grow for as long as the instants do.
    """
    if at is None:
        return _text(_now.next_not_before(time_ns() // 1_000_000))
    return _text(_told.next((at - _EPOCH) // _MILLISECOND))


def _text(number: int) -> str:
    """The 122 bits with version and variant put in, in canonical form."""
    high = number >> 74 << 16 | 0x7000 | number >> 62 & 0xFFF
    low = 0x8000000000000000 | number & 0x3FFFFFFFFFFFFFFF
    text = f"{high:016x}{low:016x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def is_id(text: str) -> bool:
    """Whether this is an id as we write them: UUIDv7, lower case, with hyphens."""
    return _ID.fullmatch(text) is not None


def id_time(id: str) -> datetime:
    """When an id was made, in UTC, to the millisecond. Raises ValueError for anything that is not an id."""
    if not is_id(id):
        raise ValueError("not an id")
    return _EPOCH + int(id[:8] + id[9:13], 16) * _MILLISECOND
