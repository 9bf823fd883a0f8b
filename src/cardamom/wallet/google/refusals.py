"""Which of our errors an answer of Google is. The words to look for are those of Google Wallet's page "Error codes"."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx2
import msgspec

from cardamom.wallet.google.errors import (
    GoogleApiDisabled,
    GoogleDown,
    GoogleExists,
    GoogleNotAUser,
    GoogleNoticesUsedUp,
    GoogleNotPublished,
    GoogleQuota,
    GoogleRefusedAccount,
    GoogleRefusedDocument,
    GoogleTrouble,
    GoogleUnknown,
)

_MOST_MESSAGE = 300
#: Whatever an answer says, nobody is left alone for longer.
LONGEST_WAIT_SECONDS = 3_600.0
#: 403 is also said where others say 429.
_RATE_WORDS = ("ratelimitexceeded", "resource_exhausted", "requests per")
_NOTICE_WORDS = ("quotaexceeded", "quota exceeded for issuer")
_DISABLED_WORDS = ("accessnotconfigured", "service_disabled", "has not been used in project")
_PUBLISHING_WORDS = ("publish", "demo mode")


class _Reason(msgspec.Struct, frozen=True):
    reason: str = ""


class _Error(msgspec.Struct, frozen=True):
    message: str = ""
    status: str = ""
    errors: list[_Reason] = []


class _Body(msgspec.Struct, frozen=True):
    error: _Error = _Error()


def refusal_in(answer: httpx2.Response, *, account: str) -> GoogleTrouble:
    """What went wrong. account: the address of the service account, for whoever has to invite it."""
    error = _error_in(answer)
    match answer.status_code:
        case 401:
            return GoogleRefusedAccount()
        case 403:
            return _forbidden(error, answer, account)
        case 404:
            return GoogleUnknown()
        case 409:
            return GoogleExists()
        case 429:
            return GoogleQuota(**_wait(answer))
        case status if status >= 500:
            return GoogleDown(**_wait(answer))
        case _:
            return GoogleRefusedDocument(message=error.message[:_MOST_MESSAGE])


def retry_after(answer: httpx2.Response) -> float | None:
    """The header Retry-After in seconds (RFC 9110, section 10.2.3), an hour at most; None for none that can be read."""
    said = answer.headers.get("retry-after", "").strip()
    if said.isascii() and said.isdigit():
        return min(float(said), LONGEST_WAIT_SECONDS)
    try:
        at = parsedate_to_datetime(said)
    except (ValueError, OverflowError):
        return None
    at = at if at.tzinfo is not None else at.replace(tzinfo=UTC)
    return min(max(0.0, (at - datetime.now(UTC)).total_seconds()), LONGEST_WAIT_SECONDS)


def _forbidden(error: _Error, answer: httpx2.Response, account: str) -> GoogleTrouble:
    said = " ".join([error.message, error.status, *(each.reason for each in error.errors)]).lower()
    if any(word in said for word in _RATE_WORDS):
        return GoogleQuota(**_wait(answer))
    if any(word in said for word in _NOTICE_WORDS):
        return GoogleNoticesUsedUp()
    if "quota" in said:
        return GoogleQuota(**_wait(answer))
    if any(word in said for word in _DISABLED_WORDS):
        return GoogleApiDisabled()
    if any(word in said for word in _PUBLISHING_WORDS):
        return GoogleNotPublished()
    return GoogleNotAUser(account=account)


def _wait(answer: httpx2.Response) -> dict[str, float]:
    seconds = retry_after(answer)
    return {} if seconds is None else {"retry_after_seconds": seconds}


def _error_in(answer: httpx2.Response) -> _Error:
    """What the body says; a gateway in between may answer with anything."""
    try:
        return msgspec.json.decode(answer.content, type=_Body).error
    except (msgspec.DecodeError, UnicodeDecodeError):
        return _Error(message=answer.reason_phrase)
