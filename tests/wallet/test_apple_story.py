"""A card in somebody's iPhone, from the first tap to the lost phone: each new state is seen on the phone."""

import asyncio
import io
import zipfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from cardamom.cards.recovering import RenewLink
from cardamom.cli.bench.apns import MockApns, mock_apns
from cardamom.kit.ids import new_id
from cardamom.ledger.dispatcher import Dispatcher
from cardamom.vouchers import service as vouchers_service
from cardamom.vouchers.schemas import RedemptionIn
from cardamom.wallet import following
from cardamom.wallet.apple.pushing import AppleCarrier
from cardamom.wallet.courier import Courier
from cardamom.wallet.credentials import Credentials
from tests.wallet.delivering import at_work, until
from tests.wallet.iphone import PKPASS, IPhone, Opened
from tests.wallet.phones import PASS_TYPE, Shop, apple_settings


async def news(shop: Shop, phone: IPhone) -> list[Opened]:
    """What happened reaches the bindings, the phone is pushed, and fetches."""
    await shop.settle()
    return [phone.passes[serial] for serial in await phone.be_pushed(PASS_TYPE)]


async def test_a_card_on_a_phone_shows_each_new_state(shop: Shop) -> None:
    card_id, phone = await shop.world.a_card(language="en"), shop.phone()
    held = await shop.add(phone, card_id)
    assert await shop.events("card.saved", "card.removed") == ["card.saved"]
    assert "0/10" in held.value("stamps")
    assert held.messages == [(await shop.world.card(card_id)).code]

    await shop.world.stamp(card_id, stamps=9)
    (stamped,) = await news(shop, phone)
    assert "9/10" in stamped.value("stamps")
    assert await news(shop, phone) == []

    full = await shop.world.stamp(card_id, stamps=1)
    (ready,) = await news(shop, phone)
    assert ready.value("rewards") == "1"

    voucher_id = full.or_raise().facts["issued"][0]
    voucher = await shop.add(phone, card_id, f"/vouchers/{voucher_id}/apple")
    assert voucher.messages
    assert not voucher.is_voided

    await vouchers_service.redeem_voucher(
        shop.world.ledger,
        actor=shop.world.owner,
        merchant_id=shop.world.merchant_id,
        voucher_id=voucher_id,
        at=RedemptionIn(),
        key=new_id(),
    )
    changed = {each.serial: each for each in await news(shop, phone)}
    assert changed[voucher.serial].is_voided
    assert changed[voucher.serial].messages == []
    assert changed[held.serial].value("rewards") == "0"

    renew = RenewLink(merchant_id=shop.world.merchant_id, actor=shop.world.owner, subject_id=card_id)
    (await shop.world.ledger.submit(renew)).or_raise()
    gone = {each.serial: each for each in await news(shop, phone)}
    assert gone[held.serial].is_voided
    assert gone[held.serial].messages == []

    other_phone = shop.phone()
    replacement = await shop.add(other_phone, card_id)
    assert replacement.serial != held.serial
    assert replacement.messages == [(await shop.world.card(card_id)).code]

    await shop.world.stamp(card_id, stamps=2)
    assert "2/10" in (await news(shop, other_phone))[0].value("stamps")
    assert await news(shop, phone) == []
    for each in list(phone.passes.values()):
        await phone.remove(each)
    await other_phone.remove(replacement)
    removed = await shop.events("card.removed")
    assert len(removed) == 1  # of the new one: the others were void before


async def test_one_tap_brings_the_card_with_its_vouchers(shop: Shop) -> None:
    card_id, phone = await shop.world.a_card(stamps=10), shop.phone()
    answer = await shop.client.get(await shop.page(card_id) + "/apple/all")
    assert answer.headers["content-type"] == "application/vnd.apple.pkpasses"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as bundle:
        added = [await phone.add(bundle.read(name)) for name in bundle.namelist()]
    assert ["storeCard" in each.document for each in added] == [True, False]
    assert "coupon" in added[1].document


async def test_a_download_says_what_it_is_and_is_kept_nowhere(shop: Shop) -> None:
    card_id = await shop.world.a_card()
    answer = await shop.client.get(await shop.page(card_id) + "/apple")
    assert answer.headers["content-type"] == PKPASS
    assert answer.headers["cache-control"] == "no-store"
    assert "content-encoding" not in answer.headers
    assert answer.headers["content-disposition"].endswith('filename="card.pkpass"')


@asynccontextmanager
async def everything_running(shop: Shop, folder: Path) -> AsyncIterator[MockApns]:
    """What the worker runs, with Apple's stand-in at its end: events are placed, bindings follow, phones are pushed."""
    database = shop.world.database
    dispatcher = Dispatcher(database)
    following.follow(dispatcher)
    async with mock_apns(trusted=shop.authority.root_pem) as apns:
        carrier = AppleCarrier(
            database,
            shop.world.ledger,
            Credentials(apple_settings(folder, shop.authority), database),
            url=apns.url,
            trusted=apns.authority,
        )
        courier = Courier(database, [carrier])
        placing = asyncio.create_task(dispatcher.run())
        try:
            async with at_work(courier):
                yield apns
        finally:
            placing.cancel()
            await asyncio.gather(placing, return_exceptions=True)
            await carrier.close()


def connect(phone: IPhone, apns: MockApns) -> set[asyncio.Task[list[str]]]:
    """Let a phone be woken by the pushes for its token."""
    looking: set[asyncio.Task[list[str]]] = set()
    apns.phones[phone.push_token] = lambda _push: looking.add(asyncio.create_task(phone.be_pushed(PASS_TYPE)))
    return looking


async def test_a_stamp_is_on_the_phone_by_itself(shop: Shop, tmp_path: Path) -> None:
    card_id, phone = await shop.world.a_card(language="en"), shop.phone()
    async with everything_running(shop, tmp_path) as apns:
        looking = connect(phone, apns)
        held = await shop.add(phone, card_id)
        await shop.world.stamp(card_id, stamps=3)
        await until(lambda: "3/10" in phone.passes[held.serial].value("stamps"))
        await asyncio.gather(*looking)
        assert {push.token for push in apns.pushes} == {phone.push_token}
        assert {push.headers["apns-topic"] for push in apns.pushes} == {PASS_TYPE}
        await phone.remove(held)
        before = len(apns.pushes)
        await shop.world.stamp(card_id)
        await asyncio.sleep(1)
        assert len(apns.pushes) == before


async def test_a_stamp_between_download_and_registration_is_on_the_phone_at_once(
    shop: Shop, tmp_path: Path
) -> None:
    card_id, phone = await shop.world.a_card(language="en"), shop.phone()
    async with everything_running(shop, tmp_path) as apns:
        looking = connect(phone, apns)
        content = await shop.download(card_id)
        await shop.world.stamp(card_id, stamps=3)
        await asyncio.sleep(0.5)
        assert apns.pushes == []
        held = await phone.add(content)
        assert "0/10" in held.value("stamps")
        await until(lambda: "3/10" in phone.passes[held.serial].value("stamps"), seconds=4)
        await asyncio.gather(*looking)


async def test_a_server_that_does_not_compare_leaves_the_phone_behind(shop: Shop, tmp_path: Path) -> None:
    """The same race, with the memory of what was fetched taken away: the test before would notice."""
    card_id, phone = await shop.world.a_card(language="en"), shop.phone()
    async with everything_running(shop, tmp_path) as apns:
        connect(phone, apns)
        content = await shop.download(card_id)
        await shop.world.stamp(card_id, stamps=3)
        await shop.settle()
        await shop.rows("update wallet_binding set fetched = wanted, modified_at = created_at returning 1")
        held = await phone.add(content)
        await asyncio.sleep(1.5)
        assert apns.pushes == []
        assert "0/10" in phone.passes[held.serial].value("stamps")


async def test_a_pass_that_nothing_happened_to_is_pushed_to_nobody(shop: Shop, tmp_path: Path) -> None:
    card_id, phone = await shop.world.a_card(), shop.phone()
    async with everything_running(shop, tmp_path) as apns:
        await shop.settle()
        await shop.add(phone, card_id)
        await asyncio.sleep(1.5)
        assert apns.pushes == []
