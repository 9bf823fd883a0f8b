"""The PassKit web service: fetching a pass, and what phones write to its log. Status by status."""

import random
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime

from cardamom.db.settings import Settings
from tests.wallet.iphone import IMF_FIXDATE, PKPASS
from tests.wallet.phones import (
    PASS_TYPE,
    Shop,
    a_saved_pass,
    authorised,
    path_of,
    registration_of,
    serving,
)

# Fetching


async def test_a_pass_is_fetched_with_a_date_and_then_not_again(shop: Shop) -> None:
    _card, _phone, held = await a_saved_pass(shop)
    answer = await shop.client.get(path_of(held), headers=authorised(held))
    assert answer.headers["content-type"] == PKPASS
    assert IMF_FIXDATE.fullmatch(answer.headers["last-modified"])
    assert answer.headers["cache-control"] == "private, no-store"
    assert "content-encoding" not in answer.headers
    again = await shop.client.get(
        path_of(held), headers={**authorised(held), "If-Modified-Since": answer.headers["last-modified"]}
    )
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["last-modified"] == answer.headers["last-modified"]


async def test_last_modified_grows_with_every_change_also_within_a_second(shop: Shop) -> None:
    card_id, _phone, held = await a_saved_pass(shop)
    dates = []
    for _time in range(4):
        answer = await shop.client.get(path_of(held), headers=authorised(held))
        dates.append(parsedate_to_datetime(answer.headers["last-modified"]))
        await shop.world.stamp(card_id)
        await shop.settle()
    assert dates == sorted(set(dates))


async def test_head_says_what_get_would(shop: Shop) -> None:
    _card, phone, held = await a_saved_pass(shop)
    answer = await phone.look(held)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == PKPASS
    assert "content-length" not in answer.headers
    got = await shop.client.get(path_of(held), headers=authorised(held))
    assert answer.headers["last-modified"] == got.headers["last-modified"]
    since = {**authorised(held), "If-Modified-Since": got.headers["last-modified"]}
    assert (await shop.client.head(path_of(held), headers=since)).status_code == 304


#: In If-Modified-Since.
WRONG_DATES = [
    "",
    "yesterday",
    "0",
    "Mon, 99 Foo 2026 99:99:99 GMT",
    "Fri, 20 Nov 0000 12:00:00 GMT",
    "x" * 5_000,
    "Sat, 01 Jan 0001 00:00:00 +2359",
    "Fri, 31 Dec 9999 23:59:59 -2359",
    "Mon, 1 Jan 2001 00:00:00 +9999",
    "Mon, 01 Jan 99999999999999999999 00:00:00 GMT",
    "Mon, 1 Jan 2020 00:00:00 +99999999999999999999",
]


async def test_a_date_that_is_none_does_no_harm(shop: Shop) -> None:
    _card, _phone, held = await a_saved_pass(shop)
    for since in WRONG_DATES:
        answer = await shop.client.get(
            path_of(held), headers={**authorised(held), "If-Modified-Since": since}
        )
        assert answer.status_code in {200, 304}


#: Of addresses of the service.
PREFIXES = ["/apple//v1", "//apple/v1", "/apple/v1/"]


async def test_two_slashes_are_one(shop: Shop) -> None:
    """Some clients append "/v1" to an address that ends with a slash."""
    _card, _phone, held = await a_saved_pass(shop)
    for prefix in PREFIXES:
        path = f"{prefix}/passes/{held.pass_type}/{held.serial}"
        assert (
            await shop.client.get(f"https://cards.example.org{path}", headers=authorised(held))
        ).status_code == 200


async def test_a_fetch_is_written_down_once(shop: Shop) -> None:
    card_id, phone, held = await a_saved_pass(shop)
    await shop.world.stamp(card_id)
    await shop.settle()
    before = await shop.binding(held)
    assert before.fetched < before.wanted
    await phone.fetch(held)
    first = await shop.binding(held)
    assert first.fetched == first.wanted
    assert await phone.fetch(held) is None
    await shop.client.get(path_of(held), headers=authorised(held))
    assert (await shop.binding(held)).fetched_at == first.fetched_at


async def test_a_304_is_a_fetch_too(shop: Shop) -> None:
    card_id, _phone, held = await a_saved_pass(shop)
    await shop.world.stamp(card_id)
    await shop.settle()
    since = format_datetime(datetime.now(UTC) + timedelta(minutes=1), usegmt=True)
    answer = await shop.client.get(path_of(held), headers={**authorised(held), "If-Modified-Since": since})
    assert answer.status_code == 304
    after = await shop.binding(held)
    assert after.fetched == after.wanted


async def test_a_closed_card_is_voided_on_the_phone(shop: Shop) -> None:
    card_id, phone, held = await a_saved_pass(shop)
    await shop.rows("update card set closed_at = now() where id = %s returning 1", card_id)
    update = await phone.fetch(held)
    assert update is not None
    assert update.is_voided
    assert update.messages == []


async def test_enrolment_is_not_offered(shop: Shop) -> None:
    _card, _phone, held = await a_saved_pass(shop)
    answer = await shop.client.post(path_of(held) + "/personalize", headers=authorised(held), json={})
    assert answer.status_code == 404


async def test_cookies_and_csrf_play_no_part(shop: Shop) -> None:
    """A browser's cookies open nothing here, and a phone sends no form."""
    _card, phone, held = await a_saved_pass(shop)
    foreign = {"Cookie": "cardamom_session=x", "Origin": "https://elsewhere.example"}
    assert (await shop.client.get(path_of(held), headers=foreign)).status_code == 401
    answer = await shop.client.post(
        registration_of(phone, held),
        headers={**foreign, **authorised(held)},
        json={"pushToken": phone.push_token},
    )
    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers


# Logs


async def test_a_log_is_200_whatever_it_says(shop: Shop) -> None:
    _card, phone, _held = await a_saved_pass(shop)
    assert await phone.complain("Get pass task encountered error: Unexpected response code 403") == 200
    for body in (b"", b"null", b"{", b"\xff" * 100, b"[" * 20_000, b'{"logs": [1, {}]}', b"x" * 5_000_000):
        answer = await shop.client.post("/apple/v1/log", content=body)
        assert (answer.status_code, answer.content) == (200, b"")


async def test_a_log_of_many_bodies_is_still_200(shop: Shop) -> None:
    statuses = [
        (await shop.client.post("/apple/v1/log", json={"logs": ["x"]})).status_code for _each in range(60)
    ]
    assert set(statuses) == {200}
    metrics = (await shop.client.get("/metrics")).text
    assert 'cardamom_wallet_device_log_reports_dropped_total{why="too_many"}' in metrics


async def test_what_phones_complain_about_is_in_the_metrics(shop: Shop) -> None:
    _card, phone, _held = await a_saved_pass(shop)
    await phone.complain("Register task (pass type pass.x) encountered error: Unexpected response code 409")
    metrics = (await shop.client.get("/metrics")).text
    assert 'cardamom_wallet_device_log_lines_total{problem="status_409",task="register"} 1.0' in metrics


async def test_methods_that_are_not_there_are_405(shop: Shop) -> None:
    _card, _phone, held = await a_saved_pass(shop)
    assert (await shop.client.put(path_of(held), headers=authorised(held))).status_code == 405


# Certificates that are not there


async def test_without_a_certificate_the_pass_is_503_and_a_304_still_works(
    shop: Shop, settings: Settings
) -> None:
    _card, _phone, held = await a_saved_pass(shop)
    date = (await shop.client.head(path_of(held), headers=authorised(held))).headers["last-modified"]
    async with serving(settings, shop.world.database) as client:
        answer = await client.get(path_of(held), headers=authorised(held))
        assert answer.status_code == 503
        assert int(answer.headers["retry-after"]) > 0
        kept = await client.get(path_of(held), headers={**authorised(held), "If-Modified-Since": date})
        assert kept.status_code == 304
        registered = await client.post(
            f"/apple/v1/devices/x/registrations/{PASS_TYPE}/{held.serial}",
            headers=authorised(held),
            json={"pushToken": "ab" * 32},
        )
        assert registered.status_code == 201


# Anything at all

_SEGMENTS = [
    "",
    ".",
    "..",
    "%00",
    "%ff%fe",
    "%2e%2e%2f",
    "x" * 300,
    "'; drop table card; --",
    "١٢٣",
    "a\u0301",
    "{}",
    "*",
]
_HEADERS = ["", "ApplePass", "ApplePass " + "a" * 32, "\x7f", "é", "a" * 9_000, "Bearer x", "0", "Fri, 99"]


async def test_nothing_that_anybody_sends_is_our_fault(shop: Shop) -> None:
    _card, phone, held = await a_saved_pass(shop)
    dice = random.Random(3)
    right = [
        phone.device,
        held.pass_type,
        held.serial,
        "devices",
        "passes",
        "registrations",
        "log",
        "personalize",
    ]
    for _throw in range(250):
        path = "/".join(dice.choice(_SEGMENTS + right) for _each in range(dice.randint(1, 6)))
        headers = {
            name: dice.choice([*_HEADERS, f"ApplePass {held.document['authenticationToken']}"]).encode()
            for name in dice.sample(["Authorization", "If-Modified-Since", "Content-Type", "Accept"], k=2)
        }
        method = dice.choice(["GET", "HEAD", "POST", "DELETE", "PUT", "PATCH", "OPTIONS"])
        answer = await shop.client.request(
            method, f"/apple/v1/{path}", headers=headers, content=dice.randbytes(dice.randint(0, 200))
        )
        assert answer.status_code < 500, (method, path, headers)
