"""What phones ask of the PassKit web service, without HTTP: who they are, what they have, what is new for them.

A phone proves with a pass's token that it has that pass. The list of its passes needs no token: there the device's own
identifier is the secret, of which we keep a hash.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Final

import msgspec
from async_lru import alru_cache
from sqlalchemy.ext.asyncio import AsyncConnection

from cardamom.access.limits import RequestLimits
from cardamom.db.database import Database
from cardamom.kit.actor import Actor, ActorKind
from cardamom.kit.clock import now
from cardamom.kit.errors import Malformed, NotFound
from cardamom.ledger.writer import Ledger
from cardamom.merchants.queries import MerchantCache, merchant_id_by_handle
from cardamom.wallet.apple.tags import Seen, above, newest, read_tag, write_tag
from cardamom.wallet.apple.tokens import PassTokens, shown_token
from cardamom.wallet.bindings import (
    Binding,
    binding_by_id,
    device_hash,
    mark_fetched,
    merchants_of_device,
    passes_of_device,
    registration_of,
)
from cardamom.wallet.devices import RegisterDevice, UnregisterDevice
from cardamom.wallet.errors import PassTokenWrong
from cardamom.wallet.naming import pass_name, split_name

#: Merchants' handles that a process remembers; a handle never changes hands.
_HANDLES: Final = 16_384
#: Registrations of one pass that a process writes in a second. Every one of them stays in the books.
_WRITES: Final = 5
#: Hexadecimal today; it becomes a part of an address at Apple's.
_PUSH_TOKEN = re.compile(r"[0-9A-Za-z]{8,200}")
_PASS_TYPE = re.compile(r"pass\.[A-Za-z0-9.-]{1,200}")


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """How a phone names a pass, and how it proves that it has it: the parts of an address, and a header."""

    pass_type: str
    serial: str
    authorization: str | None


class News(msgspec.Struct, frozen=True, kw_only=True):
    """Passes that changed, and the tag to ask with next time. The names are Apple's."""

    serial_numbers: list[str] = msgspec.field(name="serialNumbers")
    last_updated: str = msgspec.field(name="lastUpdated")


class PassDesk:
    """For one event loop."""

    def __init__(
        self, database: Database, ledger: Ledger, merchants: MerchantCache, tokens: PassTokens
    ) -> None:
        self._database = database
        self._ledger = ledger
        self._merchants = merchants
        self._tokens = tokens
        self._writes = RequestLimits(per_second=_WRITES)
        self._merchant_of = alru_cache(maxsize=_HANDLES)(self._read_merchant)

    async def pass_shown(self, shown: Shown) -> Binding:
        """The pass whose token is shown. Raises PassTokenWrong, also for a pass that does not exist."""
        async with self.opened(shown) as (_tx, binding):
            return binding

    @asynccontextmanager
    async def opened(self, shown: Shown) -> AsyncIterator[tuple[AsyncConnection, Binding]]:
        """As `pass_shown`, with the transaction in which it was read: what is read in it later is not older."""
        token, name = shown_token(shown.authorization), split_name(shown.serial)
        if token is None or name is None:
            raise PassTokenWrong
        try:
            merchant_id = await self._merchant_of(name.handle)
        except NotFound as error:
            raise PassTokenWrong from error
        async with self._database.reading(merchant_id) as tx:
            binding = await binding_by_id(tx, merchant_id, name.binding_id)
            if binding is None or (binding.wallet, binding.issuer) != ("apple", shown.pass_type):
                raise PassTokenWrong
            if not self._tokens.is_valid(token, shown.serial, binding.epoch):
                raise PassTokenWrong
            yield tx, binding

    async def register(self, shown: Shown, *, device: str, push_token: str) -> bool:
        """Whether the device is new to the pass.

        Raises PassTokenWrong, Malformed, TooManyRequests and TooManyDevices.
        """
        binding = await self.pass_shown(shown)
        if _PUSH_TOKEN.fullmatch(push_token) is None:
            raise Malformed(field="pushToken")
        hashed = device_hash(device)
        if await self._is_known(binding, hashed, push_token):
            return False
        self._writes.take(binding.id)
        command = RegisterDevice(
            merchant_id=binding.merchant_id,
            actor=_holder(binding),
            binding_id=binding.id,
            device_hash=hashed,
            push_token=push_token,
        )
        return bool((await self._ledger.submit(command)).or_raise().facts["is_new"])

    async def unregister(self, shown: Shown, *, device: str) -> None:
        """A device that was not registered is not registered afterwards either.

        Raises PassTokenWrong and TooManyRequests.
        """
        binding = await self.pass_shown(shown)
        hashed = device_hash(device)
        async with self._database.reading(binding.merchant_id) as tx:
            known = await registration_of(tx, binding.merchant_id, binding.id, device=hashed)
        if known is None:
            return
        self._writes.take(binding.id)
        command = UnregisterDevice(
            merchant_id=binding.merchant_id,
            actor=_holder(binding),
            binding_id=binding.id,
            device_hash=hashed,
        )
        (await self._ledger.submit(command)).or_raise()

    async def news(self, *, pass_type: str, device: str, tag: str | None) -> News | None:
        """The passes of a device that changed after the tag; None when there are none."""
        if _PASS_TYPE.fullmatch(pass_type) is None:
            return None
        hashed = device_hash(device)
        async with self._database.unscoped_reading_of_the_directory() as tx:
            merchant_ids = await merchants_of_device(tx, hashed, issuer=pass_type)
        known, seen = read_tag(tag), dict[str, Seen]()
        serials: list[str] = []
        for merchant_id in merchant_ids:
            handle = (await self._merchants.merchant(merchant_id)).handle
            async with self._database.reading(merchant_id) as tx:
                passes = await passes_of_device(tx, merchant_id, device=hashed, issuer=pass_type)
            seen[handle] = newest(passes)
            serials += [pass_name(handle, each.id) for each in above(passes, known.get(handle))]
        return News(serial_numbers=serials, last_updated=write_tag(seen)) if serials else None

    async def has_seen(self, binding: Binding) -> None:
        """A phone has the pass as it was when `binding` was read. Writes only what is new."""
        if binding.fetched >= binding.wanted:
            return
        async with self._database.writing(binding.merchant_id) as tx:
            await mark_fetched(tx, binding.merchant_id, binding.id, position=binding.wanted, at=now())

    async def _is_known(self, binding: Binding, device: bytes, push_token: str) -> bool:
        """Whether a registration would change nothing. Phones repeat theirs, and the books are for what happened."""
        if binding.state not in {"saved", "void"} or binding.fetched < binding.wanted:
            return False
        async with self._database.reading(binding.merchant_id) as tx:
            known = await registration_of(tx, binding.merchant_id, binding.id, device=device)
        return known is not None and known.push_token == push_token

    async def _read_merchant(self, handle: str) -> str:
        async with self._database.unscoped_reading_of_the_directory() as tx:
            return await merchant_id_by_handle(tx, handle)


def modified(binding: Binding) -> datetime:
    """`Last-Modified` of a pass: whole seconds, growing with each change (`modified_at` grows by a second at least)."""
    return binding.modified_at.replace(microsecond=0)


def _holder(binding: Binding) -> Actor:
    """Whoever has the pass; nobody knows more of them here than that."""
    return Actor(kind=ActorKind.CUSTOMER, id=None, merchant_id=binding.merchant_id, permissions=frozenset())
