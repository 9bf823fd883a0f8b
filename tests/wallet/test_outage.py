"""Apple is away, refuses, or does not know a phone any more: nothing is lost, and nobody is told for nothing."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cardamom.cli.bench.apns import Answer, MockApns, mock_apns
from cardamom.kit.clock import now
from cardamom.merchants.queries import notices_of
from cardamom.wallet import courier as couriers
from cardamom.wallet.apple import push_client, pushing
from cardamom.wallet.apple.certificates import PassCertificate, read_certificate
from cardamom.wallet.apple.pushing import AppleCarrier
from cardamom.wallet.apple.test_authority import Authority, issue_certificate
from cardamom.wallet.courier import Courier
from cardamom.wallet.endpoints import APPLE_PUSH
from tests.wallet.delivering import OneCertificate, at_work, until
from tests.wallet.saved_passes import a_saved_card, binding, change, dispatch, register, registrations_of
from tests.world import World

TOKEN = "aa" * 32


@dataclass
class Pushed:
    """A shop, Apple, and a courier between them whose clock a test may move."""

    world: World
    apns: MockApns
    credentials: OneCertificate
    carrier: AppleCarrier
    later: timedelta = field(default_factory=timedelta)

    def courier(self) -> Courier:
        return Courier(self.world.database, [self.carrier], clock=lambda: now() + self.later)

    async def is_told(self, *binding_ids: str) -> bool:
        found = [await binding(self.world, each) for each in binding_ids]
        return all(each.sent == each.wanted for each in found)

    async def waits_for_later(self, binding_id: str) -> bool:
        row = await binding(self.world, binding_id)
        return row.next_try is not None and row.next_try > now() + self.later

    async def stamped(self, *, token: str = TOKEN) -> tuple[str, str]:
        """(card, binding) of a phone that should be pushed."""
        card_id, binding_id = await a_saved_card(self.world, token=token)
        await self.world.stamp(card_id)
        await dispatch(self.world)
        return card_id, binding_id

    async def tokens(self, binding_id: str) -> list[str]:
        return [each.push_token for each in await registrations_of(self.world, binding_id)]


@pytest.fixture
async def pushed(
    world: World, authority: Authority, pass_certificate: PassCertificate, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Pushed]:
    monkeypatch.setattr(couriers, "POLL_SECONDS", 0.1)
    monkeypatch.setattr(push_client, "LONGEST_PAUSE_SECONDS", 0.05)
    async with mock_apns(trusted=authority.root_pem + authority.wwdr_pem) as apns:
        credentials = OneCertificate(pass_certificate)
        carrier = AppleCarrier(
            world.database, world.ledger, credentials, url=apns.url, trusted=apns.authority
        )
        yield Pushed(world, apns, credentials, carrier)
        await carrier.close()


async def test_a_day_without_apple_loses_nothing(pushed: Pushed) -> None:
    cards = [await pushed.stamped(token=f"{number:064x}") for number in range(12)]
    await pushed.apns.stop()
    async with at_work(courier := pushed.courier()):
        for hour in range(1, 25):
            pushed.later = timedelta(hours=hour)
            if hour % 6 == 0:
                await pushed.world.stamp(cards[0][0])
                await dispatch(pushed.world)

            courier.wake()
            await until(lambda: pushed.waits_for_later(cards[-1][1]))
        assert pushed.apns.pushes == []
        row = await binding(pushed.world, cards[1][1])
        assert (row.error, row.tries >= 24) == ("apple_unavailable", True)
        await pushed.apns.start()

        async def is_told_in_the_end() -> bool:
            pushed.later += timedelta(seconds=60)
            courier.wake()
            await asyncio.sleep(0.1)
            return await pushed.is_told(*(binding_id for _, binding_id in cards))

        await until(is_told_in_the_end)
    assert pushed.later < timedelta(hours=24, minutes=30), "minutes after Apple is back"
    assert {push.token for push in pushed.apns.pushes} == {f"{number:064x}" for number in range(12)}
    assert (await binding(pushed.world, cards[1][1])).error is None


@pytest.mark.parametrize("status", [500, 503])
async def test_a_server_in_trouble_is_asked_again(pushed: Pushed, status: int) -> None:
    _, binding_id = await pushed.stamped()
    pushed.apns.answers["*"] = [Answer(status, "InternalServerError")] * 2
    async with at_work(courier := pushed.courier()):
        for pushes in (1, 2, 3):
            await until(lambda pushes=pushes: len(pushed.apns.pushes) == pushes)
            pushed.later += timedelta(seconds=6)
            courier.wake()
        await until(lambda: pushed.is_told(binding_id))


async def test_too_many_pushes_are_answered_with_patience(pushed: Pushed) -> None:
    _, binding_id = await pushed.stamped()
    pushed.apns.answers[TOKEN] = [Answer(429, "TooManyRequests", retry_after_seconds=40)]
    async with at_work(pushed.courier()):

        async def waits() -> bool:
            return (await binding(pushed.world, binding_id)).error == "apple_too_many_pushes"

        await until(waits)
        row = await binding(pushed.world, binding_id)
        assert row.next_try is not None
        assert 35 < (row.next_try - now()).total_seconds() <= 40
        pushed.later = timedelta(seconds=41)
        await until(lambda: pushed.is_told(binding_id))


async def test_a_phone_that_has_the_pass_no_more_is_forgotten(pushed: Pushed) -> None:
    _, binding_id = await pushed.stamped()
    pushed.apns.answers[TOKEN] = [Answer(410, "Unregistered", since=now() + timedelta(seconds=1))]
    async with at_work(pushed.courier()):
        await until(lambda: len(pushed.apns.pushes) == 1)

        async def is_removed() -> bool:
            return (await binding(pushed.world, binding_id)).state == "removed"

        await until(is_removed)
    assert await pushed.tokens(binding_id) == []
    assert (await binding(pushed.world, binding_id)).next_try is None


async def test_a_410_that_is_older_than_the_registration_means_the_one_before(pushed: Pushed) -> None:
    _, binding_id = await pushed.stamped()
    pushed.apns.answers[TOKEN] = [Answer(410, "Unregistered", since=now() - timedelta(days=1))]
    async with at_work(pushed.courier()):
        await until(lambda: len(pushed.apns.pushes) == 1)
        await until(lambda: pushed.is_told(binding_id))
    assert await pushed.tokens(binding_id) == [TOKEN]
    assert (await binding(pushed.world, binding_id)).state == "saved"


@pytest.mark.parametrize("reason", ["BadDeviceToken", "DeviceTokenNotForTopic"])
async def test_a_token_that_is_none_is_dropped_and_the_other_phone_is_told(
    pushed: Pushed, reason: str
) -> None:
    _, binding_id = await pushed.stamped()
    await register(pushed.world, binding_id, token="bb" * 32, device="tablet")
    pushed.apns.answers[TOKEN] = [Answer(400, reason)]
    async with at_work(pushed.courier()):
        await until(lambda: pushed.is_told(binding_id))
    assert await pushed.tokens(binding_id) == ["bb" * 32]
    assert {push.token for push in pushed.apns.pushes} == {TOKEN, "bb" * 32}


async def test_a_token_that_was_renewed_meanwhile_stays(pushed: Pushed) -> None:
    """Apple condemns the token of before; by then the phone has registered with another one."""
    _, binding_id = await pushed.stamped()
    pushed.apns.delay_seconds = 0.3
    pushed.apns.answers[TOKEN] = [Answer(400, "BadDeviceToken")]
    async with at_work(pushed.courier()):
        await until(lambda: len(pushed.apns.pushes) == 1)
        await register(pushed.world, binding_id, token="cc" * 32, device=TOKEN)
        await until(lambda: pushed.is_told(binding_id))
    assert await pushed.tokens(binding_id) == ["cc" * 32]


async def test_a_refused_certificate_stops_and_the_owner_hears_of_it_once(
    pushed: Pushed, authority: Authority
) -> None:
    cards = [await pushed.stamped(token=f"{number:064x}") for number in range(3)]
    pushed.apns.answers["*"] = [Answer(403, "BadCertificate")] * 3
    async with at_work(courier := pushed.courier()):

        async def all_wait() -> bool:
            rows = [await binding(pushed.world, binding_id) for _, binding_id in cards]
            return all(row.error == "apple_certificate_refused" for row in rows)

        await until(all_wait)
        asked = len(pushed.apns.pushes)
        pushed.later = timedelta(seconds=pushing._CERTIFICATE_WAIT_SECONDS + 1)
        await change(pushed.world, "update wallet_binding set error = null")
        courier.wake()
        await until(all_wait)
        assert len(pushed.apns.pushes) == asked, "Apple is not asked again with it"
        async with pushed.world.database.reading(pushed.world.merchant_id) as tx:
            told = [each.facts for each in await notices_of(tx, pushed.world.merchant_id)]
        assert [facts["reason"] for facts in told] == ["BadCertificate"]

        renewed = issue_certificate(authority, now=datetime.now(UTC))
        pushed.credentials.certificate = read_certificate(
            renewed.certificate_pem, key=renewed.key_pem, wwdr=authority.wwdr_pem
        )
        pushed.later *= 2.5
        courier.wake()
        await until(lambda: pushed.is_told(*(binding_id for _, binding_id in cards)))


async def test_without_a_certificate_everything_waits_for_one(pushed: Pushed, pass_certificate: Any) -> None:
    _, binding_id = await pushed.stamped()
    pushed.credentials.certificate = None
    async with at_work(pushed.courier()):

        async def waits() -> bool:
            return (await binding(pushed.world, binding_id)).error == "apple_no_certificate"

        await until(waits)
        pushed.credentials.certificate = pass_certificate
        pushed.later = timedelta(hours=1)
        await until(lambda: pushed.is_told(binding_id))


async def test_the_demos_certificate_is_never_shown_to_apple(
    world: World, pass_certificate: PassCertificate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pushing, "PushClient", lambda *_args, **_more: pytest.fail("a connection to Apple"))
    carrier = AppleCarrier(world.database, world.ledger, OneCertificate(pass_certificate), url=APPLE_PUSH)
    card_id, binding_id = await a_saved_card(world)
    await world.stamp(card_id)
    await dispatch(world)
    async with at_work(Courier(world.database, [carrier])):

        async def is_done() -> bool:
            row = await binding(world, binding_id)
            return (row.sent == row.wanted, row.next_try, row.error) == (True, None, None)

        await until(is_done)
    await carrier.close()


async def test_a_name_waits_for_the_phones_battery_and_a_stamp_does_not(pushed: Pushed) -> None:
    _, stamped = await pushed.stamped(token="aa" * 32)
    _, renamed = await pushed.stamped(token="bb" * 32)
    await change(pushed.world, "update wallet_binding set urgency = 2 where id = %s", renamed)
    async with at_work(pushed.courier()):
        await until(lambda: pushed.is_told(stamped, renamed))
    said = {push.token: push.headers["apns-priority"] for push in pushed.apns.pushes}
    assert said == {"aa" * 32: "10", "bb" * 32: "5"}
