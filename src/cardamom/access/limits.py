"""How often something may be tried: sign-ins by rows that all processes share, API calls by a count in each process."""

import hashlib
import hmac
import ipaddress
import math
import time
from collections import OrderedDict
from collections.abc import Callable
from datetime import timedelta
from typing import Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from cardamom.access.errors import TooManySignIns
from cardamom.access.tables import buckets
from cardamom.db.database import Database
from cardamom.kit.clock import Clock, now
from cardamom.kit.errors import TooManyRequests


class Bucket(msgspec.Struct, frozen=True):
    """A token bucket: `capacity` tries at once, then one in `seconds`."""

    capacity: int
    seconds: float


PER_ADDRESS: Final = Bucket(20, 30.0)
PER_LOGIN: Final = Bucket(10, 60.0)

#: A bucket that was not touched for so long is full again.
_IDLE: Final = timedelta(days=1)


class Buckets:
    """Token buckets in rows that all processes share. Guarded updates: no process can overdraw another's bucket."""

    def __init__(self, database: Database, *, key: bytes, purpose: str, clock: Clock = now) -> None:
        """key: the instance's; what a bucket is for is stored only as its HMAC."""
        self._database = database
        self._key = hmac.digest(key, b"cardamom." + purpose.encode(), "sha256")
        self._clock = clock

    async def take(self, what: str, value: str, bucket: Bucket) -> int:
        """Take one token; 0 when it was there, else the seconds until there is one."""
        name, at = self._name(what, value), self._clock()
        first = insert(buckets).values(key=name, tokens=bucket.capacity - 1.0, filled_at=at)
        elapsed = sa.func.greatest(0.0, sa.extract("epoch", first.excluded.filled_at - buckets.c.filled_at))
        filled = sa.func.least(float(bucket.capacity), buckets.c.tokens + elapsed / bucket.seconds)
        taken = first.on_conflict_do_update(
            index_elements=["key"],
            set_={"tokens": filled - 1.0, "filled_at": first.excluded.filled_at},
            where=filled >= 1.0,
        ).returning(buckets.c.tokens)
        async with self._database.unscoped_writing_of_the_directory() as tx:
            if (await tx.execute(taken)).first() is not None:
                return 0
            left = (await tx.execute(sa.select(buckets).where(buckets.c.key == name))).mappings().first()
        if left is None:  # filled in the meantime
            return 1
        missing = 1.0 - left["tokens"] - (at - left["filled_at"]).total_seconds() / bucket.seconds
        return max(1, math.ceil(missing * bucket.seconds))

    async def fill(self, what: str, value: str) -> None:
        """Forget a bucket: it is full again."""
        async with self._database.unscoped_writing_of_the_directory() as tx:
            await tx.execute(sa.delete(buckets).where(buckets.c.key == self._name(what, value)))

    async def delete_idle(self) -> int:
        """For a nightly job: buckets of any purpose that are full again. Returns how many there were."""
        idle = sa.delete(buckets).where(buckets.c.filled_at < self._clock() - _IDLE)
        async with self._database.unscoped_writing_of_the_directory() as tx:
            return (await tx.execute(idle)).rowcount

    def _name(self, what: str, value: str) -> str:
        return hmac.new(self._key, f"{what}:{value}".encode(), hashlib.sha256).hexdigest()


class SignInLimits:
    """Tries to sign in, per address and per login."""

    def __init__(
        self,
        database: Database,
        *,
        key: bytes,
        clock: Clock = now,
        per_address: Bucket = PER_ADDRESS,
        per_login: Bucket = PER_LOGIN,
    ) -> None:
        self._buckets = Buckets(database, key=key, purpose="sign_in_limits", clock=clock)
        self._per_address = per_address
        self._per_login = per_login

    async def take(self, *, address: str, login: str) -> None:
        """Count one try before the password is looked at. Raises TooManySignIns."""
        await self._take("address", network_of(address), self._per_address)
        await self._take("login", login, self._per_login)

    async def give_back(self, *, login: str) -> None:
        """Somebody got in: their mistakes before that do not count against them. The address stays counted."""
        await self._buckets.fill("login", login)

    async def delete_idle(self) -> int:
        """For a nightly job: buckets that are full again. Returns how many there were."""
        return await self._buckets.delete_idle()

    async def _take(self, what: str, value: str, bucket: Bucket) -> None:
        wait = await self._buckets.take(what, value, bucket)
        if wait:
            raise TooManySignIns(retry_after_seconds=wait)


def network_of(address: str) -> str:
    """What one subscriber has: an IPv4 address, or the /64 of an IPv6 one."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address  # a Unix socket, or a test client: one bucket for all of them
    if isinstance(parsed, ipaddress.IPv6Address):
        return str(parsed.ipv4_mapped or ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)


class Allowance(msgspec.Struct, frozen=True):
    """What is left for a caller: calls now, and seconds until all of them are back."""

    limit: int
    remaining: int
    reset_seconds: int


class RequestLimits:
    """API calls per key and second, counted in this process only: two processes allow twice as many.

    per_second: 0 switches it off.
    """

    def __init__(
        self, *, per_second: int, size: int = 10_000, seconds: Callable[[], float] = time.monotonic
    ) -> None:
        self._limit = per_second
        self._size = size
        self._seconds = seconds
        #: key id -> (tokens, when), the one used last at the end.
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, key_id: str) -> Allowance | None:
        """Count one call; None where nothing is limited. Raises TooManyRequests."""
        limit = self._limit
        if limit == 0:
            return None
        at = self._seconds()
        tokens, before = self._buckets.pop(key_id, (float(limit), at))
        tokens = min(float(limit), tokens + (at - before) * limit)
        is_allowed = tokens >= 1.0
        tokens = tokens - 1.0 if is_allowed else tokens
        self._buckets[key_id] = (tokens, at)
        if len(self._buckets) > self._size:
            self._buckets.popitem(last=False)
        if not is_allowed:
            raise TooManyRequests(retry_after_seconds=1)
        return Allowance(limit, int(tokens), math.ceil((limit - tokens) / limit))

    @property
    def exhausted(self) -> Allowance:
        """What a caller has who was refused."""
        return Allowance(self._limit, 0, 1)
