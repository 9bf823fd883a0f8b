"""HEAD: what GET would say, without the body (RFC 9110, section 9.3.2). Link checkers and previews ask with it.

A route may have a HEAD of its own, where the headers cost less than the body. An answer that never ends has none: a
route says so with `opt={"endless": True}`.
"""

from __future__ import annotations

from typing import cast

from litestar import Litestar
from litestar.exceptions import MethodNotAllowedException, NotFoundException
from litestar.types import Message, Method, RouteHandlerType, Scope, Send
from litestar.utils import normalize_path


def is_asked_as_get(app: Litestar, scope: Scope) -> bool:
    """Whether this is a HEAD that the handler of GET answers, or its refusal where there is none."""
    if scope.get("method") != "HEAD":
        return False
    return _handler(app, scope["path"], "HEAD") is None and not _is_endless(app, scope["path"])


def as_get(scope: Scope) -> Scope:
    """The same request as a GET. A copy: the server goes on knowing that it was HEAD."""
    return cast("Scope", {**scope, "method": "GET"})


def without_body(send: Send) -> Send:
    """Pass the headers on as they are, Content-Length among them, and one empty body at the end."""

    async def send_headers(message: Message) -> None:
        if message["type"] != "http.response.body":
            await send(message)
        elif not message.get("more_body", False):
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    return send_headers


def allowed(app: Litestar, path: str, methods: str) -> str:
    """The value of Allow for an address: the methods of its handlers, and HEAD where GET answers it."""
    names = methods.split(", ")
    if "GET" not in names or "HEAD" in names or _is_endless(app, path):
        return methods
    return ", ".join([*names, "HEAD"])


def _is_endless(app: Litestar, path: str) -> bool:
    handler = _handler(app, path, "GET")
    return handler is not None and bool(handler.opt.get("endless"))


def _handler(app: Litestar, path: str, method: Method) -> RouteHandlerType | None:
    """Who answers this method there, as the application's own router finds it."""
    try:
        return app.asgi_router.handle_routing(path=normalize_path(path), method=method)[1]
    except (MethodNotAllowedException, NotFoundException):
        return None
