"""Google Wallet on this machine: real HTTP on a loopback port, made from the discovery document.

    async with MockGoogle() as google:
        google.url                      "http://127.0.0.1:<port>": REST base, `/token`, `/gp/m/issuer/keys`
        google.issuer                   the issuer id, digits
        google.service_account()        JSON key file (dict) of a console user; its token_uri leads here
        google.stranger_account()       the same of an account that is no console user: 403
        google.store.documents          {"loyaltyObject": {id: document}}: what is kept (tests.wallet.google_store)
        google.store.now = lambda: t    another clock, in Unix seconds, for "a day later"
        google.calls                    every request: Call(method, path, kind, body, status)
        google.calls_of("PATCH", "loyaltyObject")

Faults, for the Wallet API and the token end point alike:
        google.fail(503, times=2)       the next requests are answered so; times=None: until `recover()`
        google.hang(times=1)            the next requests get no answer
        await google.go_down()          nobody listens any more; `await google.come_back()` at the same port
        google.recover()                no more faults
        google.requests_per_second      20, then 429; None switches it off
        google.revoke_tokens()          access tokens that were handed out answer 401

A customer, and what Google tells us then (`class.callbackOptions.url` says where; the test posts it):
        google.open_save_link(url)      verifies the JWT, saves its objects; returns the callbacks to post.
                                        Raises BadJwt or Refusal where Google shows "Something went wrong"
        google.image_status = f         f(url) -> status of each picture: one that is not 200 spoils the save link
        google.remove(object_id)        the holder deletes the pass; returns the callback to post
        google.signer.callback(...)     forgeries: see tests.wallet.google_console.CallbackSigner

Answers: 400 by the schema, 401, 403 for strangers, other issuers and the fourth notice of a day (reason
`quotaExceeded`), 404 for classes and objects, 409 on insert, 429 over the rate. PATCH merges objects and replaces
lists. UNDER_REVIEW becomes APPROVED at once; an approved class refuses changes that do not say UNDER_REVIEW again.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import re
import time
from collections import deque
from collections.abc import Callable
from typing import Any, Self
from urllib.parse import parse_qs

import msgspec

from cardamom.wallet.google.schema import Kind, check, discovery, walk
from tests.wallet.google_console import (
    MEMBER,
    STRANGER,
    BadJwt,
    CallbackSigner,
    read_jwt,
    service_account,
)
from tests.wallet.google_store import Document, Refusal, Store, class_kind, is_class
from tests.wallet.loopback import Answer, Loopback, Request

SCOPE = "https://www.googleapis.com/auth/wallet_object.issuer"
SAVE_LINK = "https://pay.google.com/gp/v/save/"
_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_TOKEN_SECONDS = 3600


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """A request that came in. path: without the query. kind: "" unless it is about a resource."""

    method: str
    path: str
    kind: str
    query: dict[str, str]
    body: Any
    status: int


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """A method of the discovery document."""

    method: str
    pattern: re.Pattern[str]
    kind: Kind
    action: str


def routes() -> list[Route]:
    """Every method of the trimmed discovery document."""
    made = []
    for resource in discovery()["resources"].values():
        for name, method in resource["methods"].items():
            pattern = re.escape("/" + method["path"]).replace(r"\{resourceId\}", "(?P<id>[^/]+)")
            kind = method["path"].split("/")[2]
            made.append(
                Route(method=method["httpMethod"], pattern=re.compile(pattern), kind=kind, action=name)
            )
    return made


class MockGoogle:
    """A Google Wallet with one issuer. See the module for what tests use."""

    def __init__(self, *, issuer: str = "3388000000012345678") -> None:
        self.issuer = issuer
        self.store = Store(issuer)
        self.signer = CallbackSigner()
        self.calls: list[Call] = []
        self.requests_per_second: int | None = 20
        #: What a 429 asks for.
        self.retry_after_seconds: int | None = None
        self.image_status: Callable[[str], int] = lambda _url: 200
        self._http = Loopback(self._reply)
        self._routes = routes()
        self._tokens: dict[str, tuple[str, float]] = {}
        self._numbers = itertools.count(1)
        self._recent: deque[float] = deque()
        self._faults: deque[int] = deque()
        self._lasting_fault: int | None = None

    async def __aenter__(self) -> Self:
        await self._http.listen()
        return self

    async def __aexit__(self, *_exception: object) -> None:
        await self.go_down()

    @property
    def url(self) -> str:
        """Where it listens."""
        return self._http.url

    def service_account(self) -> dict[str, str]:
        """The key file of an account that was invited in the console."""
        return service_account(MEMBER, token_uri=f"{self.url}/token")

    def stranger_account(self) -> dict[str, str]:
        """The key file of an account that was not."""
        return service_account(STRANGER, token_uri=f"{self.url}/token")

    def calls_of(self, method: str, kind: Kind) -> list[Call]:
        """The requests about one kind of resource."""
        return [call for call in self.calls if call.method == method and call.kind == kind]

    def fail(self, status: int, *, times: int | None = 1) -> None:
        """Answer the next requests with this status; times=None: all until `recover()`."""
        if times is None:
            self._lasting_fault = status
        else:
            self._faults.extend([status] * times)

    def hang(self, *, times: int | None = 1) -> None:
        """Do not answer the next requests at all."""
        self.fail(0, times=times)

    def recover(self) -> None:
        """Answer everything again."""
        self._faults.clear()
        self._lasting_fault = None

    async def go_down(self) -> None:
        """Nobody listens, and open connections are cut."""
        await self._http.close()

    async def come_back(self) -> None:
        """Listen again where it did."""
        await self._http.listen()

    def revoke_tokens(self) -> None:
        """Take back every access token."""
        self._tokens.clear()

    def open_save_link(self, url: str) -> list[Document]:
        """What happens when a holder opens a save link and agrees. Returns the callbacks that Google posts then."""
        if not url.startswith(SAVE_LINK):
            raise BadJwt("this is no save link")
        claims = self._save_claims(url.removeprefix(SAVE_LINK))
        self._insert_new(claims["payload"])
        saved = [
            (kind, self.store.get(kind, document["id"]))
            for kind, document in _resources(claims["payload"], "Object")
        ]
        for kind, kept in saved:
            self._fetch_images(kind, kept)
        callbacks = []
        for kind, kept in saved:
            kept["hasUsers"] = True
            callbacks.append(self._callback(kind, kept, "save"))
        return [one for one in callbacks if one]

    def _fetch_images(self, kind: Kind, kept: Document) -> None:
        """One picture that does not come, of the object or its class, and nothing is saved."""
        parent = self.store.get(class_kind(kind), kept["classId"])
        for part, document in ((kind, kept), (class_kind(kind), parent)):
            for schema, key, value, _where in walk(part, document):
                if (schema, key) == ("ImageUri", "uri") and self.image_status(value) != 200:
                    raise Refusal(400, "invalidResource", f"Image cannot be loaded: {value}")

    def remove(self, object_id: str) -> Document:
        """The holder deletes a pass. Returns the callback that Google posts then, {} without an address for it."""
        for kind, kept in self.store.documents.items():
            if not is_class(kind) and object_id in kept:
                kept[object_id]["hasUsers"] = False
                return self._callback(kind, kept[object_id], "del")  # type: ignore[arg-type]
        raise LookupError(object_id)

    def _callback(self, kind: Kind, document: Document, event: str) -> Document:
        parent = self.store.get(class_kind(kind), document["classId"])
        if not parent.get("callbackOptions", {}).get("url"):
            return {}
        message = self.signer.message(class_id=document["classId"], object_id=document["id"], event=event)
        return self.signer.callback(issuer=self.issuer, message=message)

    def _save_claims(self, jwt: str) -> Document:
        claims = read_jwt(jwt)
        if claims["iss"] != MEMBER:
            raise Refusal(403, "permissionDenied", "Service account is not a user of the issuer.")
        if claims.get("aud") != "google" or claims.get("typ") != "savetowallet":
            raise BadJwt("aud must be google and typ savetowallet")
        if not isinstance(claims.get("iat"), int) or not isinstance(claims.get("payload"), dict):
            raise BadJwt("iat or payload is missing")
        return claims

    def _insert_new(self, payload: Document) -> None:
        # A fat JWT never changes what exists already.
        for part in ("Class", "Object"):
            for kind, document in _resources(payload, part):
                is_reference = document.keys() <= {"id", "classId"}
                if not is_reference and document["id"] not in self.store.documents.get(kind, {}):
                    self.store.insert(kind, document)

    def _reply(self, request: Request) -> Answer | None:
        status, document = self._answer(request)
        headers = [("content-type", "application/json; charset=UTF-8")]
        if request.path == "/gp/m/issuer/keys":
            headers.append(("cache-control", "public, max-age=3600"))
        if status == 429 and self.retry_after_seconds is not None:
            headers.append(("retry-after", str(self.retry_after_seconds)))
        body = json.dumps(document).encode()
        return Answer(status=status, headers=tuple(headers), body=body) if status else None

    def _answer(self, request: Request) -> tuple[int, Document]:
        route, identity = self._route(request)
        body = _json(request)
        try:
            status, answer = 200, self._dispatch(request, route, identity, body)
        except Refusal as refusal:
            status, answer = refusal.status, refusal.body
        except BadJwt as bad:
            status, answer = 400, {"error": "invalid_grant", "error_description": str(bad)}
        self.calls.append(
            Call(
                method=request.method,
                path=request.path,
                kind=route.kind if route else "",
                query=request.query,
                body=body,
                status=status,
            )
        )
        return status, answer

    def _route(self, request: Request) -> tuple[Route | None, str]:
        for route in self._routes:
            if route.method == request.method and (match := route.pattern.fullmatch(request.path)):
                return route, match.groupdict().get("id", "")
        return None, ""

    def _dispatch(self, request: Request, route: Route | None, identity: str, body: Any) -> Document:
        if (request.method, request.path) == ("GET", "/gp/m/issuer/keys"):
            return self.signer.root_keys()
        self._meet_fault()
        if (request.method, request.path) == ("POST", "/token"):
            return self._hand_out_token(request)
        self._authenticate(request)
        self._count()
        if route is None:
            raise Refusal(404, "notFound", "Requested entity was not found.")
        if route.method in {"POST", "PUT", "PATCH"} and not isinstance(body, dict):
            raise Refusal(400, "parseError", "Invalid JSON payload received.")
        return self._act(route, identity, body, request.query)

    def _act(self, route: Route, identity: str, body: Any, query: dict[str, str]) -> Document:
        store, kind = self.store, route.kind
        match (route.kind, route.action):
            case ("jwt", "insert"):
                return self._insert_jwt(body)
            case ("jwt", "validate"):
                return self._validate_jwt(body)
            case (_, "get"):
                return store.get(kind, identity)
            case (_, "list"):
                return store.list(kind, query)
            case (_, "insert"):
                return store.insert(kind, body)
            case (_, "patch"):
                return store.patch(kind, identity, body)
            case (_, "update"):
                return store.update(kind, identity, body)
            case (_, "addmessage"):
                return {"resource": store.add_message(kind, identity, body)}
            case _:
                return store.link_offers(kind, identity, body)

    def _insert_jwt(self, body: Document) -> Document:
        if check("jwtResource", body):
            raise Refusal(400, "invalidResource", "jwt is missing.")
        self._insert_new(self._save_claims(body["jwt"])["payload"])
        return {"saveUri": f"{SAVE_LINK}{body['jwt']}", "resources": {}}

    def _validate_jwt(self, body: Document) -> Document:
        given = body.get("jsonResource", {}).get("json")
        payload = json.loads(given) if given else self._save_claims(body["jwtResource"]["jwt"])["payload"]
        payload = payload.get("payload", payload)
        for part in ("Class", "Object"):
            for kind, document in _resources(payload, part):
                wrong = [one for one in check(kind, document) if one.severity == "error"]
                if wrong:
                    raise Refusal(400, "invalidResource", f"{wrong[0].where}: {wrong[0].sentence}")
        return {}

    def _meet_fault(self) -> None:
        status = self._faults.popleft() if self._faults else self._lasting_fault
        if status is not None:
            reason = "rateLimitExceeded" if status == 429 else "backendError"
            raise Refusal(status, reason, "The service is currently unavailable.")

    def _count(self) -> None:
        now = time.monotonic()
        while self._recent and self._recent[0] <= now - 1:
            self._recent.popleft()
        if self.requests_per_second is not None and len(self._recent) >= self.requests_per_second:
            message = "Quota exceeded for quota metric 'Requests' and limit 'Requests per second'."
            raise Refusal(429, "rateLimitExceeded", message)
        self._recent.append(now)

    def _hand_out_token(self, request: Request) -> Document:
        form = {key: values[0] for key, values in parse_qs(request.body.decode()).items()}
        if form.get("grant_type") != _GRANT:
            raise BadJwt("unsupported grant type")
        claims, now = read_jwt(form.get("assertion", "")), self.store.now()
        if claims.get("aud") != f"{self.url}/token":
            raise BadJwt("Invalid JWT: aud is not this end point.")
        if SCOPE not in str(claims.get("scope", "")).split():
            raise BadJwt("Invalid scope.")
        issued, expires = claims.get("iat", 0), claims.get("exp", 0)
        if not issued - 60 <= now < expires or expires - issued > _TOKEN_SECONDS:
            raise BadJwt("Invalid JWT: Token must be a short-lived token (60 minutes).")
        token = f"ya29.mock-{next(self._numbers):06}"
        self._tokens[token] = (claims["iss"], now + _TOKEN_SECONDS)
        return {"access_token": token, "expires_in": _TOKEN_SECONDS - 1, "token_type": "Bearer"}

    def _authenticate(self, request: Request) -> None:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        account, until = self._tokens.get(token, ("", 0.0))
        if scheme != "Bearer" or until <= self.store.now():
            raise Refusal(401, "authError", "Request had invalid authentication credentials.")
        if account != MEMBER:
            message = f"Permission denied for issuer {self.issuer}: the account is not a user of it."
            raise Refusal(403, "permissionDenied", message)


def _json(request: Request) -> Any:
    with contextlib.suppress(ValueError):
        return json.loads(request.body)
    return None


def _resources(payload: Document, part: str) -> list[tuple[Kind, Document]]:
    """The classes or objects of a JWT's payload with their kinds."""
    plural = {"Class": "Classes", "Object": "Objects"}[part]
    families: tuple[str, ...] = ("loyalty", "offer", "generic")
    return [
        (f"{family}{part}", document)  # type: ignore[misc]
        for family in families
        for document in payload.get(f"{family}{plural}", ())
    ]
