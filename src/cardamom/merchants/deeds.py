"""What changes a business, each performed inside the ledger's transaction.

The commands arrive checked by `service`; what only the database knows (names that are taken, the last open location)
is decided here, under the merchant's row lock.
"""

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar, cast

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from cardamom.kit.errors import NotFound
from cardamom.kit.ids import new_id
from cardamom.kit.localised import Localised
from cardamom.ledger.commands import Command
from cardamom.ledger.decisions import Decision, Event, Occasion
from cardamom.ledger.handlers import Tx
from cardamom.ledger.tables import feeds
from cardamom.ledger.writer import Ledger
from cardamom.merchants import events
from cardamom.merchants.errors import LastLocation, SlugTaken
from cardamom.merchants.positions import Placement, Position
from cardamom.merchants.rules import HANDLE_ALPHABET, HANDLE_LENGTH, SLUG_LIMIT, checked_languages
from cardamom.merchants.schemas import Brand, Preferences
from cardamom.merchants.tables import directory, locations, merchants, notices

#: A random handle is taken once in millions of times; more tries than this mean a fault.
_TRIES = 8


class MerchantDraft(msgspec.Struct, frozen=True, kw_only=True):
    """A new business, checked and complete.

    slug: the name that was asked for and no other; suggested_slug: what to begin with when none was asked for.
    """

    name: Localised
    language: str
    languages: list[str]
    time_zone: str
    currency: str
    region: str
    brand: Brand
    preferences: Preferences
    location_name: Localised
    slug: str | None
    suggested_slug: str


class CreatedMerchant(msgspec.Struct, frozen=True):
    slug: str
    handle: str
    location_id: str


class CreateMerchant(Command, frozen=True, kw_only=True):
    kind: ClassVar[str] = "merchant.create"

    draft: MerchantDraft


class UpdateMerchant(Command, frozen=True, kw_only=True):
    """What is None stays."""

    kind: ClassVar[str] = "merchant.update"

    name: Localised | None = None
    language: str | None = None
    languages: list[str] | None = None
    time_zone: str | None = None
    currency: str | None = None
    region: str | None = None
    brand: Brand | None = None
    preferences: Preferences | None = None


_SETTINGS = ("name", "language", "languages", "time_zone", "currency", "region", "brand", "preferences")


class AddLocation(Command, frozen=True, kw_only=True):
    kind: ClassVar[str] = "location.add"

    name: Localised
    address: str | None
    position: Position | None = None


class UpdateLocation(Command, frozen=True, kw_only=True):
    """What is None stays; an empty address removes it; closed=False opens a closed location again."""

    kind: ClassVar[str] = "location.update"

    subject_id: str
    name: Localised | None = None
    address: str | None = None
    closed: bool | None = None
    placement: Placement | None = None


class RecordNotice(Command, frozen=True, kw_only=True):
    """Its key is made from event and kind, so that a job that runs twice tells the owner once."""

    kind: ClassVar[str] = "notice.record"

    notice: str
    facts: dict[str, Any]
    event_id: str


class ReadNotices(Command, frozen=True, kw_only=True):
    """The owner has seen everything up to this notice."""

    kind: ClassVar[str] = "notice.read"

    up_to: str


async def write_merchant(
    tx: AsyncConnection, merchant_id: str, draft: MerchantDraft, *, now: datetime
) -> tuple[CreatedMerchant, list[Event]]:
    """Write a business with its names, its feed and its first location. Also for set-up, which adds an owner.

    Raises SlugTaken when the draft insists on a slug.
    """
    slug = await _claim_slug(tx, merchant_id, draft)
    handle = await _claim_handle(tx, merchant_id)
    await tx.execute(
        sa.insert(merchants).values(
            merchant_id=merchant_id,
            slug=slug,
            handle=handle,
            name=draft.name,
            language=draft.language,
            languages=draft.languages,
            time_zone=draft.time_zone,
            currency=draft.currency,
            region=draft.region,
            brand=msgspec.to_builtins(draft.brand),
            preferences=msgspec.to_builtins(draft.preferences),
            created_at=now,
        )
    )
    await tx.execute(sa.insert(feeds).values(merchant_id=merchant_id, position=0))
    location_id = await _write_location(tx, merchant_id, name=draft.location_name, now=now)
    announced = [events.merchant_created(merchant_id), events.location_added(location_id)]
    return CreatedMerchant(slug, handle, location_id), announced


async def _claim_slug(tx: AsyncConnection, merchant_id: str, draft: MerchantDraft) -> str:
    if draft.slug is not None:
        if not await _claim(tx, "merchant_slug", draft.slug, merchant_id):
            raise SlugTaken
        return draft.slug
    if draft.suggested_slug and await _claim(tx, "merchant_slug", draft.suggested_slug, merchant_id):
        return draft.suggested_slug
    stem = (draft.suggested_slug or "shop")[: SLUG_LIMIT - 6]
    for _try in range(_TRIES):
        slug = f"{stem}-{_random_letters(5)}"
        if await _claim(tx, "merchant_slug", slug, merchant_id):
            return slug
    raise SlugTaken


async def _claim_handle(tx: AsyncConnection, merchant_id: str) -> str:
    for _try in range(_TRIES):
        handle = _random_letters(HANDLE_LENGTH)
        if await _claim(tx, "handle", handle, merchant_id):
            return handle
    raise RuntimeError("no free handle was found")


def _random_letters(length: int) -> str:
    return "".join(secrets.choice(HANDLE_ALPHABET) for _position in range(length))


async def _claim(tx: AsyncConnection, kind: str, key: str, merchant_id: str) -> bool:
    """Put a name into the directory. False when somebody has it; waits for one who is about to."""
    row = insert(directory).values(kind=kind, key=key, merchant_id=merchant_id, subject_id=merchant_id)
    claimed = await tx.execute(row.on_conflict_do_nothing().returning(directory.c.key))
    return claimed.first() is not None


async def _write_location(
    tx: AsyncConnection,
    merchant_id: str,
    *,
    name: Localised,
    address: str | None = None,
    position: Position | None = None,
    now: datetime,
) -> str:
    location_id = new_id()
    await tx.execute(
        sa.insert(locations).values(
            merchant_id=merchant_id,
            id=location_id,
            name=name,
            address=address or None,
            created_at=now,
            **_columns(position),
        )
    )
    return location_id


def _columns(position: Position | None) -> dict[str, float | None]:
    if position is None:
        return {"latitude": None, "longitude": None}
    return {"latitude": position.latitude, "longitude": position.longitude}


async def _lock_merchant(tx: AsyncConnection, merchant_id: str) -> None:
    """Keep others from changing this business until the transaction ends. Raises NotFound."""
    row = sa.select(merchants.c.merchant_id).where(merchants.c.merchant_id == merchant_id)
    if (await tx.execute(row.with_for_update(key_share=True))).first() is None:
        raise NotFound


class CreateMerchantDeed:
    async def perform(self, tx: Tx, command: CreateMerchant, occasion: Occasion) -> Decision:
        created, announced = await write_merchant(
            tx.sql, command.merchant_id, command.draft, now=occasion.now
        )
        facts = {"merchant_id": command.merchant_id, **msgspec.structs.asdict(created)}
        return Decision(facts=facts, events=announced)


class UpdateMerchantDeed:
    async def perform(self, tx: Tx, command: UpdateMerchant, occasion: Occasion) -> Decision:
        await _lock_merchant(tx.sql, command.merchant_id)
        one = merchants.c.merchant_id == command.merchant_id
        row = (await tx.sql.execute(sa.select(merchants).where(one))).mappings().one()
        wanted = {name: msgspec.to_builtins(getattr(command, name)) for name in _SETTINGS}
        told = {name: value for name, value in wanted.items() if value is not None}
        language = told.get("language", row["language"])
        told["languages"] = checked_languages(language, told.get("languages", row["languages"]))
        # Whoever saves a form unchanged did nothing.
        changes = {name: value for name, value in told.items() if row[name] != value}
        if not changes:
            return Decision(facts={"changed": []})
        await tx.sql.execute(sa.update(merchants).where(one).values(changes))
        return Decision(
            facts={"changed": sorted(changes)},
            events=[events.merchant_updated(command.merchant_id, list(changes))],
        )


class AddLocationDeed:
    async def perform(self, tx: Tx, command: AddLocation, occasion: Occasion) -> Decision:
        await _lock_merchant(tx.sql, command.merchant_id)
        location_id = await _write_location(
            tx.sql,
            command.merchant_id,
            name=command.name,
            address=command.address,
            position=command.position,
            now=occasion.now,
        )
        return Decision(facts={"location_id": location_id}, events=[events.location_added(location_id)])


class UpdateLocationDeed:
    async def perform(self, tx: Tx, command: UpdateLocation, occasion: Occasion) -> Decision:
        found = await _locked_location(tx.sql, command.merchant_id, command.subject_id)
        wanted: dict[str, object] = {}
        if command.name is not None:
            wanted["name"] = command.name
        if command.address is not None:
            wanted["address"] = command.address or None
        if command.placement is not None:
            wanted |= _columns(command.placement.position)
        if command.closed is not None and command.closed != (found["closed_at"] is not None):
            wanted["closed_at"] = occasion.now if command.closed else None
        changes = {name: value for name, value in wanted.items() if found[name] != value}
        if changes.get("closed_at") is not None:
            await _require_another_open_location(tx.sql, command.merchant_id)
        if changes:
            one = sa.update(locations).where(
                locations.c.merchant_id == command.merchant_id, locations.c.id == command.subject_id
            )
            await tx.sql.execute(one.values(changes))
        return Decision(
            facts={"location_id": command.subject_id, "changed": sorted(changes)},
            events=_announced_location(command.subject_id, changes),
        )


def _announced_location(location_id: str, changes: Mapping[str, object]) -> list[Event]:
    announced = []
    words = [name for name in changes if name != "closed_at"]
    if words:
        announced.append(events.location_updated(location_id, words))
    if "closed_at" in changes:
        closed = changes["closed_at"] is not None
        announced.append(
            events.location_closed(location_id) if closed else events.location_reopened(location_id)
        )
    return announced


async def _require_another_open_location(tx: AsyncConnection, merchant_id: str) -> None:
    """Raises LastLocation. The merchant's row is locked, so that two tills cannot close the last two at once."""
    open_ones = sa.select(sa.func.count()).where(
        locations.c.merchant_id == merchant_id, locations.c.closed_at.is_(None)
    )
    if (await tx.execute(open_ones)).scalar_one() == 1:
        raise LastLocation


async def _locked_location(tx: AsyncConnection, merchant_id: str, location_id: str) -> Mapping[str, object]:
    """A location of this merchant, with the merchant's row locked. Raises NotFound."""
    await _lock_merchant(tx, merchant_id)
    row = sa.select(locations).where(locations.c.merchant_id == merchant_id, locations.c.id == location_id)
    found = (await tx.execute(row)).mappings().first()
    if found is None:
        raise NotFound
    return cast(Mapping[str, object], found)


class RecordNoticeDeed:
    async def perform(self, tx: Tx, command: RecordNotice, occasion: Occasion) -> Decision:
        notice_id = new_id()
        row = insert(notices).values(
            merchant_id=command.merchant_id,
            id=notice_id,
            kind=command.notice,
            facts=command.facts,
            event_id=command.event_id,
            created_at=occasion.now,
        )
        written = await tx.sql.execute(row.on_conflict_do_nothing().returning(notices.c.id))
        return Decision(facts={} if written.first() is None else {"notice_id": notice_id})


class ReadNoticesDeed:
    async def perform(self, tx: Tx, command: ReadNotices, occasion: Occasion) -> Decision:
        unread = sa.update(notices).where(
            notices.c.merchant_id == command.merchant_id,
            notices.c.id <= command.up_to,
            notices.c.read_at.is_(None),
        )
        read = await tx.sql.execute(unread.values(read_at=occasion.now))
        return Decision(facts={"read": read.rowcount})


def register(ledger: Ledger) -> None:
    """Tell the ledger who performs the commands of this package."""
    ledger.register(CreateMerchant, CreateMerchantDeed())
    ledger.register(UpdateMerchant, UpdateMerchantDeed())
    ledger.register(AddLocation, AddLocationDeed())
    ledger.register(UpdateLocation, UpdateLocationDeed())
    ledger.register(RecordNotice, RecordNoticeDeed())
    ledger.register(ReadNotices, ReadNoticesDeed())
