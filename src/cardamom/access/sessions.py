"""Who is signed in: server-side sessions. The cookie holds 256 random bits, the row their sha256.

Signing in is not a merchant's business and so is not in its books: these rows are written directly.
"""

from datetime import datetime, timedelta
from typing import Final

import msgspec
import sqlalchemy as sa
from async_lru import alru_cache

from cardamom.access.permissions import ROLES
from cardamom.access.queries import membership_of
from cardamom.access.schemas import Membership
from cardamom.access.tables import people, sessions
from cardamom.db.database import Database, enter_merchant
from cardamom.kit.actor import Actor, ActorKind
from cardamom.kit.clock import Clock, now
from cardamom.kit.signing import hash_secret, new_secret
from cardamom.kit.text import clean

#: A session that is not used ends after this, and any session after the longer one.
SLIDING: Final = timedelta(days=14)
ABSOLUTE: Final = timedelta(days=60)
#: A session in use is prolonged this often at most.
_TOUCH_AFTER: Final = timedelta(minutes=15)

#: How long another process may honour a session that was ended.
CACHE_SECONDS: Final = 2.0
_CACHE_SIZE = 4_096

_PREFIX = "cds"
_LONGEST = 100
_USER_AGENT_LIMIT = 200


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody signed in. `secret_hash` names the session and lets nobody in."""

    actor: Actor
    person_name: str
    language: str
    merchant_id: str
    secret_hash: bytes
    created_at: datetime
    seen_at: datetime
    expires_at: datetime


class SessionStore:
    """The sessions of every merchant's people."""

    def __init__(
        self, database: Database, *, clock: Clock = now, cache_seconds: float = CACHE_SECONDS
    ) -> None:
        self._database = database
        self._clock = clock
        self._found = alru_cache(maxsize=_CACHE_SIZE, ttl=cache_seconds)(self._read)

    async def begin(self, membership: Membership, *, user_agent: str) -> str:
        """Open a session and return the secret for the cookie. Clears away the person's old ones on the way."""
        secret = new_secret(_PREFIX)
        at = self._clock()
        row = {
            "secret_hash": hash_secret(secret),
            "person_id": membership.person_id,
            "merchant_id": membership.merchant_id,
            "created_at": at,
            "seen_at": at,
            "expires_at": at + SLIDING,
            "user_agent": clean(user_agent[:_USER_AGENT_LIMIT], limit=_USER_AGENT_LIMIT),
        }
        expired = sa.delete(sessions).where(
            sessions.c.person_id == membership.person_id, sessions.c.expires_at <= at
        )
        async with self._database.unscoped_writing_of_the_directory() as tx:
            await tx.execute(expired)
            await tx.execute(sa.insert(sessions).values(row))
        return secret

    async def find(self, secret: str) -> Session | None:
        """The session of a cookie; None when it ended, or its person may not come in any more. Prolongs it."""
        if len(secret) > _LONGEST:
            return None
        session = await self._found(hash_secret(secret))
        at = self._clock()
        if session is None or session.expires_at <= at:
            return None
        if at - session.seen_at >= _TOUCH_AFTER:
            await self._touch(session, at)
        return session

    async def end(self, secret: str) -> None:
        """Sign out: the session is gone."""
        secret_hash = hash_secret(secret)
        async with self._database.unscoped_writing_of_the_directory() as tx:
            await tx.execute(sa.delete(sessions).where(sessions.c.secret_hash == secret_hash))
        self._found.cache_invalidate(secret_hash)

    async def end_all_of(self, person_id: str) -> int:
        """Sign out everywhere. Returns how many sessions there were."""
        theirs = sa.delete(sessions).where(sessions.c.person_id == person_id)
        async with self._database.unscoped_writing_of_the_directory() as tx:
            ended = (await tx.execute(theirs.returning(sessions.c.secret_hash))).scalars().all()
        self._found.cache_clear()
        return len(ended)

    async def delete_expired(self) -> int:
        """For a nightly job. Returns how many there were."""
        expired = sa.delete(sessions).where(sessions.c.expires_at <= self._clock())
        async with self._database.unscoped_writing_of_the_directory() as tx:
            return (await tx.execute(expired)).rowcount

    def forget(self) -> None:
        """Read every session afresh in this process: roles or passwords were changed here."""
        self._found.cache_clear()

    async def _read(self, secret_hash: bytes) -> Session | None:
        row = (
            sa.select(sessions, people.c.name, people.c.language)
            .join_from(sessions, people, people.c.id == sessions.c.person_id)
            .where(sessions.c.secret_hash == secret_hash, people.c.disabled_at.is_(None))
        )
        async with self._database.unscoped_reading_of_the_directory() as tx:
            found = (await tx.execute(row)).mappings().first()
            if found is None:
                return None
            await enter_merchant(tx, found["merchant_id"])
            membership = await membership_of(tx, found["merchant_id"], found["person_id"])
        if membership is None:
            return None
        return Session(
            actor=_actor(membership, name=found["name"]),
            person_name=found["name"],
            language=found["language"],
            merchant_id=membership.merchant_id,
            secret_hash=secret_hash,
            created_at=found["created_at"],
            seen_at=found["seen_at"],
            expires_at=found["expires_at"],
        )

    async def _touch(self, session: Session, at: datetime) -> None:
        until = min(at + SLIDING, session.created_at + ABSOLUTE)
        one = sa.update(sessions).where(sessions.c.secret_hash == session.secret_hash)
        async with self._database.unscoped_writing_of_the_directory() as tx:
            await tx.execute(one.values(seen_at=at, expires_at=until))
        self._found.cache_invalidate(session.secret_hash)


def _actor(membership: Membership, *, name: str) -> Actor:
    return Actor(
        kind=ActorKind.PERSON,
        id=membership.person_id,
        merchant_id=membership.merchant_id,
        permissions=frozenset(ROLES[membership.role]),
        location_id=membership.location_id,
        name=name,
    )
