"""API keys: made once, shown once, stopped for ever."""

import msgspec
import pytest
import sqlalchemy as sa

from cardamom.access import queries, service
from cardamom.access.keyring import Keyring
from cardamom.access.schemas import NewApiKey
from cardamom.db.database import Database
from cardamom.kit.actor import ActorKind
from cardamom.kit.errors import KeyReused, NotFound, NotPermitted, NotSignedIn
from cardamom.kit.ids import new_id
from cardamom.ledger.tables import events, operations
from cardamom.ledger.writer import Ledger
from tests.people import Everybody, Somebody

TILL = NewApiKey(name="Till", permissions=["cards.stamp", "cards.read"])


async def a_key(ledger: Ledger, somebody: Somebody, new: NewApiKey = TILL, key: str = "k") -> tuple[str, str]:
    """The id of a new key and its secret."""
    made, secret = await service.create_key(
        ledger,
        actor=somebody.actor,
        merchant_id=somebody.merchant_id,
        handle=somebody.merchant.handle,
        new=new,
        key=key,
    )
    assert secret is not None
    return made.facts["key_id"], secret


async def test_a_key_acts_for_its_merchant_with_its_permissions(
    people: Everybody, ledger: Ledger, database: Database
):
    key_id, secret = await a_key(ledger, people.owner)
    assert secret.startswith(f"cdm_{people.owner.merchant.handle}_")
    actor = await Keyring(database).actor_for(f"Bearer {secret}")
    assert (actor.kind, actor.id, actor.merchant_id) == (ActorKind.API_KEY, key_id, people.owner.merchant_id)
    assert actor.permissions == {"cards.stamp", "cards.read"}


async def test_the_secret_is_given_once(people: Everybody, ledger: Ledger):
    first_id, _secret = await a_key(ledger, people.owner)
    again, nothing = await service.create_key(
        ledger,
        actor=people.owner.actor,
        merchant_id=people.owner.merchant_id,
        handle=people.owner.merchant.handle,
        new=TILL,
        key="k",
    )
    assert (again.facts["key_id"], nothing) == (first_id, None)
    with pytest.raises(KeyReused):
        await a_key(ledger, people.owner, msgspec.structs.replace(TILL, name="Other"))


async def test_neither_the_secret_nor_its_hash_is_in_the_books(
    people: Everybody, ledger: Ledger, database: Database
):
    _key_id, secret = await a_key(ledger, people.owner)
    async with database.reading(people.owner.merchant_id) as tx:
        facts = (await tx.execute(sa.select(operations.c.facts))).scalars().all()
        payloads = (await tx.execute(sa.select(events.c.payload))).scalars().all()
        (key,) = await queries.keys_of(tx, people.owner.merchant_id)
    written = msgspec.json.encode([facts, payloads]).decode()
    assert secret not in written
    assert key.prefix not in written
    assert secret.startswith(key.prefix)
    assert len(key.prefix) < len(secret) - 30


async def test_nobody_gives_a_key_more_than_they_have(people: Everybody, ledger: Ledger):
    with pytest.raises(NotPermitted):
        await a_key(ledger, people.staff)
    limited = msgspec.structs.replace(people.owner.actor, permissions=frozenset({"access.manage"}))
    with pytest.raises(NotPermitted) as refused:
        await service.create_key(
            ledger, actor=limited, merchant_id=people.owner.merchant_id, handle="x", new=TILL, key="k"
        )
    assert refused.value.facts == {"permission": "cards.read"}


async def test_a_revoked_key_is_unknown(people: Everybody, ledger: Ledger, database: Database):
    key_id, secret = await a_key(ledger, people.owner)
    keyring = Keyring(database)
    await keyring.actor_for(f"Bearer {secret}")
    for key in ("k1", "k2"):
        await service.revoke_key(
            ledger, actor=people.owner.actor, merchant_id=people.owner.merchant_id, key_id=key_id, key=key
        )
    keyring.forget()
    with pytest.raises(NotSignedIn):
        await keyring.actor_for(f"Bearer {secret}")
    async with database.reading(people.owner.merchant_id) as tx:
        told = (
            (await tx.execute(sa.select(events.c.type).where(events.c.subject_id == key_id))).scalars().all()
        )
    assert sorted(told) == ["api_key.created", "api_key.revoked"]


async def test_a_strangers_key_is_not_found(people: Everybody, ledger: Ledger, database: Database):
    key_id, _secret = await a_key(ledger, people.owner)
    stranger = people.stranger
    for wanted in (key_id, new_id(), "nonsense"):
        with pytest.raises(NotFound):
            await service.revoke_key(
                ledger, actor=stranger.actor, merchant_id=stranger.merchant_id, key_id=wanted, key=new_id()
            )
    async with database.reading(stranger.merchant_id) as tx:
        assert await queries.keys_of(tx, stranger.merchant_id) == []
