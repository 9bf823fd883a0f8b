"""`/apple/v1`: the PassKit web service, which phones ask for the passes that they hold.

The addresses, the statuses and the header `Authorization: ApplePass <token>` are Apple's (PassKit web service). A pass
says `<base>/apple` as its webServiceURL and phones append `/v1/…`; some append it with two slashes, which are one here.
"""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any, Final

import msgspec
from litestar import Controller, Request, Response, delete, get, post, route
from litestar.response.base import ASGIResponse
from litestar.types import ControllerRouterHandler

from cardamom.access.csrf import UNGUESSABLE
from cardamom.access.identity import Identity
from cardamom.access.permissions import PUBLIC
from cardamom.kit.errors import NotFound
from cardamom.wallet.apple.bundle import PKPASS
from cardamom.wallet.apple.device_log import MOST_BYTES, DeviceLog
from cardamom.wallet.apple.registering import News, PassDesk, Shown, modified
from cardamom.wallet.apple.serving import ApplePasses
from cardamom.wallet.bindings import Binding
from cardamom.wallet.errors import PassTokenWrong

AnyRequest = Request[Any, Any, Any]

#: `{"pushToken": "…"}` and nothing else.
_REGISTRATION_BYTES: Final = 4_096
#: A pass is somebody's own, and phones keep it themselves.
_PRIVATE: Final = {"Cache-Control": "private, no-store"}


class _PushToken(msgspec.Struct):
    """The body of a registration. The name is Apple's."""

    push_token: str = msgspec.field(name="pushToken", default="")


_body = msgspec.json.Decoder(_PushToken)


def answer_wrong_token(_request: AnyRequest, _error: PassTokenWrong) -> Response[bytes]:
    """401, whatever was wrong with the header."""
    return Response(b"", status_code=401, headers={**_PRIVATE, "WWW-Authenticate": "ApplePass"})


class PassKitService(Controller):
    """Every endpoint of the protocol."""

    path = "/apple/v1"
    include_in_schema = False
    # Phones send no cookies; the token in the header, or the device's identifier in the address, is the secret.
    opt = {"permission": PUBLIC, "csrf": UNGUESSABLE, "no_gzip": True}
    exception_handlers = {PassTokenWrong: answer_wrong_token}

    @post(
        "/devices/{device:str}/registrations/{pass_type:str}/{serial:str}",
        request_max_body_size=_REGISTRATION_BYTES,
    )
    async def register(
        self, request: AnyRequest, device: str, pass_type: str, serial: str, pass_desk: PassDesk
    ) -> Response[bytes]:
        """A phone installed the pass and wants to be told of changes: 201 for a new device, 200 for a known one."""
        token = _push_token(await request.body())
        is_new = await pass_desk.register(_shown(request, pass_type, serial), device=device, push_token=token)
        return Response(b"", status_code=201 if is_new else 200)

    @delete("/devices/{device:str}/registrations/{pass_type:str}/{serial:str}", status_code=200)
    async def unregister(
        self, request: AnyRequest, device: str, pass_type: str, serial: str, pass_desk: PassDesk
    ) -> Response[bytes]:
        """A phone removed the pass, or does not want to be told any more."""
        await pass_desk.unregister(_shown(request, pass_type, serial), device=device)
        return Response(b"", status_code=200)

    @get("/devices/{device:str}/registrations/{pass_type:str}")
    async def list_changed(
        self, request: AnyRequest, device: str, pass_type: str, pass_desk: PassDesk
    ) -> Response[News] | Response[bytes]:
        """The passes that changed since the tag, all of them; 204 when there are none."""
        tag = request.query_params.get("passesUpdatedSince")
        news = await pass_desk.news(pass_type=pass_type, device=device, tag=tag)
        if news is None:
            return Response(b"", status_code=204, headers=_PRIVATE)
        return Response(news, headers=_PRIVATE)

    @get("/passes/{pass_type:str}/{serial:str}")
    async def fetch(
        self,
        request: AnyRequest,
        pass_type: str,
        serial: str,
        pass_desk: PassDesk,
        apple_passes: ApplePasses,
    ) -> Response[bytes]:
        """The pass as it is now; 304 where the phone has it. Raises WalletNotConfigured without a certificate."""
        async with pass_desk.opened(_shown(request, pass_type, serial)) as (tx, binding):
            faces = None if _has_newest(request, binding) else await apple_passes.faces(tx, binding)
        content = None if faces is None else await apple_passes.signed(binding, faces)
        await pass_desk.has_seen(binding)
        if content is None:
            return Response(b"", status_code=304, headers=_validators(binding))
        return Response(content, media_type=PKPASS, headers=_validators(binding))

    @route("/passes/{pass_type:str}/{serial:str}", http_method="HEAD")
    async def look(
        self, request: AnyRequest, pass_type: str, serial: str, pass_desk: PassDesk
    ) -> ASGIResponse:
        """What `fetch` would say of it, without the pass. Not documented, and some phones ask."""
        binding = await pass_desk.pass_shown(_shown(request, pass_type, serial))
        status = 304 if _has_newest(request, binding) else 200
        # Any length but that of the pass would be wrong, and nobody knows that one without signing it.
        headers = {**_validators(binding), "Content-Type": PKPASS}
        return ASGIResponse(status_code=status, headers=headers, is_head_response=True)

    @post("/passes/{pass_type:str}/{serial:str}/personalize", request_max_body_size=None)
    async def personalise(
        self, request: AnyRequest, pass_type: str, serial: str, pass_desk: PassDesk
    ) -> Response[bytes]:
        """Enrolment at an NFC reader, which no pass of ours asks for. Raises NotFound, once the token is right."""
        await pass_desk.pass_shown(_shown(request, pass_type, serial))
        raise NotFound

    @post("/log", request_max_body_size=None)
    async def write_log(
        self, request: AnyRequest, identity: Identity, device_log: DeviceLog
    ) -> Response[bytes]:
        """What a phone complains about. 200 always: a phone that is refused here would complain about that."""
        if device_log.may_speak(identity.address_of(request.scope)):
            device_log.take(await _read_at_most(request, MOST_BYTES))
        return Response(b"", status_code=200)


def _shown(request: AnyRequest, pass_type: str, serial: str) -> Shown:
    return Shown(pass_type=pass_type, serial=serial, authorization=request.headers.get("authorization"))


def _push_token(body: bytes) -> str:
    """ "" for a body that has none: what is wrong is said after the pass's token was looked at."""
    try:
        return _body.decode(body).push_token
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ""


def _has_newest(request: AnyRequest, binding: Binding) -> bool:
    """Whether the date that the phone shows is not before the last change (RFC 9110, section 13.1.3)."""
    said = request.headers.get("if-modified-since")
    if said is None:
        return False
    try:
        since: datetime = parsedate_to_datetime(said[:64])
    except (ValueError, OverflowError):
        return False
    if since.tzinfo is None:
        since = since.replace(tzinfo=UTC)
    return modified(binding) <= since


def _validators(binding: Binding) -> dict[str, str]:
    """Last-Modified as an IMF-fixdate (RFC 9110, section 5.6.7)."""
    return {**_PRIVATE, "Last-Modified": format_datetime(modified(binding).astimezone(UTC), usegmt=True)}


async def _read_at_most(request: AnyRequest, limit: int) -> bytes | None:
    """The body, or None for one that is larger, of which the rest is left unread."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            return None
    return body


routes: list[ControllerRouterHandler] = [PassKitService]
