"""Programs in the dashboard, in four languages, without a script."""

import base64
import io
import re
from typing import Any

import pytest
from PIL import Image

from cardamom.db.database import Database
from cardamom.kit.languages import SUPPORTED, language
from cardamom.ledger.writer import Ledger
from cardamom.programs.definition import Earn, Expiry, HappyHour, Milestone, Rules
from cardamom.programs.queries import programs_of, rewards_of
from cardamom.programs.schemas import Colours, ConsentBox, DesignIn, JoinForm, Program, Reward
from tests.customers.visitors import Client, Visitor, browser_of
from tests.page_forms import fields_of, submit
from tests.people import Everybody
from tests.programs.builders import a_program, a_reward, the_program

LIST = "/app/programs"
NEW = f"{LIST}/new"


@pytest.fixture
async def browser(database: Database, client: Client, people: Everybody) -> Visitor:
    """The dashboard as the owner of the cafe sees it, in Arabic."""
    return await browser_of(database, client, people.owner)


async def programs(database: Database, people: Everybody) -> list[Program]:
    async with database.reading(people.owner.merchant_id) as tx:
        return await programs_of(tx, people.owner.merchant_id)


async def rewards(database: Database, people: Everybody) -> list[Reward]:
    async with database.reading(people.owner.merchant_id) as tx:
        return await rewards_of(tx, people.owner.merchant_id)


def said_at(html: str, field: str) -> str:
    """What stands as an error at a field."""
    found = re.search(rf'id="{field}-error">(.*?)</p>', html, re.DOTALL)
    return "" if found is None else re.sub(r"<[^>]+>", "", found[1]).strip()


def pass_pictures(html: str) -> list[Image.Image]:
    """What is shown of passes in wallets."""
    found = re.findall(r'src="data:image/png;base64,([^"]+)"', html)
    return [Image.open(io.BytesIO(base64.b64decode(each))) for each in found]


async def everything(ledger: Ledger, database: Database, people: Everybody) -> Program:
    """A program with something in every part of the form."""
    owner = people.owner
    cake = await a_reward(ledger, database, owner, title={"ar": "قطعة كعك"})
    coffee = await a_reward(ledger, database, owner)
    rules = Rules(
        goal=12,
        earn=Earn(per="amount", stamps=2, minor=5_050, minimum_minor=2_000),
        reward=coffee.id,
        milestones=[Milestone(3, cake.id), Milestone(6, cake.id)],
        welcome_stamps=1,
        cooldown_seconds=90,
        daily_cap=3,
        stamps_cap=40,
        happy_hours=[
            HappyHour(weekdays=[1, 5], start="14:00", end="17:30", multiplier=3),
            HappyHour(weekdays=[7], start="20:00", end="24:00", multiplier=2),
        ],
        expiry=Expiry(180),
    )
    design = DesignIn(
        colours=Colours(background="#23412f", ink="#f7f1e1", accent="#e9b44c"),
        icon="croissant",
        pattern="dots",
        headline={"ar": "كل عاشر قهوة علينا", "fr": "La dixième est pour nous"},
        how_to={"en": "One stamp a coffee."},
        terms={"ar": "لا تُستبدل نقدًا."},
    )
    box = ConsentBox(channel="email", purpose="marketing", wording={"ar": "أوافق", "en": "I agree"})
    form = JoinForm(name="required", email="required", birthday="optional", consents=[box])
    return await a_program(ledger, database, owner, rules=rules, design=design, join_form=form)


@pytest.mark.parametrize("code", SUPPORTED)
async def test_every_page_speaks_every_language(
    browser: Visitor, ledger: Ledger, database: Database, people: Everybody, code: str
) -> None:
    paths = [LIST, NEW, "/app/rewards", "/app/rewards/new"]
    for path in paths:
        await is_spoken(browser, path, code)
    program = await everything(ledger, database, people)
    one = f"{LIST}/{program.id}"
    sheets = [f"{one}/print/{sheet}" for sheet in ("large", "small", "stickers", "poster")]
    reward = f"/app/rewards/{program.rules.reward}"
    for path in (LIST, one, f"{one}/print", *sheets, "/app/rewards", reward):
        await is_spoken(browser, path, code)


async def is_spoken(browser: Visitor, path: str, code: str) -> None:
    page = await browser.get(f"{path}?lang={code}")
    assert page.status_code == 200, page.text
    assert f'<html lang="{code}" dir="{language(code).direction}">' in page.text


async def test_an_empty_gallery_teaches_and_has_one_act(browser: Visitor) -> None:
    page = await browser.get(f"{LIST}?lang=en")
    assert "Create your first card" in page.text
    assert page.text.count(f'href="{NEW}"') == 1


async def test_a_first_program_needs_a_name_and_a_reward(
    browser: Visitor, database: Database, people: Everybody
) -> None:
    sent = await submit(
        browser,
        await browser.get(NEW),
        NEW,
        {"name_ar": "بطاقة القهوة", "reward-title_ar": "قهوة مجانية", "act": "save"},
    )
    assert sent.status_code == 303
    (program,) = await programs(database, people)
    (reward,) = await rewards(database, people)
    assert sent.headers["location"] == f"{LIST}/{program.id}?saved=new"
    assert (program.name, program.status) == ({"ar": "بطاقة القهوة"}, "live")
    assert program.rules == Rules(goal=10, welcome_stamps=2, reward=reward.id)
    assert (reward.title, reward.kind, reward.terms.redemption) == (
        {"ar": "قهوة مجانية"},
        "voucher",
        "staff",
    )
    gallery = await browser.get(f"{LIST}?lang=en")
    assert "<bdi>بطاقة القهوة</bdi>" in gallery.text
    assert f'href="https://cards.example.org/j/{program.slug}"' in gallery.text
    assert f'href="{LIST}/{program.id}/print"' in gallery.text
    assert "<svg" in gallery.text


async def test_a_form_sent_twice_is_one_program_with_one_reward(
    browser: Visitor, database: Database, people: Everybody
) -> None:
    page = await browser.get(NEW)
    filled: dict[str, Any] = {"name_ar": "بطاقة", "reward-title_ar": "قهوة", "act": "save"}
    first = await submit(browser, page, NEW, filled)
    again = await submit(browser, page, NEW, filled)
    assert first.headers["location"] == again.headers["location"]
    assert len(await programs(database, people)) == len(await rewards(database, people)) == 1


async def test_what_is_missing_is_said_at_its_field(
    browser: Visitor, database: Database, people: Everybody
) -> None:
    sent = await submit(browser, await browser.get(NEW), NEW, {"headline_en": "Come back"}, lang="en")
    assert sent.status_code == 422
    assert said_at(sent.text, "name_ar") == "Fill in this field."
    assert said_at(sent.text, "reward-title_ar") == "Fill in this field."
    assert 'value="Come back"' in sent.text
    assert await programs(database, people) == []
    assert await rewards(database, people) == []


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("goal", "0", "Choose a number from 1 to 100."),
        ("goal", "many", "Write a whole number in digits."),
        ("goal", "", "Fill in this field."),
        ("welcome_stamps", "10", "The welcome stamps must be fewer than the goal."),
        ("daily_cap", "0", "Choose a number from 1 to 1,000."),
        ("minimum", "a lot", "This is not an amount of money. Write it as digits, such as \u20681250\u2069."),
        ("background", "red-ish", "This is not a colour. Write it as six digits, for example #1f5b38."),
        ("slug", "Not A Slug", "An address has 2 to 60 small Latin letters, digits and single hyphens."),
    ],
)
async def test_what_makes_no_sense_is_said_at_its_field(
    browser: Visitor, field: str, typed: str, sentence: str
) -> None:
    filled = {"name_ar": "بطاقة", "reward_from": "none", field: typed, "act": "save"}
    sent = await submit(browser, await browser.get(NEW), NEW, filled, lang="en")
    assert sent.status_code == 422
    assert said_at(sent.text, field) == sentence
    assert f'value="{typed}"' in sent.text


async def test_digits_of_every_script_are_taken(
    browser: Visitor, database: Database, people: Everybody
) -> None:
    filled = {"name_ar": "بطاقة", "reward_from": "none", "goal": "١٢", "per": "amount", "amount": "٥٠٫٥"}
    assert (await submit(browser, await browser.get(NEW), NEW, filled)).status_code == 303
    (program,) = await programs(database, people)
    assert (program.rules.goal, program.rules.earn.minor) == (12, 5_050)
    shown = fields_of((await browser.get(f"{LIST}/{program.id}")).text, f"{LIST}/{program.id}")
    assert (shown["goal"], shown["amount"]) == (["١٢"], ["٥٠.٥٠"])


async def test_saving_what_is_stored_changes_nothing(
    browser: Visitor, ledger: Ledger, database: Database, people: Everybody
) -> None:
    program = await everything(ledger, database, people)
    path = f"{LIST}/{program.id}"
    for code in SUPPORTED:
        page = await browser.get(f"{path}?lang={code}")
        sent = await submit(browser, page, path, {"act": "save"}, lang=code)
        assert (sent.status_code, sent.headers["location"]) == (303, f"{path}?saved=1")
        assert await the_program(database, people.owner, program.id) == program


async def test_new_rules_of_a_live_program_leave_running_rounds_alone(
    browser: Visitor, ledger: Ledger, database: Database, people: Everybody
) -> None:
    program = await everything(ledger, database, people)
    path = f"{LIST}/{program.id}"
    page = await browser.get(f"{path}?lang=en")
    assert "Cards finish their current round under the old rules." in page.text
    sent = await submit(browser, page, path, {"goal": "15", "name_en": "Friends", "act": "save"})
    assert sent.headers["location"] == f"{path}?saved=rules"
    told = await browser.get(f"{sent.headers['location']}&lang=en")
    assert (
        "Cards finish their current round under the old rules, and begin the next one under these."
        in told.text
    )
    changed = await the_program(database, people.owner, program.id)
    assert (changed.version, changed.rules.goal, changed.name["en"]) == (2, 15, "Friends")


async def test_rows_come_and_go_without_saving(
    browser: Visitor, database: Database, people: Everybody
) -> None:
    filled: dict[str, str | list[str]] = {"name_ar": "بطاقة", "reward_from": "none"}
    page = await submit(browser, await browser.get(NEW), NEW, {**filled, "act": "add-hours"})
    page = await submit(browser, page, NEW, {"act": "add-hours"})
    assert page.status_code == 200
    assert {"hours-0-start", "hours-1-start"} <= set(fields_of(page.text, NEW))
    row: dict[str, str | list[str]] = {
        "hours-1-weekdays": ["6", "7"],
        "hours-1-start": "20:00",
        "hours-1-end": "00:00",
        "hours-1-multiplier": "3",
    }
    page = await submit(browser, page, NEW, {**row, "act": "remove-hours-0"})
    kept = fields_of(page.text, NEW)
    assert "hours-0-start" not in kept
    assert kept["hours-1-weekdays"] == ["6", "7"]
    assert await programs(database, people) == []
    assert (await submit(browser, page, NEW, {"act": "save"})).status_code == 303
    (program,) = await programs(database, people)
    assert program.rules.happy_hours == [HappyHour(weekdays=[6, 7], start="20:00", end="24:00", multiplier=3)]


async def test_a_consent_begins_with_a_wording_in_every_language(browser: Visitor) -> None:
    page = await submit(browser, await browser.get(NEW), NEW, {"act": "add-consents"})
    fields = fields_of(page.text, NEW)
    assert fields["consents-0-wording_en"][0].startswith("I would like to receive")
    assert fields["consents-0-wording_ar"][0]


async def test_what_is_wrong_with_rows_is_said_above_them(
    browser: Visitor, ledger: Ledger, database: Database, people: Everybody
) -> None:
    reward = await a_reward(ledger, database, people.owner)
    filled = {"name_ar": "بطاقة", "reward_from": "chosen", "goal": "5"}
    page = await submit(browser, await browser.get(NEW), NEW, {**filled, "act": "add-goals"})
    row = {"goals-0-at": "5", "goals-0-reward": reward.id}
    sent = await submit(browser, page, NEW, {**row, "act": "save"}, lang="en")
    assert sent.status_code == 422
    assert "Milestones must rise and stay below the goal." in sent.text


async def test_a_refused_program_does_not_make_its_reward_twice(
    browser: Visitor, ledger: Ledger, database: Database, people: Everybody
) -> None:
    taken = await a_program(ledger, database, people.owner, slug="hello-cafe")
    filled = {"name_ar": "بطاقة", "reward-title_ar": "قهوة", "slug": taken.slug, "act": "save"}
    refused = await submit(browser, await browser.get(NEW), NEW, filled)
    assert refused.status_code == 409
    assert said_at(refused.text, "slug")
    made = await submit(browser, refused, NEW, {"slug": "second-cafe", "act": "save"})
    assert made.status_code == 303
    (reward,) = await rewards(database, people)
    assert (await programs(database, people))[-1].rules.reward == reward.id


async def test_a_draft_is_published_and_archived(
    browser: Visitor, database: Database, people: Everybody
) -> None:
    filled = {"name_ar": "بطاقة", "reward_from": "none", "act": "draft"}
    made = await submit(browser, await browser.get(NEW), NEW, filled)
    page = await browser.get(f"{made.headers['location']}&lang=en")
    assert "Nobody can join before you publish it." in page.text
    (program,) = await programs(database, people)
    path = f"{LIST}/{program.id}"
    acts = (({"act": "publish"}, path, "live"), ({}, f"{path}/archive", "archived"))
    for fields, action, status in (*acts, acts[0]):
        sent = await submit(browser, await browser.get(path), action, fields)
        assert (sent.status_code, sent.headers["location"]) == (303, f"{path}?saved={status}")
        assert (await the_program(database, people.owner, program.id)).status == status
        assert (await browser.get(sent.headers["location"])).status_code == 200


async def test_the_preview_draws_whatever_was_typed_and_saves_nothing(
    browser: Visitor, database: Database, people: Everybody
) -> None:
    fields = fields_of((await browser.get(NEW)).text, NEW)
    odd = {"goal": "a few", "ink": "#fffffe", "background": "#ffffff", "icon": "anvil", "name_ar": "<b>"}
    sent = await browser.post(f"{LIST}/preview", data={**fields, **{k: [v] for k, v in odd.items()}})
    assert sent.status_code == 200
    assert sent.text.count("<svg") == 1
    strip, hero = pass_pictures(sent.text)
    assert (strip.size, hero.size) == ((750, 288), (1032, 336))
    assert "<b>" not in sent.text
    assert 'class="field-hint"' in sent.text  # the owner is told that a colour was corrected
    assert await programs(database, people) == []


async def test_the_owner_chooses_how_the_code_and_the_card_are_passed_on(
    browser: Visitor, ledger: Ledger, database: Database, people: Everybody
) -> None:
    program = await everything(ledger, database, people)
    path = f"{LIST}/{program.id}"
    page = await browser.get(f"{path}?lang=en")
    for words in (
        "Changes every half minute",
        "Apple Wallet keeps a fixed code, so that one is still accepted.",
        "Customers may share the card",
    ):
        assert words in page.text
    chosen = {"code": "rotating", "sharing": "discouraged", "act": "save"}
    sent = await submit(browser, page, path, chosen, lang="en")
    assert sent.headers["location"] == f"{path}?saved=design"
    assert (
        "Every card has its new look from now on."
        in (await browser.get(f"{sent.headers['location']}&lang=en")).text
    )
    design = (await the_program(database, people.owner, program.id)).design
    assert (design.code, design.sharing) == ("rotating", "discouraged")
    again = fields_of((await browser.get(path)).text, path)
    assert (again["code"], again["sharing"]) == (["rotating"], ["discouraged"])


async def test_texts_that_wallets_cut_are_shown_as_they_will_look(
    browser: Visitor, ledger: Ledger, database: Database, people: Everybody
) -> None:
    program = await everything(ledger, database, people)
    path = f"{LIST}/{program.id}"
    page = await browser.get(f"{path}?lang=en")
    fields = fields_of(page.text, path)
    fields["name_ar"] = ["بطاقة القهوة"]
    short = await browser.post(f"{LIST}/preview?lang=en", data=fields)
    assert "longer than wallets show" not in short.text
    fields["name_ar"] = ["بطاقة القهوة لزبائننا الدائمين"]
    shown = await browser.post(f"{LIST}/preview?lang=en", data=fields)
    assert "1 text is longer than wallets show" in shown.text
    assert "Google Wallet shows 20 characters:" in shown.text
    assert '<bdi lang="ar">بطاقة القهوة لزبائن…</bdi>' in shown.text
    sent = await submit(browser, page, path, {"name_ar": fields["name_ar"][0], "act": "save"}, lang="en")
    assert sent.status_code == 303, "a warning, not a refusal"
    assert "بطاقة القهوة لزبائن…" in (await browser.get(path)).text


async def test_a_form_that_is_not_ours_is_malformed(browser: Visitor) -> None:
    page = await browser.get(NEW)
    filled = {"name_ar": "بطاقة", "reward_from": "none"}
    for strange in ({"icon": "anvil"}, {"key": "x"}, {"ask_name": "shout"}, {"code": "x"}, {"sharing": "x"}):
        assert (await submit(browser, page, NEW, {**filled, **strange})).status_code == 422


async def test_staff_look_and_change_nothing(
    database: Database, client: Client, ledger: Ledger, people: Everybody
) -> None:
    program = await everything(ledger, database, people)
    staff = await browser_of(database, client, people.staff)
    page = await staff.get(f"{LIST}/{program.id}")
    assert page.status_code == 200
    assert 'id="program-form"' not in page.text
    assert "/archive" not in page.text
    assert (await staff.get(NEW)).status_code == 403


async def test_a_stranger_finds_nothing(
    database: Database, client: Client, ledger: Ledger, people: Everybody
) -> None:
    program = await everything(ledger, database, people)
    stranger = await browser_of(database, client, people.stranger)
    assert program.name["ar"] not in (await stranger.get(LIST)).text
    one = f"{LIST}/{program.id}"
    for path in (one, f"{one}/print", f"{one}/print/large", f"{one}/join-code.svg", f"{one}/join-code.png"):
        assert (await stranger.get(path)).status_code == 404
    form = fields_of((await stranger.get(NEW)).text, NEW)
    for path in (one, f"{one}/archive"):
        assert (await stranger.post(path, data=form)).status_code == 404
    assert (await the_program(database, people.owner, program.id)) == program


async def test_markup_in_a_name_is_a_name(
    browser: Visitor, ledger: Ledger, database: Database, people: Everybody
) -> None:
    name = {"ar": '<script>"x"</script>'}
    program = await a_program(ledger, database, people.owner, name=name, design=DesignIn(headline=name))
    one = f"{LIST}/{program.id}"
    for path in (LIST, one, f"{one}/print", f"{one}/print/poster"):
        page = await browser.get(path)
        assert '<script>"x"' not in page.text
        assert "&lt;script&gt;" in page.text
