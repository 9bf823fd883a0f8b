"""Who makes a request: from a bearer key, or from the session's cookie.

`Identity` is the middleware that holds what is needed to find out. `permit` asks before every handler what
its route declared; services ask again with the merchant at hand.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, cast

import msgspec
from litestar import Litestar, Request
from litestar.datastructures import Cookie
from litestar.di import Provide
from litestar.exceptions import ImproperlyConfiguredException
from litestar.types import ASGIApp, HTTPResponseStartEvent, Receive, Scope, Send

from cardamom.access.addresses import client_address
from cardamom.access.cookies import SESSION_COOKIE, cookie_in, visitor_cookie_of
from cardamom.access.csrf import UNGUESSABLE, Connection, FormTokens, require_own_form, visitor_cookie
from cardamom.access.errors import IdempotencyKeyMalformed
from cardamom.access.keyring import Keyring
from cardamom.access.limits import Allowance, Buckets, RequestLimits, SignInLimits
from cardamom.access.passwords import Passwords
from cardamom.access.permissions import PUBLIC, SIGNED_IN, Permission
from cardamom.access.queries import is_set_up
from cardamom.access.require import ANONYMOUS
from cardamom.access.sessions import Session, SessionStore
from cardamom.access.setup_token import SetupToken
from cardamom.db.database import Database
from cardamom.db.settings import Settings
from cardamom.kit.actor import Actor
from cardamom.kit.errors import NotPermitted, NotSignedIn, TooManyRequests
from cardamom.kit.i18n import set_language
from cardamom.kit.signing import new_secret
from cardamom.ledger.commands import new_key
from cardamom.merchants.queries import merchant_by_id
from cardamom.merchants.rules import locale_of
from cardamom.merchants.schemas import Merchant

API: Final = "/api/"
_IDENTITY = "identity"
_CALLER = "caller"
_MERCHANT = "merchant"
_COOKIES = "cookies"
_ALLOWANCE = "allowance"
_PRIVATE = "private"

_READING = frozenset({"GET", "HEAD", "OPTIONS"})
_KEY = re.compile(rb"[\x21-\x7e]{1,255}")


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """Who makes this request. `session` is None for an API key and for nobody."""

    actor: Actor
    session: Session | None = None


class Identity:
    """What one process needs to know people, keys and forms; ASGI middleware around every route."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self.database = database
        self.keyring = Keyring(database)
        self.sessions = SessionStore(database)
        self.passwords = Passwords()
        self.sign_in_limits = SignInLimits(database, key=settings.secret_key)
        #: For limits on what strangers do: each act counts under a name of its own.
        self.visitor_buckets = Buckets(database, key=settings.secret_key, purpose="visitor_limits")
        self.request_limits = RequestLimits(per_second=settings.rate_limit)
        self.form_tokens = FormTokens(settings.secret_key)
        self.setup_token = SetupToken(settings.data)
        self.base_url = settings.base_url
        self.own_host = (
            None if settings.base_url is None else settings.base_url.partition("://")[2].partition("/")[0]
        )
        self._trusted_proxies = settings.trusted_proxies
        self._is_set_up = False

    def __call__(self, app: ASGIApp) -> ASGIApp:
        """What Litestar puts around a route. Raises what `permit` raises.

        Not a guard: Litestar copies the handler for every guard and request, which was a tenth of a scan's time.
        """

        async def identified(scope: Scope, receive: Receive, send: Send) -> None:
            scope["state"][_IDENTITY] = self
            if scope["type"] == "http":
                await permit(Request(scope, receive=receive, send=send), scope["route_handler"].opt)
            await app(scope, receive, send)

        return identified

    async def is_set_up(self) -> bool:
        """Whether anybody exists who could sign in; asked of the database until somebody does."""
        self._is_set_up = self._is_set_up or await is_set_up(self.database)
        return self._is_set_up

    def address_of(self, scope: Scope) -> str:
        """Where the visitor comes from, for limits; "" when nobody can tell."""
        peer = scope.get("client")
        return client_address(
            peer[0] if peer else None, scope["headers"], trusted_proxies=self._trusted_proxies
        )

    def is_secure(self, scope: Scope) -> bool:
        """Whether browsers reach us over https."""
        return scope["scheme"] == "https" or (self.base_url or "").startswith("https://")

    async def identify(self, scope: Scope) -> Caller:
        """Find out who calls. Raises NotSignedIn for a bad key and TooManyRequests for one that calls too often.

        An old or made-up session is nobody, without a refusal: browsers send cookies everywhere.
        """
        authorization = _authorization(scope)
        if authorization is not None:
            actor = await self.keyring.actor_for(authorization)
            self._count(actor, scope)
            return Caller(actor=actor)
        secret = cookie_in(scope["headers"], SESSION_COOKIE)
        session = None if secret is None else await self.sessions.find(secret)
        if session is None:
            return Caller(actor=ANONYMOUS)
        scope["state"][_PRIVATE] = True
        return Caller(actor=session.actor, session=session)

    def _count(self, actor: Actor, scope: Scope) -> None:
        try:
            scope["state"][_ALLOWANCE] = self.request_limits.take(str(actor.id))
        except TooManyRequests:
            scope["state"][_ALLOWANCE] = self.request_limits.exhausted
            raise


def identity_of(connection: Connection) -> Identity:
    """The process's `Identity`."""
    return cast(Identity, connection.scope["state"][_IDENTITY])


async def caller_of(connection: Connection) -> Caller:
    """Who makes this request; found out once."""
    state = connection.scope["state"]
    caller = state.get(_CALLER)
    if caller is None:
        caller = state[_CALLER] = await identity_of(connection).identify(connection.scope)
    return cast(Caller, caller)


def form_token(connection: Connection) -> str:
    """The token for a form on this page; gives a visitor without one the cookie that it belongs to."""
    identity, state = identity_of(connection), connection.scope["state"]
    state[_PRIVATE] = True
    holder = visitor_cookie(connection) or state.get("visitor")
    if holder is None:
        holder = state["visitor"] = new_secret("cdv")
        set_cookie(connection, visitor_cookie_of(holder, secure=identity.is_secure(connection.scope)))
    return identity.form_tokens.token(holder)


def set_cookie(connection: Connection, cookie: Cookie) -> None:
    """Send a cookie with whatever answer this request gets."""
    connection.scope["state"].setdefault(_COOKIES, []).append(cookie)


async def permit(connection: Request[Any, Any, Any], opt: Mapping[str, Any]) -> None:
    """Let a request pass to its handler or raise NotSignedIn, NotPermitted, ForeignOrigin or FormOutOfDate.

    A route declares `opt={"permission": …}`: PUBLIC, SIGNED_IN or a Permission. Whatever changes something on behalf
    of a cookie must come from a form of ours; `opt={"csrf": UNGUESSABLE}` excepts routes whose address is a secret.
    """
    method = connection.scope["method"]
    if method == "OPTIONS":
        return
    permission = opt["permission"]
    is_public = permission == PUBLIC
    caller = None if is_public else await caller_of(connection)
    if method not in _READING and opt.get("csrf") != UNGUESSABLE and _authorization(connection.scope) is None:
        if caller is not None and caller.session is None:
            raise NotSignedIn
        identity = identity_of(connection)
        await require_own_form(connection, identity.form_tokens, identity.own_host)
    if caller is None:
        return
    if caller.actor.merchant_id is None:
        raise NotSignedIn
    if permission != SIGNED_IN and permission not in caller.actor.permissions:
        raise NotPermitted(permission=str(permission))
    if caller.session is not None:
        await _speak(connection, caller.session)


async def _speak(request: Request[Any, Any, Any], session: Session) -> None:
    """Use the person's language unless they chose another; on pages, digits and calendar as the business prefers."""
    state = request.scope["state"]
    if not state.get("chosen_language"):
        state["language"] = session.language
    if request.scope["path"].startswith(API):
        set_language(state["language"])
        return
    merchant = await provide_merchant(request)
    set_language(
        locale_of(state["language"], merchant.region),
        numbering=merchant.preferences.numbering,
        calendar=merchant.preferences.calendar,
    )


def identity_dependencies() -> dict[str, Provide]:
    """What handlers may ask for by name."""
    return {
        "actor": Provide(provide_actor),
        "merchant_id": Provide(provide_merchant_id),
        "idempotency_key": Provide(provide_idempotency_key, sync_to_thread=False),
        "identity": Provide(provide_identity, sync_to_thread=False),
        "session": Provide(provide_session),
        "merchant": Provide(provide_merchant),
    }


async def provide_actor(request: Request[Any, Any, Any]) -> Actor:
    """Whoever makes the request; `require.ANONYMOUS` on public routes."""
    return (await caller_of(request)).actor


async def provide_merchant_id(request: Request[Any, Any, Any]) -> str:
    """The merchant that the actor acts for. Raises NotSignedIn where there is none."""
    merchant_id = (await caller_of(request)).actor.merchant_id
    if merchant_id is None:
        raise NotSignedIn
    return merchant_id


async def provide_session(request: Request[Any, Any, Any]) -> Session:
    """Somebody signed in by cookie: for pages. Raises NotSignedIn for everybody else."""
    session = (await caller_of(request)).session
    if session is None:
        raise NotSignedIn
    return session


async def provide_merchant(request: Request[Any, Any, Any]) -> Merchant:
    """The business of a page, as it is now. Raises NotSignedIn where there is none."""
    merchant = request.scope["state"].get(_MERCHANT)
    if merchant is None:
        merchant_id = await provide_merchant_id(request)
        async with identity_of(request).database.reading(merchant_id) as tx:
            merchant = request.scope["state"][_MERCHANT] = await merchant_by_id(tx, merchant_id)
    return cast(Merchant, merchant)


def provide_idempotency_key(request: Request[Any, Any, Any]) -> str:
    """The header Idempotency-Key, or a new key for a request that cannot be repeated.

    Raises IdempotencyKeyMalformed.
    """
    given = [value for name, value in request.scope["headers"] if name == b"idempotency-key"]
    if not given:
        return new_key()
    if len(given) > 1 or _KEY.fullmatch(given[0]) is None:
        raise IdempotencyKeyMalformed
    return given[0].decode("ascii")


def provide_identity(request: Request[Any, Any, Any]) -> Identity:
    return identity_of(request)


def check_routes(app: Litestar) -> None:
    """Raise ImproperlyConfiguredException when a route does not say who may use it."""
    silent = sorted({f"{path} ({name})" for path, name in _undeclared(app)})
    if silent:
        raise ImproperlyConfiguredException(f"Routes without a permission: {', '.join(silent)}.")


def _undeclared(app: Litestar) -> Iterator[tuple[str, str]]:
    known = {PUBLIC, SIGNED_IN, *Permission}
    for route in app.routes:
        for handler in getattr(route, "route_handlers", None) or [route.route_handler]:  # type: ignore[union-attr]
            is_automatic = set(getattr(handler, "http_methods", ())) == {"OPTIONS"}
            if not is_automatic and handler.opt.get("permission") not in known:
                yield route.path, handler.handler_name


def _authorization(scope: Scope) -> str | None:
    for name, value in scope["headers"]:
        if name == b"authorization":
            return value.decode("latin-1")
    return None


def add_headers(message: HTTPResponseStartEvent, state: dict[str, Any]) -> None:
    """What the frame around every answer says, refusals included: cookies, and how much more may be asked.

    Source: draft-ietf-httpapi-ratelimit-headers, version 10.
    """
    allowance = cast(Allowance | None, state.get(_ALLOWANCE))
    cookies = state.get(_COOKIES)
    if allowance is None and not cookies and not state.get(_PRIVATE):
        return
    headers = list(message["headers"])
    if allowance is not None:
        headers.append((b"ratelimit-policy", b'"key";q=%d;w=1' % allowance.limit))
        headers.append((b"ratelimit", b'"key";r=%d;t=%d' % (allowance.remaining, allowance.reset_seconds)))
    for cookie in cookies or ():
        headers.append((b"set-cookie", cookie.to_header(header="").encode("latin-1")))
    if state.get(_PRIVATE) and not any(name == b"cache-control" for name, _value in headers):
        headers.append((b"cache-control", b"no-store"))
    message["headers"] = headers
