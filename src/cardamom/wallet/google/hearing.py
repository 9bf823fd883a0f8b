"""What Google tells us of a pass: believed when it is signed for us, heard once, turned into a fact of the shop."""

from __future__ import annotations

import asyncio
from typing import Final

import structlog

from cardamom.db.database import Database
from cardamom.kit.actor import system_actor
from cardamom.kit.clock import Clock
from cardamom.kit.clock import now as system_clock
from cardamom.kit.errors import NotFound
from cardamom.ledger.commands import Command
from cardamom.ledger.writer import Ledger
from cardamom.merchants.queries import merchant_id_by_handle
from cardamom.wallet.bindings import Binding, binding_by_id
from cardamom.wallet.credentials import Credentials
from cardamom.wallet.deeds import MarkRemoved, MarkSaved
from cardamom.wallet.google.account import ServiceAccount
from cardamom.wallet.google.callbacks import (
    Callback,
    claimed,
    nonce_key,
    read_envelope,
    verify_message,
    verify_signing_key,
)
from cardamom.wallet.google.client import GoogleClients
from cardamom.wallet.google.errors import CallbackForged, GoogleTrouble
from cardamom.wallet.google.root_keys import RootKeys
from cardamom.wallet.google.rows import bindings_of_things, program_thing
from cardamom.wallet.naming import split_class_name, split_issued_name, split_name
from cardamom.wallet.touching import Urgency

log = structlog.get_logger(__name__)

#: Google waits for our answer.
_LOOK_SECONDS: Final = 2.0


class Callbacks:
    """For one web process."""

    def __init__(
        self,
        database: Database,
        *,
        ledger: Ledger,
        credentials: Credentials,
        clients: GoogleClients,
        root_keys: RootKeys,
        clock: Clock = system_clock,
    ) -> None:
        self._database = database
        self._ledger = ledger
        self._credentials = credentials
        self._clients = clients
        self._root_keys = root_keys
        self._clock = clock

    async def hear(self, body: bytes) -> None:
        """Record that a pass was saved or removed. The same callback again changes nothing.

        Raises CallbackForged, and Unavailable while Google's keys or the database are away: Google sends it again.
        The key that signs is verified before anything is looked up, so a flood of forgeries costs two signatures each.
        """
        envelope = read_envelope(body)
        at = self._clock()
        key = verify_signing_key(envelope, roots=await self._root_keys.current(), now=at)
        merchant_id, account = await self._recipient(claimed(envelope).object_id)
        callback = verify_message(envelope, key=key, issuer_id=account.issuer_id, now=at)
        binding = await self._binding(merchant_id, account, callback)
        if binding is None:
            log.warning("google.callback_for_nothing", merchant=merchant_id, said=callback.event_type)
            return
        if callback.event_type == "del" and await self._has_other_holders(binding, account, callback):
            return
        await self._ledger.submit(_command(binding, callback))

    async def _recipient(self, object_id: str) -> tuple[str, ServiceAccount]:
        """The merchant whose object it would be, and our account for its issuer: that one, or the message is not ours.

        Raises CallbackForged.
        """
        issuer, _dot, name = object_id.partition(".")
        found = split_name(name)
        if found is None:
            raise CallbackForged
        try:
            async with self._database.unscoped_reading_of_the_directory() as tx:
                merchant_id = await merchant_id_by_handle(tx, found.handle)
        except NotFound as error:
            raise CallbackForged from error
        account = await self._credentials.google_for(merchant_id, issuer)
        if account is None:
            raise CallbackForged
        return merchant_id, account

    async def _binding(self, merchant_id: str, account: ServiceAccount, callback: Callback) -> Binding | None:
        name = split_name(split_issued_name(callback.object_id, issuer=account.issuer_id) or "")
        if name is None:
            return None
        async with self._database.reading(merchant_id) as tx:
            binding = await binding_by_id(tx, merchant_id, name.binding_id)
        is_its = binding is not None and (binding.wallet, binding.issuer) == ("google", account.issuer_id)
        return binding if is_its else None

    async def _has_other_holders(self, binding: Binding, account: ServiceAccount, callback: Callback) -> bool:
        """Whether a pass that may be shared was removed by one of several: Google says of whom nothing, but that.

        While Google does not answer, it counts as removed: whoever still has it says so with the next save.
        """
        if binding.kind != "card" or not await self._is_shared(binding, account, callback):
            return False
        try:
            async with asyncio.timeout(_LOOK_SECONDS):
                found = await self._clients.client(account).get(
                    "loyaltyObject", callback.object_id, urgency=Urgency.REDEEM
                )
        except (GoogleTrouble, TimeoutError) as error:
            log.info("google.holders_unknown", binding=binding.id, error=type(error).__name__)
            return False
        return bool(found.get("hasUsers"))

    async def _is_shared(self, binding: Binding, account: ServiceAccount, callback: Callback) -> bool:
        program = split_class_name(split_issued_name(callback.class_id, issuer=account.issuer_id) or "")
        if program is None:
            return False
        thing = program_thing(program.subject_id)
        async with self._database.reading(binding.merchant_id) as tx:
            found = await bindings_of_things(
                tx, binding.merchant_id, issuer=account.issuer_id, things=[thing]
            )
        shown = found[thing].shown if thing in found else None
        status = None if shown is None else shown["document"].get("multipleDevicesAndHoldersAllowedStatus")
        return bool(status == "MULTIPLE_HOLDERS")


def _command(binding: Binding, callback: Callback) -> Command:
    """Named by its nonce: the ledger performs it once."""
    kind = MarkSaved if callback.event_type == "save" else MarkRemoved
    return kind(
        merchant_id=binding.merchant_id,
        actor=system_actor(binding.merchant_id),
        key=nonce_key(binding.issuer, callback.nonce),
        binding_id=binding.id,
    )
