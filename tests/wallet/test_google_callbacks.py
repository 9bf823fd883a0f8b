"""Callbacks that Google signed for us, and everything that only looks like one (ECv2SigningOnly)."""

import asyncio
import base64
import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from cardamom.kit.errors import Unavailable
from cardamom.wallet.google.callbacks import (
    Callback,
    RootKey,
    instant,
    nonce_key,
    public_key,
    read_envelope,
    verify_message,
    verify_signing_key,
)
from cardamom.wallet.google.client import http_client
from cardamom.wallet.google.errors import CallbackForged
from cardamom.wallet.google.root_keys import RootKeys
from tests.wallet.google_console import CallbackSigner, forged_root
from tests.wallet.mock_google import MockGoogle

ISSUER = "3388000000012345678"
OTHER_ISSUER = "3388000000099999999"
SIGNER = CallbackSigner()


def a_message(**changes: Any) -> dict[str, Any]:
    message = SIGNER.message(class_id=f"{ISSUER}.cafe2345.p1", object_id=f"{ISSUER}.cafe2345.1", event="save")
    return {**message, **changes}


def heard(body: dict[str, Any], *, roots: dict[str, Any] | None = None) -> Callback:
    """What is believed of a callback. Raises CallbackForged."""
    at = datetime.now(UTC)
    keys = [
        RootKey(public_key(each["keyValue"]), instant(each["keyExpiration"]))
        for each in (roots or SIGNER.root_keys())["keys"]
    ]
    envelope = read_envelope(json.dumps(body).encode())
    key = verify_signing_key(envelope, roots=keys, now=at)
    return verify_message(envelope, key=key, issuer_id=ISSUER, now=at)


def test_a_callback_of_google_for_us_is_heard() -> None:
    message = a_message(eventType="del")
    callback = heard(SIGNER.callback(issuer=ISSUER, message=message))
    assert (callback.event_type, callback.object_id) == ("del", message["objectId"])
    assert callback.nonce == message["nonce"]


def test_text_outside_of_ascii_is_measured_in_bytes() -> None:
    message = a_message(nonce="קוד-١٢٣-☕")
    assert heard(SIGNER.callback(issuer=ISSUER, message=message)).nonce == "קוד-١٢٣-☕"
    with pytest.raises(CallbackForged):
        heard(SIGNER.callback(issuer=ISSUER, message=message, measure=str))


def test_a_callback_for_another_issuer_is_not_for_us() -> None:
    with pytest.raises(CallbackForged):
        heard(SIGNER.callback(issuer=OTHER_ISSUER, message=a_message()))


def test_a_callback_that_names_an_object_of_another_issuer_is_not_for_us() -> None:
    for name in ("objectId", "classId"):
        message = a_message(**{name: f"{OTHER_ISSUER}.cafe2345.1"})
        with pytest.raises(CallbackForged):
            heard(SIGNER.callback(issuer=ISSUER, message=message))


@pytest.mark.parametrize(
    "changes",
    [
        # What was signed is put together from our constant: what the message claims is only compared.
        {"protocol": "ECv1", "signed_protocol": "ECv1"},
        {"protocol": "ECv2", "signed_protocol": "ECv2"},
        {"protocol": "ECv2SigningOnly", "signed_protocol": "ECv2"},
        {"protocol": "ecv2signingonly"},
        {"sender": "GoogleWalletPasses"},
        {"sender": "Google"},
        {"key_expires_at": time.time() - 1},
        {"root": forged_root()},
    ],
)
def test_a_callback_that_is_signed_otherwise_is_forged(changes: dict[str, Any]) -> None:
    with pytest.raises(CallbackForged):
        heard(SIGNER.callback(issuer=ISSUER, message=a_message(), **changes))


def test_an_old_callback_is_not_heard_again() -> None:
    message = a_message(expTimeMillis=int((time.time() - 1) * 1_000))
    with pytest.raises(CallbackForged):
        heard(SIGNER.callback(issuer=ISSUER, message=message))


def test_the_end_of_a_callback_may_be_written_as_text() -> None:
    message = a_message(expTimeMillis=str(int((time.time() + 60) * 1_000)))
    assert heard(SIGNER.callback(issuer=ISSUER, message=message)).event_type == "save"


def test_an_expired_root_key_vouches_for_nobody() -> None:
    with pytest.raises(CallbackForged):
        heard(
            SIGNER.callback(issuer=ISSUER, message=a_message()),
            roots=SIGNER.root_keys(expires_at=time.time() - 1),
        )


@pytest.mark.parametrize(
    "spoil",
    [
        {"signature": "AAAA"},
        {"signature": "not base64"},
        {"signature": ""},
        {"signedMessage": "{}"},
        {"signedMessage": "null"},
        {"protocolVersion": None},
        {"intermediateSigningKey": {"signedKey": "{}", "signatures": []}},
        {"intermediateSigningKey": {"signedKey": "{}", "signatures": ["AAAA"] * 10_000}},
        {"intermediateSigningKey": None},
    ],
)
def test_a_spoilt_callback_is_forged(spoil: dict[str, Any]) -> None:
    body = SIGNER.callback(issuer=ISSUER, message=a_message())
    with pytest.raises(CallbackForged):
        heard({**body, **spoil})


@pytest.mark.parametrize(
    "body", [b"", b"null", b"[]", b"{}", b"\xff\xfe", b"x" * 20_000, b'{"signature": "\\ud800"}']
)
def test_what_is_no_callback_is_forged(body: bytes) -> None:
    with pytest.raises(CallbackForged):
        read_envelope(body)


def test_a_message_that_was_changed_after_signing_is_forged() -> None:
    body = SIGNER.callback(issuer=ISSUER, message=a_message())
    with pytest.raises(CallbackForged):
        heard({**body, "signedMessage": body["signedMessage"].replace("save", "del")})


def test_a_key_of_a_kind_that_nobody_knows_is_no_key() -> None:
    known = base64.b64decode(SIGNER.root_keys()["keys"][0]["keyValue"])
    strange = known.replace(bytes.fromhex("2a8648ce3d0201"), bytes.fromhex("2a8648ce3d0263"))
    for content in (strange, known[:-1], b"", known + known):
        with pytest.raises(CallbackForged):
            public_key(base64.b64encode(content).decode())


def test_a_nonce_is_a_key_for_its_issuer() -> None:
    assert nonce_key(ISSUER, "1") != nonce_key(OTHER_ISSUER, "1")
    assert nonce_key(ISSUER, "1") == nonce_key(ISSUER, "1")


async def test_root_keys_are_fetched_once_for_many() -> None:
    async with MockGoogle() as google, http_client() as http:
        keys = RootKeys(http, f"{google.url}/gp/m/issuer/keys")
        await asyncio.gather(*(keys.current() for _ in range(20)))
        assert len(google.calls) == 1


async def test_root_keys_are_fetched_again_by_their_age() -> None:
    async with MockGoogle() as google, http_client() as http:
        with time_machine.travel("2026-11-20 12:00Z", tick=False) as clock:
            keys = RootKeys(http, f"{google.url}/gp/m/issuer/keys")
            await keys.current()
            clock.shift(timedelta(hours=23))
            await keys.current()
            assert len(google.calls) == 1
            clock.shift(timedelta(hours=2))
            await keys.current()
            assert len(google.calls) == 2


async def test_root_keys_that_end_sooner_are_fetched_sooner() -> None:
    async with MockGoogle() as google, http_client() as http:
        with time_machine.travel("2026-11-20 12:00Z", tick=False) as clock:
            ends_at = time.time() + 3_600
            google.signer.root_keys = lambda **_more: SIGNER.root_keys(expires_at=ends_at)  # type: ignore[method-assign]
            keys = RootKeys(http, f"{google.url}/gp/m/issuer/keys")
            await keys.current()
            clock.shift(3_601)
            with pytest.raises(Unavailable):
                await keys.current()
            assert len(google.calls) == 2


async def test_a_google_without_keys_is_not_asked_for_every_callback() -> None:
    async with MockGoogle() as google, http_client() as http:
        await google.go_down()
        with time_machine.travel("2026-11-20 12:00Z", tick=False) as clock:
            keys = RootKeys(http, f"{google.url}/gp/m/issuer/keys")
            for _ in range(3):
                with pytest.raises(Unavailable):
                    await keys.current()
            await google.come_back()
            with pytest.raises(Unavailable):
                await keys.current()
            assert google.calls == []
            clock.shift(61)
            assert await keys.current()


async def test_keys_that_are_good_outlive_a_google_that_is_away() -> None:
    async with MockGoogle() as google, http_client() as http:
        with time_machine.travel("2026-11-20 12:00Z", tick=False) as clock:
            keys = RootKeys(http, f"{google.url}/gp/m/issuer/keys")
            await keys.current()
            await google.go_down()
            clock.shift(timedelta(days=3))
            assert await keys.current()
