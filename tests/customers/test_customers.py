"""Card holders are written down and corrected; the books never learn how to reach them."""

import asyncio
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa

from cardamom.access.permissions import Role
from cardamom.customers.contacts import ContactIn, ContactPatch
from cardamom.customers.errors import ExternalIdTaken
from cardamom.customers.service import create_customer, update_customer
from cardamom.kit.errors import KeyReused, NotFound, NotPermitted
from cardamom.kit.ids import new_id
from cardamom.kit.phone import PhoneMalformed
from cardamom.ledger.commands import Outcome
from cardamom.ledger.tables import events, operations
from cardamom.ledger.writer import Ledger
from tests.customers.builders import BARBER, a_customer, a_merchant, as_stored, somebody

LAYLA = ContactIn(
    name="ليلى حسن",
    phone="٠١٠٠١٢٣٤٥٦٧",
    email="Layla@Example.com",
    birthday="1990-05-01",
    external_id="POS-17",
)


async def create(ledger: Ledger, merchant_id: str, given: ContactIn, *, key: str) -> Outcome:
    return await create_customer(
        ledger, actor=somebody(merchant_id), merchant_id=merchant_id, given=given, region="EG", key=key
    )


async def update(ledger: Ledger, merchant_id: str, customer_id: str, **changes: Any) -> Outcome:
    return await update_customer(
        ledger,
        actor=somebody(merchant_id),
        merchant_id=merchant_id,
        customer_id=customer_id,
        given=ContactPatch(**changes),
        region="EG",
        key=new_id(),
    )


async def announced(ledger: Ledger, customer_id: str) -> list[tuple[str, dict[str, Any]]]:
    async with ledger.database.unscoped_writing_as_the_ledger() as tx:
        rows = sa.select(events.c.type, events.c.payload).where(events.c.subject_id == customer_id)
        return [(kind, payload) for kind, payload in await tx.execute(rows.order_by(events.c.id))]


async def test_a_customer_is_written_down_once_per_key(ledger: Ledger) -> None:
    merchant_id = await a_merchant(ledger)
    first = await create(ledger, merchant_id, LAYLA, key="k")
    again = await create(ledger, merchant_id, LAYLA, key="k")
    assert again.replayed
    assert again.facts == first.facts
    layla = await as_stored(ledger, merchant_id, first.facts["customer_id"])
    assert (layla.name, layla.phone, layla.email) == ("ليلى حسن", "+201001234567", "layla@example.com")
    assert layla.consents == []
    with pytest.raises(KeyReused):
        await create(ledger, merchant_id, ContactIn(name="Sara"), key="k")


async def test_the_same_number_in_other_digits_is_the_same_request(ledger: Ledger) -> None:
    merchant_id = await a_merchant(ledger)
    await create(ledger, merchant_id, ContactIn(phone="01001234567"), key="k")
    again = await create(ledger, merchant_id, ContactIn(phone="۰۱۰۰ ۱۲۳ ۴۵۶۷"), key="k")
    assert again.replayed


async def test_what_was_malformed_may_be_sent_again_with_the_same_key(ledger: Ledger) -> None:
    merchant_id = await a_merchant(ledger)
    with pytest.raises(PhoneMalformed):
        await create(ledger, merchant_id, ContactIn(phone="12"), key="k")
    assert (await create(ledger, merchant_id, ContactIn(phone="01001234567"), key="k")).accepted


async def test_an_external_id_belongs_to_one_customer_of_a_business(ledger: Ledger) -> None:
    cafe, barber = await a_merchant(ledger), await a_merchant(ledger, BARBER)
    await create(ledger, cafe, LAYLA, key="k1")
    with pytest.raises(ExternalIdTaken):
        await create(ledger, cafe, ContactIn(external_id="POS-17"), key="k2")
    with pytest.raises(ExternalIdTaken):
        await create(ledger, cafe, ContactIn(external_id="POS-17"), key="k2")
    assert (await create(ledger, barber, ContactIn(external_id="POS-17"), key="k3")).accepted


async def test_of_many_who_want_one_external_id_one_gets_it(ledger: Ledger) -> None:
    merchant_id = await a_merchant(ledger)
    wanted = ContactIn(external_id="POS-17")
    answers = await asyncio.gather(
        *(create(ledger, merchant_id, wanted, key=f"k{n}") for n in range(16)), return_exceptions=True
    )
    assert [type(answer) for answer in answers].count(Outcome) == 1
    assert [type(answer) for answer in answers].count(ExternalIdTaken) == 15


async def test_a_change_leaves_the_rest_alone(ledger: Ledger) -> None:
    merchant_id = await a_merchant(ledger)
    customer_id = (await create(ledger, merchant_id, LAYLA, key="k")).facts["customer_id"]
    before = await as_stored(ledger, merchant_id, customer_id)
    outcome = await update(ledger, merchant_id, customer_id, name="ليلى عمر", email=None)
    after = await as_stored(ledger, merchant_id, customer_id)
    assert outcome.facts == {"customer_id": customer_id, "changed": ["email", "name"]}
    assert after == msgspec.structs.replace(before, name="ليلى عمر", email=None, updated_at=after.updated_at)
    assert after.updated_at > before.updated_at


async def test_a_change_that_changes_nothing_is_no_news(ledger: Ledger) -> None:
    merchant_id = await a_merchant(ledger)
    customer_id = (await create(ledger, merchant_id, LAYLA, key="k")).facts["customer_id"]
    before = await as_stored(ledger, merchant_id, customer_id)
    assert (await update(ledger, merchant_id, customer_id, phone="01001234567")).facts["changed"] == []
    assert await as_stored(ledger, merchant_id, customer_id) == before
    assert [kind for kind, _ in await announced(ledger, customer_id)] == ["customer.created"]


async def test_a_change_to_a_taken_external_id_is_refused_and_changes_nothing(ledger: Ledger) -> None:
    merchant_id = await a_merchant(ledger)
    await create(ledger, merchant_id, LAYLA, key="k")
    other = await a_customer(ledger, merchant_id, name="Sara")
    with pytest.raises(ExternalIdTaken):
        await update(ledger, merchant_id, other, name="Zahra", external_id="POS-17")
    assert (await as_stored(ledger, merchant_id, other)).name == "Sara"


async def test_two_changes_at_once_both_hold(ledger: Ledger) -> None:
    merchant_id = await a_merchant(ledger)
    customer_id = await a_customer(ledger, merchant_id, name="Sara")
    await asyncio.gather(
        update(ledger, merchant_id, customer_id, name="Zahra"),
        update(ledger, merchant_id, customer_id, phone="01001234567"),
        update(ledger, merchant_id, customer_id, email="zahra@example.com"),
    )
    zahra = await as_stored(ledger, merchant_id, customer_id)
    assert (zahra.name, zahra.phone, zahra.email) == ("Zahra", "+201001234567", "zahra@example.com")


async def test_the_books_know_who_and_not_how_to_reach_them(ledger: Ledger) -> None:
    merchant_id = await a_merchant(ledger)
    customer_id = (await create(ledger, merchant_id, LAYLA, key="k")).facts["customer_id"]
    await update(ledger, merchant_id, customer_id, phone="01557654321", birthday=None)
    assert await announced(ledger, customer_id) == [
        ("customer.created", {}),
        ("customer.updated", {"changed": ["birthday", "phone"]}),
    ]
    async with ledger.database.unscoped_writing_as_the_ledger() as tx:
        stored = (
            await tx.execute(sa.select(operations.c.facts).where(operations.c.merchant_id == merchant_id))
        ).all()
    written = repr(stored)
    for secret in ("ليلى", "1001234567", "1557654321", "example.com", "1990-05-01", "POS-17"):
        assert secret not in written


@pytest.mark.parametrize("role", ["staff"])
async def test_staff_may_look_and_not_change(ledger: Ledger, role: Role) -> None:
    merchant_id = await a_merchant(ledger)
    customer_id = await a_customer(ledger, merchant_id, name="Sara")
    staff = somebody(merchant_id, role)
    with pytest.raises(NotPermitted):
        await create_customer(ledger, actor=staff, merchant_id=merchant_id, given=LAYLA, region="EG", key="k")
    with pytest.raises(NotPermitted):
        await update_customer(
            ledger,
            actor=staff,
            merchant_id=merchant_id,
            customer_id=customer_id,
            given=ContactPatch(name="Zahra"),
            region="EG",
            key="k",
        )


async def test_a_strangers_customer_does_not_exist(ledger: Ledger) -> None:
    cafe, barber = await a_merchant(ledger), await a_merchant(ledger, BARBER)
    customer_id = await a_customer(ledger, cafe, name="Sara")
    with pytest.raises(NotFound):
        await update(ledger, barber, customer_id, name="Zahra")
    with pytest.raises(NotFound):
        await update(ledger, cafe, "not-an-id", name="Zahra")
    assert (await as_stored(ledger, cafe, customer_id)).name == "Sara"
