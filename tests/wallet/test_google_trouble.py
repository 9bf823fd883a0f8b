"""Google away, Google unwilling, and everybody who only says that they are Google."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest

from cardamom.kit.errors import refusal
from cardamom.kit.i18n import use_language
from cardamom.ledger.commands import Outcome, new_key
from cardamom.merchants.deeds import UpdateMerchant
from cardamom.wallet.google import save_links, sending
from cardamom.wallet.google.client import GoogleClient
from cardamom.wallet.google.errors import (
    GoogleApiDisabled,
    GoogleNotAUser,
    GoogleNoticesUsedUp,
    GoogleNotPublished,
    GoogleQuota,
    GoogleTrouble,
)
from cardamom.wallet.google.refusals import refusal_in, retry_after
from tests.wallet.google_console import STRANGER, CallbackSigner
from tests.wallet.google_shop import GoogleShop, google_settings, opened
from tests.wallet.mock_google import MockGoogle
from tests.world import World


@pytest.fixture
async def shop(world: World, tmp_path: Path) -> AsyncIterator[GoogleShop]:
    async with MockGoogle() as google:
        google.requests_per_second = None
        async with opened(world, tmp_path, google) as shop:
            yield shop


async def test_a_day_without_google_loses_nothing(shop: GoogleShop, monkeypatch: pytest.MonkeyPatch) -> None:
    card_id = await shop.world.a_card()
    object_id = await shop.save(card_id)
    await shop.deliver()
    await shop.google.go_down()
    await shop.world.stamp(card_id, stamps=3)
    await shop.settle()
    results = await _try_once(shop)
    assert [(sent.told, sent.error) for sent in results] == [(False, "google_down")]
    # The next card is not tried at all: one has found out for the others.
    assert (await _try_once(shop))[0].wait_seconds is not None
    await shop.google.come_back()
    monkeypatch.setattr(shop.carrier, "_paused", {})
    await shop.deliver()
    assert shop.shown(object_id)["loyaltyPoints"]["balance"] == {"string": "٣/١٠"}


async def _try_once(shop: GoogleShop) -> list[Any]:
    """What the carrier makes of everything that is due, without writing it down."""
    due = [each for each in await shop.bindings("card") if each.sent < each.wanted]
    fields = sending.Due.__struct_fields__
    return await shop.carrier.send(
        [sending.Due(**{name: getattr(each, name) for name in fields}) for each in due]
    )


async def test_while_google_hangs_the_link_carries_the_card(
    shop: GoogleShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    card_id = await shop.world.a_card(stamps=4)
    shop.google.hang(times=None)
    began = asyncio.get_running_loop().time()
    answer = await shop.tap(card_id)
    assert asyncio.get_running_loop().time() - began < 4.5
    link = answer.headers["location"]
    assert len(link) < 1_800
    shop.google.recover()
    [callback] = shop.google.open_save_link(link)
    assert (await shop.post(callback)).status_code == 200
    # The rest of it comes as soon as Google answers.
    await shop.deliver()
    [shown] = shop.google.store.documents["loyaltyObject"].values()
    assert "heroImage" in shown
    assert "localizedProgramName" in next(iter(shop.google.store.documents["loyaltyClass"].values()))
    assert shown["hasUsers"]


async def test_a_card_that_fits_into_no_link_gets_a_page_that_says_so(
    shop: GoogleShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cardamom.wallet.google.save_links.MOST_CHARACTERS", 700)
    await shop.google.go_down()
    answer = await shop.tap(await shop.world.a_card())
    assert answer.status_code == 503
    assert "text/html" in answer.headers["content-type"]
    await shop.google.come_back()


async def test_an_account_that_nobody_invited_is_the_owners_to_mend(world: World, tmp_path: Path) -> None:
    async with MockGoogle() as google:
        settings = google_settings(tmp_path, google, file=google.stranger_account())
        async with opened(world, tmp_path, google, settings=settings) as shop:
            cards = [await world.a_card() for _ in range(3)]
            for card_id in cards:
                answer = await shop.tap(card_id)
                assert answer.status_code == 503
                assert STRANGER not in answer.text, "a customer cannot help it"
            google.calls.clear()
            results = await _try_once(shop)
            assert {sent.error for sent in results} == {"google_not_a_user"}
            assert all(sent.wait_seconds and not sent.told for sent in results)
            assert len([call for call in google.calls if call.kind]) <= 3
            google.calls.clear()
            await _try_once(shop)
            assert google.calls == [], "asked again only after a while"
            with use_language("en"):
                for binding in await shop.bindings("card"):
                    assert "console" in refusal(str(binding.error), {}).sentence()


async def test_what_google_does_not_take_is_not_tried_for_ever(
    shop: GoogleShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    card_id = await shop.world.a_card()
    await shop.save(card_id)
    await shop.deliver()
    real = shop.google.store.patch

    def refuse(kind: Any, identity: str, change: Any) -> Any:
        return real(kind, identity, {**change, "state": "active"})

    monkeypatch.setattr(shop.google.store, "patch", refuse)
    await shop.world.stamp(card_id)
    await shop.deliver()
    [binding] = await shop.bindings("card")
    assert (binding.error, binding.next_try) == ("google_refused_document", None)
    monkeypatch.undo()
    await shop.world.stamp(card_id)
    await shop.deliver()
    [binding] = await shop.bindings("card")
    assert (binding.error, binding.sent == binding.wanted) == (None, True)


async def test_an_issuer_that_has_to_wait_keeps_nobody_else_waiting(shop: GoogleShop) -> None:
    """Google asks for half an hour: the carrier is free at once, and the others of this issuer are not tried."""
    cards = [await shop.world.a_card() for _ in range(3)]
    for card_id in cards:
        await shop.save(card_id)
        await shop.world.stamp(card_id)
    await shop.deliver()
    for card_id in cards:
        await shop.world.stamp(card_id)
    await shop.settle()
    shop.google.retry_after_seconds = 1_800
    shop.google.fail(429, times=None)
    shop.google.calls.clear()
    async with asyncio.timeout(4):
        await _try_once(shop)
        waiting = await _try_once(shop)
    assert all((sent.wait_seconds or 0) > 1_700 for sent in waiting)
    assert len(shop.google.calls) <= 3


async def test_a_stamp_after_the_link_was_made_is_not_lost(
    shop: GoogleShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The web process inserts, the courier tells a stamp, and only then the first writes down what it had said."""
    card_id = await shop.world.a_card(stamps=4)
    real = save_links.note_shown
    visits: list[Outcome] = []

    async def note(*given: Any, **named: Any) -> None:
        if not visits:
            visits.append(await shop.world.stamp(card_id))
            await shop.deliver()
        await real(*given, **named)

    monkeypatch.setattr(save_links, "note_shown", note)
    object_id = await shop.save(card_id)
    await shop.deliver()
    assert shop.shown(object_id)["loyaltyPoints"]["balance"] == {"string": "٥/١٠"}
    await shop.undo(visits[0].operation_id)
    await shop.deliver()
    assert shop.shown(object_id)["loyaltyPoints"]["balance"] == {"string": "٤/١٠"}


async def test_a_link_that_comes_after_the_courier_takes_no_stamp_back(
    shop: GoogleShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The courier is first with a stamp; the web process finds the object there, and writes what it knew before."""
    card_id = await shop.world.a_card(stamps=4)
    real = GoogleClient.insert
    visits: list[Outcome] = []

    async def insert(client: GoogleClient, kind: Any, document: Any, **named: Any) -> Any:
        if kind == "loyaltyObject" and not visits:
            visits.append(await shop.world.stamp(card_id))
            await shop.deliver()
        return await real(client, kind, document, **named)

    monkeypatch.setattr(GoogleClient, "insert", insert)
    object_id = await shop.save(card_id)
    await shop.deliver()
    assert shop.shown(object_id)["loyaltyPoints"]["balance"] == {"string": "٥/١٠"}


async def test_a_link_shows_the_business_as_it_is_and_not_as_it_was_remembered(shop: GoogleShop) -> None:
    """Another process changed it a moment ago: the position that is noted is younger than that."""
    world = shop.world
    await shop.tap(await world.a_card(), "")
    command = UpdateMerchant(
        merchant_id=world.merchant_id,
        actor=world.owner,
        key=new_key(),
        name={"ar": "اسم آخر", "en": "Another name"},
    )
    (await world.ledger.submit(command)).or_raise()
    await shop.settle()
    await shop.save(await world.a_card())
    await shop.deliver()
    [made] = shop.google.store.documents["loyaltyClass"].values()
    assert made["issuerName"] == "اسم آخر"


async def test_the_fourth_notice_of_a_day_is_said_quietly(shop: GoogleShop) -> None:
    """Somebody may have sent messages from the console, which count as ours do."""
    card_id = await shop.world.a_card(stamps=9)
    object_id = await shop.save(card_id)
    await shop.deliver()
    shop.google.store.notices[object_id] = [shop.google.store.now()] * 3
    await shop.world.stamp(card_id)
    await shop.deliver()
    shown = shop.shown(object_id)
    assert shown["secondaryLoyaltyPoints"]["balance"] == {"string": "١"}
    assert [message["messageType"] for message in shown["messages"]] == ["TEXT"]
    assert len(shop.google.store.notices[object_id]) == 3


async def test_many_visits_in_a_day_keep_one_notice_for_the_reward(shop: GoogleShop) -> None:
    card_id = await shop.world.a_card()
    object_id = await shop.save(card_id)
    await shop.deliver()
    for _ in range(10):
        await shop.world.stamp(card_id)
        await shop.deliver()
    assert len(shop.google.store.notices[object_id]) == 3
    assert [each["messageType"] for each in shop.shown(object_id)["messages"]] == ["TEXT_AND_NOTIFY"]
    assert {call.status for call in shop.google.calls if call.kind} == {200}


async def test_a_message_that_could_not_be_said_spends_no_notice(
    shop: GoogleShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the reward would be said quietly after a few tries, and nobody would hear of it."""
    monkeypatch.setattr("cardamom.wallet.google.client.TRIES", 0)
    card_id = await shop.world.a_card(stamps=9)
    object_id = await shop.save(card_id)
    await shop.deliver()
    real, failures = shop.google.store.add_message, iter([503] * 4)

    def add_message(kind: Any, identity: str, request: Any) -> Any:
        if next(failures, None):
            shop.google.fail(503)
            shop.google._meet_fault()
        return real(kind, identity, request)

    monkeypatch.setattr(shop.google.store, "add_message", add_message)
    await shop.world.stamp(card_id)
    for _try in range(5):
        await shop.deliver()
        shop.ahead += timedelta(minutes=10)
    [binding] = await shop.bindings("card")
    assert (binding.sent, len(binding.notices)) == (binding.wanted, 1)
    assert [each["messageType"] for each in shop.shown(object_id)["messages"]] == ["TEXT_AND_NOTIFY"]


async def test_a_pass_that_google_lost_is_made_again(shop: GoogleShop) -> None:
    card_id = await shop.world.a_card()
    object_id = await shop.save(card_id)
    await shop.deliver()
    shop.google.store.documents.clear()
    await shop.world.stamp(card_id)
    await shop.deliver()
    assert shop.shown(object_id)["loyaltyPoints"]["balance"] == {"string": "١/١٠"}
    assert shop.google.store.documents["loyaltyClass"]


async def test_an_answer_that_was_lost_on_the_way_is_no_second_pass(shop: GoogleShop) -> None:
    card_id = await shop.world.a_card()
    real = shop.google.store.insert

    def insert_and_fail(kind: Any, document: Any) -> Any:
        made = real(kind, document)
        shop.google.store.insert = real  # type: ignore[method-assign]
        shop.google.fail(503)
        shop.google._meet_fault()
        return made

    shop.google.store.insert = insert_and_fail  # type: ignore[method-assign]
    object_id = await shop.save(card_id)
    assert shop.shown(object_id)
    assert ("POST", "loyaltyClass", 409) in shop.since()


# -- callbacks over HTTP -------------------------------------------------------------------------------------------


async def test_the_same_callback_again_changes_nothing(shop: GoogleShop) -> None:
    object_id = await shop.save(await shop.world.a_card())
    gone = shop.google.remove(object_id)
    for _ in range(3):
        assert (await shop.post(gone)).status_code == 200
    assert await shop.announced() == ["card.saved", "card.removed"]


async def test_a_pass_that_somebody_else_still_has_is_not_removed(shop: GoogleShop) -> None:
    object_id = await shop.save(await shop.world.a_card())
    gone = shop.google.remove(object_id)
    shop.shown(object_id)["hasUsers"] = True
    assert (await shop.post(gone)).status_code == 200
    assert await shop.announced() == ["card.saved"]


async def test_a_flood_of_forgeries_fetches_no_keys(shop: GoogleShop) -> None:
    object_id = await shop.save(await shop.world.a_card())
    forger = CallbackSigner()
    message = forger.message(class_id=f"{shop.google.issuer}.x", object_id=object_id, event="del")
    shop.google.calls.clear()
    for _ in range(20):
        answer = await shop.post(forger.callback(issuer=shop.google.issuer, message=message))
        assert answer.status_code == 422
    assert shop.google.calls == []
    assert await shop.announced() == ["card.saved"]


async def test_a_callback_for_another_issuer_is_forged(shop: GoogleShop) -> None:
    object_id = await shop.save(await shop.world.a_card())
    other = "3388000000099999999"
    signer = shop.google.signer
    for issuer, named in ((other, object_id), (other, object_id.replace(shop.google.issuer, other))):
        message = signer.message(class_id=f"{other}.x", object_id=named, event="del")
        answer = await shop.post(signer.callback(issuer=issuer, message=message))
        assert answer.status_code == 422
    assert await shop.announced() == ["card.saved"]


@pytest.mark.parametrize("name", ["", "nobody", "aaaaaaaa.01900000000070008000000000000001"])
async def test_a_callback_for_a_pass_of_nobody_is_forged(shop: GoogleShop, name: str) -> None:
    await shop.save(await shop.world.a_card())
    signer, issuer = shop.google.signer, shop.google.issuer
    message = signer.message(class_id=f"{issuer}.x", object_id=f"{issuer}.{name}", event="save")
    assert (await shop.post(signer.callback(issuer=issuer, message=message))).status_code == 422


async def test_a_callback_of_a_shop_about_a_pass_that_it_never_made_is_answered(shop: GoogleShop) -> None:
    object_id = await shop.save(await shop.world.a_card())
    signer, issuer = shop.google.signer, shop.google.issuer
    unknown = f"{object_id[:-4]}0000"
    message = signer.message(class_id=f"{issuer}.x", object_id=unknown, event="save")
    assert (await shop.post(signer.callback(issuer=issuer, message=message))).status_code == 200


async def test_a_huge_callback_is_not_read(shop: GoogleShop) -> None:
    answer = await shop.post(b'{"signature": "' + b"A" * 100_000 + b'"}')
    assert answer.status_code in {413, 422}


async def test_without_an_account_there_is_no_button_and_no_link(world: World, tmp_path: Path) -> None:
    async with MockGoogle() as google:
        settings = google_settings(tmp_path, google)
        bare = type(settings)(data=tmp_path, secret_key=bytes(32), base_url=settings.base_url)
        async with opened(world, tmp_path, google, settings=bare) as shop:
            assert (await shop.tap(await world.a_card())).status_code == 503
            assert google.calls == []


# -- what answers mean ---------------------------------------------------------------------------------------------


def answer(status: int, message: str = "", reason: str = "", **headers: str) -> httpx2.Response:
    error = {"code": status, "message": message, "errors": [{"reason": reason}]}
    return httpx2.Response(status, content=json.dumps({"error": error}).encode(), headers=headers)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        (answer(403, "Permission denied.", "permissionDenied"), GoogleNotAUser),
        (answer(403, "The issuer does not have publishing access.", "forbidden"), GoogleNotPublished),
        (answer(403, "Quota exceeded", "rateLimitExceeded"), GoogleQuota),
        (
            answer(403, "Quota exceeded for issuer 1 when updating object 2", "quotaExceeded"),
            GoogleNoticesUsedUp,
        ),
        (
            answer(403, "Google Wallet API has not been used in project 1", "accessNotConfigured"),
            GoogleApiDisabled,
        ),
        (httpx2.Response(403, content=b"<html>blocked</html>"), GoogleNotAUser),
    ],
)
def test_a_403_is_told_apart_by_its_words(said: httpx2.Response, meant: type[GoogleTrouble]) -> None:
    assert type(refusal_in(said, account="a@b")) is meant


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("7", 7.0),
        ("", None),
        ("soon", None),
        ("-1", None),
        ("Sun, 06 Nov 1994 08:49:37 GMT", 0.0),
        ("9" * 400, 3_600.0),
        ("Fri, 06 Nov 9994 08:49:37 GMT", 3_600.0),
        ("Fri, 06 Nov 99999999999999999999 08:49:37 GMT", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(said: str, seconds: float | None) -> None:
    assert retry_after(answer(429, **{"retry-after": said})) == seconds
