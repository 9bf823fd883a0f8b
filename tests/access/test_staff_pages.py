"""An owner adds somebody, gives them another role, a new password, and removes them."""

import re

import pytest
from litestar import Litestar
from litestar.testing import AsyncTestClient

from cardamom.access import queries
from cardamom.db.database import Database
from tests.access.browser import Browser, forms_of
from tests.people import Everybody

SARA = {"name": "سارة الطويلة", "login": "Sara", "role": "staff", "language": "ar"}


def shown_password(html: str) -> str:
    found = re.search(r"\b(?:[a-z2-9]{4}-){3}[a-z2-9]{4}\b", html)
    assert found is not None, html
    return found[0]


async def id_of(database: Database, people: Everybody, login: str) -> str:
    async with database.reading(people.owner.merchant_id) as tx:
        staff = await queries.staff_of(tx, people.owner.merchant_id)
    return next(person.id for person in staff if person.login == login)


async def test_somebody_new_gets_a_password_that_is_shown_once(
    owner: Browser, client: AsyncTestClient[Litestar], people: Everybody
):
    await owner.open("/app/staff/new")
    added = await owner.submit("/app/staff", SARA)
    assert added.status_code == 200
    assert added.headers["cache-control"] == "no-store"
    password = shown_password(added.text)
    listed = (await owner.open("/app/staff")).text
    assert SARA["name"] in listed
    assert password not in listed
    sara = Browser(client)
    await sara.open("/signin")
    assert (await sara.submit("/signin", {"login": "sara", "password": password})).status_code == 303


async def test_the_same_form_sent_twice_adds_one_person_and_shows_no_second_password(owner: Browser):
    page = await owner.open("/app/staff/new")
    first = await owner.submit("/app/staff", SARA)
    owner.page = page
    again = await owner.submit("/app/staff", SARA)
    assert "shown once already" in again.text
    assert shown_password(first.text) not in again.text
    assert (await owner.open("/app/staff")).text.count(SARA["name"]) == 1


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("name", "", "Fill in this field."),
        ("login", "david@barber.example", "This login is taken."),
        ("login", "a b", "A login is an e-mail address"),
        ("role", "root", "Not a valid choice."),
        ("language", "xx", "Not a valid choice."),
    ],
)
async def test_what_does_not_fit_is_said_beside_its_field(owner: Browser, field: str, value: str, words: str):
    await owner.open("/app/staff/new")
    refused = await owner.submit("/app/staff", {**SARA, field: value})
    assert refused.status_code == 422
    assert words in refused.text


async def test_a_foreign_location_is_not_found(owner: Browser, people: Everybody):
    await owner.open("/app/staff/new")
    refused = await owner.submit("/app/staff", {**SARA, "location": people.stranger.merchant_id})
    assert refused.status_code == 404


async def test_a_role_changes_what_somebody_may_open(
    owner: Browser, client: AsyncTestClient[Litestar], people: Everybody, database: Database
):
    darius = Browser(client)
    await darius.sign_in(people.staff)
    assert (await darius.open("/app/settings")).status_code == 403
    await owner.open(f"/app/staff/{people.staff.id}")
    changed = await owner.submit(f"/app/staff/{people.staff.id}/role", {"role": "manager"})
    assert changed.headers["location"] == "/app/staff"
    assert (await darius.open("/app/settings")).status_code == 200
    assert (await darius.open("/app/staff")).status_code == 403


async def test_the_last_owner_is_told_why_not(owner: Browser, people: Everybody):
    await owner.open(f"/app/staff/{people.owner.id}")
    refused = await owner.submit(f"/app/staff/{people.owner.id}/role", {"role": "staff"})
    assert refused.status_code == 422
    assert "A business needs an owner." in refused.text


async def test_a_new_password_signs_somebody_out_everywhere(
    owner: Browser, client: AsyncTestClient[Litestar], people: Everybody
):
    darius = Browser(client)
    await darius.sign_in(people.staff)
    await owner.open(f"/app/staff/{people.staff.id}")
    password = shown_password((await owner.submit(f"/app/staff/{people.staff.id}/password")).text)
    assert (await darius.open("/app/account")).status_code == 303
    await darius.open("/signin")
    assert (await darius.submit("/signin", {"login": "darius", "password": password})).status_code == 303


async def test_who_is_removed_is_out_at_once(
    owner: Browser, client: AsyncTestClient[Litestar], people: Everybody
):
    darius = Browser(client)
    await darius.sign_in(people.staff)
    await owner.open(f"/app/staff/{people.staff.id}")
    assert (await owner.submit(f"/app/staff/{people.staff.id}/remove")).headers["location"] == "/app/staff"
    assert (await darius.open("/app/account")).status_code == 303
    assert people.staff.person.name not in (await owner.open("/app/staff")).text


@pytest.mark.parametrize("act", ["", "/role", "/password", "/remove"])
async def test_a_strangers_people_are_not_found(owner: Browser, people: Everybody, act: str):
    path = f"/app/staff/{people.stranger.id}{act}"
    if not act:
        assert (await owner.open(path)).status_code == 404
        return
    await owner.open(f"/app/staff/{people.staff.id}")
    form = {**forms_with_token(owner), "role": "staff"}
    assert (await owner.post(path, form)).status_code == 404


def forms_with_token(browser: Browser) -> dict[str, str]:
    assert browser.page is not None
    return next(form for form in forms_of(browser.page.text).values() if "key" in form)
