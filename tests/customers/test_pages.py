"""Card holders in the dashboard, in four languages, without a script."""

import re
from typing import Any

import pytest
from jinja2 import DictLoader
from sqlalchemy.ext.asyncio import AsyncConnection

from cardamom.customers.consents import ConsentIn
from cardamom.customers.panels import STATE_KEY
from cardamom.customers.queries import customer_by_id
from cardamom.customers.service import record_consent
from cardamom.db.database import Database
from cardamom.kit.ids import new_id
from cardamom.kit.languages import SUPPORTED, language
from cardamom.ledger.writer import Ledger
from tests.customers.builders import a_customer, as_stored
from tests.customers.visitors import Client, Visitor, browser_of
from tests.people import Everybody

LIST = "/app/customers"


async def agree(ledger: Ledger, people: Everybody, customer_id: str) -> None:
    owner = people.owner
    await record_consent(
        ledger,
        actor=owner.actor,
        merchant_id=owner.merchant_id,
        customer_id=customer_id,
        given=ConsentIn(
            channel="sms", purpose="marketing", granted=True, language="ar", wording="أوافق على العروض"
        ),
        source="join_form",
        key=new_id(),
    )


@pytest.mark.parametrize("code", SUPPORTED)
async def test_every_page_speaks_every_language(
    browser: Visitor, ledger: Ledger, people: Everybody, code: str
) -> None:
    customer_id = await a_customer(
        ledger,
        people.owner.merchant_id,
        name="ليلى حسن",
        phone="01001234567",
        email="layla@example.com",
        birthday="--05-01",
        language="ar",
        external_id="POS-17",
    )
    await agree(ledger, people, customer_id)
    for path in (
        LIST,
        f"{LIST}?q=%D9%84%D9%8A%D9%84%D9%89",
        f"{LIST}?q=nobody",
        f"{LIST}/new",
        f"{LIST}/{customer_id}",
    ):
        page = await browser.get(f"{path}{'&' if '?' in path else '?'}lang={code}")
        assert page.status_code == 200, page.text
        assert f'<html lang="{code}" dir="{language(code).direction}">' in page.text


async def test_an_empty_shop_is_told_what_will_be_here(browser: Visitor) -> None:
    page = await browser.get(f"{LIST}?lang=en")
    assert "No customers yet" in page.text
    assert 'href="/app/customers/new"' in page.text
    assert "<table" not in page.text


async def test_phone_and_mail_run_left_to_right(browser: Visitor, ledger: Ledger, people: Everybody) -> None:
    await a_customer(
        ledger, people.owner.merchant_id, name="ليلى", phone="01001234567", email="layla@example.com"
    )
    page = await browser.get(LIST)
    assert "<bdi>ليلى</bdi>" in page.text
    assert '<bdi dir="ltr">010 01234567</bdi>' in page.text
    assert '<bdi dir="ltr">layla@example.com</bdi>' in page.text
    form = await browser.get(f"{LIST}/new")
    for field in ("phone", "email", "birthday", "external_id"):
        tag = re.search(rf'<input[^>]*name="{field}"[^>]*>', form.text)
        assert tag is not None
        assert 'dir="ltr"' in tag[0]


async def test_a_customer_is_added_by_a_form(browser: Visitor, ledger: Ledger, people: Everybody) -> None:
    page = await browser.get(f"{LIST}/new")
    sent = await browser.send(
        page, LIST, name="سارة", phone="٠١٠٠١٢٣٤٥٦٧", birthday="١٩٩٠/٥/١", language="ar"
    )
    assert sent.status_code == 303
    customer_id = sent.headers["location"].removeprefix(f"{LIST}/").partition("?")[0]
    sara = await as_stored(ledger, people.owner.merchant_id, customer_id)
    assert (sara.name, sara.phone, sara.birthday, sara.email) == ("سارة", "+201001234567", "1990-05-01", None)


async def test_a_form_sent_twice_is_one_customer(browser: Visitor) -> None:
    page = await browser.get(f"{LIST}/new")
    first = await browser.send(page, LIST, name="سارة")
    again = await browser.send(page, LIST, name="سارة")
    assert first.headers["location"] == again.headers["location"]


async def test_a_refusal_stands_at_its_field_and_keeps_what_was_typed(browser: Visitor) -> None:
    page = await browser.get(f"{LIST}/new")
    sent = await browser.send(page, LIST, name="سارة", phone="12")
    assert sent.status_code == 422
    assert 'value="سارة"' in sent.text
    assert re.search(r'<input[^>]*aria-invalid="true"[^>]*name="phone"', sent.text)
    assert 'id="phone-error"' in sent.text
    corrected = await browser.send(sent, LIST, name="سارة", phone="01001234567")
    assert corrected.status_code == 303


async def test_a_taken_external_id_stands_at_its_field(
    browser: Visitor, ledger: Ledger, people: Everybody
) -> None:
    await a_customer(ledger, people.owner.merchant_id, external_id="POS-17")
    sent = await browser.send(await browser.get(f"{LIST}/new"), LIST, external_id="POS-17")
    assert sent.status_code == 409
    assert 'id="external_id-error"' in sent.text


async def test_a_contact_is_corrected(browser: Visitor, ledger: Ledger, people: Everybody) -> None:
    merchant_id = people.owner.merchant_id
    customer_id = await a_customer(
        ledger, merchant_id, name="Layla", phone="01001234567", email="l@example.com"
    )
    path = f"{LIST}/{customer_id}"
    sent = await browser.send(await browser.get(path), path, name="ليلى", phone="01001234567", email="")
    assert (sent.status_code, sent.headers["location"]) == (303, f"{path}?saved=1")
    layla = await as_stored(ledger, merchant_id, customer_id)
    assert (layla.name, layla.phone, layla.email) == ("ليلى", "+201001234567", None)
    refused = await browser.send(await browser.get(path), path, name="ليلى", birthday="soon")
    assert refused.status_code == 422
    assert '<details class="fold" open>' in refused.text


async def test_staff_note_that_a_consent_is_withdrawn(
    browser: Visitor, ledger: Ledger, people: Everybody
) -> None:
    customer_id = await a_customer(ledger, people.owner.merchant_id, name="ليلى")
    await agree(ledger, people, customer_id)
    path = f"{LIST}/{customer_id}"
    page = await browser.get(path)
    assert "أوافق على العروض" in page.text
    assert (await browser.send(page, f"{path}/withdraw")).status_code == 303
    layla = await as_stored(ledger, people.owner.merchant_id, customer_id)
    assert [(consent.granted, consent.source) for consent in layla.consents] == [(False, "staff")]
    assert f'action="{path}/withdraw"' not in (await browser.get(path)).text


@pytest.mark.parametrize(
    "fields", [{"key": "x"}, {"key": "\x00" * 30}, {"channel": "pigeon"}, {"purpose": ""}]
)
async def test_a_form_that_is_not_ours_is_malformed(
    browser: Visitor, ledger: Ledger, people: Everybody, fields: dict[str, str]
) -> None:
    customer_id = await a_customer(ledger, people.owner.merchant_id, name="ليلى")
    await agree(ledger, people, customer_id)
    path = f"{LIST}/{customer_id}"
    assert (await browser.send(await browser.get(path), f"{path}/withdraw", **fields)).status_code == 422


async def test_the_list_has_pages(browser: Visitor, ledger: Ledger, people: Everybody) -> None:
    for n in range(51):
        await a_customer(ledger, people.owner.merchant_id, name=f"N{n:02d}")
    first = await browser.get(LIST)
    assert first.text.count('<th scope="row"') == 50
    following = re.search(r'href="(/app/customers\?after=[^"]+)"', first.text)
    assert following is not None
    second = await browser.get(following[1])
    assert second.text.count('<th scope="row"') == 1
    assert "N00" in second.text


async def test_staff_look_and_change_nothing(
    database: Database, client: Client, ledger: Ledger, people: Everybody
) -> None:
    staff = await browser_of(database, client, people.staff)
    customer_id = await a_customer(ledger, people.owner.merchant_id, name="ليلى")
    await agree(ledger, people, customer_id)
    page = await staff.get(f"{LIST}/{customer_id}")
    assert page.status_code == 200
    assert f'action="{LIST}' not in page.text
    assert (await staff.get(f"{LIST}/new")).status_code == 403


async def test_a_stranger_sees_nobody(
    database: Database, client: Client, ledger: Ledger, people: Everybody, browser: Visitor
) -> None:
    customer_id = await a_customer(ledger, people.owner.merchant_id, name="ليلى")
    stranger = await browser_of(database, client, people.stranger)
    assert "ليلى" not in (await stranger.get(LIST)).text
    assert (await stranger.get(f"{LIST}/{customer_id}")).status_code == 404
    form = await stranger.get(f"{LIST}/new")
    hidden = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form.text))
    sent = await stranger.post(f"{LIST}/{customer_id}", data={**hidden, "key": "x" * 22, "name": "Mine"})
    assert sent.status_code == 404
    assert (await as_stored(ledger, people.owner.merchant_id, customer_id)).name == "ليلى"


class Bookings:
    """What another package could show about a customer."""

    template = "bookings.html"

    async def read(self, tx: AsyncConnection, merchant_id: str, customer_id: str) -> dict[str, Any]:
        customer = await customer_by_id(tx, merchant_id, customer_id)
        return {"sentence": f"A table for {customer.name}"}


async def test_packages_above_add_what_a_customer_holds(
    browser: Visitor, client: Client, ledger: Ledger, people: Everybody
) -> None:
    path = f"{LIST}/{await a_customer(ledger, people.owner.merchant_id, name='ليلى')}"
    assert f'href="/app/cards?customer={path.rpartition("/")[2]}"' in (await browser.get(path)).text
    client.app.state[STATE_KEY] = [Bookings()]
    templates = client.app.template_engine.engine
    templates.loader.loaders.append(DictLoader({"bookings.html": "<p>{{ values.sentence }}</p>"}))
    assert "<p>A table for ليلى</p>" in (await browser.get(path)).text


async def test_markup_in_a_name_is_a_name(browser: Visitor, ledger: Ledger, people: Everybody) -> None:
    customer_id = await a_customer(ledger, people.owner.merchant_id, name='<script>"x"</script>')
    for path in (LIST, f"{LIST}/{customer_id}", f"{LIST}?q=%3Cscript%3E"):
        page = await browser.get(path)
        assert "<script>" not in page.text
        assert "&lt;script&gt;" in page.text
