"""Our cookies, read from raw headers and written for one request's kind of address."""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from litestar.datastructures import Cookie

from cardamom.access.sessions import ABSOLUTE

SESSION_COOKIE: Final = "cardamom_session"
#: Means nothing but "the same browser": forms before signing in are bound to it.
VISITOR_COOKIE: Final = "cardamom_visitor"
#: Which language a reader chose with the switch.
LANGUAGE_COOKIE: Final = "cardamom_language"

_LONGEST = 200


def cookie_in(headers: Iterable[tuple[bytes, bytes]], name: str) -> str | None:
    """The value of a cookie of ours; None when it is absent, empty or longer than we ever made one."""
    for header, value in headers:
        if header == b"cookie":
            found = _pattern(name).search(value)
            if found is not None:
                return found[1].decode("ascii")
    return None


@lru_cache(maxsize=8)
def _pattern(name: str) -> re.Pattern[bytes]:
    return re.compile(rb"(?:^|;\s*)%s=([A-Za-z0-9_-]{1,%d})(?:;|\s|$)" % (name.encode(), _LONGEST))


def session_cookie(secret: str, *, secure: bool) -> Cookie:
    """Lives as long as a session may at most; the server ends it earlier when it is not used."""
    return _cookie(SESSION_COOKIE, secret, max_age=int(ABSOLUTE.total_seconds()), secure=secure)


def no_session_cookie(*, secure: bool) -> Cookie:
    """Tells the browser to forget the session."""
    return _cookie(SESSION_COOKIE, "", max_age=0, secure=secure)


def visitor_cookie_of(value: str, *, secure: bool) -> Cookie:
    """Lives until the browser is closed."""
    return _cookie(VISITOR_COOKIE, value, max_age=None, secure=secure)


def _cookie(name: str, value: str, *, max_age: int | None, secure: bool) -> Cookie:
    return Cookie(
        key=name, value=value, path="/", max_age=max_age, secure=secure, httponly=True, samesite="lax"
    )
