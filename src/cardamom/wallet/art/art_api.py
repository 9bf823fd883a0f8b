"""`/art/{hash}/{view}`: pictures by the hash of what is on them. An address, once given, is answered for ever."""

from __future__ import annotations

from typing import Any, Final

from litestar import Request, Response, get

from cardamom.access.permissions import PUBLIC
from cardamom.kit.errors import NotFound
from cardamom.wallet.art.drawing import HASH_LENGTH, is_possible, read_order
from cardamom.wallet.wallets import Wallets

#: What is behind an address never changes, so nobody has to ask twice.
KEPT_FOREVER: Final = "public, max-age=31536000, immutable"


@get(
    "/art/{drawing:str}/{view:str}",
    opt={"permission": PUBLIC, "no_gzip": True},
    include_in_schema=False,
)
async def serve_art(
    request: Request[Any, Any, Any], drawing: str, view: str, wallets: Wallets
) -> Response[bytes]:
    """A PNG file. Raises NotFound for a hash that we never gave out, and for a state that there is not."""
    art, order = wallets.art, read_order(view)
    if order is None or len(drawing) != HASH_LENGTH:
        raise NotFound
    found = await art.store.find(drawing)
    if not is_possible(found, order):
        raise NotFound
    headers = {"Cache-Control": KEPT_FOREVER, "ETag": f'"{drawing}-{order.file_name}"'}
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(b"", status_code=304, headers=headers)
    uploads = await art.store.uploads(found)
    [content] = await art.studio.drawn(found, [order], uploads, name=drawing)
    return Response(content, media_type="image/png", headers=headers)


routes = [serve_art]
