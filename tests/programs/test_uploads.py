"""Pictures in the forms of a program and of a reward, sent as a browser without a script sends them."""

from __future__ import annotations

import re

import pytest

from cardamom.db.database import Database
from cardamom.ledger.commands import new_key
from cardamom.ledger.writer import Ledger
from cardamom.merchants.errors import PictureUnknown
from cardamom.programs.queries import rewards_of
from cardamom.programs.schemas import DesignPatch, ProgramPatch, RewardPatch
from cardamom.programs.service import update_program, update_reward
from tests.customers.visitors import Client, Visitor, browser_of
from tests.kit.uploads import a_bomb, a_logo, a_photo, saved
from tests.page_forms import submit
from tests.people import Everybody
from tests.programs.builders import a_program, a_reward, the_program
from tests.programs.test_pages import programs

LOGO = saved(a_logo(), "PNG")
PHOTO = saved(a_photo(), "JPEG")
NEW = "/app/programs/new"
HASH = re.compile(r"/art/pictures/([0-9a-f]{32})-(?:small|round)\.png")


@pytest.fixture
async def browser(database: Database, client: Client, people: Everybody) -> Visitor:
    return await browser_of(database, client, people.owner)


async def test_a_program_is_made_with_its_pictures(
    browser: Visitor, client: Client, database: Database, people: Everybody
):
    files = {"logo_file": ("logo.png", LOGO), "stamp_file": ("x", LOGO), "cover_file": ("shop.heic", PHOTO)}
    sent = await submit(
        browser,
        await browser.get(NEW),
        NEW,
        {"name_ar": "قهوة", "reward-title_ar": "قهوة", "act": "save"},
        files=files,
    )
    assert sent.status_code == 303, sent.text
    (program,) = await programs(database, people)
    design = program.design
    assert design.logo == design.stamp
    assert design.logo is not None
    assert design.cover not in (None, design.logo)
    shown = await browser.get(f"/app/programs/{program.id}")
    assert {design.logo, design.cover} == set(HASH.findall(shown.text))
    assert (await client.get(f"/art/pictures/{design.logo}-small.png")).status_code == 200


async def test_a_file_is_shown_before_anything_is_saved_and_taken_away_again(
    browser: Visitor, database: Database, people: Everybody
):
    page = await submit(
        browser,
        await browser.get(NEW),
        NEW,
        {"act": "upload-logo", "name_ar": "قهوة"},
        files={"logo_file": ("logo.png", LOGO)},
    )
    assert page.status_code == 200
    found = HASH.search(page.text)
    assert found is not None
    assert page.text.count(found[0]) >= 2, "at its field and on the card beside the form"
    assert 'value="قهوة"' in page.text
    without = await submit(browser, page, NEW, {"act": "remove-logo"})
    assert HASH.search(without.text) is None
    assert await programs(database, people) == []


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"GIF89a" + bytes(40), "This is not a picture that we can read."),
        (LOGO[:200], "This picture is damaged"),
        (a_bomb(8_000, 8_000), "more than 50 megapixels"),
        (bytes(10 * 1024 * 1024 + 1), "more than 10 megabytes"),
    ],
)
async def test_a_file_that_is_refused_says_so_at_its_field(
    browser: Visitor, database: Database, people: Everybody, data: bytes, sentence: str
):
    sent = await submit(
        browser,
        await browser.get(f"{NEW}?lang=en"),
        NEW,
        {"name_ar": "قهوة", "reward-title_ar": "قهوة", "act": "save"},
        lang="en",
        files={"cover_file": ("cover.jpg", data)},
    )
    assert sent.status_code == 422
    assert sentence in sent.text
    assert 'id="cover-error"' in sent.text
    assert await programs(database, people) == []


async def test_a_program_keeps_its_pictures_when_something_else_changes(
    browser: Visitor, ledger: Ledger, database: Database, people: Everybody
):
    program = await a_program(ledger, database, people.owner)
    address = f"/app/programs/{program.id}"
    await submit(
        browser, await browser.get(address), address, {"act": "save"}, files={"logo_file": ("a", LOGO)}
    )
    with_logo = await the_program(database, people.owner, program.id)
    assert with_logo.design.logo is not None
    await submit(browser, await browser.get(address), address, {"act": "save", "icon": "cake"})
    later = await the_program(database, people.owner, program.id)
    assert (later.design.logo, later.design.icon) == (with_logo.design.logo, "cake")
    assert later.version == with_logo.version + 1


async def test_a_reward_has_a_picture(
    browser: Visitor, ledger: Ledger, database: Database, people: Everybody
):
    reward = await a_reward(ledger, database, people.owner)
    address = f"/app/rewards/{reward.id}"
    await submit(browser, await browser.get(address), address, files={"image_file": ("a.jpg", PHOTO)})
    async with database.reading(people.owner.merchant_id) as tx:
        (stored,) = await rewards_of(tx, people.owner.merchant_id)
    assert stored.image is not None
    page = await browser.get(address)
    assert HASH.findall(page.text) == [stored.image]
    await submit(browser, page, address, {"act": "remove-image"})
    async with database.reading(people.owner.merchant_id) as tx:
        (stored,) = await rewards_of(tx, people.owner.merchant_id)
    assert stored.image is None


@pytest.mark.parametrize("name", ["0" * 32, "../../etc/passwd", "", "https://example.org/logo.png"])
async def test_only_pictures_that_were_uploaded_can_be_named(
    ledger: Ledger, database: Database, people: Everybody, name: str
):
    owner = people.owner
    program, reward = await a_program(ledger, database, owner), await a_reward(ledger, database, owner)
    where = {"actor": owner.actor, "merchant_id": owner.merchant_id, "key": new_key()}
    patch = ProgramPatch(design=DesignPatch(cover=name))
    with pytest.raises(PictureUnknown) as refused:
        await update_program(ledger, program_id=program.id, patch=patch, **where)
    assert refused.value.facts == {"field": "cover"}
    where["key"] = new_key()
    with pytest.raises(PictureUnknown):
        await update_reward(ledger, reward_id=reward.id, patch=RewardPatch(image=name), **where)
