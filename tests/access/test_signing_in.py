"""Signing in and out."""

import pytest
from litestar import Litestar
from litestar.testing import AsyncTestClient

from cardamom.access.passwords import Passwords
from cardamom.access.service import remove_staff
from cardamom.kit.ids import new_id
from cardamom.ledger.writer import Ledger
from tests.access.browser import Browser
from tests.people import Everybody


async def test_the_right_password_lets_in(browser: Browser, people: Everybody):
    assert (await browser.open("/app/account")).headers["location"] == "/signin?next=%2Fapp%2Faccount"
    await browser.open("/signin?next=%2Fapp%2Faccount")
    answer = await browser.submit(
        "/signin", {"login": "LEILA@cafe.example ", "password": "seven-tall-minarets"}
    )
    assert (answer.status_code, answer.headers["location"]) == (303, "/app/account")
    page = await browser.open("/app/account")
    assert page.status_code == 200
    assert people.owner.person.name in page.text


async def test_the_cookie_is_out_of_reach_for_scripts_and_other_sites(browser: Browser, people: Everybody):
    await browser.open("/signin")
    answer = await browser.submit("/signin", {"login": "darius", "password": people.staff.person.password})
    (line,) = [line for line in answer.headers.get_list("set-cookie") if line.startswith("cardamom_session=")]
    for attribute in ("HttpOnly", "SameSite=lax", "Secure", "Path=/"):
        assert attribute in line


@pytest.mark.parametrize(
    ("login", "password"),
    [
        ("darius", "wrong password"),
        ("nobody", "wrong password"),
        ("darius", "x" * 5_000),
        ("x" * 5_000, "wrong password"),
        ("\u202e", "\x00"),
    ],
)
async def test_whatever_is_wrong_the_answer_is_one(
    browser: Browser, people: Everybody, login: str, password: str
):
    await browser.open("/signin")
    answer = await browser.submit("/signin", {"login": login, "password": password})
    assert answer.status_code == 401
    assert "The login or the password is wrong." in answer.text
    assert "cardamom_session" not in browser.cookies
    assert "wrong password" not in answer.text


async def test_an_unknown_login_costs_the_same_hash_as_a_wrong_password(
    passwords: Passwords, monkeypatch: pytest.MonkeyPatch
):
    """Counted and not timed: a clock says little on a busy machine."""
    stored = await passwords.hash("seven-tall-minarets")
    compared: list[str] = []
    verify = passwords._hasher.verify

    def note(password: str, against: str) -> bool:
        compared.append(against)
        return verify(password, against)

    monkeypatch.setattr(passwords._hasher, "verify", note)
    for password, known in (("wrong", stored), ("wrong", None), ("x" * 5_000, stored), ("", None)):
        assert not await passwords.matches(password, known)
    costs = {against.rsplit("$", 2)[0] for against in compared}
    assert len(compared) == 4
    assert costs == {stored.rsplit("$", 2)[0]}


async def test_after_too_many_tries_even_the_right_password_waits(browser: Browser, people: Everybody):
    await browser.open("/signin")
    for _try in range(10):
        answer = await browser.submit("/signin", {"login": "darius", "password": "wrong password"})
        assert answer.status_code == 401
    answer = await browser.submit("/signin", {"login": "darius", "password": people.staff.person.password})
    assert answer.status_code == 429
    assert 0 < int(answer.headers["retry-after"]) <= 60
    assert "too many tries" in answer.text


async def test_a_new_session_at_every_sign_in(browser: Browser, people: Everybody):
    await browser.sign_in(people.owner)
    first = browser.cookies["cardamom_session"]
    await browser.open("/app/account")
    browser.cookies.pop("cardamom_session")
    await browser.open("/signin")
    browser.cookies["cardamom_session"] = first
    second = Browser(browser._client)
    await second.sign_in(people.owner)
    assert second.cookies["cardamom_session"] != first


async def test_a_planted_session_is_not_taken_over(browser: Browser, people: Everybody):
    browser.cookies["cardamom_session"] = "cds_" + "x" * 43
    await browser.sign_in(people.owner)
    assert browser.cookies["cardamom_session"] != "cds_" + "x" * 43


async def test_signing_out_ends_the_session_on_the_server(owner: Browser):
    secret = owner.cookies["cardamom_session"]
    await owner.open("/app/account")
    answer = await owner.submit("/signout")
    assert (answer.status_code, answer.headers["location"]) == (303, "/signin")
    assert "cardamom_session" not in owner.cookies
    owner.cookies["cardamom_session"] = secret
    assert (await owner.open("/app/account")).status_code == 303


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "/a\\b",
        "",
        "/x\r\ny",
        "app",
    ],
)
async def test_it_leads_to_no_other_site(browser: Browser, people: Everybody, wanted: str):
    await browser.open("/signin")
    answer = await browser.submit(
        "/signin", {"login": "darius", "password": people.staff.person.password, "next": wanted}
    )
    assert answer.headers["location"] == "/app"


async def test_who_is_in_already_goes_on(owner: Browser):
    answer = await owner.open("/signin?next=%2Fapp%2Fkeys")
    assert (answer.status_code, answer.headers["location"]) == (303, "/app/keys")


async def test_who_was_removed_cannot_sign_in(browser: Browser, people: Everybody, ledger: Ledger):
    await remove_staff(
        ledger,
        actor=people.owner.actor,
        merchant_id=people.owner.merchant_id,
        person_id=people.staff.id,
        key=new_id(),
    )
    await browser.open("/signin")
    answer = await browser.submit("/signin", {"login": "darius", "password": people.staff.person.password})
    assert answer.status_code == 401


@pytest.mark.parametrize(
    ("language", "direction", "words"),
    [("en", "ltr", "Sign in"), ("ar", "rtl", ""), ("fa", "rtl", ""), ("he", "rtl", "")],
)
async def test_it_speaks_four_languages(
    client: AsyncTestClient[Litestar], people: Everybody, language: str, direction: str, words: str
):
    page = await Browser(client, language=language).open("/signin")
    assert page.status_code == 200
    assert f'<html lang="{language}" dir="{direction}">' in page.text
    assert words in page.text


async def test_after_signing_in_pages_are_in_the_persons_language(browser: Browser, people: Everybody):
    await browser.sign_in(people.staff)
    assert '<html lang="fa" dir="rtl">' in (await browser.open("/app/account")).text
    assert '<html lang="he" dir="rtl">' in (await browser.open("/app/account?lang=he")).text
    assert '<html lang="he" dir="rtl">' in (await browser.open("/app/account")).text
