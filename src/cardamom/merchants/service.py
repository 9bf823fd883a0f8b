"""What a shop owner does to the business: begin it, set it up, open and close locations, read notices.

Every function checks the actor first, then the words, then asks the ledger. It answers with the stored outcome and
raises the refusal when there is one. Raises NotFound, NotPermitted and the refusals in `errors`.
"""

from collections.abc import Mapping
from typing import Any

from msgspec import UNSET

from cardamom.kit.actor import Actor, system_actor
from cardamom.kit.authority import require
from cardamom.kit.errors import NotFound
from cardamom.kit.ids import is_id, new_id
from cardamom.kit.text import clean
from cardamom.ledger.commands import Outcome
from cardamom.ledger.writer import Ledger
from cardamom.merchants import rules
from cardamom.merchants.deeds import (
    AddLocation,
    CreateMerchant,
    MerchantDraft,
    ReadNotices,
    RecordNotice,
    UpdateLocation,
    UpdateMerchant,
)
from cardamom.merchants.errors import PositionMalformed
from cardamom.merchants.positions import Placement, Position, checked_position
from cardamom.merchants.schemas import LocationPatch, MerchantPatch, NewLocation, NewMerchant


def draft_merchant(new: NewMerchant) -> MerchantDraft:
    """Check a new business and fill in what its country and language suggest. Raises the refusals of `errors`."""
    region = rules.checked_region(new.region)
    name = rules.checked_name(new.name)
    language = rules.checked_language(new.language)
    if new.time_zone:
        time_zone = rules.checked_time_zone(new.time_zone)
    else:
        time_zone = rules.suggested_time_zone(region)
    return MerchantDraft(
        name=name,
        language=language,
        languages=rules.checked_languages(language, new.languages or []),
        time_zone=time_zone,
        currency=rules.checked_currency(new.currency or rules.suggested_currency(region)),
        region=region,
        brand=rules.checked_brand(new.brand),
        preferences=rules.checked_preferences(new.preferences),
        location_name=rules.checked_name(new.location_name or name),
        slug=None if new.slug is None else rules.checked_slug(new.slug),
        suggested_slug=rules.slug_of(name, preferred=language),
    )


async def create_merchant(ledger: Ledger, *, actor: Actor, new: NewMerchant) -> Outcome:
    """Begin a business with its names and its first location. Only the software itself may.

    It takes no key: a key belongs to a merchant, and there is none yet. Facts: merchant_id, slug, handle, location_id.
    """
    merchant_id = new_id()
    require(actor, rules.MAY_WRITE, merchant_id)
    command = CreateMerchant(merchant_id=merchant_id, actor=actor, draft=draft_merchant(new))
    return (await ledger.submit(command)).or_raise()


async def update_merchant(
    ledger: Ledger, *, actor: Actor, merchant_id: str, patch: MerchantPatch, key: str
) -> Outcome:
    """Change settings. Facts: changed (their names)."""
    require(actor, rules.MAY_WRITE, merchant_id)
    command = UpdateMerchant(
        merchant_id=merchant_id,
        actor=actor,
        key=key,
        name=None if patch.name is None else rules.checked_name(patch.name),
        language=None if patch.language is None else rules.checked_language(patch.language),
        languages=None
        if patch.languages is None
        else [rules.checked_language(code) for code in patch.languages],
        time_zone=None if patch.time_zone is None else rules.checked_time_zone(patch.time_zone),
        currency=None if patch.currency is None else rules.checked_currency(patch.currency),
        region=None if patch.region is None else rules.checked_region(patch.region),
        brand=None if patch.brand is None else rules.checked_brand(patch.brand),
        preferences=None if patch.preferences is None else rules.checked_preferences(patch.preferences),
    )
    return (await ledger.submit(command)).or_raise()


async def add_location(
    ledger: Ledger, *, actor: Actor, merchant_id: str, new: NewLocation, key: str
) -> Outcome:
    """Facts: location_id. Raises PositionMalformed."""
    require(actor, rules.MAY_WRITE, merchant_id)
    command = AddLocation(
        merchant_id=merchant_id,
        actor=actor,
        key=key,
        name=rules.checked_name(new.name),
        address=_address(new.address),
        position=_position(new.latitude, new.longitude),
    )
    return (await ledger.submit(command)).or_raise()


async def update_location(
    ledger: Ledger, *, actor: Actor, merchant_id: str, location_id: str, patch: LocationPatch, key: str
) -> Outcome:
    """Rename a location, move it, close it or open it again. Facts: location_id, changed.

    Raises PositionMalformed, and LastLocation when a business would have no open location left.
    """
    require(actor, rules.MAY_WRITE, merchant_id)
    if not is_id(location_id):
        raise NotFound
    command = UpdateLocation(
        merchant_id=merchant_id,
        actor=actor,
        key=key,
        subject_id=location_id,
        name=None if patch.name is None else rules.checked_name(patch.name),
        address=_address(patch.address),
        closed=patch.closed,
        placement=_placement(patch),
    )
    return (await ledger.submit(command)).or_raise()


async def record_notice(
    ledger: Ledger, *, merchant_id: str, kind: str, facts: Mapping[str, Any], event_id: str
) -> Outcome:
    """Tell the owner something, once for each event and kind however often it is called."""
    command = RecordNotice(
        merchant_id=merchant_id,
        actor=system_actor(merchant_id),
        key=f"notice:{kind}:{event_id}",
        notice=kind,
        facts=dict(facts),
        event_id=event_id,
    )
    return (await ledger.submit(command)).or_raise()


async def read_notices(ledger: Ledger, *, actor: Actor, merchant_id: str, up_to: str, key: str) -> Outcome:
    """Mark what the owner has seen, up to and including this notice. Facts: read (how many)."""
    require(actor, rules.MAY_WRITE, merchant_id)
    if not is_id(up_to):
        raise NotFound
    command = ReadNotices(merchant_id=merchant_id, actor=actor, key=key, up_to=up_to)
    return (await ledger.submit(command)).or_raise()


def _placement(patch: LocationPatch) -> Placement | None:
    """Raises PositionMalformed for one number without the other."""
    if patch.latitude is UNSET and patch.longitude is UNSET:
        return None
    if patch.latitude is UNSET or patch.longitude is UNSET:
        raise PositionMalformed(why="text")
    return Placement(_position(patch.latitude, patch.longitude))


def _position(latitude: float | None, longitude: float | None) -> Position | None:
    """Raises PositionMalformed."""
    if latitude is None and longitude is None:
        return None
    if latitude is None or longitude is None:
        raise PositionMalformed(why="text")
    return checked_position(latitude, longitude)


def _address(text: str | None) -> str | None:
    return None if text is None else clean(text, limit=rules.ADDRESS_LIMIT)
