"""Passes below a card's own address: the file, the right wallet for a phone, and a page where there is none."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from cardamom.cards.recovering import RenewLink
from cardamom.db.settings import Settings
from cardamom.kit.ids import new_id
from cardamom.vouchers import service as vouchers_service
from cardamom.vouchers.schemas import RedemptionIn, VoucherIn
from cardamom.wallet.apple.test_authority import Authority
from tests.cards.shoppers import words_of
from tests.wallet.iphone import PKPASS, opened
from tests.wallet.phones import Shop, apple_settings, serving
from tests.world import World

IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 Version/18.5 Mobile/15E148"
)
IPAD = "Mozilla/5.0 (iPad; CPU OS 12_5 like Mac OS X) AppleWebKit/605.1.15"
MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.5 Safari/605.1.15"
ANDROID = "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 Chrome/140.0.0.0 Mobile Safari/537.36"


async def a_voucher(shop: Shop, card_id: str) -> str:
    made = await vouchers_service.issue_voucher(
        shop.world.ledger,
        actor=shop.world.owner,
        merchant_id=shop.world.merchant_id,
        new=VoucherIn(title={"en": "Tea"}, card=card_id),
        key=new_id(),
    )
    return str(made.facts["voucher"])


async def use(shop: Shop, voucher_id: str) -> None:
    await vouchers_service.redeem_voucher(
        shop.world.ledger,
        actor=shop.world.owner,
        merchant_id=shop.world.merchant_id,
        voucher_id=voucher_id,
        at=RedemptionIn(),
        key=new_id(),
    )


async def test_who_downloads_again_gets_the_same_pass(shop: Shop) -> None:
    card_id = await shop.world.a_card()
    first, second = [
        opened(await shop.download(card_id), trusted=shop.authority.root_pem) for _each in range(2)
    ]
    for key in ("serialNumber", "authenticationToken", "webServiceURL"):
        assert first.document[key] == second.document[key]
    assert first.document["webServiceURL"] == "https://cards.example.org/apple"
    issued = "select count(*) from operation where kind = 'wallet.issue_pass'"
    assert await shop.rows(issued) == [(1,)]


@pytest.mark.parametrize(
    ("user_agent", "leads_to"),
    [(IPHONE, "/apple"), (IPAD, "/apple"), (MAC, "/apple"), (ANDROID, ""), ("", "")],
)
async def test_each_device_is_led_to_its_wallet(shop: Shop, user_agent: str, leads_to: str) -> None:
    """Google Wallet is not configured here: an Android phone is shown the card."""
    card_id = await shop.world.a_card()
    voucher_id = await a_voucher(shop, card_id)
    page = await shop.page(card_id)
    for path in (page, f"{page}/vouchers/{voucher_id}"):
        answer = await shop.client.get(
            f"{path}/wallet", headers={"User-Agent": user_agent}, follow_redirects=False
        )
        assert (answer.status_code, answer.headers["location"]) == (303, path + leads_to)
        assert answer.headers["cache-control"] == "no-store"


async def test_a_link_that_leads_nowhere_is_404_and_a_page(shop: Shop) -> None:
    card_id = await shop.world.a_card()
    page = await shop.page(card_id)
    renew = RenewLink(merchant_id=shop.world.merchant_id, actor=shop.world.owner, subject_id=card_id)
    (await shop.world.ledger.submit(renew)).or_raise()
    for path in (
        "/apple",
        "/apple/all",
        "/wallet",
        f"/vouchers/{new_id()}/apple",
        f"/vouchers/{new_id()}/wallet",
    ):
        for token in (page, "/c/nonsense", page[:-1] + "x"):
            answer = await shop.client.get(f"{token}{path}?lang=en")
            assert answer.status_code == 404
            assert "This link does not open a card" in answer.text


async def test_a_voucher_of_another_card_is_404(shop: Shop) -> None:
    mine, other = await shop.world.a_card(), await shop.world.a_card()
    voucher_id = await a_voucher(shop, other)
    answer = await shop.client.get(f"{await shop.page(mine)}/vouchers/{voucher_id}/apple")
    assert answer.status_code == 404


async def test_a_used_voucher_gets_no_pass_and_says_so(shop: Shop) -> None:
    card_id = await shop.world.a_card()
    voucher_id = await a_voucher(shop, card_id)
    await use(shop, voucher_id)
    answer = await shop.client.get(f"{await shop.page(card_id)}/vouchers/{voucher_id}/apple?lang=en")
    assert answer.status_code == 410
    assert "This voucher is over" in words_of(answer)


async def test_a_pass_of_a_voucher_that_was_used_since_is_voided(shop: Shop) -> None:
    card_id = await shop.world.a_card()
    voucher_id = await a_voucher(shop, card_id)
    path = f"/vouchers/{voucher_id}/apple"
    before = opened(await shop.download(card_id, path), trusted=shop.authority.root_pem)
    await use(shop, voucher_id)
    after = opened(await shop.download(card_id, path), trusted=shop.authority.root_pem)
    assert before.serial == after.serial
    assert (before.is_voided, after.is_voided) == (False, True)


async def test_at_most_ten_passes_come_at_once(shop: Shop) -> None:
    card_id = await shop.world.a_card()
    for _each in range(11):
        await a_voucher(shop, card_id)
    answer = await shop.client.get(await shop.page(card_id) + "/apple/all")
    assert answer.status_code == 200
    assert answer.content.count(b"PK\x01\x02") > 0
    assert len(await shop.rows("select 1 from wallet_binding")) == 10


async def test_a_closed_card_gives_no_pass_any_more(shop: Shop) -> None:
    card_id = await shop.world.a_card()
    page = await shop.page(card_id)
    await shop.download(card_id)
    await shop.rows("update card set closed_at = now() where id = %s returning 1", card_id)
    assert (await shop.client.get(f"{page}/apple")).status_code == 404


@pytest.mark.parametrize("language", ["en", "ar"])
async def test_without_a_certificate_a_page_says_that_the_card_works(
    world: World, settings: Settings, authority: Authority, language: str
) -> None:
    async with serving(settings, world.database) as client:
        shop = Shop(world, client, authority)
        page = await shop.page(await world.a_card())
        for path in ("/apple", "/apple/all"):
            answer = await client.get(f"{page}{path}?lang={language}")
            assert answer.status_code == 503
            assert f'href="{page}"' in answer.text
            assert answer.headers["content-type"].startswith("text/html")
        led = await client.get(f"{page}/wallet", headers={"User-Agent": IPHONE}, follow_redirects=False)
        assert led.headers["location"] == page


async def test_with_a_certificate_that_expired_it_is_the_same(
    world: World, tmp_path: Path, authority: Authority
) -> None:
    async with serving(apple_settings(tmp_path, authority, days=-1), world.database) as client:
        shop = Shop(world, client, authority)
        answer = await client.get(await shop.page(await world.a_card()) + "/apple")
        assert answer.status_code == 503


async def test_a_pass_keeps_its_certificate_when_the_shop_gets_another(
    shop: Shop, tmp_path: Path, authority: Authority
) -> None:
    """The same pass type with a new certificate: nothing of the pass changes but its signature."""
    card_id = await shop.world.a_card()
    before = opened(await shop.download(card_id), trusted=authority.root_pem)
    async with serving(apple_settings(tmp_path, authority), shop.world.database) as client:
        renewed = Shop(shop.world, client, authority)
        after = opened(await renewed.download(card_id), trusted=authority.root_pem)
    assert after.document == before.document


async def test_addresses_follow_the_request_where_none_is_configured(
    world: World, tmp_path: Path, authority: Authority
) -> None:
    settings: Any = msgspec.structs.replace(apple_settings(tmp_path, authority), base_url=None)
    async with serving(settings, world.database) as client:
        shop = Shop(world, client, authority)
        answer = await client.get(
            await shop.page(await world.a_card()) + "/apple", headers={"Host": "shop.example"}
        )
    assert answer.headers["content-type"] == PKPASS
    held = opened(answer.content, trusted=authority.root_pem)
    assert held.document["webServiceURL"] == "https://shop.example/apple"
