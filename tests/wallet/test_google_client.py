"""Calls of the Google Wallet API, over real HTTP, and every way in which they go wrong."""

import asyncio
import json

import pytest
import time_machine

from cardamom.kit.errors import Refused
from cardamom.wallet.google.account import ServiceAccount, read_service_account
from cardamom.wallet.google.bucket import TokenBucket
from cardamom.wallet.google.client import GoogleClient, GoogleClients, http_client
from cardamom.wallet.google.difference import difference
from cardamom.wallet.google.errors import (
    GoogleAccountMalformed,
    GoogleDown,
    GoogleExists,
    GoogleNotAUser,
    GoogleNoticesUsedUp,
    GoogleQuota,
    GoogleRefusedAccount,
    GoogleRefusedDocument,
    GoogleUnknown,
)
from cardamom.wallet.touching import Urgency
from tests.wallet.google_console import MEMBER, STRANGER, read_jwt, service_account
from tests.wallet.google_wallet import a_class, a_window, account_of, an_object, api_of
from tests.wallet.mock_google import MockGoogle

TOKEN_URI = "https://oauth2.googleapis.com/token"
ISSUER = "3388000000012345678"


def a_key_file(**changes: object) -> bytes:
    return json.dumps({**service_account(MEMBER, token_uri=TOKEN_URI), **changes}).encode()


def test_a_key_file_is_an_account() -> None:
    account = read_service_account(a_key_file(), f" {ISSUER} ")
    assert (account.issuer_id, account.email, account.token_uri) == (ISSUER, MEMBER, TOKEN_URI)
    assert read_jwt(account.sign({"iss": MEMBER, "aud": "google"})) == {"iss": MEMBER, "aud": "google"}


def test_an_account_never_shows_its_key() -> None:
    assert "PRIVATE" not in repr(read_service_account(a_key_file(), ISSUER))


@pytest.mark.parametrize(
    ("material", "issuer", "field"),
    [
        (b"", ISSUER, None),
        (b"\xff\xfe{}", ISSUER, None),
        (b"[" * 20_000, ISSUER, None),
        (a_key_file(type="authorized_user"), ISSUER, "type"),
        (a_key_file(private_key="-----BEGIN PRIVATE KEY-----"), ISSUER, "private_key"),
        (a_key_file(), "Cardamom", "issuer"),
        (a_key_file(), "٣٣٨٨", "issuer"),
        # Whoever uploads a file does not choose where we send requests to.
        (a_key_file(token_uri="http://169.254.169.254/token"), ISSUER, "token_uri"),
        (a_key_file(token_uri="https://oauth2.googleapis.com.evil.example/token"), ISSUER, "token_uri"),
        (a_key_file(token_uri="https://[broken"), ISSUER, "token_uri"),
    ],
)
def test_what_is_no_key_file_is_refused(material: bytes, issuer: str, field: str | None) -> None:
    with pytest.raises(GoogleAccountMalformed) as refused:
        read_service_account(material, issuer)
    assert refused.value.facts.get("field") == field
    assert refused.value.sentence()


async def test_inserts_reads_and_patches() -> None:
    async with a_window() as at:
        made = await at.client.insert("loyaltyClass", a_class(at.google.issuer))
        assert made["reviewStatus"] == "APPROVED"
        shown = an_object(at.google.issuer, accountName="Sara")
        await at.client.insert("loyaltyObject", shown)
        wanted = an_object(at.google.issuer, loyaltyPoints={"balance": {"string": "8/10"}})
        await at.client.patch("loyaltyObject", shown["id"], difference(shown, wanted))
        kept = await at.client.get("loyaltyObject", shown["id"])
        # What is gone is gone, also inside of an object.
        assert kept == {**wanted, "hasUsers": False}


async def test_one_token_serves_many_calls_and_is_replaced_when_its_hour_is_over() -> None:
    with time_machine.travel("2026-11-20 12:00Z", tick=False) as clock:
        async with a_window() as at:
            await at.client.insert("loyaltyClass", a_class(at.google.issuer))
            await asyncio.gather(*(at.client.get("loyaltyClass", a_class(ISSUER)["id"]) for _ in range(5)))
            assert [call.path for call in at.google.calls].count("/token") == 1
            clock.shift(3_590)
            await at.client.get("loyaltyClass", a_class(ISSUER)["id"])
            assert [call.path for call in at.google.calls].count("/token") == 2


async def test_a_token_that_was_taken_back_is_replaced_without_a_word() -> None:
    async with a_window() as at:
        await at.client.insert("loyaltyClass", a_class(at.google.issuer))
        at.google.revoke_tokens()
        assert await at.client.get("loyaltyClass", a_class(ISSUER)["id"])
        assert [call.status for call in at.google.calls][-3:] == [401, 200, 200]


async def test_what_google_does_not_take_says_why() -> None:
    async with a_window() as at:
        with pytest.raises(GoogleRefusedDocument) as refused:
            await at.client.insert("loyaltyClass", a_class(ISSUER, reviewStatus="underReview"))
        assert "reviewStatus" in refused.value.sentence()
        assert at.naps.seconds == []


async def test_what_is_there_already_and_what_is_not_there() -> None:
    async with a_window() as at:
        await at.client.insert("loyaltyClass", a_class(ISSUER))
        with pytest.raises(GoogleExists):
            await at.client.insert("loyaltyClass", a_class(ISSUER))
        with pytest.raises(GoogleUnknown):
            await at.client.patch("loyaltyObject", an_object(ISSUER)["id"], {"state": "INACTIVE"})


async def test_an_account_that_nobody_invited_is_named_to_the_owner() -> None:
    async with a_window(file="stranger_account") as at:
        with pytest.raises(GoogleNotAUser) as refused:
            await at.client.insert("loyaltyClass", a_class(ISSUER))
        assert STRANGER in refused.value.sentence()


async def test_a_deleted_account_is_not_tried_again() -> None:
    async with a_window() as at:
        other = ServiceAccount(
            issuer_id=ISSUER,
            email="deleted@cardamom-tests.iam.gserviceaccount.com",
            key=account_of(at.google)._key,
            key_id="1",
            token_uri=f"{at.google.url}/token",
        )
        async with http_client() as http:
            client = GoogleClient(other, http=http, api=api_of(at.google), bucket=TokenBucket(100))
            with pytest.raises(GoogleRefusedAccount):
                await client.get("loyaltyClass", a_class(ISSUER)["id"])
        assert len(at.google.calls) == 1


async def test_trouble_that_passes_is_waited_out() -> None:
    async with a_window() as at:
        at.google.fail(503, times=2)
        await at.client.insert("loyaltyClass", a_class(ISSUER))
        assert len(at.naps.seconds) == 2
        assert at.naps.seconds[1] > at.naps.seconds[0] / 2


async def test_trouble_that_stays_is_left_to_the_courier() -> None:
    async with a_window() as at:
        at.google.fail(500, times=None)
        with pytest.raises(GoogleDown):
            await at.client.insert("loyaltyClass", a_class(ISSUER))
        assert len(at.naps.seconds) == 3
        at.google.recover()
        await at.client.insert("loyaltyClass", a_class(ISSUER))


async def test_a_google_that_is_not_there_is_down() -> None:
    async with a_window() as at:
        await at.client.insert("loyaltyClass", a_class(ISSUER))
        await at.google.go_down()
        with pytest.raises(GoogleDown):
            await at.client.get("loyaltyClass", a_class(ISSUER)["id"])
        await at.google.come_back()
        assert await at.client.get("loyaltyClass", a_class(ISSUER)["id"])


async def test_too_many_requests_are_told_apart_from_too_many_notices() -> None:
    async with a_window() as at:
        await at.client.insert("loyaltyClass", a_class(ISSUER))
        await at.client.insert("loyaltyObject", an_object(ISSUER))
        message = {"header": "Reward", "body": "Free coffee", "messageType": "TEXT_AND_NOTIFY"}
        for _ in range(3):
            await at.client.add_message("loyaltyObject", an_object(ISSUER)["id"], message)
        with pytest.raises(GoogleNoticesUsedUp):
            await at.client.add_message("loyaltyObject", an_object(ISSUER)["id"], message)
        at.google.fail(429, times=None)
        with pytest.raises(GoogleQuota):
            await at.client.get("loyaltyClass", a_class(ISSUER)["id"])


async def test_fifteen_a_second_never_meet_the_quota_of_twenty() -> None:
    async with MockGoogle() as google, http_client() as http:
        clients = GoogleClients(http=http, api=api_of(google), rate=15.0)
        client = clients.client(account_of(google))
        await client.insert("loyaltyClass", a_class(ISSUER))
        await asyncio.gather(*(client.get("loyaltyClass", a_class(ISSUER)["id"]) for _ in range(14)))
        await asyncio.gather(*(client.get("loyaltyClass", a_class(ISSUER)["id"]) for _ in range(5)))
        assert {call.status for call in google.calls} <= {200}


class HandClock:
    """Seconds that pass when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds
        await asyncio.sleep(0)


async def test_what_matters_goes_first() -> None:
    clock = HandClock()
    bucket = TokenBucket(2.0, seconds=clock, sleep=clock.sleep)
    gone: list[str] = []

    async def go(name: str, urgency: Urgency) -> None:
        await bucket.take(urgency)
        gone.append(name)

    await go("first", Urgency.ROLLOUT)
    await go("second", Urgency.ROLLOUT)
    names = [
        ("name", Urgency.COSMETIC),
        ("stamp", Urgency.STAMP),
        ("redesign", Urgency.ROLLOUT),
        ("redeem", Urgency.REDEEM),
        ("other stamp", Urgency.STAMP),
    ]
    await asyncio.gather(*(go(name, urgency) for name, urgency in names))
    assert gone[2:] == ["redeem", "stamp", "other stamp", "name", "redesign"]
    # Two tokens were there at the beginning; five more take two and a half seconds.
    assert clock.now == pytest.approx(2.5)


async def test_who_gives_up_waiting_takes_no_token() -> None:
    clock = HandClock()
    bucket = TokenBucket(1.0, seconds=clock, sleep=clock.sleep)
    await bucket.take(Urgency.STAMP)
    impatient = asyncio.create_task(bucket.take(Urgency.REDEEM))
    await asyncio.sleep(0)
    impatient.cancel()
    await bucket.take(Urgency.STAMP)
    assert clock.now == pytest.approx(1.0)


async def test_a_bucket_that_is_held_lets_nobody_go() -> None:
    clock = HandClock()
    bucket = TokenBucket(10.0, seconds=clock, sleep=clock.sleep)
    bucket.hold(3.0)
    await bucket.take(Urgency.REDEEM)
    assert clock.now == pytest.approx(3.1)


def test_every_trouble_has_a_sentence_without_facts() -> None:
    """A binding keeps only the code."""
    for kind in (GoogleRefusedDocument, GoogleNotAUser, GoogleQuota, GoogleDown, GoogleRefusedAccount):
        trouble: Refused = kind()
        assert trouble.sentence()


@pytest.mark.parametrize(
    ("shown", "wanted", "patch"),
    [
        ({"a": 1}, {"a": 1}, {}),
        ({"a": 1, "b": 2}, {"a": 1, "b": 3}, {"b": 3}),
        ({"a": 1, "b": 2}, {"a": 1}, {"b": None}),
        ({"list": [1, 2]}, {"list": [2]}, {"list": [2]}),
        ({"part": {"a": 1, "b": 2}}, {"part": {"a": 1}}, {"part": {"a": 1, "b": None}}),
        ({"part": {"x": {"y": 1}}}, {"part": {"x": {"z": 1}}}, {"part": {"x": {"z": 1, "y": None}}}),
        ({"part": {"a": 1}}, {"part": [1]}, {"part": [1]}),
        ({}, {"a": {"b": 1}}, {"a": {"b": 1}}),
    ],
)
def test_a_patch_says_only_what_changed(shown: dict, wanted: dict, patch: dict) -> None:
    assert difference(shown, wanted) == patch
