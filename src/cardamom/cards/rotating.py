"""Rotating codes: a card's code with eight digits behind it that change every half minute (ADR 0014).

Time-based one-time passwords of RFC 6238, which Google Wallet computes on the phone, offline too. The key of a card
follows from the instance's key, its id and its epoch: nothing is stored for it, and a renewed link gets another one.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.hotp import HOTP

from cardamom.kit.codes import ONE_TIME_DIGITS, rotating_text

#: How long one code is shown (RFC 6238, X).
PERIOD_SECONDS: Final = 30
#: Codes of so many periods before and after are taken too: clocks differ, and a hand takes its time (section 5.2).
TOLERANCE: Final = 1
#: So many used periods a card remembers. Online the last 2 * TOLERANCE + 1 decide; late ones of a till that was
#: offline have the rest, and the cooldown.
REMEMBERED: Final = 6

_PURPOSE = b"cardamom.card.rotating"
#: 160 bits, as the digest has (RFC 4226, section 4, R6).
_KEY_BYTES = 20


class RotatingCodes:
    """Makes and checks the rotating codes of cards. epoch: `card.token_epoch`."""

    def __init__(self, secret_key: bytes) -> None:
        self._key = hmac.digest(secret_key, _PURPOSE, "sha256")

    def key(self, card_id: str, epoch: int) -> bytes:
        """The secret that a card's codes are made with, 20 bytes. A wallet that computes codes is given it."""
        return hmac.digest(self._key, f"{card_id}|{epoch}".encode(), hashlib.sha256)[:_KEY_BYTES]

    def text(self, code: str, card_id: str, epoch: int, *, at: datetime) -> str:
        """What is shown at an instant, 25 digits. code: the card's own."""
        return rotating_text(code, one_time_digits(self.key(card_id, epoch), step_at(at)))

    def step(self, one_time: str, card_id: str, epoch: int, *, at: datetime) -> int | None:
        """The period that a scanned code was made for; None for a stale or made-up one. one_time: ASCII digits."""
        key, now = self.key(card_id, epoch), step_at(at)
        found = None
        for step in range(now - TOLERANCE, now + TOLERANCE + 1):
            if hmac.compare_digest(one_time_digits(key, step), one_time):
                found = step
        return found


def one_time_digits(key: bytes, step: int) -> str:
    """The eight digits of a period (RFC 6238, SHA-1, 8 digits)."""
    return HOTP(key, ONE_TIME_DIGITS, SHA1()).generate(step).decode("ascii")  # noqa: S303 - what the RFC and phones use


def step_at(at: datetime) -> int:
    """The number of the period that an instant lies in, counted from 1970 (RFC 6238, T)."""
    return int(at.timestamp()) // PERIOD_SECONDS


def next_change(at: datetime) -> datetime:
    """When the code that is shown at an instant becomes another one."""
    return datetime.fromtimestamp(0, UTC) + timedelta(seconds=(step_at(at) + 1) * PERIOD_SECONDS)


def with_used(steps: Sequence[int], step: int) -> list[int]:
    """The used periods that a card remembers after one more."""
    return sorted({*steps, step})[-REMEMBERED:]
