"""The clock: instants in UTC, days and times of day in a shop's time zone."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from cardamom.kit.clock import SimulatedClock, local_day, local_time, now

NOWRUZ_EVE = datetime(2026, 3, 20, 20, 30, tzinfo=UTC)


def test_now_is_in_utc():
    assert now().tzinfo is UTC


@pytest.mark.parametrize(
    ("time_zone", "day"),
    [
        ("UTC", date(2026, 3, 20)),
        ("Asia/Tehran", date(2026, 3, 21)),
        ("Asia/Jerusalem", date(2026, 3, 20)),
        ("America/New_York", date(2026, 3, 20)),
        ("Pacific/Kiritimati", date(2026, 3, 21)),
    ],
)
def test_the_day_is_the_shops(time_zone: str, day: date):
    assert local_day(NOWRUZ_EVE, time_zone=time_zone) == day


def test_the_time_of_day_follows_summer_time():
    winter, summer = datetime(2026, 1, 15, 12, tzinfo=UTC), datetime(2026, 7, 15, 12, tzinfo=UTC)
    assert local_time(winter, time_zone="Asia/Jerusalem").hour == 14
    assert local_time(summer, time_zone="Asia/Jerusalem").hour == 15


@pytest.mark.parametrize("name", ["Asia/Atlantis", "Asia", "", "../etc/passwd"])
def test_a_time_zone_that_does_not_exist_is_a_value_error(name: str):
    with pytest.raises(ValueError, match="time zone"):
        local_day(NOWRUZ_EVE, time_zone=name)


def test_an_instant_without_a_time_zone_is_refused():
    with pytest.raises(ValueError, match="time zone"):
        local_day(NOWRUZ_EVE.replace(tzinfo=None), time_zone="UTC")
    with pytest.raises(ValueError, match="time zone"):
        SimulatedClock(NOWRUZ_EVE.replace(tzinfo=None))


def test_a_simulated_clock_stands_still_until_it_is_moved():
    clock = SimulatedClock(NOWRUZ_EVE)
    assert clock() == clock() == NOWRUZ_EVE
    assert clock.advance(timedelta(days=1)) == clock() == NOWRUZ_EVE + timedelta(days=1)
    clock.set(NOWRUZ_EVE.astimezone(timezone(timedelta(hours=3, minutes=30))))
    assert clock() == NOWRUZ_EVE
    assert clock().tzinfo is UTC
