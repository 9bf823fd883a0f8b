"""The right button for the right phone, and none where there is no wallet."""

from typing import Any

import pytest
from httpx import Response

from cardamom.access.permissions import Permission
from cardamom.cards.links import LinkMaker
from cardamom.cards.wallet_door import WalletOffer
from cardamom.ledger.commands import new_key
from cardamom.vouchers.schemas import RedemptionIn
from cardamom.vouchers.service import redeem_voucher
from cardamom.wallet.apple.test_authority import Authority
from cardamom.wallet.door import WalletButtons
from tests.cards.shoppers import Client, change_program, join_path, page_of, send_join, words_of
from tests.wallet.keys import a_certificate, apple_body
from tests.world import World

IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 Version/18.5 Mobile Safari/604.1"
ANDROID = "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 Chrome/140.0.0.0 Mobile Safari/537.36"
MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.5 Safari/605.1"
PATH = "/c/k7m2p9xqAbc"
#: A button has no picture of ours: the art book is not asked.
NO_PICTURES: Any = None


def offered(user_agent: str, *, apple: bool = True, google: bool = True) -> WalletOffer:
    links = LinkMaker(
        bytes(32), lambda: "https://cards.example.org", wallets_of=lambda _handle: (apple, google)
    )
    return WalletButtons(links, NO_PICTURES).offer(handle="k7m2p9xq", path=PATH, user_agent=user_agent)


def test_an_iphone_is_offered_its_own_wallet() -> None:
    assert offered(IPHONE) == WalletOffer(apple=f"{PATH}/apple")


def test_an_android_phone_is_offered_its_own_wallet() -> None:
    assert offered(ANDROID) == WalletOffer(google=f"{PATH}/google")


@pytest.mark.parametrize("user_agent", [MAC, "", "curl/8.5"])
def test_what_is_no_phone_is_offered_both_and_a_way_to_the_phone(user_agent: str) -> None:
    assert offered(user_agent) == WalletOffer(
        apple=f"{PATH}/apple",
        google=f"{PATH}/google",
        elsewhere=f"https://cards.example.org{PATH}/wallet",
    )


def test_a_wallet_that_is_not_configured_is_not_offered() -> None:
    assert not offered(IPHONE, apple=False)
    assert not offered(ANDROID, google=False)
    assert offered(MAC, apple=False, google=False) == WalletOffer()


def test_links_name_the_wallets_that_are_there() -> None:
    links = LinkMaker(
        bytes(32), lambda: "https://cards.example.org", wallets_of=lambda _handle: (True, False)
    )
    found = links.links("k7m2p9xq", "0190a000-0000-7000-8000-000000000001", 0)
    assert found.apple == f"{found.page}/apple"
    assert found.google is None


@pytest.fixture
async def signed(client: Client, world: World, authority: Authority) -> World:
    """The cafe with a certificate of its own."""
    headers = await world.an_api_key(Permission.WALLETS_MANAGE)
    body = apple_body(authority, a_certificate(authority))
    assert (await client.put("/api/v1/wallets/apple", json=body, headers=headers)).status_code == 200
    return world


async def seen(client: Client, path: str, user_agent: str) -> Response:
    page = await client.get(f"{path}?lang=en", headers={"User-Agent": user_agent})
    assert page.status_code == 200
    return page


async def test_a_card_has_the_button_of_the_phone_in_hand(client: Client, signed: World) -> None:
    path = await page_of(signed, await signed.a_card(stamps=3))
    assert f'href="{path}/apple"' in (await seen(client, path, IPHONE)).text
    assert "wallet-badge" not in (await seen(client, path, ANDROID)).text
    assert "Add it with your phone" in (await seen(client, path, MAC)).text
    assert f'href="{path}/apple"' in (await seen(client, f"{path}/body", IPHONE)).text


async def test_without_keys_no_page_says_a_word_of_wallets(client: Client, world: World) -> None:
    path = await page_of(world, await world.a_card(stamps=10))
    for address in (path, await join_path(world)):
        assert "Wallet" not in (await seen(client, address, IPHONE)).text


async def test_a_voucher_has_it_until_it_is_used(client: Client, signed: World) -> None:
    card_id = await signed.a_card(stamps=10)
    [voucher] = (await signed.card(card_id)).vouchers
    path = f"{await page_of(signed, card_id)}/vouchers/{voucher.id}"
    assert f'href="{path}/apple"' in (await seen(client, path, IPHONE)).text
    used = await redeem_voucher(
        signed.ledger,
        actor=signed.owner,
        merchant_id=signed.merchant_id,
        voucher_id=voucher.id,
        at=RedemptionIn(),
        key=new_key(),
    )
    assert used.accepted
    assert "wallet-badge" not in (await seen(client, path, IPHONE)).text


async def test_a_program_that_is_over_adds_no_cards(client: Client, signed: World) -> None:
    path = await page_of(signed, await signed.a_card(stamps=3))
    await change_program(signed, status="archived")
    assert "wallet-badge" not in (await seen(client, path, IPHONE)).text


async def test_the_join_page_promises_the_wallet_and_leads_to_it(client: Client, signed: World) -> None:
    path = await join_path(signed)
    assert "Then you can add it to Apple Wallet." in words_of(await seen(client, path, IPHONE))
    joined = await send_join(client, signed)
    card = joined.headers["location"].partition("?")[0]
    again = await client.get(
        f"{path}?lang=en", headers={"User-Agent": IPHONE, "Cookie": joined.headers["set-cookie"]}
    )
    assert f'href="{card}/apple"' in again.text
