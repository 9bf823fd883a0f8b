"""What every request gets before anything else looks at it: a number, and the language of whoever asks."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import cast
from urllib.parse import parse_qs

from litestar import Litestar
from litestar.types import LifeSpanReceive, LifeSpanScope, LifeSpanSend, Message, Receive, Scope, Send

from cardamom.access.cookies import LANGUAGE_COOKIE
from cardamom.access.identity import add_headers
from cardamom.kit.i18n import set_language
from cardamom.kit.ids import new_id
from cardamom.kit.languages import SUPPORTED, negotiate
from cardamom.web.assembly import request_address
from cardamom.web.heads import as_get, is_asked_as_get, without_body
from cardamom.web.security_headers import security_headers

_REPEATABLE = frozenset({b"set-cookie"})
_GIVEN_ID = re.compile(rb"[A-Za-z0-9._-]{8,64}")
_HOST = re.compile(r"[A-Za-z0-9.-]{1,253}(?::[0-9]{1,5})?|\[[0-9a-fA-F:.]{2,45}\](?::[0-9]{1,5})?")
_COOKIE = re.compile(rb"(?:^|;\s*)" + LANGUAGE_COOKIE.encode() + rb"=([a-z]{2})(?:;|$)")


class FramedLitestar(Litestar):
    """The application inside its frame: request id, language, HEAD, and the headers of every answer, errors included.

    Puts `request_id` and `language` into the request's state and sets the language in force. A header that a handler
    set stays. The language is, in this order: `?lang=`, the cookie that this sets, Accept-Language, English.

    Around the application and not a middleware of it, because a middleware does not see what no route matches.
    """

    async def __call__(
        self,
        scope: Scope | LifeSpanScope,
        receive: Receive | LifeSpanReceive,
        send: Send | LifeSpanSend,
    ) -> None:
        if scope["type"] == "http":
            if is_asked_as_get(self, scope):
                scope, send = as_get(scope), without_body(cast("Send", send))
            send = _framed(scope, cast("Send", send))
        await super().__call__(scope, receive, send)


def _framed(scope: Scope, send: Send) -> Send:
    """Look at a request before anything else does; what comes back says with the answer what has to be said."""
    accepted, cookie, given_id = _told(scope)
    request_id = given_id or new_id()
    asked = _asked(scope.get("query_string", b""))
    chosen = asked or _of_cookie(cookie)
    language = chosen or _negotiated(accepted)
    set_language(language)
    state = scope.setdefault("state", {})
    state["request_id"] = request_id
    state["chosen_language"] = chosen
    state["language"] = language
    request_address.set(_address(scope))
    said = [(b"x-request-id", request_id.encode()), *security_headers(scope["path"])]
    if asked:
        cookie_line = f"{LANGUAGE_COOKIE}={asked}; Path=/; Max-Age=31536000; SameSite=Lax"
        said.append((b"set-cookie", cookie_line.encode()))

    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            add_headers(message, state)
            given = list(message["headers"])
            names = {name for name, _ in given}
            message["headers"] = given + [header for header in said if header[0] not in names - _REPEATABLE]
        await send(message)

    return send_with_headers


def _told(scope: Scope) -> tuple[str, bytes, str | None]:
    """(Accept-Language, Cookie, a sound X-Request-Id) from the raw headers."""
    accepted, cookie, given_id = "", b"", None
    for name, value in scope["headers"]:
        if name == b"accept-language":
            accepted = value.decode("latin-1")[:200]
        elif name == b"cookie":
            cookie = value
        elif name == b"x-request-id" and _GIVEN_ID.fullmatch(value):
            given_id = value.decode("ascii")
    return accepted, cookie, given_id


def _address(scope: Scope) -> str:
    """The address that the request came to, for links where none is configured."""
    for name, value in scope["headers"]:
        if name == b"host":
            host = value.decode("latin-1")
            return f"{scope['scheme']}://{host}" if _HOST.fullmatch(host) else request_address.get()
    return request_address.get()


def _asked(query: bytes) -> str | None:
    if b"lang=" not in query:
        return None
    asked = parse_qs(query.decode("latin-1")).get("lang", [""])[-1]
    return asked if asked in SUPPORTED else None


def _of_cookie(cookie: bytes) -> str | None:
    found = _COOKIE.search(cookie) if cookie else None
    if found is None:
        return None
    language = found[1].decode()
    return language if language in SUPPORTED else None


@lru_cache(maxsize=1_000)
def _negotiated(accepted: str) -> str:
    return negotiate(accepted or None, offered=SUPPORTED)
