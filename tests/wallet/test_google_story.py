"""A card in Google Wallet, from joining to its end: everything over real HTTP."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from cardamom.cards.joining import JoinCard
from cardamom.kit.actor import system_actor
from cardamom.ledger.commands import new_key
from cardamom.merchants.pictures import upload_picture
from cardamom.programs.schemas import DesignPatch, ProgramPatch
from cardamom.programs.service import update_program
from cardamom.vouchers.redeeming import RedeemVoucher
from cardamom.wallet.google import publishing
from cardamom.wallet.google.schema import check
from tests.kit.uploads import a_logo, saved
from tests.wallet.google_shop import GoogleShop, opened
from tests.wallet.mock_google import MockGoogle
from tests.world import World


@pytest.fixture
async def shop(world: World, tmp_path: Path) -> AsyncIterator[GoogleShop]:
    async with MockGoogle() as google:
        google.requests_per_second = None
        async with opened(world, tmp_path, google) as shop:
            yield shop


async def redeem(shop: GoogleShop, voucher_id: str) -> str:
    """Staff do. The operation's id."""
    command = RedeemVoucher(
        merchant_id=shop.world.merchant_id,
        actor=shop.world.owner,
        key=new_key(),
        voucher_id=voucher_id,
        via="staff",
    )
    return (await shop.world.ledger.submit(command)).or_raise().operation_id


async def test_a_card_is_saved_stamped_filled_and_its_reward_used(shop: GoogleShop) -> None:
    card_id = await shop.world.a_card(stamps=7)
    object_id = await shop.save(card_id)
    assert shop.shown(object_id)["hasUsers"]
    assert shop.shown(object_id)["loyaltyPoints"]["balance"] == {"string": "٧/١٠"}
    assert await shop.announced() == ["card.saved"]

    await shop.deliver()
    shop.since()
    await shop.world.stamp(card_id, stamps=1)
    await shop.deliver()
    assert shop.shown(object_id)["loyaltyPoints"]["balance"] == {"string": "٨/١٠"}
    assert shop.since() == [("PATCH", "loyaltyObject", 200)]
    assert len(shop.google.store.notices[object_id]) == 1

    await shop.world.stamp(card_id, stamps=2)
    await shop.deliver()
    shown = shop.shown(object_id)
    assert shown["secondaryLoyaltyPoints"]["balance"] == {"string": "١"}
    assert [message["messageType"] for message in shown["messages"]] == ["TEXT_AND_NOTIFY"]
    assert len(shop.google.store.notices[object_id]) == 2
    [offer_id] = shown["linkedObjectIds"]
    assert shop.shown(offer_id, "offerObject")["state"] == "ACTIVE"

    [voucher] = await shop.bindings("voucher")
    await redeem(shop, voucher.subject_id)
    await shop.deliver()
    assert shop.shown(offer_id, "offerObject")["state"] == "COMPLETED"
    assert "barcode" not in shop.shown(offer_id, "offerObject")
    assert "secondaryLoyaltyPoints" not in shop.shown(object_id)


@pytest.mark.parametrize("stamps_before_it_is_saved", [9, 10])
async def test_a_voucher_that_comes_back_is_not_announced(
    shop: GoogleShop, stamps_before_it_is_saved: int
) -> None:
    """Whether its holder was told of it by a message or saw it when the card was saved."""
    card_id = await shop.world.a_card(stamps=stamps_before_it_is_saved)
    object_id = await shop.save(card_id)
    if stamps_before_it_is_saved < 10:
        await shop.world.stamp(card_id)
    await shop.deliver()
    told = list(shop.shown(object_id).get("messages", []))
    [voucher] = await shop.bindings("voucher")
    redemption = await redeem(shop, voucher.subject_id)
    await shop.deliver()
    await shop.undo(redemption)
    await shop.deliver()
    [offer_id] = shop.shown(object_id)["linkedObjectIds"]
    assert shop.shown(offer_id, "offerObject")["state"] == "ACTIVE"
    assert shop.shown(object_id).get("messages", []) == told


async def test_a_voucher_that_was_used_before_the_card_was_saved_comes_back_in_silence(
    shop: GoogleShop,
) -> None:
    card_id = await shop.world.a_card(stamps=9)
    voucher_id = (await shop.world.stamp(card_id)).facts["issued"][0]
    redemption = await redeem(shop, voucher_id)
    object_id = await shop.save(card_id)
    await shop.deliver()
    await shop.undo(redemption)
    await shop.deliver()
    assert shop.shown(object_id)["secondaryLoyaltyPoints"]["balance"] == {"string": "١"}
    assert "messages" not in shop.shown(object_id)


async def test_a_patch_says_only_what_changed(shop: GoogleShop) -> None:
    card_id = await shop.world.a_card(stamps=3)
    await shop.save(card_id)
    await shop.world.stamp(card_id)
    await shop.deliver()
    [call] = shop.google.calls_of("PATCH", "loyaltyObject")
    assert call.body.keys() == {"loyaltyPoints", "heroImage", "textModulesData", "notifyPreference"}


async def test_what_a_pass_shows_already_is_not_said_again(shop: GoogleShop) -> None:
    card_id = await shop.world.a_card(stamps=3)
    await shop.save(card_id)
    await shop.deliver()
    shop.since()
    outcome = await shop.world.stamp(card_id)
    await shop.undo(outcome.operation_id)
    await shop.deliver()
    # A stamp and its undo in one breath: Google hears of neither.
    assert shop.since() == []
    [binding] = await shop.bindings("card")
    assert binding.sent == binding.wanted


async def test_the_second_tap_needs_no_google(shop: GoogleShop) -> None:
    card_id = await shop.world.a_card()
    first = await shop.tap(card_id)
    await shop.google.go_down()
    second = await shop.tap(card_id)
    assert second.status_code == first.status_code == 303
    await shop.google.come_back()
    assert shop.google.open_save_link(second.headers["location"])


async def test_classes_are_made_once_for_many_cards(shop: GoogleShop) -> None:
    cards = [await shop.world.a_card(stamps=10) for _ in range(5)]
    await asyncio.gather(*(shop.save(card_id) for card_id in cards))
    made = [call for call in shop.since() if call[0] == "POST" and call[1].endswith("Class")]
    assert sorted(made) == [("POST", "loyaltyClass", 200), ("POST", "offerClass", 200)]
    assert len({each.subject_id for each in await shop.bindings("voucher")}) == 5


async def test_everything_that_leaves_is_as_google_wants_it(shop: GoogleShop) -> None:
    await shop.save(await shop.world.a_card(stamps=10))
    for kind in ("loyaltyClass", "loyaltyObject", "offerClass", "offerObject"):
        for call in shop.google.calls_of("POST", kind):
            assert check(kind, call.body) == []


async def test_the_pictures_of_a_pass_are_there(shop: GoogleShop) -> None:
    """An image that cannot be fetched voids the save."""
    object_id = await shop.save(await shop.world.a_card(stamps=10))
    [class_id] = shop.google.store.documents["loyaltyClass"]
    [offer_class] = shop.google.store.documents["offerClass"].values()
    [offer] = shop.google.store.documents["offerObject"].values()
    addresses = [
        shop.shown(object_id)["heroImage"]["sourceUri"]["uri"],
        shop.google.store.documents["loyaltyClass"][class_id]["programLogo"]["sourceUri"]["uri"],
        offer_class["titleImage"]["sourceUri"]["uri"],
        offer["heroImage"]["sourceUri"]["uri"],
    ]
    for address in addresses:
        picture = await shop.client.get(address)
        assert (picture.status_code, picture.headers["content-type"]) == (200, "image/png")
        assert "immutable" in picture.headers["cache-control"]


async def test_the_robot_of_google_is_let_in(shop: GoogleShop) -> None:
    rules = (await shop.client.get("/robots.txt")).text
    assert "Allow: /google/callbacks" in rules
    assert "Allow: /art/" in rules


async def test_a_voucher_is_saved_by_itself(shop: GoogleShop) -> None:
    card_id = await shop.world.a_card(stamps=10)
    [voucher] = (await shop.world.card(card_id)).vouchers
    object_id = await shop.save(card_id, f"/vouchers/{voucher.id}/google")
    assert shop.shown(object_id, "offerObject")["hasUsers"]
    assert await shop.announced() == ["card.saved"]


async def test_a_card_that_is_removed_is_not_told_of_any_more(shop: GoogleShop) -> None:
    card_id = await shop.world.a_card()
    object_id = await shop.save(card_id)
    await shop.deliver()
    assert (await shop.post(shop.google.remove(object_id))).status_code == 200
    assert await shop.announced() == ["card.saved", "card.removed"]
    shop.since()
    await shop.world.stamp(card_id)
    await shop.deliver()
    assert shop.since() == []


async def test_a_card_that_is_saved_again_shows_what_happened_meanwhile(shop: GoogleShop) -> None:
    card_id = await shop.world.a_card()
    object_id = await shop.save(card_id)
    await shop.post(shop.google.remove(object_id))
    await shop.world.stamp(card_id, stamps=4)
    await shop.settle()
    await shop.save(card_id)
    await shop.deliver()
    assert shop.shown(object_id)["loyaltyPoints"]["balance"] == {"string": "٤/١٠"}
    assert await shop.announced() == ["card.saved", "card.removed", "card.saved"]


async def test_a_renewed_link_ends_the_old_pass_and_tells_it_nothing(shop: GoogleShop) -> None:
    card_id = await shop.world.a_card(stamps=6)
    object_id = await shop.save(card_id)
    await shop.deliver()
    await _renew_link(shop, card_id)
    await shop.deliver()
    old = shop.shown(object_id)
    assert old["state"] == "INACTIVE"
    assert old.keys().isdisjoint({"barcode", "linksModuleData", "merchantLocations"})
    new_id = await shop.save(card_id)
    assert new_id != object_id
    assert shop.shown(new_id)["loyaltyPoints"]["balance"] == {"string": "٦/١٠"}


async def test_a_pass_that_was_replaced_while_nobody_had_it_says_so_when_it_is_saved_again(
    shop: GoogleShop,
) -> None:
    card_id = await shop.world.a_card(stamps=6)
    link = (await shop.tap(card_id)).headers["location"]
    [saved] = shop.google.open_save_link(link)
    await shop.post(saved)
    await shop.deliver()
    [object_id] = shop.google.store.documents["loyaltyObject"]
    await shop.post(shop.google.remove(object_id))
    await _renew_link(shop, card_id)
    await shop.deliver()
    [saved] = shop.google.open_save_link(link)
    await shop.post(saved)
    await shop.deliver()
    old = shop.shown(object_id)
    assert old["state"] == "INACTIVE"
    assert old.keys().isdisjoint({"barcode", "linksModuleData", "accountName"})


async def _renew_link(shop: GoogleShop, card_id: str) -> None:
    headers = await shop.world.an_api_key()
    answer = await shop.client.post(
        f"/api/v1/cards/{card_id}/renew-link", headers={**headers, "Idempotency-Key": new_key()}
    )
    assert answer.status_code == 200, answer.text


async def test_a_redesign_reaches_every_card_through_the_class(shop: GoogleShop) -> None:
    await shop.save(await shop.world.a_card())
    await shop.deliver()
    shop.since()
    headers = await shop.world.an_api_key()
    answer = await shop.client.patch(
        f"/api/v1/programs/{shop.world.program_id}",
        json={"design": {"terms": {"en": "One stamp a day."}}},
        headers={**headers, "Idempotency-Key": new_key()},
    )
    assert answer.status_code == 200, answer.text
    await shop.deliver()
    [call] = shop.google.calls_of("PATCH", "loyaltyClass")
    assert call.body.keys() == {"textModulesData", "reviewStatus"}
    assert call.status == 200


async def test_ten_vouchers_fit_into_the_link(shop: GoogleShop) -> None:
    card_id = await shop.world.a_card(stamps=5)
    for _ in range(12):
        await _give_voucher(shop, card_id)
    answer = await shop.tap(card_id)
    assert answer.status_code == 303
    link = answer.headers["location"]
    assert len(link) < 1_800
    assert len(shop.google.open_save_link(link)) == 11


async def _give_voucher(shop: GoogleShop, card_id: str) -> None:
    headers = await shop.world.an_api_key()
    body: dict[str, Any] = {"card": card_id, "title": {"en": "A cake", "ar": "كعكة"}}
    answer = await shop.client.post(
        "/api/v1/vouchers", json=body, headers={**headers, "Idempotency-Key": new_key()}
    )
    assert answer.status_code == 201, answer.text


async def test_a_voucher_on_terms_of_its_own_has_a_class_of_its_own(shop: GoogleShop) -> None:
    card_id = await shop.world.a_card()
    await _give_voucher(shop, card_id)
    await shop.save(card_id)
    [offer_class] = shop.google.store.documents["offerClass"].values()
    assert offer_class["title"] == "كعكة"


async def test_a_card_of_another_language_is_written_in_it(shop: GoogleShop) -> None:
    command = JoinCard(
        merchant_id=shop.world.merchant_id,
        actor=system_actor(shop.world.merchant_id),
        program_id=shop.world.program_id,
        source="api",
        language="en",
    )
    card_id = str((await shop.world.ledger.submit(command)).or_raise().facts["card"])
    object_id = await shop.save(card_id)
    assert shop.shown(object_id)["loyaltyPoints"]["label"] == "Stamps"


async def test_an_old_link_from_an_email_brings_the_newest_state(shop: GoogleShop) -> None:
    """Whoever saves a pass again need not come by our page."""
    card_id = await shop.world.a_card()
    link = (await shop.tap(card_id)).headers["location"]
    [saved] = shop.google.open_save_link(link)
    await shop.post(saved)
    [binding] = await shop.bindings("card")
    assert binding.shown is not None
    object_id = binding.shown["document"]["id"]
    await shop.post(shop.google.remove(object_id))
    await shop.world.stamp(card_id, stamps=2)
    await shop.deliver()
    assert shop.shown(object_id)["loyaltyPoints"]["balance"] == {"string": "٠/١٠"}
    [saved] = shop.google.open_save_link(link)
    await shop.post(saved)
    await shop.deliver()
    assert shop.shown(object_id)["loyaltyPoints"]["balance"] == {"string": "٢/١٠"}


async def test_what_is_remembered_of_classes_has_a_limit(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One class is remembered, and there are two: nothing is made twice, and no lock is kept."""
    monkeypatch.setattr(publishing, "_KNOWN", 1)
    async with MockGoogle() as google, opened(world, tmp_path, google) as shop:
        google.requests_per_second = None
        publisher = shop.carrier._publisher
        for _card in range(2):
            card_id = await world.a_card(stamps=9)
            await shop.save(card_id)
            await world.stamp(card_id)
            await shop.deliver()
        made = [kind for method, kind, status in shop.since() if (method, status) == ("POST", 200)]
        assert (made.count("loyaltyClass"), made.count("offerClass"), made.count("offerObject")) == (1, 1, 2)
        assert publisher._known.weight == 1
        assert len(publisher._making) == 0


async def test_an_uploaded_logo_is_on_the_class_until_it_is_taken_away(shop: GoogleShop) -> None:
    """The wide one stands in place of the round one, which a shop without a logo keeps."""
    world = shop.world
    await shop.save(await world.a_card())
    [the_class] = shop.google.store.documents["loyaltyClass"]
    assert "wideProgramLogo" not in shop.shown(the_class, "loyaltyClass")
    logo = await upload_picture(
        world.ledger,
        actor=world.owner,
        merchant_id=world.merchant_id,
        data=saved(a_logo(), "PNG"),
        key=new_key(),
    )
    await give_logo(world, logo.hash)
    await shop.deliver()
    shown = shop.shown(the_class, "loyaltyClass")["wideProgramLogo"]["sourceUri"]["uri"]
    assert shown.endswith("/wide-logo.png")
    picture = await shop.client.get(shown)
    assert picture.status_code == 200
    await give_logo(world, None)
    await shop.deliver()
    assert "wideProgramLogo" not in shop.shown(the_class, "loyaltyClass")


async def give_logo(world: World, logo: str | None) -> None:
    await update_program(
        world.ledger,
        actor=world.owner,
        merchant_id=world.merchant_id,
        program_id=world.program_id,
        patch=ProgramPatch(design=DesignPatch(logo=logo)),
        key=new_key(),
    )
