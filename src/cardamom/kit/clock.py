"""The time, as a value that is passed in.

Instants are always aware and in UTC; a day or a time of day exists only together with a time zone. Whoever needs the
time takes a `Clock`, so that rules can be run for any moment.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

Clock = Callable[[], datetime]


def now() -> datetime:
    """The current instant in UTC."""
    return datetime.now(UTC)


@lru_cache(maxsize=512)
def zone(time_zone: str) -> ZoneInfo:
    """The IANA time zone with this name, such as "Asia/Tehran".

    Raises ValueError for a name that does not exist.
    """
    try:
        return ZoneInfo(time_zone)
    except (KeyError, OSError, ValueError) as error:  # a folder's name, such as "Asia", is an OSError
        raise ValueError(f"unknown time zone: {time_zone!r}") from error


def local_time(at: datetime, *, time_zone: str) -> datetime:
    """The same instant on the wall clock of a time zone; `at` must be aware."""
    if at.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return at.astimezone(zone(time_zone))


def local_day(at: datetime, *, time_zone: str) -> date:
    """The calendar day of an instant in a time zone (Gregorian; show it with `kit.calendars`)."""
    return local_time(at, time_zone=time_zone).date()


class SimulatedClock:
    """A clock that stands still until it is moved: for histories that are told faster than they happen."""

    def __init__(self, at: datetime) -> None:
        self.set(at)

    def __call__(self) -> datetime:
        return self._at

    def set(self, at: datetime) -> None:
        """Move to an aware instant, forwards or backwards."""
        if at.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        self._at = at.astimezone(UTC)

    def advance(self, by: timedelta) -> datetime:
        """Move by a duration and return the new instant."""
        self._at += by
        return self._at
