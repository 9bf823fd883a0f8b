"""What another site makes a browser send changes nothing."""

from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import AsyncTestClient

from cardamom.access.csrf import FormTokens
from tests.access.browser import Browser, forms_of
from tests.people import Everybody


@pytest.fixture
async def form(owner: Browser) -> dict[str, Any]:
    """A form as it stands, ready to be sent."""
    page = await owner.open("/app/staff/new")
    new = {"name": "Sara", "login": "sara", "role": "staff", "language": "en"}
    return {**forms_of(page.text)["/app/staff"], **new}


async def test_the_form_as_it_stands_is_taken(owner: Browser, form: dict[str, Any]):
    assert (await owner.post("/app/staff", form)).status_code == 200


async def test_the_token_may_be_a_header(owner: Browser, form: dict[str, Any]):
    token = form.pop("csrf_token")
    assert (await owner.post("/app/staff", form, **{"X-CSRF-Token": token})).status_code == 200


@pytest.mark.parametrize("token", [None, "", "x", "é", "x" * 10_000])
async def test_without_the_token_nothing_changes(owner: Browser, form: dict[str, Any], token: str | None):
    form.pop("csrf_token")
    told = {} if token is None else {"csrf_token": token}
    assert (await owner.post("/app/staff", {**form, **told})).status_code == 403
    assert "sara" not in (await owner.open("/app/staff")).text


async def test_anothers_token_is_worth_nothing(
    owner: Browser, client: AsyncTestClient[Litestar], people: Everybody, form: dict[str, Any]
):
    stranger = Browser(client)
    await stranger.sign_in(people.stranger)
    page = await stranger.open("/app/staff/new")
    theirs = forms_of(page.text)["/app/staff"]["csrf_token"]
    assert (await owner.post("/app/staff", {**form, "csrf_token": theirs})).status_code == 403


async def test_the_token_from_before_signing_in_does_not_count_afterwards(
    browser: Browser, people: Everybody, form: dict[str, Any]
):
    page = await browser.open("/signin")
    before = forms_of(page.text)["/signin"]["csrf_token"]
    await browser.sign_in(people.owner)
    assert (await browser.post("/app/staff", {**form, "csrf_token": before})).status_code == 403


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
async def test_a_browser_that_names_another_site_is_believed(owner: Browser, form: dict[str, Any], site: str):
    assert (await owner.post("/app/staff", form, **{"Sec-Fetch-Site": site})).status_code == 403


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("https://evil.example", 403),
        ("https://cards.example.org.evil.example", 403),
        ("https://cards.example.org", 200),
        ("null", 200),
    ],
)
async def test_an_older_browser_names_the_origin(
    client: AsyncTestClient[Litestar], owner: Browser, form: dict[str, Any], origin: str, status: int
):
    """Without Sec-Fetch-Site, as over plain http."""
    cookies = "; ".join(f"{name}={value}" for name, value in owner.cookies.items())
    answer = await client.post("/app/staff", data=form, headers={"Cookie": cookies, "Origin": origin})
    assert answer.status_code == status


async def test_sign_in_needs_the_visitors_own_form(browser: Browser, people: Everybody):
    login = {"login": "darius", "password": people.staff.person.password}
    assert (await browser.post("/signin", login)).status_code == 403
    await browser.open("/signin")
    browser.cookies["cardamom_visitor"] = "cdv_planted"
    assert (await browser.submit("/signin", login)).status_code == 403


async def test_calls_of_our_own_pages_need_the_header(owner: Browser, people: Everybody):
    page = await owner.open("/app/staff/new")
    token = forms_of(page.text)["/app/staff"]["csrf_token"]
    cookies = "; ".join(f"{name}={value}" for name, value in owner.cookies.items())
    new = {"name": {"en": "Harbour"}}
    client = owner._client
    bare = await client.post("/api/v1/locations", json=new, headers={"Cookie": cookies})
    assert (bare.status_code, bare.json()["code"]) == (403, "form_out_of_date")
    told = await client.post(
        "/api/v1/locations", json=new, headers={"Cookie": cookies, "X-CSRF-Token": token}
    )
    assert told.status_code == 201


async def test_a_key_in_the_header_needs_no_token(
    owner: Browser, client: AsyncTestClient[Litestar], people: Everybody
):
    page = await owner.open("/app/keys/new")
    made = await owner.submit("/app/keys", {"name": "Till", "permissions": ["merchants.write"]})
    from tests.access.test_key_pages import shown_secret

    client.cookies.clear()
    headers = {"Authorization": f"Bearer {shown_secret(made.text)}"}
    answer = await client.post("/api/v1/locations", json={"name": {"en": "Harbour"}}, headers=headers)
    assert (page.status_code, answer.status_code) == (200, 201)


def test_tokens_of_two_installations_differ():
    ours, theirs = FormTokens(bytes(32)), FormTokens(bytes(31) + b"x")
    assert ours.belongs(ours.token("cookie"), "cookie")
    assert not ours.belongs(theirs.token("cookie"), "cookie")
    assert not ours.belongs(ours.token("cookie"), "another")
