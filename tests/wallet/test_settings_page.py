"""The owner's page of the wallets: how things stand in words, keys in, keys out, and what goes wrong."""

import inspect
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa
from httpx import Response
from litestar.testing import AsyncTestClient

from cardamom.db.database import Database
from cardamom.db.settings import Settings
from cardamom.kit.digits import to_script
from cardamom.kit.ids import new_id
from cardamom.kit.languages import SUPPORTED, language
from cardamom.wallet.apple import pushing
from cardamom.wallet.apple.test_authority import Authority, IssuedCertificate
from cardamom.wallet.pages.settings import MOST_FORM_BYTES
from cardamom.wallet.standing import Trouble
from cardamom.wallet.tables import bindings, rollouts
from cardamom.web.app import MOST_BODY_BYTES, create_app
from tests.cards.shoppers import words_of
from tests.counter.staff import a_visitor
from tests.customers.visitors import Visitor
from tests.page_forms import fields_of
from tests.wallet.keys import ISSUER, OWN_PASS_TYPE, ROBOT, a_certificate, as_files, google_material
from tests.world import World

Client = AsyncTestClient[Any]
PAGE = "/app/wallet"


@pytest.fixture
async def owner(world: World, client: Client) -> Visitor:
    return await a_visitor(world, client, role="owner")


async def give_apple(
    owner: Visitor, authority: Authority, issued: IssuedCertificate, *, lang: str = "en", **changes: Any
) -> Response:
    """Send the form as a browser does, with files. A file that is None was not chosen."""
    files = {
        "certificate": issued.certificate_pem,
        "private_key": issued.key_pem,
        "wwdr": authority.wwdr_pem,
        **changes,
    }
    texts = fields_of((await owner.get(PAGE)).text, f"{PAGE}/apple")
    chosen = {name: (f"{name}.pem", content) for name, content in files.items() if content is not None}
    return await owner.post(f"{PAGE}/apple?lang={lang}", data=texts, files=chosen)


async def give_google(owner: Visitor, *, account: bytes, issuer: str) -> Response:
    texts = fields_of((await owner.get(PAGE)).text, f"{PAGE}/google")
    return await owner.post(
        f"{PAGE}/google", data={**texts, "issuer": [issuer]}, files={"account": ("key.json", account)}
    )


async def add_binding(world: World, **changes: Any) -> None:
    row = {
        "merchant_id": world.merchant_id,
        "id": new_id(),
        "wallet": "google",
        "issuer": ISSUER,
        "kind": "card",
        "subject_id": new_id(),
        "epoch": 0,
        "state": "saved",
        "wanted": 1,
        "sent": 1,
        "fetched": 0,
        "urgency": 1,
        "created_at": datetime.now(UTC),
        "modified_at": datetime.now(UTC),
        "tries": 0,
        "notices": [],
        **changes,
    }
    async with world.database.writing(world.merchant_id) as tx:
        await tx.execute(sa.insert(bindings).values(row))


async def test_without_keys_it_says_what_is_missing_and_how_to_get_it(owner: Visitor) -> None:
    words = words_of(await owner.get(PAGE))
    assert "Passes for iPhones are signed with a certificate from Apple." in words
    assert "register a Pass Type ID" in words
    assert "Ask for publishing access. Until then passes are marked [TEST ONLY]." in words
    assert "Remove" not in words


@pytest.mark.parametrize("code", SUPPORTED)
async def test_it_speaks_every_language(owner: Visitor, code: str) -> None:
    page = await owner.get(f"{PAGE}?lang={code}")
    assert page.status_code == 200
    assert f'<html lang="{code}" dir="{language(code).direction}">' in page.text


async def test_it_is_for_owners_and_found_in_the_settings(
    world: World, client: Client, owner: Visitor
) -> None:
    assert f'href="{PAGE}"' in (await owner.get("/app/settings")).text
    manager = await a_visitor(world, client, role="manager")
    assert f'href="{PAGE}"' not in (await manager.get("/app/settings")).text
    assert (await manager.get(PAGE)).status_code == 403


async def test_a_certificate_is_checked_shown_and_removed(owner: Visitor, authority: Authority) -> None:
    sent = await give_apple(owner, authority, a_certificate(authority, days=200))
    assert (sent.status_code, sent.headers["location"]) == (303, f"{PAGE}?saved=1")
    page = await owner.get(PAGE)
    words = words_of(page)
    assert f"Pass type {OWN_PASS_TYPE}" in words
    assert "199 days left" in words
    assert "A test certificate" in words
    assert "PRIVATE KEY" not in page.text
    removed = await owner.send(page, f"{PAGE}/apple/remove")
    assert removed.status_code == 303
    assert OWN_PASS_TYPE not in (await owner.get(PAGE)).text


async def test_it_is_time_to_renew(owner: Visitor, authority: Authority) -> None:
    await give_apple(owner, authority, a_certificate(authority, days=40))
    assert "Expires soon" in words_of(await owner.get(PAGE))


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"certificate": None}, "certificate", "Choose a file first."),
        ({"certificate": b"hello"}, "certificate", "This file is not a certificate."),
        ({"certificate": b"0" * 200_000}, "certificate", "too large to be a certificate"),
        ({"certificate": b"0" * (MOST_BODY_BYTES + 1)}, "certificate", "too large to be a certificate"),
        ({"wwdr": b"0" * (MOST_BODY_BYTES + 1)}, "wwdr", "too large to be a certificate"),
        ({"private_key": None}, "private_key", "The private key is missing."),
        ({"private_key": b"hello"}, "private_key", "This file is not a private key."),
        ({"wwdr": None}, "wwdr", "intermediate certificate is missing"),
    ],
)
async def test_each_refusal_stands_at_its_file(
    owner: Visitor, authority: Authority, changes: dict[str, Any], field: str, words: str
) -> None:
    page = await give_apple(owner, authority, a_certificate(authority), **changes)
    assert page.status_code == 422
    assert words in words_of(page)
    assert f'id="{field}-error"' in page.text


async def test_a_large_file_is_no_service_account(owner: Visitor) -> None:
    page = await give_google(owner, account=b"0" * (MOST_BODY_BYTES + 1), issuer=ISSUER)
    assert page.status_code == 422
    assert 'id="account-error"' in page.text


async def test_more_than_is_read_at_all_is_refused_with_the_way_back(
    client: Client, owner: Visitor, authority: Authority
) -> None:
    client.headers["Referer"] = f"https://cards.example.org{PAGE}?lang=en"
    page = await give_apple(owner, authority, a_certificate(authority), certificate=b"0" * MOST_FORM_BYTES)
    assert page.status_code == 413
    assert "Go back and choose a smaller file" in words_of(page)
    assert f'href="{PAGE}?lang=en"' in page.text


async def test_another_key_and_an_expired_certificate_are_refused(
    owner: Visitor, authority: Authority
) -> None:
    other = a_certificate(authority)
    page = await give_apple(owner, authority, a_certificate(authority), private_key=other.key_pem)
    assert "This private key belongs to another certificate." in words_of(page)
    page = await give_apple(owner, authority, a_certificate(authority, days=-2))
    assert "This certificate expired on" in words_of(page)


async def test_an_account_is_taken_and_demo_mode_explained(owner: Visitor) -> None:
    sent = await give_google(
        owner, account=google_material().account, issuer=f" {to_script(ISSUER, 'arab')} "
    )
    assert sent.status_code == 303
    words = words_of(await owner.get(PAGE))
    assert f"Service account {ROBOT}" in words
    assert "Passes say [TEST ONLY]?" in words
    page = await give_google(owner, account=b"{}", issuer=ISSUER)
    assert "This is not the JSON key of a Google service account." in words_of(page)


async def test_it_counts_passes_and_says_what_stands_in_the_way(world: World, owner: Visitor) -> None:
    await give_google(owner, account=google_material().account, issuer=ISSUER)
    await add_binding(world)
    await add_binding(world, error="google_not_published")
    await add_binding(world, error="google_not_a_user", state="issued")
    await add_binding(world, wallet="apple", state="removed")
    words = words_of(await owner.get(PAGE))
    assert "In Apple Wallet 0 In Google Wallet 2" in words
    assert "Google Wallet is in demo mode" in words
    assert f"The service account {ROBOT} is not a user of the Google Wallet console." in words


async def test_it_shows_how_far_a_new_look_has_come(world: World, owner: Visitor) -> None:
    row = {
        "merchant_id": world.merchant_id,
        "id": new_id(),
        "program_id": world.program_id,
        "revision": 7,
        "total": 4_000,
        "done": 1_234,
        "started_at": datetime.now(UTC),
    }
    done = {**row, "id": new_id(), "revision": 6, "done": 4_000}
    done["finished_at"] = datetime.now(UTC) - timedelta(days=1)
    async with world.database.unscoped_writing_as_the_ledger() as tx:
        await tx.execute(sa.insert(rollouts).values({"finished_at": None, **row}))
        await tx.execute(sa.insert(rollouts).values(done))
    page = await owner.get(PAGE)
    assert "The new look of Coffee card has reached 1,234 of 4,000 passes." in words_of(page)
    assert page.text.count("<progress") == 1


def test_everything_that_a_courier_writes_down_has_words() -> None:
    codes = set(re.findall(r'error="([a-z_]+)"', inspect.getsource(pushing)))
    assert len(codes) >= 5
    for code in codes:
        trouble = Trouble(wallet="apple", code=code, count=1, last_at=datetime.now(UTC))
        assert trouble.sentence() != code


async def test_it_says_that_phones_need_an_address(
    settings: Settings, database: Database, world: World, tmp_path: Path, authority: Authority
) -> None:
    given = as_files(tmp_path / "keys", authority, a_certificate(authority))
    bare = msgspec.structs.replace(settings, base_url=None, wallet=given)
    async with AsyncTestClient(create_app(bare, database), base_url="https://cards.example.org") as client:
        owner = await a_visitor(world, client, role="owner")
        assert "This server has no address of its own" in words_of(await owner.get(PAGE))
