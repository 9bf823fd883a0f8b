"""The deeds about people: who belongs to a business, in which role, and with which password.

Commands carry a password's hash, never the password, and leave it out of their fingerprint: a hash is salted, so the
same request would never look the same twice. Whoever acts on somebody must hold every permission of that person's role:
what a key may manage does not reach above the key.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar, cast

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from cardamom.access import events
from cardamom.access.errors import AlreadySetUp, LastOwner, LoginTaken, PasswordSetElsewhere
from cardamom.access.permissions import ROLES, Role
from cardamom.access.require import require_all
from cardamom.access.tables import memberships, people, sessions
from cardamom.kit.errors import NotFound
from cardamom.kit.ids import new_id
from cardamom.ledger.commands import Command
from cardamom.ledger.decisions import Decision, Occasion
from cardamom.ledger.handlers import Tx
from cardamom.merchants.deeds import MerchantDraft, write_merchant
from cardamom.merchants.tables import directory, locations, merchants


class PersonDraft(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody new, checked."""

    name: str
    login: str
    password_hash: str
    language: str

    def __repr__(self) -> str:
        """Without what identifies: commands end up in logs."""
        return "PersonDraft(...)"


class SetUp(Command, frozen=True, kw_only=True):
    """The first business of this server, with its owner."""

    kind: ClassVar[str] = "access.set_up"

    merchant: MerchantDraft
    owner: PersonDraft

    def fingerprint(self) -> bytes:
        return Command.fingerprint(msgspec.structs.replace(self, owner=_without_hash(self.owner)))


class AddPerson(Command, frozen=True, kw_only=True):
    kind: ClassVar[str] = "person.add"

    person: PersonDraft
    role: Role
    bound_to: str | None = None

    def fingerprint(self) -> bytes:
        return Command.fingerprint(msgspec.structs.replace(self, person=_without_hash(self.person)))


class ChangeRole(Command, frozen=True, kw_only=True):
    kind: ClassVar[str] = "person.change_role"

    person_id: str
    role: Role


class ResetPassword(Command, frozen=True, kw_only=True):
    """Somebody who manages access sets a new password for somebody else."""

    kind: ClassVar[str] = "person.reset_password"

    person_id: str
    password_hash: str

    def fingerprint(self) -> bytes:
        return Command.fingerprint(msgspec.structs.replace(self, password_hash=""))


class ChangeOwnPassword(Command, frozen=True, kw_only=True):
    kind: ClassVar[str] = "person.change_password"

    person_id: str
    password_hash: str

    def fingerprint(self) -> bytes:
        return Command.fingerprint(msgspec.structs.replace(self, password_hash=""))


class RemovePerson(Command, frozen=True, kw_only=True):
    """Ends a membership; the person and what they did stay in the books."""

    kind: ClassVar[str] = "person.remove"

    person_id: str


def _without_hash(person: PersonDraft) -> PersonDraft:
    return msgspec.structs.replace(person, password_hash="")


class SetUpDeed:
    async def perform(self, tx: Tx, command: SetUp, occasion: Occasion) -> Decision:
        claim = insert(directory).values(
            kind="instance", key="set_up", merchant_id=command.merchant_id, subject_id=command.merchant_id
        )
        # Of two set-ups the second waits here for the first, and finds the place taken.
        claimed = await tx.sql.execute(claim.on_conflict_do_nothing().returning(directory.c.key))
        if (
            claimed.first() is None
            or (await tx.sql.execute(sa.select(people.c.id).limit(1))).first() is not None
        ):
            raise AlreadySetUp
        created, announced = await write_merchant(
            tx.sql, command.merchant_id, command.merchant, now=occasion.now
        )
        person_id = await _add_person(tx.sql, command.merchant_id, command.owner, now=occasion.now)
        await _admit(tx.sql, command.merchant_id, person_id, role="owner", location_id=None, now=occasion.now)
        return Decision(
            facts={
                "merchant_id": command.merchant_id,
                "person_id": person_id,
                **msgspec.structs.asdict(created),
            },
            events=[*announced, events.person_added(person_id, "owner")],
        )


class AddPersonDeed:
    async def perform(self, tx: Tx, command: AddPerson, occasion: Occasion) -> Decision:
        await _lock_merchant(tx.sql, command.merchant_id)
        if command.bound_to is not None:
            await _require_location(tx.sql, command.merchant_id, command.bound_to)
        person_id = await _add_person(tx.sql, command.merchant_id, command.person, now=occasion.now)
        await _admit(
            tx.sql,
            command.merchant_id,
            person_id,
            role=command.role,
            location_id=command.bound_to,
            now=occasion.now,
        )
        return Decision(
            facts={"person_id": person_id, "role": command.role},
            events=[events.person_added(person_id, command.role)],
        )


class ChangeRoleDeed:
    async def perform(self, tx: Tx, command: ChangeRole, occasion: Occasion) -> Decision:
        before = await _locked_role(tx.sql, command.merchant_id, command.person_id)
        require_all(command.actor, ROLES[before], command.merchant_id)
        if before == command.role:
            return Decision(facts={"person_id": command.person_id, "role": command.role})
        if before == "owner":
            await _require_another_owner(tx.sql, command.merchant_id)
        await _set_membership(tx.sql, command.merchant_id, command.person_id, {"role": command.role})
        return Decision(
            facts={"person_id": command.person_id, "role": command.role},
            events=[events.person_role_changed(command.person_id, before=before, after=command.role)],
        )


class ResetPasswordDeed:
    async def perform(self, tx: Tx, command: ResetPassword, occasion: Occasion) -> Decision:
        role = await _locked_role(tx.sql, command.merchant_id, command.person_id)
        require_all(command.actor, ROLES[role], command.merchant_id)
        if await _belongs_elsewhere(tx.sql, command.merchant_id, command.person_id):
            raise PasswordSetElsewhere
        await _set_password(tx.sql, command.person_id, command.password_hash)
        return Decision(
            facts={"person_id": command.person_id}, events=[events.password_reset(command.person_id)]
        )


class ChangeOwnPasswordDeed:
    async def perform(self, tx: Tx, command: ChangeOwnPassword, occasion: Occasion) -> Decision:
        await _locked_role(tx.sql, command.merchant_id, command.person_id)
        await _set_password(tx.sql, command.person_id, command.password_hash)
        return Decision(
            facts={"person_id": command.person_id}, events=[events.password_changed(command.person_id)]
        )


class RemovePersonDeed:
    async def perform(self, tx: Tx, command: RemovePerson, occasion: Occasion) -> Decision:
        role = await _locked_role(tx.sql, command.merchant_id, command.person_id)
        require_all(command.actor, ROLES[role], command.merchant_id)
        if role == "owner":
            await _require_another_owner(tx.sql, command.merchant_id)
        await _set_membership(tx.sql, command.merchant_id, command.person_id, {"removed_at": occasion.now})
        await tx.sql.execute(
            sa.delete(sessions).where(
                sessions.c.person_id == command.person_id, sessions.c.merchant_id == command.merchant_id
            )
        )
        return Decision(
            facts={"person_id": command.person_id}, events=[events.person_removed(command.person_id)]
        )


async def _add_person(tx: AsyncConnection, merchant_id: str, person: PersonDraft, *, now: datetime) -> str:
    """The id of a new person, or of one who was removed from this business and comes back with a new password.

    Anybody else's login is taken, also when its owner works for another business: nobody is added without being asked,
    and nobody gets another person's password replaced. Raises LoginTaken.
    """
    row = {
        "name": person.name,
        "password_hash": person.password_hash,
        "language": person.language,
        "disabled_at": None,
    }
    new = insert(people).values(id=new_id(), login=person.login, created_at=now, **row)
    added = (
        await tx.execute(new.on_conflict_do_nothing(index_elements=["login"]).returning(people.c.id))
    ).scalar()
    if added is not None:
        return str(added)
    known = (await tx.execute(sa.select(people.c.id).where(people.c.login == person.login))).scalar_one()
    theirs = sa.select(memberships.c.merchant_id, memberships.c.removed_at).where(
        memberships.c.person_id == known
    )
    found = (await tx.execute(theirs)).all()
    if [str(merchant) for merchant, _removed in found] != [merchant_id] or found[0].removed_at is None:
        raise LoginTaken
    await tx.execute(sa.update(people).where(people.c.id == known).values(row))
    return str(known)


async def _admit(
    tx: AsyncConnection,
    merchant_id: str,
    person_id: str,
    *,
    role: Role,
    location_id: str | None,
    now: datetime,
) -> None:
    """Write the membership, and the directory's way from the person to it."""
    row = {"role": role, "location_id": location_id, "created_at": now, "removed_at": None}
    membership = insert(memberships).values(merchant_id=merchant_id, person_id=person_id, **row)
    await tx.execute(membership.on_conflict_do_update(index_elements=["merchant_id", "person_id"], set_=row))
    way = insert(directory).values(
        kind="person", key=f"{person_id}:{merchant_id}", merchant_id=merchant_id, subject_id=person_id
    )
    await tx.execute(way.on_conflict_do_nothing())


async def _lock_merchant(tx: AsyncConnection, merchant_id: str) -> None:
    """Who belongs to a business changes one act at a time, or two owners could remove each other. Raises NotFound."""
    row = sa.select(merchants.c.merchant_id).where(merchants.c.merchant_id == merchant_id)
    if (await tx.execute(row.with_for_update(key_share=True))).first() is None:
        raise NotFound


async def _locked_role(tx: AsyncConnection, merchant_id: str, person_id: str) -> Role:
    """The role of somebody who belongs to the business, with the business locked. Raises NotFound."""
    await _lock_merchant(tx, merchant_id)
    row = sa.select(memberships.c.role).where(
        memberships.c.merchant_id == merchant_id,
        memberships.c.person_id == person_id,
        memberships.c.removed_at.is_(None),
    )
    role = (await tx.execute(row)).scalar()
    if role is None:
        raise NotFound
    return cast(Role, role)


async def _require_another_owner(tx: AsyncConnection, merchant_id: str) -> None:
    owners = sa.select(sa.func.count()).where(
        memberships.c.merchant_id == merchant_id,
        memberships.c.role == "owner",
        memberships.c.removed_at.is_(None),
    )
    if (await tx.execute(owners)).scalar_one() < 2:
        raise LastOwner


async def _belongs_elsewhere(tx: AsyncConnection, merchant_id: str, person_id: str) -> bool:
    """Whether another business has this person: the one question here that goes beyond the merchant."""
    elsewhere = sa.select(memberships.c.merchant_id).where(
        memberships.c.merchant_id != merchant_id,
        memberships.c.person_id == person_id,
        memberships.c.removed_at.is_(None),
    )
    return (await tx.execute(elsewhere.limit(1))).first() is not None


async def _set_membership(
    tx: AsyncConnection, merchant_id: str, person_id: str, values: Mapping[str, Any]
) -> None:
    one = sa.update(memberships).where(
        memberships.c.merchant_id == merchant_id, memberships.c.person_id == person_id
    )
    await tx.execute(one.values(dict(values)))


async def _set_password(tx: AsyncConnection, person_id: str, password_hash: str) -> None:
    """A new password ends every session of the person, also for other businesses."""
    await tx.execute(sa.update(people).where(people.c.id == person_id).values(password_hash=password_hash))
    await tx.execute(sa.delete(sessions).where(sessions.c.person_id == person_id))


async def _require_location(tx: AsyncConnection, merchant_id: str, location_id: str) -> None:
    """Raises NotFound for a location that is not the business's own."""
    row = sa.select(locations.c.id).where(
        locations.c.merchant_id == merchant_id, locations.c.id == location_id
    )
    if (await tx.execute(row)).first() is None:
        raise NotFound
