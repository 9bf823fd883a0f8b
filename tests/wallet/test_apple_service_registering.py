"""The PassKit web service: who a phone is, what it registers for, and what changed for it. Status by status.

Each fault that was found in other servers is a test here, and in the tests of fetching.
"""

import logging
from datetime import UTC, datetime

import pytest

from cardamom.kit.ids import new_id
from cardamom.wallet.bindings import device_hash
from tests.wallet.phones import (
    PASS_TYPE,
    Shop,
    a_saved_pass,
    authorised,
    hold,
    path_of,
    registration_of,
)
from tests.wallet.saved_passes import registrations_of
from tests.world import BARBER, a_world

# Registering


async def test_a_new_registration_is_201_and_a_known_one_200(shop: Shop) -> None:
    card_id = await shop.world.a_card()
    phone = shop.phone()
    held = hold(shop, phone, await shop.download(card_id))
    assert await phone.register(held) == 201
    assert await phone.register(held) == 200


async def test_the_push_token_is_stored_with_every_registration(shop: Shop) -> None:
    _card, phone, held = await a_saved_pass(shop)
    phone.push_token = "cd" * 32
    assert await phone.register(held) == 200
    binding = await shop.binding(held)
    (known,) = await registrations_of(shop.world, binding.id)
    assert (known.push_token, known.device) == ("cd" * 32, device_hash(phone.device))


async def test_a_registration_that_changes_nothing_is_no_operation(shop: Shop) -> None:
    """Phones repeat theirs; the books are for what happened."""
    _card, phone, held = await a_saved_pass(shop)
    counted = "select count(*) from operation where kind = 'wallet.register_device'"
    before = await shop.rows(counted)
    assert await phone.register(held) == 200
    assert await shop.rows(counted) == before


async def test_a_phone_that_registers_without_end_is_slowed_down(shop: Shop) -> None:
    _card, phone, held = await a_saved_pass(shop)
    statuses = []
    for number in range(30):
        answer = await shop.client.post(
            registration_of(phone, held), headers=authorised(held), json={"pushToken": f"{number:064x}"}
        )
        statuses.append(answer.status_code)
    assert set(statuses) == {200, 429}


async def test_a_pass_is_not_on_a_hundred_phones(shop: Shop) -> None:
    _card, _phone, held = await a_saved_pass(shop)
    await shop.rows(
        "insert into wallet_registration (merchant_id, binding_id, device, push_token, registered_at)"
        " select b.merchant_id, b.id, sha256(n::text::bytea), 'ab', now()"
        " from wallet_binding b cross join generate_series(1, 100) as n returning 1"
    )
    other = shop.phone()
    answer = await shop.client.post(
        registration_of(other, held), headers=authorised(held), json={"pushToken": other.push_token}
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "too_many_devices")


async def test_a_second_device_with_the_same_push_token_is_a_device_of_its_own(shop: Shop) -> None:
    _card, phone, held = await a_saved_pass(shop)
    other = shop.phone()
    other.push_token = phone.push_token
    other.passes[held.serial] = held
    assert await other.register(held) == 201
    assert await shop.events("card.saved") == ["card.saved"]
    await phone.remove(held)
    assert await shop.events("card.removed") == []
    await other.remove(held)
    assert await shop.events("card.removed") == ["card.removed"]


async def test_a_device_identifier_is_kept_as_a_hash(shop: Shop) -> None:
    _card, phone, _held = await a_saved_pass(shop)
    for table in ("wallet_registration", "wallet_device", "operation", "event"):
        written = str(await shop.rows(f"select t::text from {table} t"))
        assert phone.device not in written
    assert phone.push_token not in str(await shop.rows("select t::text from operation t"))


#: Of registrations.
BODIES_WITHOUT_A_TOKEN = [
    b"",
    b"{}",
    b"[]",
    b"{",
    b'{"pushToken": 7}',
    b'{"pushToken": ""}',
    b'{"pushToken": "../../3/device"}',
    b"\xff",
]


async def test_a_registration_without_a_sound_push_token_is_unreadable(shop: Shop) -> None:
    _card, phone, held = await a_saved_pass(shop)
    for body in BODIES_WITHOUT_A_TOKEN:
        answer = await shop.client.post(registration_of(phone, held), content=body, headers=authorised(held))
        assert answer.status_code == 422
        answer = await shop.client.post(registration_of(phone, held), content=body)
        assert answer.status_code == 401


async def test_a_registration_is_not_larger_than_a_push_token(shop: Shop) -> None:
    _card, phone, held = await a_saved_pass(shop)
    answer = await shop.client.post(
        registration_of(phone, held), content=b'{"pushToken": "' + b"a" * 100_000, headers=authorised(held)
    )
    assert answer.status_code == 413


async def test_unregistering_is_200_also_when_it_comes_twice(shop: Shop) -> None:
    _card, phone, held = await a_saved_pass(shop)
    for _time in range(2):
        answer = await shop.client.delete(registration_of(phone, held), headers=authorised(held))
        assert answer.status_code == 200


# Tokens


#: None is no header.
WRONG_HEADERS = [
    None,
    "",
    "ApplePass",
    "ApplePass ",
    "Basic YTpi",
    "Bearer cdm_abcdefghijklmnop",
    "ApplePass " + "a" * 32,
    "ApplePass ä",
    "ApplePass " + "a" * 8_000,
    "ApplePass a b c",
    ", ".join(["ApplePass " + "a" * 32] * 3),
]


async def test_a_malformed_or_wrong_token_is_401_everywhere(shop: Shop) -> None:
    """Nowhere a 500, whatever the header says."""
    _card, phone, held = await a_saved_pass(shop)
    for header in WRONG_HEADERS:
        headers = {} if header is None else {"Authorization": header.encode("utf-8")}
        for method, path in (
            ("POST", registration_of(phone, held)),
            ("DELETE", registration_of(phone, held)),
            ("GET", path_of(held)),
            ("HEAD", path_of(held)),
            ("POST", path_of(held) + "/personalize"),
        ):
            answer = await shop.client.request(method, path, headers=headers)
            assert answer.status_code == 401, (method, answer.text)
            assert answer.headers["www-authenticate"] == "ApplePass"
            assert answer.content == b""


async def test_a_token_opens_its_own_pass_only(shop: Shop) -> None:
    _card, phone, mine = await a_saved_pass(shop)
    _card, _phone, other = await a_saved_pass(shop)
    assert (await shop.client.get(path_of(other), headers=authorised(mine))).status_code == 401
    answer = await shop.client.delete(registration_of(phone, mine), headers=authorised(other))
    assert answer.status_code == 401


#: The first two: of another handle, of another id.
UNKNOWN_SERIALS = ["handle", "id", "nothing like it", "x" * 3_000, "%00", "١٢٣"]


async def test_an_unknown_serial_is_answered_as_a_wrong_token(shop: Shop) -> None:
    _card, _phone, held = await a_saved_pass(shop)
    for part in UNKNOWN_SERIALS:
        handle, _dot, digits = held.serial.partition(".")
        serial = {"handle": f"zzzzzzzz.{digits}", "id": f"{handle}.{new_id().replace('-', '')}"}.get(
            part, part
        )
        for method in ("GET", "HEAD"):
            answer = await shop.client.request(
                method, f"/apple/v1/passes/{PASS_TYPE}/{serial}", headers=authorised(held)
            )
            assert answer.status_code == 401


async def test_another_pass_type_is_answered_as_a_wrong_token(shop: Shop) -> None:
    _card, _phone, held = await a_saved_pass(shop)
    for pass_type in ("pass.org.example.other", "%00", "pass." + "x" * 3_000):
        path = f"/apple/v1/passes/{pass_type}/{held.serial}"
        assert (await shop.client.get(path, headers=authorised(held))).status_code == 401


async def test_a_pass_moved_to_another_shop_opens_nothing(shop: Shop) -> None:
    """The same id under another handle is looked for among the other's passes, where it is not."""
    _card, _phone, held = await a_saved_pass(shop)
    barber = await a_world(shop.world.ledger, new=BARBER)
    handle = (await barber.card(await barber.a_card())).handle
    serial = f"{handle}.{held.serial.partition('.')[2]}"
    answer = await shop.client.get(f"/apple/v1/passes/{PASS_TYPE}/{serial}", headers=authorised(held))
    assert answer.status_code == 401


async def test_no_token_reaches_the_log(
    shop: Shop, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    with caplog.at_level(logging.DEBUG):
        card_id, phone, held = await a_saved_pass(shop)
        await shop.world.stamp(card_id)
        await shop.settle()
        await phone.be_pushed(PASS_TYPE)
        await shop.client.get(path_of(held), headers={"Authorization": "ApplePass " + "b" * 40})
        token = str(held.document["authenticationToken"])
        await phone.complain(f"Authorization: ApplePass {token} of {phone.device} with {phone.push_token}")
    # The test client writes down the addresses that it asks for.
    lines = [record.getMessage() for record in caplog.records if record.name != "httpx"]
    written = "\n".join([capsys.readouterr().out, *lines])
    assert "wallet.device_complains" in written
    for secret in (token, "b" * 40, phone.push_token, phone.device):
        assert secret not in written


# What changed


async def test_nothing_changed_is_204(shop: Shop) -> None:
    _card, phone, _held = await a_saved_pass(shop)
    assert len(await phone.list_changed(PASS_TYPE)) == 1
    assert await phone.list_changed(PASS_TYPE) == []


async def test_an_unknown_device_and_a_foreign_pass_type_have_no_passes(shop: Shop) -> None:
    _card, phone, _held = await a_saved_pass(shop)
    for device, pass_type in (
        ("0" * 32, PASS_TYPE),
        (phone.device, "pass.org.example.other"),
        (phone.device, "%00"),
        ("%00%ff", PASS_TYPE),
        ("x" * 3_000, PASS_TYPE),
    ):
        answer = await shop.client.get(f"/apple/v1/devices/{device}/registrations/{pass_type}")
        assert (answer.status_code, answer.content) == (204, b"")


async def test_every_row_above_the_tag_is_listed(shop: Shop) -> None:
    """A server that compares with the newest row tells of one of three."""
    phone = shop.phone()
    cards = [await shop.world.a_card() for _each in range(3)]
    held = [await shop.add(phone, card_id) for card_id in cards]
    await phone.list_changed(PASS_TYPE)
    for card_id in cards:
        await shop.world.stamp(card_id)
        await shop.settle()
    assert set(await phone.list_changed(PASS_TYPE)) == {each.serial for each in held}
    await shop.world.stamp(cards[0])
    await shop.settle()
    assert await phone.list_changed(PASS_TYPE) == [held[0].serial]


async def test_two_changes_within_a_second_are_both_told(shop: Shop) -> None:
    card_id, phone, held = await a_saved_pass(shop)
    seen = []
    for balance in (1, 2, 3):
        await shop.world.stamp(card_id)
        await shop.settle()
        assert await phone.be_pushed(PASS_TYPE) == [held.serial]
        seen.append(phone.passes[held.serial].value("stamps"))
        assert str(balance) in seen[-1]
    assert len(set(seen)) == 3


async def test_a_device_with_cards_of_two_shops_is_told_of_both(shop: Shop) -> None:
    """One certificate for the installation: the tag holds a position for each shop."""
    barber = await a_world(shop.world.ledger, new=BARBER)
    theirs = Shop(barber, shop.client, shop.authority)
    phone = shop.phone()
    mine_id, their_id = await shop.world.a_card(), await barber.a_card()
    mine, other = await shop.add(phone, mine_id), await theirs.add(phone, their_id)
    assert set(await phone.list_changed(PASS_TYPE)) == {mine.serial, other.serial}
    for _time in range(5):
        await shop.world.stamp(mine_id)
    await shop.settle()
    assert await phone.list_changed(PASS_TYPE) == [mine.serial]
    await barber.stamp(their_id)
    await shop.settle()
    assert await phone.list_changed(PASS_TYPE) == [other.serial]
    assert await phone.list_changed(PASS_TYPE) == []


#: As they stand in an address.
FOREIGN_TAGS = ["nonsense", "%00", "%ff", "2026-11-20T12:00:00Z", "1", "x" * 5_000, "٣"]


async def test_a_tag_that_is_not_ours_tells_everything(shop: Shop) -> None:
    _card, phone, held = await a_saved_pass(shop)
    for tag in FOREIGN_TAGS:
        answer = await shop.client.get(
            f"/apple/v1/devices/{phone.device}/registrations/{PASS_TYPE}?passesUpdatedSince={tag}"
        )
        assert answer.json()["serialNumbers"] == [held.serial]
        assert isinstance(answer.json()["lastUpdated"], str)


async def test_a_pass_that_is_not_registered_is_not_listed(shop: Shop) -> None:
    _card, phone, held = await a_saved_pass(shop)
    base = f"/apple/v1/devices/{phone.device}/registrations/{PASS_TYPE}"
    await phone.remove(held)
    assert (await shop.client.get(base)).status_code == 204


# The race between download and registration


async def test_a_pass_that_changed_before_it_was_registered_is_due_at_once(shop: Shop) -> None:
    card_id, phone = await shop.world.a_card(language="en"), shop.phone()
    held = hold(shop, phone, await shop.download(card_id))
    await shop.world.stamp(card_id)
    await shop.settle()
    assert (await shop.binding(held)).next_try is None  # nobody has it yet
    await phone.register(held)
    due = await shop.binding(held)
    assert due.next_try is not None
    assert due.next_try <= datetime.now(UTC)
    assert await phone.be_pushed(PASS_TYPE) == [held.serial]
    assert "1/10" in phone.passes[held.serial].value("stamps")


async def test_a_pass_that_did_not_change_is_not_pushed_when_it_is_registered(shop: Shop) -> None:
    """The other side of the race: without a stamp in between, nothing is due."""
    card_id, phone = await shop.world.a_card(language="en"), shop.phone()
    await shop.settle()
    held = hold(shop, phone, await shop.download(card_id))
    await shop.settle()
    await phone.register(held)
    assert (await shop.binding(held)).next_try is None


async def test_a_late_pass_is_not_hidden_by_the_tag_of_another(shop: Shop) -> None:
    """Downloaded, stamped, and only then registered, while the phone asked about another card in between."""
    phone = shop.phone()
    first_id, second_id = await shop.world.a_card(), await shop.world.a_card(language="en")
    await shop.add(phone, first_id)
    late = hold(shop, phone, await shop.download(second_id))
    await shop.world.stamp(second_id)
    await shop.settle()
    await shop.world.stamp(first_id)
    await shop.settle()
    await phone.be_pushed(PASS_TYPE)
    assert "0/10" in phone.passes[late.serial].value("stamps")
    await phone.register(late)
    assert late.serial in await phone.be_pushed(PASS_TYPE)
    assert "1/10" in phone.passes[late.serial].value("stamps")


async def test_a_pass_that_was_removed_and_added_again_from_an_old_file_is_told(shop: Shop) -> None:
    """The phone knew the newest state before; the file that somebody opens again does not."""
    card_id, phone = await shop.world.a_card(language="en"), shop.phone()
    file = await shop.download(card_id)
    held = await phone.add(file)
    await shop.world.stamp(card_id)
    await shop.settle()
    assert await phone.be_pushed(PASS_TYPE) == [held.serial]
    await shop.rows("update wallet_binding set sent = wanted, next_try = null returning 1")
    await phone.remove(phone.passes[held.serial])
    again = await phone.add(file)
    assert "0/10" in again.value("stamps")
    due = await shop.binding(again)
    assert due.next_try is not None
    assert due.sent < due.wanted
    assert await phone.be_pushed(PASS_TYPE) == [held.serial]
    assert "1/10" in phone.passes[held.serial].value("stamps")


async def test_a_stamp_that_nobody_placed_yet_is_told_later(shop: Shop) -> None:
    """The pass is fetched before the dispatcher came by: it shows the stamp, and is told again without harm."""
    card_id, phone, held = await a_saved_pass(shop)
    await shop.world.stamp(card_id)
    fetched = await phone.fetch(held)
    assert fetched is not None
    assert "1/10" in fetched.value("stamps")
    await shop.settle()
    assert await phone.be_pushed(PASS_TYPE) == [held.serial]
