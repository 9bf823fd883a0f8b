"""A consent is never edited: the last word for a channel and a purpose holds, and every word stays."""

from typing import Any

import psycopg
import pytest

from cardamom.customers.consents import Consent, ConsentIn
from cardamom.customers.contacts import Contact
from cardamom.customers.errors import ConsentUnworded
from cardamom.customers.queries import consent_history, consents_in_force
from cardamom.customers.service import record_consent
from cardamom.customers.writing import (
    NewConsent,
    NewCustomer,
    insert_consents,
    insert_customers,
    taken_external_ids,
)
from cardamom.db.connections import driver_of
from cardamom.kit.clock import now
from cardamom.kit.errors import NotFound, NotPermitted
from cardamom.kit.ids import new_id
from cardamom.kit.text import TextTooLong
from cardamom.ledger.commands import Outcome
from cardamom.ledger.handlers import Tx
from cardamom.ledger.writer import Ledger
from cardamom.merchants.errors import LanguageUnsupported
from tests.customers.builders import BARBER, a_customer, a_merchant, as_stored, somebody
from tests.customers.test_customers import announced

YES = ConsentIn(
    channel="sms", purpose="marketing", granted=True, language="ar", wording='أوافق على رسائل "العروض" \\ ١٠٪'
)
NO = ConsentIn(channel="sms", purpose="marketing", granted=False, language="ar")


async def record(ledger: Ledger, merchant_id: str, customer_id: str, given: ConsentIn, **who: Any) -> Outcome:
    return await record_consent(
        ledger,
        actor=who.get("actor") or somebody(merchant_id),
        merchant_id=merchant_id,
        customer_id=customer_id,
        given=given,
        source="staff",
        key=new_id(),
    )


async def test_the_last_word_holds_and_every_word_stays(ledger: Ledger) -> None:
    merchant_id = await a_merchant(ledger)
    customer_id = await a_customer(ledger, merchant_id, name="ليلى")
    by_mail = ConsentIn(
        channel="email", purpose="marketing", granted=True, language="en", wording="Send me news."
    )
    for given in (YES, by_mail, NO):
        await record(ledger, merchant_id, customer_id, given)
    async with ledger.database.reading(merchant_id) as tx:
        in_force = (await consents_in_force(tx, merchant_id, [customer_id]))[customer_id]
        history = await consent_history(tx, merchant_id, customer_id)
    assert [(c.channel, c.granted) for c in in_force] == [("email", True), ("sms", False)]
    assert [(c.channel, c.granted) for c in history] == [("sms", False), ("email", True), ("sms", True)]
    assert history[-1].wording == YES.wording
    assert history[-1].source == "staff"
    assert (await as_stored(ledger, merchant_id, customer_id)).consents == in_force


async def test_the_world_hears_of_it_without_a_contact(ledger: Ledger) -> None:
    merchant_id = await a_merchant(ledger)
    customer_id = await a_customer(ledger, merchant_id, name="ليلى")
    await record(ledger, merchant_id, customer_id, YES)
    await record(ledger, merchant_id, customer_id, NO)
    about = {"channel": "sms", "purpose": "marketing"}
    assert (await announced(ledger, customer_id))[1:] == [
        ("consent.given", about),
        ("consent.withdrawn", about),
    ]


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"wording": ""}, ConsentUnworded),
        ({"wording": " \u200e\x00"}, ConsentUnworded),
        ({"wording": "x" * 10_000}, TextTooLong),
        ({"language": "tlh"}, LanguageUnsupported),
    ],
)
async def test_a_consent_that_proves_nothing_is_refused(
    ledger: Ledger, given: dict[str, Any], why: type[Exception]
) -> None:
    merchant_id = await a_merchant(ledger)
    customer_id = await a_customer(ledger, merchant_id, name="ليلى")
    whole = {"channel": "sms", "purpose": "marketing", "granted": True, "language": "ar", "wording": "نعم"}
    with pytest.raises(why):
        await record(ledger, merchant_id, customer_id, ConsentIn(**{**whole, **given}))
    assert (await as_stored(ledger, merchant_id, customer_id)).consents == []


async def test_only_who_may_write_customers_records_a_consent(ledger: Ledger) -> None:
    cafe, barber = await a_merchant(ledger), await a_merchant(ledger, BARBER)
    customer_id = await a_customer(ledger, cafe, name="ليلى")
    with pytest.raises(NotPermitted):
        await record(ledger, cafe, customer_id, YES, actor=somebody(cafe, "staff"))
    with pytest.raises(NotFound):
        await record(ledger, barber, customer_id, YES)
    with pytest.raises(NotFound):
        await record(ledger, cafe, "somebody", YES)


async def test_the_database_lets_nobody_edit_a_consent(ledger: Ledger) -> None:
    merchant_id = await a_merchant(ledger)
    customer_id = await a_customer(ledger, merchant_id, name="ليلى")
    await record(ledger, merchant_id, customer_id, YES)
    driver = await ledger.database.ledger_connect()
    async with driver:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            await driver.execute("update consent set granted = false")


async def test_many_join_in_one_statement_each(ledger: Ledger) -> None:
    cafe, barber = await a_merchant(ledger), await a_merchant(ledger, BARBER)
    people = [
        NewCustomer(merchant_id=cafe, id=new_id(), contact=Contact(name='لي"لى {a,b} \\'), created_at=now()),
        NewCustomer(merchant_id=cafe, id=new_id(), contact=Contact(external_id="NULL"), created_at=now()),
        NewCustomer(
            merchant_id=barber, id=new_id(), contact=Contact(phone="+972501234567"), created_at=now()
        ),
    ]
    said = [
        NewConsent(
            merchant_id=person.merchant_id,
            id=new_id(),
            customer_id=person.id,
            consent=Consent(
                channel="push", purpose="marketing", granted=n == 0, language="he", wording="כן, לא"
            ),
            source="join_form",
            recorded_at=now(),
        )
        for n, person in enumerate(people)
    ]
    async with ledger.database.unscoped_writing_as_the_ledger() as connection:
        tx = Tx(connection, await driver_of(connection))
        await insert_customers(tx, people)
        await insert_consents(tx, said)
        await insert_customers(tx, [])
        await insert_consents(tx, [])
    first = await as_stored(ledger, cafe, people[0].id)
    assert first.name == 'لي"لى {a,b} \\'
    assert [(c.granted, c.wording) for c in first.consents] == [(True, "כן, לא")]
    assert (await as_stored(ledger, cafe, people[1].id)).external_id == "NULL"
    assert (await as_stored(ledger, barber, people[2].id)).phone == "+972501234567"


async def test_taken_external_ids_are_told_by_merchant(ledger: Ledger) -> None:
    cafe, barber = await a_merchant(ledger), await a_merchant(ledger, BARBER)
    await a_customer(ledger, cafe, external_id='a,"b')
    async with ledger.database.unscoped_writing_as_the_ledger() as connection:
        tx = Tx(connection, await driver_of(connection))
        pairs = [(cafe, 'a,"b'), (barber, 'a,"b'), (cafe, "other")]
        assert await taken_external_ids(tx, pairs) == {(cafe, 'a,"b')}
        assert await taken_external_ids(tx, []) == set()
