"""Forms that only our own pages can send.

Every form carries a token that is an HMAC of the visitor's cookie (the session's, or before signing in one that means
nothing else), so another site can neither read it nor make it. Browsers also say where a request comes from, and what
comes from elsewhere is refused whatever it carries.
"""

import base64
import hmac
from typing import Any, Final
from urllib.parse import urlsplit

from litestar import Request
from litestar.connection import ASGIConnection

from cardamom.access.cookies import SESSION_COOKIE, VISITOR_COOKIE, cookie_in
from cardamom.access.errors import ForeignOrigin, FormOutOfDate

Connection = ASGIConnection[Any, Any, Any, Any]

FIELD: Final = "csrf_token"
HEADER: Final = "x-csrf-token"

#: `opt={"csrf": UNGUESSABLE}`: the address of this route is a secret that no other site knows, and no cookie of
#: ours lets anybody in there.
UNGUESSABLE: Final = "unguessable"

_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
_OWN_SITE = ("same-origin", "none")


class FormTokens:
    """Makes and compares the tokens of one installation."""

    def __init__(self, key: bytes) -> None:
        """key: the instance's."""
        self._key = hmac.digest(key, b"cardamom.forms", "sha256")

    def token(self, cookie: str) -> str:
        """The token of whoever holds this cookie."""
        mac = hmac.digest(self._key, cookie.encode(), "sha256")
        return base64.urlsafe_b64encode(mac).rstrip(b"=").decode()

    def belongs(self, token: str, cookie: str) -> bool:
        return hmac.compare_digest(token.encode(), self.token(cookie).encode())


async def require_own_form(connection: Connection, tokens: FormTokens, own_host: str | None) -> None:
    """Return when a request that changes something was made by a page of ours for this visitor.

    own_host: of the configured address, besides the one that the request names.
    Raises ForeignOrigin and FormOutOfDate.
    """
    require_own_origin(connection, own_host)
    holder = visitor_cookie(connection)
    token = await _token_of(connection)
    if holder is None or token is None or not tokens.belongs(token, holder):
        raise FormOutOfDate


def visitor_cookie(connection: Connection) -> str | None:
    """The cookie that a visitor's tokens are bound to."""
    headers = connection.scope["headers"]
    return cookie_in(headers, SESSION_COOKIE) or cookie_in(headers, VISITOR_COOKIE)


def require_own_origin(connection: Connection, own_host: str | None) -> None:
    """Return unless the browser says that another site sent this request; then raises ForeignOrigin.

    Browsers send Sec-Fetch-Site over https and to localhost, and Origin with nearly every POST. An Origin of "null"
    comes from pages that tell nobody their address, ours for customers among them: it says nothing.
    """
    site = connection.headers.get("sec-fetch-site")
    if site is not None:
        if site not in _OWN_SITE:
            raise ForeignOrigin
        return
    origin = connection.headers.get("origin", "null")
    if origin != "null" and urlsplit(origin).netloc not in (connection.headers.get("host"), own_host):
        raise ForeignOrigin


async def _token_of(connection: Connection) -> str | None:
    given = connection.headers.get(HEADER)
    if given is not None:
        return given
    if isinstance(connection, Request) and connection.headers.get("content-type", "").startswith(_FORMS):
        field = (await connection.form()).get(FIELD)
        return field if isinstance(field, str) else None
    return None
