"""The deeds about API keys. A key's secret is known to its holder; here is its hash."""

from typing import ClassVar

import msgspec
import sqlalchemy as sa

from cardamom.access import events
from cardamom.access.tables import api_keys
from cardamom.kit.errors import NotFound
from cardamom.kit.ids import new_id
from cardamom.ledger.commands import Command
from cardamom.ledger.decisions import Decision, Occasion
from cardamom.ledger.handlers import Tx
from cardamom.merchants.tables import locations

KEY_PREFIX = "cdm"
#: How much of the secret itself the prefix shows: enough to tell two keys apart, useless for guessing.
_SHOWN_OF_SECRET = 4


def shown_prefix(secret: str) -> str:
    """What people recognise a key by: "cdm_k7m2p9xq_4vWz"."""
    start, _underscore, rest = secret.rpartition("_")
    return f"{start}_{rest[:_SHOWN_OF_SECRET]}"


class CreateKey(Command, frozen=True, kw_only=True):
    """prefix and secret_hash are new at every try and so are not part of what was asked for."""

    kind: ClassVar[str] = "api_key.create"

    name: str
    permissions: list[str]
    bound_to: str | None
    prefix: str
    secret_hash: bytes

    def fingerprint(self) -> bytes:
        return Command.fingerprint(msgspec.structs.replace(self, prefix="", secret_hash=b""))


class RevokeKey(Command, frozen=True, kw_only=True):
    kind: ClassVar[str] = "api_key.revoke"

    key_id: str


class CreateKeyDeed:
    async def perform(self, tx: Tx, command: CreateKey, occasion: Occasion) -> Decision:
        if command.bound_to is not None:
            place = sa.select(locations.c.id).where(
                locations.c.merchant_id == command.merchant_id, locations.c.id == command.bound_to
            )
            if (await tx.sql.execute(place)).first() is None:
                raise NotFound
        key_id = new_id()
        await tx.sql.execute(
            sa.insert(api_keys).values(
                merchant_id=command.merchant_id,
                id=key_id,
                name=command.name,
                prefix=command.prefix,
                secret_hash=command.secret_hash,
                permissions=command.permissions,
                location_id=command.bound_to,
                created_at=occasion.now,
            )
        )
        return Decision(
            facts={"key_id": key_id},
            events=[events.api_key_created(key_id, permissions=command.permissions)],
        )


class RevokeKeyDeed:
    async def perform(self, tx: Tx, command: RevokeKey, occasion: Occasion) -> Decision:
        one = sa.and_(api_keys.c.merchant_id == command.merchant_id, api_keys.c.id == command.key_id)
        live = sa.update(api_keys).where(one, api_keys.c.revoked_at.is_(None)).values(revoked_at=occasion.now)
        revoked = (await tx.sql.execute(live.returning(api_keys.c.id))).first()
        if revoked is None:
            if (await tx.sql.execute(sa.select(api_keys.c.id).where(one))).first() is None:
                raise NotFound
            return Decision(facts={"key_id": command.key_id})
        return Decision(facts={"key_id": command.key_id}, events=[events.api_key_revoked(command.key_id)])
