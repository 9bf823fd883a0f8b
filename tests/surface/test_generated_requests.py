"""Requests that nobody would think of, made by schemathesis from the API's own document.

Right ones and wrong ones for every operation. Nothing is answered with 5xx, every answer is what the document says, and
what does not fit the document is refused.
"""

import asyncio
from collections.abc import Iterator

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.strategies import SearchStrategy
from litestar import Litestar
from litestar.testing import AsyncTestClient
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.python import asgi
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

from cardamom.cards.links import LinkMaker
from cardamom.db.database import Database
from cardamom.db.settings import Settings
from cardamom.ledger.writer import Ledger
from cardamom.web.app import create_app
from cardamom.web.assembly import register_all
from tests.database import empty_every_table
from tests.surface.shop import NOBODYS_GOOGLE, Shop, furnished
from tests.world import a_world

#: Small, the same in every run, and without a search for the smallest failure: one is small enough here.
ASKED = settings(
    max_examples=15,
    derandomize=True,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    negative_data_rejection,
]


class Served:
    """The application as schemathesis calls it, on an event loop of its own, with a furnished shop."""

    def __init__(self, app: Litestar, shop: Shop) -> None:
        self.headers = shop.headers
        self.named = shop.named
        self.schema = schemathesis.openapi.from_asgi("/api/v1/openapi.json", app)

    @property
    def operations(self) -> list[APIOperation]:
        return [found.ok() for found in self.schema.get_all_operations()]

    def ask(self, requests: SearchStrategy[Case]) -> int:
        """Send them with the shop's key and check the answers; how many were sent."""
        sent = 0

        @ASKED
        @given(case=requests)
        def send(case: Case) -> None:
            nonlocal sent
            sent += 1
            case.call_and_validate(headers=self.headers, checks=CHECKS)

        send()
        return sent


@pytest.fixture(scope="module")
def served(process_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    own = Settings(
        data=tmp_path_factory.mktemp("data"),
        secret_key=bytes(32),
        base_url="https://cards.example.org",
        wallet=NOBODYS_GOOGLE,
    )
    shop = asyncio.run(furnish(process_database_url, own))
    database = Database(process_database_url)
    yield Served(create_app(own, database), shop)
    asgi.shutdown_lifespans()
    asyncio.run(database.close())
    empty_every_table(process_database_url)


async def furnish(url: str, own: Settings) -> Shop:
    database = Database(url)
    ledger = Ledger(database)
    register_all(ledger, LinkMaker(bytes(32), lambda: "https://cards.example.org"))
    await ledger.start()
    async with AsyncTestClient(create_app(own, database)) as client:
        shop = await furnished(client, await a_world(ledger))
    await ledger.stop()
    await database.close()
    return shop


def test_right_requests(served: Served) -> None:
    for operation in served.operations:
        assert served.ask(operation.as_strategy(headers=dict(served.headers))), operation.label


def test_right_requests_for_real_things(served: Served) -> None:
    """With the ids of what is there: a request for nothing does not get far."""
    seen = 0
    for operation in served.operations:
        named = {name: value for name, value in served.named.items() if f"{{{name}}}" in operation.path}
        if named:
            strategy = operation.as_strategy(path_parameters=named, headers=dict(served.headers))
            assert served.ask(strategy), operation.label
            seen += 1
    assert seen > 18


def test_wrong_requests(served: Served) -> None:
    for operation in served.operations:
        # Where there is nothing else to be wrong, the key is.
        headers = dict(served.headers) if len(operation.body) or len(operation.query) else None
        strategy = operation.as_strategy(generation_mode=GenerationMode.NEGATIVE, headers=headers)
        assert served.ask(strategy), operation.label
