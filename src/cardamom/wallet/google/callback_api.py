"""`/google/callbacks`: where Google tells us that somebody saved or removed a pass (Google Wallet, "Use callbacks")."""

from __future__ import annotations

from typing import Any, Final

from litestar import Request, Response, post
from litestar.types import ControllerRouterHandler

from cardamom.access.csrf import UNGUESSABLE
from cardamom.access.permissions import PUBLIC
from cardamom.wallet.google.callbacks import MOST_BYTES
from cardamom.wallet.google.hearing import Callbacks
from cardamom.wallet.google.publishing import CALLBACK_PATH

_PRIVATE: Final = {"Cache-Control": "no-store"}


# Google sends no cookies; its signature is what lets it in.
@post(
    CALLBACK_PATH,
    opt={"permission": PUBLIC, "csrf": UNGUESSABLE},
    include_in_schema=False,
    request_max_body_size=MOST_BYTES,
    status_code=200,
)
async def hear_google(request: Request[Any, Any, Any], google_callbacks: Callbacks) -> Response[bytes]:
    """200 for what is from Google and for us, heard before or not; Google repeats everything else."""
    await google_callbacks.hear(await request.body())
    return Response(b"", headers=_PRIVATE)


routes: list[ControllerRouterHandler] = [hear_google]
