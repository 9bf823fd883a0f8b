"""From a bearer header to an actor, remembered for a few seconds."""

import asyncio

import pytest
import sqlalchemy as sa

from cardamom.access.keyring import Keyring
from cardamom.db.database import Database
from cardamom.kit.errors import NotSignedIn
from cardamom.ledger.writer import Ledger
from tests.access.test_keys import a_key
from tests.people import Everybody


@pytest.fixture
async def header(people: Everybody, ledger: Ledger) -> str:
    _key_id, secret = await a_key(ledger, people.owner)
    return f"Bearer {secret}"


@pytest.fixture
def statements(database: Database) -> list[str]:
    """What the web role sent since."""
    sent: list[str] = []
    engine = database._web.sync_engine

    @sa.event.listens_for(engine, "before_cursor_execute")
    def note(conn, cursor, statement, parameters, context, executemany):
        sent.append(statement)

    return sent


async def test_a_known_key_asks_no_database(header: str, database: Database, statements: list[str]):
    keyring = Keyring(database)
    actor = await keyring.actor_for(header)
    statements.clear()
    assert await keyring.actor_for(header) is actor
    assert statements == []


async def test_many_callers_with_a_new_key_share_one_look(
    header: str, database: Database, statements: list[str]
):
    keyring = Keyring(database)
    actors = await asyncio.gather(*(keyring.actor_for(header) for _caller in range(50)))
    assert len({id(actor) for actor in actors}) == 1
    assert len([statement for statement in statements if "api_key" in statement]) == 1


async def test_it_looks_again_after_its_time(header: str, database: Database, statements: list[str]):
    keyring = Keyring(database, seconds=0.05)
    await keyring.actor_for(header)
    await asyncio.sleep(0.1)
    statements.clear()
    await keyring.actor_for(header)
    assert statements != []


async def test_it_never_remembers_more_than_it_should(header: str, database: Database):
    keyring = Keyring(database, size=1)
    await keyring.actor_for(header)
    await keyring.actor_for(header.replace("Bearer", "bearer"))
    assert keyring._actor.cache_info().currsize == 1


async def test_a_key_that_was_unknown_works_as_soon_as_it_exists(
    people: Everybody, ledger: Ledger, database: Database
):
    keyring = Keyring(database)
    unknown = f"Bearer cdm_{people.owner.merchant.handle}_{'x' * 43}"
    with pytest.raises(NotSignedIn):
        await keyring.actor_for(unknown)
    assert keyring._actor.cache_info().currsize == 0


async def test_another_merchants_handle_does_not_make_a_key_good(
    header: str, people: Everybody, database: Database
):
    forged = header.replace(people.owner.merchant.handle, people.stranger.merchant.handle)
    with pytest.raises(NotSignedIn):
        await Keyring(database).actor_for(forged)


@pytest.mark.parametrize(
    "malformed",
    [
        "",
        "Bearer",
        "Bearer ",
        "Basic dXNlcjpwYXNz",
        "Bearer nonsense",
        "Bearer cdm_",
        "Bearer cdm_abcdefgh",
        "Bearer cdm_abcdefgh_",
        "Bearer cdm_abcdefgh_x y",
        "Bearer cdm_ABCDEFGH_' or 1=1",
        "Bearer cdm_abcdefgh_" + "x" * 10_000,
        "Bearer cdm_مقهىالهي_x",
        "Bearer \x00",
    ],
)
async def test_what_is_no_key_is_told_to_sign_in(database: Database, malformed: str):
    with pytest.raises(NotSignedIn):
        await Keyring(database).actor_for(malformed)
