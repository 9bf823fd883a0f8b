"""The pure parts of the PassKit web service: tags, tokens, and what phones write to the log."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardamom.kit.ids import new_id
from cardamom.wallet.apple.device_log import DeviceLog, complaints, without_secrets
from cardamom.wallet.apple.tags import Seen, above, fingerprint, newest, read_tag, write_tag
from cardamom.wallet.apple.tokens import PassTokens, shown_token
from cardamom.wallet.bindings import Binding, Held

SERIAL = "kahve2gn.0193a1b2c3d47e5f8a9b0c1d2e3f4a5b"
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def a_binding(wanted: int, **changes: Any) -> Binding:
    said: dict[str, Any] = {
        "merchant_id": new_id(),
        "id": new_id(),
        "wallet": "apple",
        "issuer": "pass.org.example",
        "kind": "card",
        "subject_id": new_id(),
        "card_id": None,
        "epoch": 0,
        "state": "saved",
        "wanted": wanted,
        "sent": 0,
        "fetched": 0,
        "urgency": 0,
        "created_at": NOON,
        "modified_at": NOON,
        "sent_at": None,
        "fetched_at": None,
        "next_try": None,
        "tries": 0,
        "error": None,
        "shown": None,
        "notices": [],
    }
    return Binding(**(said | changes))


def test_a_tag_comes_back_as_it_was() -> None:
    seen = {"kahve2gn": Seen(7, "0123456789ab"), "barber22": Seen(0, "ba9876543210")}
    assert write_tag(seen) == "barber22:0:ba9876543210,kahve2gn:7:0123456789ab"
    assert read_tag(write_tag(seen)) == seen


@given(st.text(max_size=200))
def test_any_text_can_stand_where_a_tag_should(text: str) -> None:
    assert all(seen.position >= 0 for seen in read_tag(text).values())


@pytest.mark.parametrize(
    "tag",
    [None, "", "2026-11-20T12:00:00Z", "kahve2gn:-1:0123456789ab", "kahve2gn:٧:0123456789ab", "x" * 100_000],
)
def test_what_is_no_tag_of_ours_knows_nothing(tag: str | None) -> None:
    assert read_tag(tag) == {}


def held(*passes: Binding, since: datetime = NOON) -> list[Held]:
    return [Held(binding=each, registered_at=since) for each in passes]


def test_everything_above_the_tag_is_told_and_not_only_the_newest() -> None:
    passes = [a_binding(5), a_binding(6), a_binding(7)]
    known = newest(held(*passes))
    assert known.position == 7
    changed = [passes[0], a_binding(8, id=passes[1].id), a_binding(9, id=passes[2].id)]
    assert above(held(*changed), known) == changed[1:]
    assert above(held(*changed), newest(held(*changed))) == []
    assert above(held(*changed), None) == changed


def test_two_changes_in_one_second_are_two_positions() -> None:
    """The tag is no clock: nothing about these two but their position differs."""
    before = a_binding(5)
    again = a_binding(6, id=before.id, modified_at=before.modified_at)
    assert above(held(again), newest(held(before))) == [again]


def test_a_pass_that_came_after_the_tag_is_told_whatever_its_position() -> None:
    """It changed at 6, before the device asked (tag 8, from another pass) and after the device was given it."""
    first = a_binding(8)
    known = newest(held(first))
    late = a_binding(6)
    assert late in above(held(first, late), known)


def test_a_pass_that_went_and_came_again_is_told_whatever_its_position() -> None:
    one = a_binding(6)
    known = newest(held(one))
    assert above(held(one, since=NOON + timedelta(microseconds=1)), known) == [one]


def test_the_fingerprint_is_of_the_passes_and_not_of_their_order() -> None:
    one, other = a_binding(1), a_binding(2)
    assert fingerprint(held(one, other)) == fingerprint(held(other, one)) != fingerprint(held(one))


def test_a_token_is_of_its_serial_and_epoch() -> None:
    tokens = PassTokens(bytes(32))
    token = tokens.token(SERIAL, 0)
    assert len(token) >= 16
    assert tokens.is_valid(token, SERIAL, 0)
    assert tokens.token(SERIAL, 0) == PassTokens(bytes(32)).token(SERIAL, 0)
    assert not tokens.is_valid(token, SERIAL, 1)
    assert not tokens.is_valid(token, SERIAL.replace("5b", "5c"), 0)
    assert not PassTokens(b"x" * 32).is_valid(token, SERIAL, 0)
    assert not tokens.is_valid(token[:-1], SERIAL, 0)
    assert not tokens.is_valid("", SERIAL, 0)


def test_an_earlier_epoch_keeps_its_token() -> None:
    """What somebody installed cannot be changed."""
    tokens = PassTokens(bytes(32))
    earlier, later = tokens.token(SERIAL, 0), tokens.token(SERIAL, 1)
    assert earlier != later
    assert tokens.is_valid(earlier, SERIAL, 0)
    assert tokens.is_valid(later, SERIAL, 1)


@pytest.mark.parametrize("header", ["ApplePass " + "a" * 32, "applepass  " + "a" * 32 + " "])
def test_the_header_of_a_phone(header: str) -> None:
    assert shown_token(header) == "a" * 32


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "ApplePass",
        "ApplePass ",
        "ApplePass  ",
        "a" * 32,
        "Bearer " + "a" * 32,
        "ApplePass short",
        "ApplePass " + "a" * 200,
        "ApplePass " + "a" * 16 + " b",
        "ApplePass " + "ä" * 32,
        "ApplePass\x00" + "a" * 32,
        "ApplePass " + "a" * 1_000_000,
    ],
)
def test_any_other_header_shows_no_token(header: str | None) -> None:
    assert shown_token(header) is None


COMPLAINTS = [
    (
        "[2026-11-20 12:00:00 +0000] Register task (for device 6f1e0fa2c4, pass type pass.org.example, serial number "
        f"{SERIAL}; with web service url https://cards.example.org/apple) encountered error: "
        "Unexpected response code 403",
        "register",
        "status_403",
    ),
    (
        "Unregister task (pass type pass.x) encountered error: Unexpected response code 500",
        "unregister",
        "status_500",
    ),
    ("Get serial #s task (for device 1) encountered error: Authentication failure", "list", "unauthorised"),
    (
        "Web service error for pass.x: Response to 'What changed?' request included 1 serial numbers but the "
        "lastUpdated tag (1) remained the same.",
        "list",
        "tag_unchanged",
    ),
    (
        "Get pass task (pass type pass.x) encountered error: Received invalid pass data (The pass cannot be read "
        "because it isn’t valid.)",
        "fetch",
        "invalid_pass",
    ),
    ("Get pass task encountered error: Unexpected response code 999", "fetch", "status_other"),
    (
        "Device received spurious push. Request for passesUpdatedSince '1' returned no serial numbers.",
        "push",
        "spurious_push",
    ),
    ("Get pass task encountered error: The request timed out.", "fetch", "network"),
    ("Something that nobody has seen before", "other", "other"),
    ("", "other", "other"),
]


@pytest.mark.parametrize(("line", "task", "problem"), COMPLAINTS)
def test_what_a_phone_complains_about_is_counted_by_its_kind(line: str, task: str, problem: str) -> None:
    (found,) = complaints([line])
    assert (found.task, found.problem) == (task, problem)


def test_no_secret_of_a_complaint_is_written_down() -> None:
    token, device, push = "Zm9vYmFyYmF6cXV4cXV1eA_-", "6f1e0fa2c4d8b3a1f09e8d7c6b5a4f3e", "ab" * 32
    line = f"Register task (device {device}, token {push})\r\nAuthorization: ApplePass {token}\x00 {SERIAL}"
    written = without_secrets(line)
    for secret in (token, device, push, SERIAL.partition(".")[2]):
        assert secret not in written
    assert written.isprintable()
    assert len(without_secrets("word " * 10_000)) <= 300


def test_a_long_report_is_looked_into_for_its_first_lines() -> None:
    assert len(list(complaints(["x"] * 100_000))) == 50


@pytest.mark.parametrize(
    "body",
    [
        None,
        b"",
        b"null",
        b"[]",
        b"{",
        b"\xff\xfe",
        b'{"logs": 1}',
        b'{"logs": [1]}',
        b"[" * 30_000,
        b'{"logs":["\\ud800"]}',
    ],
)
def test_no_report_is_too_broken(body: bytes | None) -> None:
    DeviceLog().take(body)


def test_who_reports_too_often_is_not_listened_to() -> None:
    log = DeviceLog()
    heard = [log.may_speak("192.0.2.1") for _each in range(20)]
    assert heard[0]
    assert not heard[-1]
    assert log.may_speak("192.0.2.2")
