"""Secrets and signed tokens."""

import base64
import hashlib
import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from cardamom.kit.signing import SignatureInvalid, hash_secret, new_secret, sign, unsign

KEY, OTHER_KEY = b"k" * 32, b"o" * 32
AT = datetime(2026, 3, 21, 10, 50, tzinfo=UTC)
HOUR = 3600


def a_token(payload: bytes = b"card", *, purpose: str = "join") -> str:
    return sign(payload, key=KEY, purpose=purpose, now=AT)


def read(token: str, *, key: bytes = KEY, purpose: str = "join", now: datetime = AT) -> bytes:
    return unsign(token, key=key, purpose=purpose, now=now, max_age_seconds=HOUR)


def test_a_secret_has_a_visible_prefix_and_256_bits():
    made = {new_secret("cdm") for _ in range(100)}
    assert len(made) == 100
    assert all(re.fullmatch(r"cdm_[A-Za-z0-9]{43}", secret) for secret in made)


@pytest.mark.parametrize("prefix", ["", "cdm_", "Cdm", "c dm", "_cdm", "کارت"])
def test_a_prefix_is_plain(prefix: str):
    with pytest.raises(ValueError, match="prefix"):
        new_secret(prefix)


def test_a_secret_is_stored_as_its_hash():
    assert hash_secret("cdm_x") == hashlib.sha256(b"cdm_x").digest()


@given(st.binary(max_size=200))
def test_what_was_signed_comes_back(payload: bytes):
    token = a_token(payload)
    assert read(token) == payload
    assert re.fullmatch(r"[A-Za-z0-9_.-]+", token)


def test_a_token_is_good_until_it_is_too_old():
    token = a_token()
    assert read(token, now=AT + timedelta(seconds=HOUR)) == b"card"
    with pytest.raises(SignatureInvalid):
        read(token, now=AT + timedelta(seconds=HOUR + 1))


def test_a_token_of_a_clock_that_is_ahead_is_good():
    assert read(a_token(), now=AT - timedelta(seconds=5)) == b"card"


def test_a_token_is_signed_at_the_present_unless_told():
    with time_machine.travel(AT, tick=False):
        assert sign(b"card", key=KEY, purpose="join") == a_token()


def test_a_token_of_another_key_or_purpose_is_refused():
    with pytest.raises(SignatureInvalid):
        read(a_token(), key=OTHER_KEY)
    with pytest.raises(SignatureInvalid):
        read(a_token(purpose="leave"))


@given(st.integers(0, len(a_token()) - 1), st.characters(codec="ascii"))
def test_a_token_with_another_character_is_refused(place: int, character: str):
    token = a_token()
    changed = token[:place] + character + token[place + 1 :]
    if changed != token:
        with pytest.raises(SignatureInvalid):
            read(changed)


@pytest.mark.parametrize("token", ["", ".", "..", "a.b", "a.b.c", "a.b.c.d", "é.è.ê", "=.=.=", "\x00"])
def test_what_is_no_token_is_refused(token: str):
    with pytest.raises(SignatureInvalid) as refused:
        read(token)
    assert (refused.value.status, refused.value.facts) == (422, {})


def test_the_time_of_a_token_cannot_be_moved():
    payload, _time, signature = a_token().split(".")
    later = int((AT + timedelta(days=1)).timestamp()).to_bytes(6, "big")
    forged = f"{payload}.{base64.urlsafe_b64encode(later).decode()}.{signature}"
    with pytest.raises(SignatureInvalid):
        read(forged)


def test_a_short_key_is_a_fault_of_the_caller():
    with pytest.raises(ValueError, match="32 bytes"):
        sign(b"card", key=b"short", purpose="join")
