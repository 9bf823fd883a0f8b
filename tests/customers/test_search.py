"""Staff find people however a name is spelt, and whatever part of a number they heard. Through the real database."""

import pytest

from cardamom.customers.queries import (
    customer_by_external_id,
    customer_by_id,
    customers_by_email,
    customers_by_phone,
    newest_customers,
    search,
)
from cardamom.kit.errors import NotFound
from cardamom.ledger.writer import Ledger
from tests.customers.builders import BAKERY, BARBER, a_customer, a_merchant

TEN_PAIRS = [
    ("علي", "علی"),
    ("كريم", "کریم"),
    ("أحمد", "احمد"),
    ("فاطمة", "فاطمه"),
    ("مُحَمَّد", "محمد"),
    ("محـــمد", "محمد"),
    ("مي‌خواهم", "میخواهم"),
    ("שָׁלוֹם", "שלום"),
    ("٠٥٠١", "0501"),
    ("۰۹۱۲", "0912"),
]


async def found(ledger: Ledger, merchant_id: str, text: str, *, limit: int = 10) -> list[str | None]:
    async with ledger.database.reading(merchant_id) as tx:
        return [customer.name for customer in await search(tx, merchant_id, text, limit=limit)]


async def test_ten_pairs_find_each_other(ledger: Ledger) -> None:
    merchant_id = await a_merchant(ledger, BAKERY)
    for name, _ in TEN_PAIRS:
        await a_customer(ledger, merchant_id, name=name)
    for name, typed in TEN_PAIRS:
        assert name in await found(ledger, merchant_id, typed), typed
        assert name in await found(ledger, merchant_id, name), name


async def test_ten_pairs_find_each_other_the_other_way_round(ledger: Ledger) -> None:
    merchant_id = await a_merchant(ledger, BAKERY)
    for _, name in TEN_PAIRS:
        await a_customer(ledger, merchant_id, name=name)
    for typed, name in TEN_PAIRS:
        assert name in await found(ledger, merchant_id, typed), typed


@pytest.mark.parametrize(
    "typed",
    [
        "فاطمه",
        "الزهراء فاطمة",
        "فاط",
        "زهراء",
        "فاطيمة",
        "01001234567",
        "٠١٠٠١٢٣٤٥٦٧",
        "۰۱۰۰ ۱۲۳",
        "+20 100 123 4567",
        "0020-100-123-4567",
        "4567",
        "fatima@",
        "FATIMA@Example.com",
        "POS-17",
    ],
)
async def test_one_person_is_found_by_any_of_these(ledger: Ledger, typed: str) -> None:
    merchant_id = await a_merchant(ledger)
    await a_customer(
        ledger,
        merchant_id,
        name="فاطمة الزهراء",
        phone="01001234567",
        email="fatima@example.com",
        external_id="POS-17",
    )
    await a_customer(ledger, merchant_id, name="David", phone="01557654321", email="david@example.com")
    assert await found(ledger, merchant_id, typed) == ["فاطمة الزهراء"]


@pytest.mark.parametrize(
    "typed", ["%", "_", "\\", "%%%", "'; drop table customer", "\x00", "  ", "\u202e", "99"]
)
async def test_signs_that_mean_something_to_a_database_mean_nothing(ledger: Ledger, typed: str) -> None:
    merchant_id = await a_merchant(ledger)
    await a_customer(ledger, merchant_id, name="Layla", phone="01001234567", email="layla@example.com")
    assert await found(ledger, merchant_id, typed) == []


async def test_the_likeliest_comes_first(ledger: Ledger) -> None:
    merchant_id = await a_merchant(ledger)
    for name in ("Mariana", "Ana Karim", "Karim Ana", "Anastasia", "Noor", "Anya"):
        await a_customer(ledger, merchant_id, name=name)
    assert await found(ledger, merchant_id, "ana") == ["Ana Karim", "Anastasia", "Karim Ana", "Mariana"]
    assert await found(ledger, merchant_id, "ana", limit=2) == ["Ana Karim", "Anastasia"]


async def test_a_stranger_finds_nobody(ledger: Ledger) -> None:
    cafe, barber = await a_merchant(ledger), await a_merchant(ledger, BARBER)
    customer_id = await a_customer(
        ledger, cafe, name="Layla", phone="+201001234567", email="layla@example.com", external_id="17"
    )
    assert await found(ledger, barber, "Layla") == []
    async with ledger.database.reading(barber) as tx:
        assert await newest_customers(tx, barber) == []
        assert await newest_customers(tx, cafe) == []
        assert await customers_by_phone(tx, barber, "+201001234567") == []
        assert await customers_by_email(tx, barber, "layla@example.com") == []
        assert await customer_by_external_id(tx, barber, "17") is None
        with pytest.raises(NotFound):
            await customer_by_id(tx, barber, customer_id)


async def test_people_who_share_a_number_are_all_found(ledger: Ledger) -> None:
    merchant_id = await a_merchant(ledger)
    mother = await a_customer(ledger, merchant_id, phone="01001234567", email="home@example.com")
    son = await a_customer(ledger, merchant_id, phone="٠١٠٠١٢٣٤٥٦٧", email="Home@example.com")
    async with ledger.database.reading(merchant_id) as tx:
        by_phone = await customers_by_phone(tx, merchant_id, "+201001234567")
        by_email = await customers_by_email(tx, merchant_id, "home@example.com")
    assert [customer.id for customer in by_phone] == [son, mother]
    assert [customer.id for customer in by_email] == [son, mother]


async def test_pages_follow_one_another_newest_first(ledger: Ledger) -> None:
    merchant_id = await a_merchant(ledger)
    ids = [await a_customer(ledger, merchant_id, name=f"N{n}") for n in range(5)]
    async with ledger.database.reading(merchant_id) as tx:
        first = await newest_customers(tx, merchant_id, limit=3)
        second = await newest_customers(tx, merchant_id, after=first[-1].id, limit=3)
    assert [customer.id for customer in first + second] == ids[::-1]


async def test_what_is_no_id_is_not_found(ledger: Ledger) -> None:
    merchant_id = await a_merchant(ledger)
    async with ledger.database.reading(merchant_id) as tx:
        with pytest.raises(NotFound):
            await customer_by_id(tx, merchant_id, "1; drop table customer")
