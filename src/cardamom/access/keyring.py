"""From a bearer key to its actor: the first step of every API call, so it is remembered for a few seconds."""

import hashlib
from typing import Final

from async_lru import alru_cache

from cardamom.access.keys import KEY_PREFIX
from cardamom.access.queries import live_key_by_hash
from cardamom.db.database import Database, enter_merchant
from cardamom.kit.actor import Actor, ActorKind
from cardamom.kit.errors import NotFound, NotSignedIn
from cardamom.kit.signing import hash_secret
from cardamom.merchants.queries import merchant_id_by_handle
from cardamom.merchants.rules import HANDLE_LENGTH

#: How long another process may honour a key that was revoked.
CACHE_SECONDS: Final = 5.0
_CACHE_SIZE = 8_192
_HEADER_MAXIMUM = 200
_SCHEME = "bearer "


class Keyring:
    """Actors by bearer key. A known key costs a hash and a look-up; many callers with a new one share one query."""

    def __init__(
        self, database: Database, *, seconds: float = CACHE_SECONDS, size: int = _CACHE_SIZE
    ) -> None:
        self._database = database
        self._actor = alru_cache(maxsize=size, ttl=seconds, key=_cache_key)(self._read)

    async def actor_for(self, header: str) -> Actor:
        """The actor of an Authorization header. Raises NotSignedIn for unknown, revoked and malformed alike.

        Only actors are remembered: a key that does not exist yet works as soon as it does.
        """
        if len(header) > _HEADER_MAXIMUM:
            raise NotSignedIn
        return await self._actor(header)

    def forget(self) -> None:
        """Read every key afresh in this process: one was revoked here."""
        self._actor.cache_clear()

    async def _read(self, header: str) -> Actor:
        secret = _secret_in(header)
        handle = _handle_in(secret)
        async with self._database.unscoped_reading_of_the_directory() as tx:
            try:
                merchant_id = await merchant_id_by_handle(tx, handle)
            except NotFound as error:
                raise NotSignedIn from error
            await enter_merchant(tx, merchant_id)
            key = await live_key_by_hash(tx, merchant_id, hash_secret(secret))
        if key is None:
            raise NotSignedIn
        return Actor(
            kind=ActorKind.API_KEY,
            id=key.id,
            merchant_id=merchant_id,
            permissions=frozenset(key.permissions),
            location_id=key.location_id,
            name=key.name,
        )


def _cache_key(header: str) -> bytes:
    """The secret itself is not kept in memory."""
    return hashlib.sha256(header.encode()).digest()


def _secret_in(header: str) -> str:
    if header[: len(_SCHEME)].lower() != _SCHEME:
        raise NotSignedIn
    return header[len(_SCHEME) :].strip()


def _handle_in(secret: str) -> str:
    """The merchant's handle in "cdm_<handle>_<random>"."""
    parts = secret.split("_")
    if len(parts) != 3 or parts[0] != KEY_PREFIX or len(parts[1]) != HANDLE_LENGTH or not parts[2].isalnum():
        raise NotSignedIn
    return parts[1]
