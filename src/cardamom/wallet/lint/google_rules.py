"""What several fields of a class or an object must be together: the rules that Google's schema cannot say.

Source: Google Wallet REST reference and the pages "Rotating barcodes", "Auto-linked passes" and "Save links".
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from cardamom.kit.i18n import _
from cardamom.wallet.google.schema import Document, Kind, walk
from cardamom.wallet.lint.findings import Finding, error, warning
from cardamom.wallet.lint.json_shape import inside, short

_TIMES = re.compile(r"\{totp_value_(\d+)\}")
_SENT_STATES = ("UNDER_REVIEW", "DRAFT")
_BALANCES = frozenset({"string", "int", "double", "money"})
_ROWS = frozenset({"oneItem", "twoItems", "threeItems"})


def rule_findings(kind: Kind, document: Document) -> Iterator[Finding]:
    """Everything about a class or an object that its schema lets pass."""
    for schema, key, value, where in walk(kind, document):
        if isinstance(value, Mapping):
            yield from _part_findings(key, value, where)
        elif (schema, key) == ("ImageUri", "uri") and isinstance(value, str) and _is_private(value):
            sentence = _(
                "Google cannot fetch %(url)s, and a picture that it cannot fetch spoils the whole pass."
            )
            yield error("google_image_private", where, sentence % {"url": short(value)})
        elif key == "cardRowTemplateInfos":
            yield from _row_findings(_list(value), where)
    yield from _issuer_findings(document)
    yield from _link_findings(document)
    yield from _review_findings(document)
    yield from _code_findings(document)
    yield from _message_findings(document)


def _part_findings(key: str, value: Mapping[str, Any], where: str) -> Iterator[Finding]:
    if key == "balance" and len(value.keys() & _BALANCES) != 1:
        yield error("google_one_balance", where, _("A balance must have exactly one kind of value."))
    if key in {"validTimeInterval", "displayInterval"}:
        yield from _interval_findings(value, where)
    if {"sourceUri", "privateImageId"} & value.keys():
        yield from _image_findings(value, where)
    if "translatedValues" in value:
        yield from _translation_findings(value, where)


def _row_findings(rows: list[Any], where: str) -> Iterator[Finding]:
    for place, row in enumerate(rows):
        if isinstance(row, Mapping) and len(row.keys() & _ROWS) != 1:
            sentence = _("A row has exactly one of oneItem, twoItems and threeItems.")
            yield error("google_one_row", f"{where}[{place}]", sentence)


def _image_findings(image: Mapping[str, Any], where: str) -> Iterator[Finding]:
    if "sourceUri" in image and "privateImageId" in image:
        sentence = _("A picture has an address or the id of a private image, not both.")
        yield error("google_two_images", where, sentence)
    if not image.get("contentDescription"):
        sentence = _(
            "People who cannot see the picture do not learn what is on it: add a contentDescription."
        )
        yield warning("google_image_unsaid", where, sentence)


def _translation_findings(text: Mapping[str, Any], where: str) -> Iterator[Finding]:
    members = _list(text.get("translatedValues"))
    languages = [one.get("language") for one in members if isinstance(one, Mapping)]
    for language, count in Counter(map(str, languages)).items():
        if count > 1:
            sentence = _("There are two translations for %(language)s.") % {"language": short(language)}
            yield error("google_translated_twice", where, sentence)


def _interval_findings(interval: Mapping[str, Any], where: str) -> Iterator[Finding]:
    ends = [_instant(interval.get(end)) for end in ("start", "end")]
    start, end = ends
    if start is None or end is None:
        return
    if (start.tzinfo is None) != (end.tzinfo is None):
        sentence = _("Start and end both have an offset, or neither has one.")
        yield error("google_interval_offset", where, sentence)
    elif start >= end:
        yield error("google_interval_order", where, _("The end is not after the start."))


def _instant(value: object) -> datetime | None:
    date = value.get("date") if isinstance(value, Mapping) else None
    if not isinstance(date, str):
        return None
    try:
        # Nanoseconds are allowed there and unknown here.
        return datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", date))
    except ValueError:
        return None


def _issuer_findings(document: Document) -> Iterator[Finding]:
    issuer = _issuer(document.get("id"))
    named = [("classId", document.get("classId"))]
    for field in ("linkedObjectIds", "linkedOfferIds"):
        named += [(f"{field}[{place}]", one) for place, one in enumerate(_list(document.get(field)))]
    for where, identity in named:
        if issuer and _issuer(identity) not in {"", issuer}:
            sentence = _("%(id)s belongs to another issuer than this pass.") % {"id": short(identity)}
            yield error("google_other_issuer", where, sentence)


def _issuer(identity: object) -> str:
    return identity.partition(".")[0] if isinstance(identity, str) and "." in identity else ""


def _link_findings(document: Document) -> Iterator[Finding]:
    linked = [one for one in _list(document.get("linkedObjectIds")) if isinstance(one, str)]
    for identity, count in Counter(linked).items():
        if identity == document.get("id"):
            yield error("google_linked_self", "linkedObjectIds", _("A pass cannot be linked to itself."))
        if count > 1:
            sentence = _("%(id)s is linked twice.") % {"id": short(identity)}
            yield warning("google_linked_twice", "linkedObjectIds", sentence)


def _review_findings(document: Document) -> Iterator[Finding]:
    status = document.get("reviewStatus")
    if isinstance(status, str) and status.isupper() and status not in _SENT_STATES:
        sentence = _("Google sets %(status)s itself. Send UNDER_REVIEW with every change.")
        yield error("google_review_status", "reviewStatus", sentence % {"status": short(status)})


def _code_findings(document: Document) -> Iterator[Finding]:
    rotating = document.get("rotatingBarcode")
    if not isinstance(rotating, Mapping):
        return
    if document.get("barcode"):
        sentence = _(
            "A picture of the fixed code is as good as the card: leave it out beside the rotating one."
        )
        yield warning("google_fixed_code", "barcode", sentence)
    pattern, details = rotating.get("valuePattern"), rotating.get("totpDetails")
    keys = len(_list(details.get("parameters"))) if isinstance(details, Mapping) else 0
    used = [int(number) for number in _TIMES.findall(pattern)] if isinstance(pattern, str) else []
    if not used:
        sentence = _("The pattern has no {totp_value_0}, so the code never changes.")
        yield error("google_code_stands", "rotatingBarcode.valuePattern", sentence)
    elif max(used) >= keys:
        sentence = _("The pattern uses value %(number)s, and there is no key for it.") % {"number": max(used)}
        yield error("google_code_no_key", "rotatingBarcode.totpDetails.parameters", sentence)
    period = details.get("periodMillis") if isinstance(details, Mapping) else None
    if isinstance(period, str) and period.lstrip("-").isdigit() and int(period) <= 0:
        sentence = _("The period must be greater than zero.")
        yield error("google_out_of_range", "rotatingBarcode.totpDetails.periodMillis", sentence)


def _message_findings(document: Document) -> Iterator[Finding]:
    messages = [one for one in _list(document.get("messages")) if isinstance(one, Mapping)]
    ids = Counter(str(one["id"]) for one in messages if "id" in one)
    for identity, count in ids.items():
        if count > 1:
            sentence = _("Two messages have the id %(id)s.") % {"id": short(identity)}
            yield warning("google_message_twice", "messages", sentence)
    for place, one in enumerate(messages):
        if not (one.get("body") or one.get("localizedBody")):
            yield error(
                "google_message_empty", inside(f"messages[{place}]", "body"), _("The message is empty.")
            )


def _is_private(url: str) -> bool:
    """Whether an address is one that only this machine or this house can reach."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return False
    try:
        return not ip_address(host).is_global
    except ValueError:
        return host == "localhost" or host.endswith((".localhost", ".local", ".internal", ".test"))


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
