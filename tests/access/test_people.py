"""Who belongs to a business, in which role, and with which password."""

import asyncio

import msgspec
import pytest
import sqlalchemy as sa

from cardamom.access import queries, service
from cardamom.access.errors import (
    LastOwner,
    LoginTaken,
    PasswordSetElsewhere,
    PasswordTooCommon,
    PasswordWrong,
)
from cardamom.access.passwords import Passwords
from cardamom.access.people import AddPerson, PersonDraft
from cardamom.access.schemas import Membership, NewPerson, StaffMember
from cardamom.access.sessions import SessionStore
from cardamom.db.database import Database
from cardamom.kit.actor import SYSTEM
from cardamom.kit.errors import NotFound, NotPermitted
from cardamom.kit.ids import new_id
from cardamom.ledger.tables import events, operations
from cardamom.ledger.writer import Ledger
from tests.people import DARIUS, LEILA, Everybody, Somebody

SARA = NewPerson(name="Sara", login="sara", password="blue-lantern-river", language="en")


async def staff_of(database: Database, somebody: Somebody) -> list[StaffMember]:
    async with database.reading(somebody.merchant_id) as tx:
        return await queries.staff_of(tx, somebody.merchant_id)


async def test_people_have_names_logins_and_roles(people: Everybody, database: Database):
    found = [(person.name, person.login, person.role) for person in await staff_of(database, people.owner)]
    assert found == [(LEILA.name, LEILA.login, "owner"), (DARIUS.name, DARIUS.login, "staff")]


async def test_no_login_password_or_hash_is_in_the_books(
    people: Everybody, ledger: Ledger, database: Database
):
    merchant_id = people.owner.merchant_id
    async with database.reading(merchant_id) as tx:
        facts = (await tx.execute(sa.select(operations.c.facts))).scalars().all()
        payloads = (await tx.execute(sa.select(events.c.payload))).scalars().all()
    written = msgspec.json.encode([facts, payloads]).decode()
    for secret in (LEILA.login, DARIUS.login, LEILA.password, "argon2"):
        assert secret not in written


async def test_the_same_key_adds_one_person_although_hashes_differ(
    people: Everybody, ledger: Ledger, database: Database, passwords: Passwords
):
    added = [
        await service.add_staff(
            ledger,
            actor=people.owner.actor,
            merchant_id=people.owner.merchant_id,
            passwords=passwords,
            new=SARA,
            role="manager",
            key="once",
        )
        for _attempt in range(2)
    ]
    assert added[0].facts == added[1].facts
    assert added[1].replayed
    assert len(await staff_of(database, people.owner)) == 3


def test_a_command_does_not_show_what_it_carries():
    draft = PersonDraft(name="Sara", login="sara", password_hash="$argon2id$…", language="en")
    command = AddPerson(merchant_id=new_id(), actor=SYSTEM, person=draft, role="staff")
    assert "argon2" not in repr(command)
    assert "sara" not in repr(command)
    assert SARA.password not in repr(SARA)


async def test_staff_manage_nobody(people: Everybody, ledger: Ledger, passwords: Passwords):
    with pytest.raises(NotPermitted):
        await service.add_staff(
            ledger,
            actor=people.staff.actor,
            merchant_id=people.staff.merchant_id,
            passwords=passwords,
            new=SARA,
            role="staff",
            key="k",
        )


async def test_a_login_of_another_business_is_taken_and_its_password_stays(
    people: Everybody, ledger: Ledger, database: Database, passwords: Passwords
):
    theirs = msgspec.structs.replace(SARA, login=people.stranger.person.login)
    with pytest.raises(LoginTaken):
        await service.add_staff(
            ledger,
            actor=people.owner.actor,
            merchant_id=people.owner.merchant_id,
            passwords=passwords,
            new=theirs,
            role="staff",
            key="k",
        )
    async with database.unscoped_reading_of_the_directory() as tx:
        stranger = await queries.person_by_login(tx, people.stranger.person.login)
    assert stranger is not None
    assert await passwords.matches(people.stranger.person.password, stranger.password_hash)


async def test_a_strangers_people_are_not_found(people: Everybody, ledger: Ledger, passwords: Passwords):
    with pytest.raises(NotFound):
        await service.remove_staff(
            ledger,
            actor=people.stranger.actor,
            merchant_id=people.owner.merchant_id,
            person_id=people.staff.id,
            key="k",
        )
    with pytest.raises(NotFound):
        await service.reset_password(
            ledger,
            actor=people.stranger.actor,
            merchant_id=people.stranger.merchant_id,
            passwords=passwords,
            person_id=people.staff.id,
            password="blue-lantern-river",
            key="k",
        )


async def test_who_was_removed_may_come_back_with_a_new_password(
    people: Everybody, ledger: Ledger, database: Database, passwords: Passwords
):
    owner = people.owner
    await service.remove_staff(
        ledger, actor=owner.actor, merchant_id=owner.merchant_id, person_id=people.staff.id, key="k1"
    )
    assert [person.login for person in await staff_of(database, owner)] == [LEILA.login]
    again = msgspec.structs.replace(DARIUS, password="blue-lantern-river")
    added = await service.add_staff(
        ledger,
        actor=owner.actor,
        merchant_id=owner.merchant_id,
        passwords=passwords,
        new=again,
        role="manager",
        key="k2",
    )
    assert added.facts == {"person_id": people.staff.id, "role": "manager"}
    async with database.unscoped_reading_of_the_directory() as tx:
        person = await queries.person_by_login(tx, DARIUS.login)
    assert person is not None
    assert await passwords.matches("blue-lantern-river", person.password_hash)


async def test_the_last_owner_stays(people: Everybody, ledger: Ledger):
    owner = people.owner
    with pytest.raises(LastOwner):
        await service.remove_staff(
            ledger, actor=owner.actor, merchant_id=owner.merchant_id, person_id=owner.id, key="k1"
        )
    with pytest.raises(LastOwner):
        await service.change_role(
            ledger,
            actor=owner.actor,
            merchant_id=owner.merchant_id,
            person_id=owner.id,
            role="staff",
            key="k2",
        )


async def test_two_owners_cannot_remove_each_other(people: Everybody, ledger: Ledger):
    owner, other = people.owner, people.staff
    await service.change_role(
        ledger, actor=owner.actor, merchant_id=owner.merchant_id, person_id=other.id, role="owner", key="k"
    )
    removals = [
        service.remove_staff(
            ledger,
            actor=SYSTEM,
            merchant_id=owner.merchant_id,
            person_id=person_id,
            key=f"remove {person_id}",
        )
        for person_id in (owner.id, other.id)
    ]
    answers = await asyncio.gather(*removals, return_exceptions=True)
    assert sorted(type(answer).__name__ for answer in answers) == ["LastOwner", "Outcome"]


async def test_nobody_reaches_above_their_own_permissions(
    people: Everybody, ledger: Ledger, passwords: Passwords
):
    limited = msgspec.structs.replace(
        people.owner.actor, permissions=frozenset({"access.manage", "cards.read"})
    )
    merchant_id = people.owner.merchant_id
    with pytest.raises(NotPermitted):
        await service.reset_password(
            ledger,
            actor=limited,
            merchant_id=merchant_id,
            passwords=passwords,
            person_id=people.owner.id,
            password="blue-lantern-river",
            key="k1",
        )
    with pytest.raises(NotPermitted):
        await service.change_role(
            ledger, actor=limited, merchant_id=merchant_id, person_id=people.staff.id, role="owner", key="k2"
        )


async def test_a_new_password_ends_every_session(
    people: Everybody, ledger: Ledger, database: Database, passwords: Passwords
):
    store = SessionStore(database)
    member = Membership(
        merchant_id=people.staff.merchant_id, person_id=people.staff.id, role="staff", location_id=None
    )
    secret = await store.begin(member, user_agent="")
    assert await store.find(secret) is not None
    await service.reset_password(
        ledger,
        actor=people.owner.actor,
        merchant_id=people.owner.merchant_id,
        passwords=passwords,
        person_id=people.staff.id,
        password="blue-lantern-river",
        key="k",
    )
    store.forget()
    assert await store.find(secret) is None


async def test_a_person_of_two_businesses_changes_their_password_alone(
    people: Everybody, ledger: Ledger, database: Database, passwords: Passwords
):
    async with database.unscoped_writing_as_the_ledger() as tx:
        await tx.execute(
            sa.text(
                "insert into membership (merchant_id, person_id, role, created_at)"
                " select :theirs, person_id, 'staff', created_at from membership where person_id = :person"
            ),
            {"theirs": people.stranger.merchant_id, "person": people.staff.id},
        )
    with pytest.raises(PasswordSetElsewhere):
        await service.reset_password(
            ledger,
            actor=people.owner.actor,
            merchant_id=people.owner.merchant_id,
            passwords=passwords,
            person_id=people.staff.id,
            password="blue-lantern-river",
            key="k",
        )


async def test_ones_own_password_needs_the_old_one(
    people: Everybody, ledger: Ledger, database: Database, passwords: Passwords
):
    staff = people.staff

    async def change(current: str, password: str, key: str) -> None:
        await service.change_own_password(
            ledger,
            database,
            actor=staff.actor,
            merchant_id=staff.merchant_id,
            passwords=passwords,
            current=current,
            password=password,
            key=key,
        )

    with pytest.raises(PasswordWrong):
        await change("something else", "blue-lantern-river", "k1")
    with pytest.raises(PasswordTooCommon):
        await change(DARIUS.password, "1234567890", "k2")
    await change(DARIUS.password, "blue-lantern-river", "k3")
    async with database.unscoped_reading_of_the_directory() as tx:
        person = await queries.person_by_id(tx, staff.id)
    assert person is not None
    assert await passwords.matches("blue-lantern-river", person.password_hash)


async def test_a_person_bound_to_a_strangers_location_is_refused(
    people: Everybody, ledger: Ledger, database: Database, passwords: Passwords
):
    async with database.unscoped_writing_as_the_ledger() as tx:
        theirs = (
            await tx.execute(
                sa.text("select id from location where merchant_id = :m"), {"m": people.stranger.merchant_id}
            )
        ).scalar_one()
    with pytest.raises(NotFound):
        await service.add_staff(
            ledger,
            actor=people.owner.actor,
            merchant_id=people.owner.merchant_id,
            passwords=passwords,
            new=SARA,
            role="staff",
            location_id=theirs,
            key="k",
        )
