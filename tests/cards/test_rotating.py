"""Rotating codes: RFC 6238's own numbers, and what keys and times do."""

from datetime import UTC, datetime, timedelta

import pytest

from cardamom.cards.rotating import (
    REMEMBERED,
    RotatingCodes,
    next_change,
    one_time_digits,
    step_at,
    with_used,
)
from cardamom.kit.codes import CodeKind, CodeMalformed, check_digit, new_code, parse_code, parse_rotating
from cardamom.kit.digits import to_script
from cardamom.kit.ids import new_id

#: RFC 6238, appendix B, the rows for SHA-1: the key is the ASCII text 12345678901234567890.
RFC_6238 = [
    (59, "94287082"),
    (1_111_111_109, "07081804"),
    (1_111_111_111, "14050471"),
    (1_234_567_890, "89005924"),
    (2_000_000_000, "69279037"),
    (20_000_000_000, "65353130"),
]
#: 20 seconds into a period.
NOON = datetime(2026, 11, 22, 12, 0, 20, tzinfo=UTC)


@pytest.fixture
def codes() -> RotatingCodes:
    return RotatingCodes(bytes(32))


@pytest.mark.parametrize(("seconds", "digits"), RFC_6238)
def test_the_digits_are_those_of_the_rfc(seconds: int, digits: str) -> None:
    assert one_time_digits(b"12345678901234567890", step_at(datetime.fromtimestamp(seconds, UTC))) == digits


def test_every_card_and_epoch_has_a_key_of_its_own(codes: RotatingCodes) -> None:
    one, other = new_id(), new_id()
    keys = {codes.key(one, 1), codes.key(one, 2), codes.key(other, 1), RotatingCodes(b"x" * 32).key(one, 1)}
    assert (len(keys), {len(key) for key in keys}) == (4, {20})


def test_what_is_shown_has_25_digits_and_names_the_card(codes: RotatingCodes) -> None:
    code, card_id = new_code(CodeKind.CARD), new_id()
    text = codes.text(code, card_id, 1, at=NOON)
    assert (len(text), text[:17]) == (25, f"4{code[1:17]}")
    read = parse_rotating(to_script(text, "arab"))
    assert read.card == code
    assert codes.step(read.one_time, card_id, 1, at=NOON) == step_at(NOON)
    assert code not in repr(read)
    assert read.one_time not in repr(read)


def test_only_a_card_rotates(codes: RotatingCodes) -> None:
    for code in (new_code(CodeKind.VOUCHER), new_code(CodeKind.CARD, random_digits=8)):
        with pytest.raises(ValueError, match="18 digits"):
            codes.text(code, new_id(), 1, at=NOON)


def test_no_rotating_code_is_a_code_with_a_check_digit() -> None:
    body = f"4{'0' * 23}"
    for text in (body, f"{body}{check_digit(body)}"):
        with pytest.raises(CodeMalformed):
            parse_code(text + "0" * (25 - len(text)))
    for wrong in (body, body + "00", "1" + "0" * 24, "", "4" * 201):
        with pytest.raises(CodeMalformed):
            parse_rotating(wrong)


@pytest.mark.parametrize(
    ("later_seconds", "is_good"), [(0, True), (9, True), (39, True), (40, False), (-21, True), (-51, False)]
)
def test_a_code_is_good_for_its_period_and_the_neighbours(
    codes: RotatingCodes, later_seconds: int, *, is_good: bool
) -> None:
    card_id = new_id()
    digits = one_time_digits(codes.key(card_id, 1), step_at(NOON))
    found = codes.step(digits, card_id, 1, at=NOON + timedelta(seconds=later_seconds))
    assert found == (step_at(NOON) if is_good else None)


def test_another_epochs_digits_are_nobodys(codes: RotatingCodes) -> None:
    card_id = new_id()
    digits = one_time_digits(codes.key(card_id, 1), step_at(NOON))
    assert codes.step(digits, card_id, 2, at=NOON) is None


def test_the_code_changes_at_the_half_minute() -> None:
    assert next_change(NOON) == NOON + timedelta(seconds=10)
    assert next_change(NOON.replace(second=30)) == NOON.replace(second=0, minute=1)


def test_a_card_remembers_the_newest_used_periods() -> None:
    used: list[int] = []
    for step in (5, 3, 9, 9, 7, 1, 11, 13, 2):
        used = with_used(used, step)
    assert (used, len(used)) == ([3, 5, 7, 9, 11, 13], REMEMBERED)
