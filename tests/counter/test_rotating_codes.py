"""A rotating code at the counter: good for a moment, for one visit, and named in every language."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from litestar import Litestar
from litestar.testing import AsyncTestClient

from cardamom.cards.recovering import RenewLink
from cardamom.cards.rotating import RotatingCodes
from cardamom.kit.clock import now
from cardamom.kit.digits import to_script
from tests.world import World

Client = AsyncTestClient[Litestar]
Headers = dict[str, str]

CODES = RotatingCodes(bytes(32))


@pytest.fixture
async def headers(world: World) -> Headers:
    return await world.an_api_key()


async def live_code(world: World, card_id: str, *, later_seconds: float = 0) -> str:
    """What the card's screen shows, or will show."""
    card = await world.card(card_id)
    at = now() + timedelta(seconds=later_seconds)
    return CODES.text(card.code, card.id, card.token_epoch, at=at)


async def scan(client: Client, headers: Headers, **body: Any) -> dict[str, Any]:
    key = {"Idempotency-Key": body.pop("key")} if "key" in body else {}
    answer = await client.post("/api/v1/scans", json=body, headers={**headers, **key})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def give_voucher(client: Client, headers: Headers, card_id: str, *, uses: int = 1) -> None:
    body = {"card": card_id, "title": {"en": "A free coffee"}, "uses": uses}
    assert (await client.post("/api/v1/vouchers", json=body, headers=headers)).status_code == 201


async def test_the_live_code_of_a_card_stamps_it(client: Client, world: World, headers: Headers) -> None:
    card_id = await world.a_card()
    done = await scan(client, headers, code=to_script(await live_code(world, card_id), "arabext"))
    assert (done["outcome"], done["card"]["id"], done["card"]["balance"]) == ("accepted", card_id, 1)


async def test_the_fixed_code_of_a_card_still_does(client: Client, world: World, headers: Headers) -> None:
    card = await world.card(await world.a_card())
    assert (await scan(client, headers, code=card.code))["outcome"] == "accepted"


async def test_a_picture_of_a_card_is_refused_and_says_nothing_of_it(
    client: Client, world: World, headers: Headers
) -> None:
    card_id = await world.a_card(stamps=3)
    picture = await live_code(world, card_id, later_seconds=-120)
    done = await scan(client, {**headers, "Accept-Language": "en"}, code=picture)
    assert (done["outcome"], done["reason"], done["card"]) == ("refused", "code_expired", None)
    assert done["sentence"] == (
        "This code is no longer valid. Ask the customer to open the card and show its live code."
    )
    assert done["operation"] is not None
    assert (await world.card(card_id)).balance == 3


async def test_one_code_is_one_visit(client: Client, world: World, headers: Headers) -> None:
    card_id = await world.a_card()
    with time_machine.travel(now(), tick=False) as clock:
        code = await live_code(world, card_id)
        assert (await scan(client, headers, code=code, device="A"))["outcome"] == "accepted"
        # The same till reads it twice: that is one visit, as with every code.
        assert (await scan(client, headers, code=code, device="A"))["reason"] == "repeated_read"
        copied = await scan(client, headers, code=code, device="B")
        assert (copied["outcome"], copied["reason"], copied["card"]) == ("refused", "code_used", None)
        clock.shift(30)
        next_code = await live_code(world, card_id)
        assert (await scan(client, headers, code=next_code, device="B"))["outcome"] == "accepted"
        assert (await scan(client, headers, code=code, device="C"))["reason"] == "code_used"
    assert (await world.card(card_id)).balance == 2


async def test_a_retry_has_the_first_answer_after_the_code_is_over(
    client: Client, world: World, headers: Headers
) -> None:
    card_id = await world.a_card()
    await give_voucher(client, headers, card_id, uses=3)
    with time_machine.travel(now(), tick=False) as clock:
        code = await live_code(world, card_id)
        stamped = await scan(client, headers, key="stamp", code=code)
        used = await scan(client, headers, key="use", code=code, action="redeem")
        clock.shift(3_600)
        for key, first, more in (("stamp", stamped, {}), ("use", used, {"action": "redeem"})):
            again = await scan(client, headers, key=key, code=code, **more)
            assert (again["outcome"], again["operation"], again["replayed"]) == (
                "accepted",
                first["operation"],
                True,
            )
        late = await scan(client, headers, key="late", code=code, action="redeem")
        assert (late["outcome"], late["reason"]) == ("refused", "code_expired")


async def test_the_time_of_reading_counts_and_not_that_of_sending(
    client: Client, world: World, headers: Headers
) -> None:
    card_id = await world.a_card()
    read_at = now() - timedelta(minutes=90)
    code = await live_code(world, card_id, later_seconds=-90 * 60)
    done = await scan(client, headers, code=code, occurred_at=read_at.isoformat())
    assert done["outcome"] == "accepted"


async def test_a_code_stamps_and_then_redeems_what_it_gave(
    client: Client, world: World, headers: Headers
) -> None:
    card_id = await world.a_card(stamps=9)
    code = await live_code(world, card_id)
    assert len((await scan(client, headers, code=code))["issued"]) == 1
    assert (await scan(client, headers, code=code, action="redeem"))["outcome"] == "accepted"


async def test_a_renewed_link_ends_the_old_cards_codes(
    client: Client, world: World, headers: Headers
) -> None:
    card_id = await world.a_card()
    before = await live_code(world, card_id)
    renew = RenewLink(merchant_id=world.merchant_id, actor=world.owner, subject_id=card_id)
    (await world.ledger.submit(renew)).or_raise()
    assert (await scan(client, headers, code=before))["reason"] == "card_unknown"
    assert (await scan(client, headers, code=await live_code(world, card_id)))["outcome"] == "accepted"


async def test_a_card_is_found_by_what_its_screen_shows(
    client: Client, world: World, headers: Headers
) -> None:
    card_id = await world.a_card()
    code = await live_code(world, card_id)
    found = (await client.get("/api/v1/cards", params={"code": code}, headers=headers)).json()
    assert [card["id"] for card in found["items"]] == [card_id]
