"""From when until when: midnights and months of the shop, wherever it is."""

from datetime import UTC, date, datetime

import pytest

from cardamom.programs.schemas import Validity
from cardamom.vouchers.rules import Status, status_at, validity
from tests.vouchers.builders import NOON, a_voucher, some_terms


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


@pytest.mark.parametrize(
    ("promised", "issued_at", "time_zone", "expires_at"),
    [
        (Validity(kind="unlimited"), "2026-03-10T12:00Z", "Africa/Cairo", None),
        # The day of issue is a gift, so one day ends with tomorrow.
        (Validity(kind="days", n=1), "2026-03-10T12:00Z", "Europe/London", "2026-03-12T00:00Z"),
        # 22:30 in London is already tomorrow in Tehran.
        (Validity(kind="days", n=1), "2026-01-10T22:30Z", "Asia/Tehran", "2026-01-13T00:00+03:30"),
        (Validity(kind="days", n=30), "2026-02-01T09:00Z", "Asia/Jerusalem", "2026-03-04T00:00+02:00"),
        (Validity(kind="months", n=1), "2026-01-31T12:00Z", "Africa/Cairo", "2026-03-01T00:00+02:00"),
        (Validity(kind="months", n=1), "2028-01-31T12:00Z", "Africa/Cairo", "2028-03-01T00:00+02:00"),
        (Validity(kind="months", n=12), "2028-02-29T12:00Z", "Africa/Cairo", "2029-03-01T00:00+02:00"),
        (Validity(kind="months", n=11), "2026-02-10T12:00Z", "Africa/Cairo", "2027-01-11T00:00+02:00"),
        (
            Validity(kind="fixed", date=date(2026, 12, 31)),
            "2026-03-10T12:00Z",
            "Asia/Tehran",
            "2027-01-01T00:00+03:30",
        ),
        # Cairo's clocks go from 24 April 00:00 straight to 01:00: the day ends at the skip.
        (
            Validity(kind="fixed", date=date(2026, 4, 23)),
            "2026-03-10T12:00Z",
            "Africa/Cairo",
            "2026-04-23T22:00Z",
        ),
        # Beirut too.
        (
            Validity(kind="fixed", date=date(2026, 3, 28)),
            "2026-03-10T12:00Z",
            "Asia/Beirut",
            "2026-03-28T22:00Z",
        ),
        # Havana has midnight twice: the first one ends the day.
        (
            Validity(kind="fixed", date=date(2026, 10, 31)),
            "2026-03-10T12:00Z",
            "America/Havana",
            "2026-11-01T04:00Z",
        ),
    ],
)
def test_a_voucher_ends_at_a_midnight_of_the_shop(
    promised: Validity, issued_at: str, time_zone: str, expires_at: str | None
) -> None:
    active_at, ends_at = validity(some_terms(validity=promised), issued_at=at(issued_at), time_zone=time_zone)
    assert active_at == at(issued_at)
    assert ends_at == (None if expires_at is None else at(expires_at))


def test_a_voucher_for_the_next_visit_is_not_active_yet_but_its_time_runs() -> None:
    terms = some_terms(active_from="next_visit", validity=Validity(kind="days", n=1))
    active_at, expires_at = validity(terms, issued_at=NOON, time_zone="UTC")
    assert active_at is None
    assert expires_at == at("2026-03-12T00:00Z")


@pytest.mark.parametrize(
    ("recorded", "counts"),
    [
        (Status.ISSUED, Status.EXPIRED),
        (Status.ACTIVE, Status.EXPIRED),
        (Status.REDEEMED, Status.REDEEMED),
        (Status.CANCELLED, Status.CANCELLED),
        (Status.EXPIRED, Status.EXPIRED),
    ],
)
def test_an_open_voucher_is_expired_from_its_end_on_whatever_was_recorded(
    recorded: Status, counts: Status
) -> None:
    voucher = a_voucher(status=recorded, expires_at=NOON)
    assert status_at(voucher, NOON) is counts


def test_a_voucher_is_valid_to_its_last_instant() -> None:
    assert (
        status_at(a_voucher(expires_at=NOON), datetime(2026, 3, 10, 11, 59, 59, 999999, UTC)) is Status.ACTIVE
    )
