"""Every error in one shape: application/problem+json for programs (RFC 9457), the same sentence on a page for people.

422 means a payload that cannot be read and nothing else; input never makes a 500 (ADR 0004).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import msgspec
import psycopg
import sqlalchemy as sa
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException, SerializationException, ValidationException
from litestar.response import Redirect, Template
from litestar.types import ExceptionHandlersMap

from cardamom.access.pages.doors import sign_in_address
from cardamom.db.refusals import refusal_for, sqlstate_of
from cardamom.kit.errors import (
    BodyTooDeep,
    Malformed,
    NotFound,
    NotJson,
    NotPermitted,
    NotSignedIn,
    Refused,
    TooLarge,
)
from cardamom.kit.i18n import _
from cardamom.web.heads import allowed

log = structlog.get_logger(__name__)

PROBLEM_JSON = "application/problem+json"
#: Paths whose callers are programs; everything else is read by people.
_FOR_PROGRAMS = ("/api/", "/apple/", "/healthz", "/readyz", "/metrics")
#: invalid text, out of range, bad encoding: the database would not take what somebody sent.
_DATA_EXCEPTION_CLASS = "22"
#: The name of the parameter in which every handler takes its body; it is no part of what was sent.
_BODY = "data"
#: "//elsewhere" and "/\elsewhere" lead to other servers.
_OWN_PATH = re.compile(r"/(?![/\\])")
_LOCATED = re.compile(r" - at `(\$[^`]*)`")


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """RFC 9457 with a stable code, the facts of the refusal, and the number under which the request was logged."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    facts: dict[str, Any] = {}
    request_id: str | None = None


class InternalError(Refused):
    """The fault is ours, and it was logged."""

    code = "internal_error"
    status = 500

    def sentence(self) -> str:
        return _("Something went wrong on our side. It was written down.")


class MethodNotAllowed(Refused):
    """The address exists, and does not take this method."""

    code = "method_not_allowed"
    status = 405

    def sentence(self) -> str:
        return _("This address does not accept this HTTP method.")


class MediaTypeUnsupported(Refused):
    """The body is of a type that this address does not read."""

    code = "media_type_unsupported"
    status = 415

    def sentence(self) -> str:
        return _("The type of this body is not supported.")


def problem_of(refusal: Refused, request_id: str | None) -> Problem:
    """The refusal as programs read it, in the language in force."""
    return Problem(
        type=f"/docs/errors#{refusal.code}",
        title=HTTPStatus(refusal.status).phrase,
        status=refusal.status,
        code=refusal.code,
        detail=refusal.sentence(),
        facts=refusal.facts,
        request_id=request_id,
    )


def exception_handlers() -> ExceptionHandlersMap:
    """What the application is given: one handler for everything that can be raised."""
    return {Exception: answer, RecursionError: answer}


def answer(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """The response to an exception; a fault of ours is logged with its trace, a refusal is not."""
    refusal = refusal_of(error)
    request_id = request.scope.get("state", {}).get("request_id")
    if refusal is None:
        log.error("request.failed", path_template=_template(request), request_id=request_id, exc_info=error)
        refusal = InternalError()
    headers = _headers(refusal, error)
    if "Allow" in headers:
        headers["Allow"] = allowed(request.app, request.url.path, headers["Allow"])
    if request.url.path.startswith(_FOR_PROGRAMS):
        body = problem_of(refusal, request_id)
        return Response(body, status_code=refusal.status, headers=headers, media_type=PROBLEM_JSON)
    if refusal.code == NotSignedIn.code:
        return Redirect(_sign_in_first(request), status_code=303, headers=headers)
    return _page(refusal, request_id, headers, back=_way_back(request, refusal))


def _sign_in_first(request: Request[Any, Any, Any]) -> str:
    """The sign-in page, with the way back to a page that was asked for; what was to be changed is not repeated."""
    if request.method != "GET":
        return sign_in_address("/app")
    query = request.scope["query_string"].decode("latin-1")
    return sign_in_address(f"{request.url.path}?{query}" if query else request.url.path)


def _way_back(request: Request[Any, Any, Any], refusal: Refused) -> str | None:
    """The page of ours with the form that sent too much: its fields were never read, so it cannot be shown again."""
    if refusal.status != HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return None
    try:
        sender = urlsplit(request.headers.get("referer", ""))
    except ValueError:
        return None
    if sender.netloc != request.headers.get("host") or _OWN_PATH.match(sender.path) is None:
        return None
    return f"{sender.path}?{sender.query}" if sender.query else sender.path


def _page(
    refusal: Refused, request_id: str | None, headers: Mapping[str, str], *, back: str | None
) -> Response[Any]:
    context = {"status": refusal.status, "sentence": refusal.sentence(), "request_id": request_id}
    if back is not None:
        context |= {"home_url": back, "home_label": _("Back")}
    return Template("error.html", context=context, status_code=refusal.status, headers=dict(headers))


def refusal_of(error: Exception) -> Refused | None:
    """The refusal that an exception stands for; None for a fault of ours."""
    match error:
        case Refused():
            return error
        case RecursionError():
            return BodyTooDeep()
        case ValidationException() | SerializationException() | msgspec.ValidationError():
            return _unreadable(error)
        case msgspec.DecodeError() | UnicodeDecodeError():
            return NotJson()
        case HTTPException():
            return _of_status(error)
        case psycopg.Error() | sa.exc.SQLAlchemyError():
            if _is_about_data(error):
                return Malformed()
            return refusal_for(error)
    return None


def _is_about_data(error: Exception) -> bool:
    """Whether a value was refused: by the server, or by the driver, which has no SQLSTATE for a NUL in a text."""
    original = error.orig if isinstance(error, sa.exc.DBAPIError) else error
    return isinstance(original, psycopg.DataError) or (sqlstate_of(error) or "").startswith(
        _DATA_EXCEPTION_CLASS
    )


def _unreadable(error: Exception) -> Refused:
    """A body or parameter that does not fit: where, never what was sent."""
    # Litestar wraps what the decoder said, and the wrapper once more.
    cause: BaseException | None = error.__cause__
    while cause is not None and cause.__cause__ is not None:
        cause = cause.__cause__
    if isinstance(cause, RecursionError):
        return BodyTooDeep()
    if isinstance(cause, msgspec.DecodeError) and not isinstance(cause, msgspec.ValidationError):
        return NotJson()
    found = _LOCATED.search(str(cause or error))
    if found is not None:
        field = found[1].removeprefix("$.").removeprefix(_BODY).lstrip(".")
        return Malformed(field=field) if field[:1].isalpha() else Malformed()
    extra = getattr(error, "extra", None)
    if isinstance(extra, list) and extra and isinstance(extra[0], dict):
        key = extra[0].get("key", _BODY)
        return Malformed() if key == _BODY else Malformed(field=str(key))
    return Malformed()


def _of_status(error: HTTPException) -> Refused | None:
    match error.status_code:
        case 400 | 422:
            return _unreadable(error)
        case 401:
            return NotSignedIn()
        case 403:
            return NotPermitted()
        case 404:
            return NotFound()
        case 405:
            return MethodNotAllowed()
        case 413:
            return TooLarge()
        case 415:
            return MediaTypeUnsupported()
    return None


def _headers(refusal: Refused, error: Exception) -> dict[str, str]:
    headers = {"Cache-Control": "no-store"}
    if "retry_after_seconds" in refusal.facts:
        headers["Retry-After"] = str(refusal.facts["retry_after_seconds"])
    if refusal.status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    given = getattr(error, "headers", None)
    if given and "allow" in given:
        headers["Allow"] = given["allow"]
    return headers


def _template(request: Request[Any, Any, Any]) -> str:
    """The route, not the path: a path may hold a capability."""
    return str(request.scope.get("path_template", ""))
