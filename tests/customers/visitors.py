"""Whoever sends requests to the application: a program with its key, or a browser of somebody who is signed in."""

import re
from typing import Any

from httpx import Response
from litestar.testing import AsyncTestClient

from cardamom.access.cookies import SESSION_COOKIE
from cardamom.access.csrf import FIELD
from cardamom.access.permissions import Permission
from cardamom.access.queries import membership_of
from cardamom.access.schemas import NewApiKey
from cardamom.access.service import create_key
from cardamom.access.sessions import SessionStore
from cardamom.db.database import Database
from cardamom.kit.ids import new_id
from cardamom.ledger.writer import Ledger
from tests.people import Somebody

Client = AsyncTestClient[Any]


class Visitor:
    """Sends its own headers with every request."""

    def __init__(self, client: Client, headers: dict[str, str]) -> None:
        self._client = client
        self._headers = headers

    async def get(self, path: str, **more: Any) -> Response:
        return await self._client.get(path, headers={**self._headers, **more.pop("headers", {})}, **more)

    async def post(self, path: str, **more: Any) -> Response:
        headers = {**self._headers, **more.pop("headers", {})}
        return await self._client.post(path, headers=headers, follow_redirects=False, **more)

    async def patch(self, path: str, **more: Any) -> Response:
        return await self._client.patch(path, headers=self._headers, **more)

    async def send(self, page: Response, path: str, **fields: str) -> Response:
        """Send the form of a page that leads to a path, with some fields filled in."""
        form = re.search(rf'<form[^>]* action="{re.escape(path)}".*?</form>', page.text, re.DOTALL)
        assert form is not None, page.text
        hidden = dict(re.findall(r'<input[^>]*name="([^"]+)" type="hidden" value="([^"]*)"', form[0]))
        hidden |= dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form[0]))
        assert FIELD in hidden
        return await self.post(path, data={**hidden, **fields})


async def program_of(ledger: Ledger, client: Client, who: Somebody) -> Visitor:
    """A program that may do what somebody may, except deciding who has access."""
    _, secret = await create_key(
        ledger,
        actor=who.actor,
        merchant_id=who.merchant_id,
        handle=who.merchant.handle,
        new=NewApiKey(name="POS", permissions=sorted(who.actor.permissions - {Permission.ACCESS_MANAGE})),
        key=new_id(),
    )
    return Visitor(client, {"Authorization": f"Bearer {secret}"})


async def browser_of(database: Database, client: Client, who: Somebody) -> Visitor:
    """Somebody signed in, with the browser's language set to theirs."""
    async with database.reading(who.merchant_id) as tx:
        membership = await membership_of(tx, who.merchant_id, who.id)
    assert membership is not None
    secret = await SessionStore(database).begin(membership, user_agent="tests")
    return Visitor(client, {"Cookie": f"{SESSION_COOKIE}={secret}", "Accept-Language": who.person.language})
