"""The devices that have a pass, inside the ledger's transaction: the first one saves it, the last one removes it.

No operation holds a device's identifier or a push token: they stand in `wallet_registration` and go with it.
Lock order: the binding, the device's line in the directory.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar, Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from cardamom.db.metadata import Id
from cardamom.ledger.commands import Command
from cardamom.ledger.decisions import Decision, Occasion
from cardamom.ledger.handlers import Tx
from cardamom.wallet.bindings import Binding
from cardamom.wallet.errors import TooManyDevices
from cardamom.wallet.locking import facts_of, lock_binding, news_of, update_binding
from cardamom.wallet.tables import bindings, devices, registrations

#: A family with all its devices has a few; whoever has more is filling our tables.
MOST_DEVICES: Final = 100

_LINE = ("device", "issuer", "merchant_id")
_NEW_LINE = insert(devices)
#: The line is locked also where it is there already: somebody may be about to take it away.
_PUT_LINE = _NEW_LINE.on_conflict_do_update(index_elements=_LINE, set_={"issuer": _NEW_LINE.excluded.issuer})
_IS_LINE = (
    devices.c.device == sa.bindparam("device", type_=sa.LargeBinary),
    devices.c.issuer == sa.bindparam("issuer", type_=sa.Text),
    devices.c.merchant_id == sa.bindparam("merchant_id", type_=Id),
)
_LOCK_LINE = sa.select(devices.c.device).where(*_IS_LINE).with_for_update()
_TAKE_LINE = sa.delete(devices).where(*_IS_LINE)


class RegisterDevice(Command, frozen=True, kw_only=True):
    """A device has the pass and can be told of changes by this token. device_hash: see `bindings.device_hash`."""

    kind: ClassVar[str] = "wallet.register_device"

    binding_id: str
    device_hash: bytes
    push_token: str


class UnregisterDevice(Command, frozen=True, kw_only=True):
    """A device has the pass no more.

    push_token, not_after: where Apple's answer to a push says so, only a registration with this very token that is
    not younger than that counts (UTC).
    """

    kind: ClassVar[str] = "wallet.unregister_device"

    binding_id: str
    device_hash: bytes
    push_token: str | None = None
    not_after: datetime | None = None


class RegisterDeviceDeed:
    """The push token is stored each time: tokens change, and one may appear under several devices."""

    async def perform(self, tx: Tx, command: RegisterDevice, occasion: Occasion) -> Decision:
        """Facts: binding, card, wallet, kind, is_new: the device did not have the pass before.

        Raises PassUnknown and TooManyDevices.
        """
        binding = await lock_binding(tx, command.merchant_id, command.binding_id)
        if await _others(tx, command) >= MOST_DEVICES:
            raise TooManyDevices(limit=MOST_DEVICES)
        await _put_into_the_directory(tx, binding, command.device_hash)
        is_new = await _put_registration(tx, command, occasion)
        is_first = binding.state in {"issued", "removed"}
        # The copy that was fetched last need not be the one that a new device has: that may come from another device,
        # or from an old file that somebody kept.
        is_stale = binding.fetched < binding.wanted or (is_new and binding.modified_at > binding.created_at)
        await _after_registration(tx, binding, occasion, is_first=is_first, is_stale=is_stale)
        return Decision(
            facts={**facts_of(binding), "is_new": is_new},
            events=await news_of(tx, binding, "saved") if is_first else (),
        )


async def _others(tx: Tx, command: RegisterDevice) -> int:
    """How many other devices have the pass."""
    counted = sa.select(sa.func.count()).where(
        registrations.c.merchant_id == command.merchant_id,
        registrations.c.binding_id == command.binding_id,
        registrations.c.device != command.device_hash,
    )
    return int((await tx.sql.execute(counted)).scalar_one())


async def _put_registration(tx: Tx, command: RegisterDevice, occasion: Occasion) -> bool:
    """Whether the device is new to the pass. The binding is locked, so nobody registers it meanwhile."""
    known = await tx.sql.execute(
        sa.update(registrations)
        .where(*_registration(command))
        .values(push_token=command.push_token, registered_at=occasion.now)
    )
    if known.rowcount:
        return False
    await tx.sql.execute(
        sa.insert(registrations).values(
            merchant_id=command.merchant_id,
            binding_id=command.binding_id,
            device=command.device_hash,
            push_token=command.push_token,
            registered_at=occasion.now,
        )
    )
    return True


def _registration(command: RegisterDevice | UnregisterDevice) -> list[sa.ColumnElement[bool]]:
    return [
        registrations.c.merchant_id == command.merchant_id,
        registrations.c.binding_id == command.binding_id,
        registrations.c.device == command.device_hash,
    ]


async def _put_into_the_directory(tx: Tx, binding: Binding, device: bytes) -> None:
    line = {"device": device, "issuer": binding.issuer, "merchant_id": binding.merchant_id}
    await tx.sql.execute(_PUT_LINE, line)


async def _after_registration(
    tx: Tx, binding: Binding, occasion: Occasion, *, is_first: bool, is_stale: bool
) -> None:
    """The binding is saved, and due at once when the device has an older pass than there is."""
    changes: dict[str, Any] = {}
    if is_first:
        changes["state"] = "saved"
    if is_stale:
        changes |= {
            "sent": sa.func.least(bindings.c.sent, binding.wanted - 1),
            "next_try": occasion.now,
            "tries": 0,
        }
    if changes:
        await update_binding(tx, binding, **changes)


class UnregisterDeviceDeed:
    async def perform(self, tx: Tx, command: UnregisterDevice, occasion: Occasion) -> Decision:
        """Facts: binding, card, wallet, kind, is_last (whether no device has the pass now). Raises PassUnknown."""
        binding = await lock_binding(tx, command.merchant_id, command.binding_id)
        gone = sa.delete(registrations).where(*_registration(command))
        if command.push_token is not None:
            gone = gone.where(registrations.c.push_token == command.push_token)
        if command.not_after is not None:
            gone = gone.where(registrations.c.registered_at <= command.not_after)
        was_there = bool((await tx.sql.execute(gone)).rowcount)
        is_last = was_there and not await _is_registered(tx, binding)
        if was_there:
            await _take_from_the_directory(tx, binding, command.device_hash)
        is_removed = is_last and binding.state == "saved"
        if is_removed:
            await update_binding(tx, binding, state="removed", next_try=None)
        return Decision(
            facts={**facts_of(binding), "is_last": is_last},
            events=await news_of(tx, binding, "removed") if is_removed else (),
        )


async def _is_registered(tx: Tx, binding: Binding) -> bool:
    anybody = sa.select(registrations.c.device).where(
        registrations.c.merchant_id == binding.merchant_id, registrations.c.binding_id == binding.id
    )
    return (await tx.sql.execute(anybody.limit(1))).first() is not None


async def _take_from_the_directory(tx: Tx, binding: Binding, device: bytes) -> None:
    """Unless the device has another pass of this merchant under the same issuer.

    The line is locked first and the passes are looked at afterwards: a registration holds the same lock.
    """
    line = {"device": device, "issuer": binding.issuer, "merchant_id": binding.merchant_id}
    await tx.sql.execute(_LOCK_LINE, line)
    others = (
        sa.select(registrations.c.binding_id)
        .join(
            bindings,
            sa.and_(
                bindings.c.merchant_id == registrations.c.merchant_id,
                bindings.c.id == registrations.c.binding_id,
            ),
        )
        .where(
            registrations.c.merchant_id == binding.merchant_id,
            registrations.c.device == device,
            bindings.c.issuer == binding.issuer,
        )
    )
    if (await tx.sql.execute(others.limit(1))).first() is None:
        await tx.sql.execute(_TAKE_LINE, line)
