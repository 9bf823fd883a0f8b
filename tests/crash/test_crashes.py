"""Parts of a serving shop are killed with signal 9 while it is busy; then every acknowledged request is accounted for.

Clients send what was not answered again, with the same key, as the API asks them to. That is all they need to do.
"""

import asyncio
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cli.commands import cardamom
from tests.crash.accounting import account_for
from tests.crash.load import Load
from tests.crash.shop import Shop
from tests.db.conftest import a_folder

pytestmark = pytest.mark.crash


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """A data folder that the database's own user can reach."""
    with a_folder() as folder:
        yield folder


@pytest.fixture(scope="module")
def shop(home: Path) -> Iterator[Shop]:
    shop = Shop(home)
    with shop.open():
        shop.furnish()
        yield shop


@pytest.fixture(scope="module")
def load(shop: Shop) -> Load:
    """One for all tests: what was acknowledged before an earlier crash must outlive the later ones too."""
    return Load(shop)


async def kill_again_and_again(load: Load, kills: list[Callable[[], None]]) -> None:
    await load.progress(by=50)
    for kill in kills:
        await asyncio.sleep(random.uniform(0, 0.5))
        await asyncio.to_thread(kill)
        await load.progress(by=50)


async def test_a_killed_web_process_loses_and_doubles_nothing(shop: Shop, load: Load) -> None:
    kills = [shop.kill_a_web_worker, shop.kill_a_web_worker, shop.kill_the_web_process]
    await load.run(lambda load: kill_again_and_again(load, kills))
    account_for(load, shop)
    assert load.repeated > 0, "nobody noticed the crashes: they prove nothing"


async def test_a_killed_database_loses_and_doubles_nothing(shop: Shop, load: Load) -> None:
    before = load.repeated
    kills = [shop.kill_a_backend, shop.kill_the_database, shop.kill_a_backend, shop.kill_the_database]
    await load.run(lambda load: kill_again_and_again(load, kills))
    account_for(load, shop)
    assert load.repeated > before, "nobody noticed the crashes: they prove nothing"


async def test_everything_at_once(shop: Shop, load: Load) -> None:
    def kill() -> None:
        shop.kill_the_database()
        shop.kill_a_web_worker()

    await load.run(lambda load: kill_again_and_again(load, [kill]))
    account_for(load, shop)


async def test_who_missed_the_answer_gets_the_same_one(shop: Shop, load: Load) -> None:
    await load.send_again(most=300)
    account_for(load, shop)


async def test_the_books_are_sound(shop: Shop, load: Load) -> None:
    assert len(load.acknowledged) > 400
    done = await asyncio.to_thread(cardamom, "verify", "--data", str(shop.data))
    assert done.returncode == 0, done.stdout + done.stderr
