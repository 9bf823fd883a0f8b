"""Everything that can be said of a Google pass without Google: a resource, the payload of a save link, or the link.

Takes whatever somebody has in a file, finds out what it is, and never raises.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from typing import Any, get_args

import msgspec

from cardamom.kit.i18n import _
from cardamom.wallet.google.schema import Document, Kind, check, discovery
from cardamom.wallet.lint.findings import Finding, error, joined, warning
from cardamom.wallet.lint.google_rules import rule_findings
from cardamom.wallet.lint.json_shape import NotJson, inside, read_json, read_object, short

SAVE_LINK = "https://pay.google.com/gp/v/save/"
#: Browsers and mail programs cut longer addresses (Google Wallet, "JWT maximum length").
MOST_LINK_CHARACTERS = 1_800

#: Where the payload of a save link keeps its passes.
_PLURALS: Mapping[str, Kind] = {
    "loyaltyClasses": "loyaltyClass",
    "loyaltyObjects": "loyaltyObject",
    "offerClasses": "offerClass",
    "offerObjects": "offerObject",
    "genericClasses": "genericClass",
    "genericObjects": "genericObject",
}
_RESOURCES: tuple[Kind, ...] = tuple(_PLURALS.values())
_CLAIMS = {"iss", "aud", "typ", "iat", "payload", "origins"}
_ORIGIN = re.compile(r"https://[^/\s]+|http://localhost(:\d+)?")


def lint_google_file(content: bytes) -> list[Finding]:
    """Of the bytes of a file: JSON, or a save link."""
    if content.strip().startswith(SAVE_LINK.encode()):
        return lint_save_link(content.strip().decode("ascii", "replace"))
    try:
        document, twice = read_json(content)
    except NotJson as broken:
        return [error("json_unreadable", "", str(broken))]
    sentence = _("This key is there twice; readers may take either.")
    return [*(error("json_key_twice", key, sentence) for key in twice), *lint_google(document)]


def lint_google(document: Any) -> list[Finding]:
    """Of JSON that is a class, an object, a message, the claims or the payload of a save link, or a list of these."""
    if isinstance(document, list):
        return [
            msgspec.structs.replace(finding, where=joined(f"[{place}]", finding.where))
            for place, one in enumerate(document)
            for finding in lint_google(one)
        ]
    if not isinstance(document, Mapping):
        return [error("google_not_a_pass", "", _("This is not a pass: it is no JSON object."))]
    if "payload" in document:
        return list(_claim_findings(document))
    if document.keys() & _PLURALS.keys():
        return list(_payload_findings(document, ""))
    if set(document) == {"message"}:
        return check("addMessageRequest", document)
    kind = kind_of(document)
    if kind is None:
        return [error("google_not_a_pass", "", _("This is not a pass that Google knows."))]
    return lint_resource(kind, document)


def lint_resource(kind: Kind, document: Document) -> list[Finding]:
    """Of a class or an object: what Google would refuse, and what would not do what it seems to."""
    assert kind in get_args(Kind)
    return [*check(kind, document), *rule_findings(kind, document)]


def kind_of(document: Document) -> Kind | None:
    """What a class or an object is, by its fields: the kind that knows most of them. None when none knows any."""
    declared = str(document.get("kind", "")).removeprefix("walletobjects#")
    for kind in _RESOURCES:
        if kind == declared:
            return kind
    schemas = discovery()["schemas"]

    def known(kind: Kind) -> int:
        return len(
            document.keys() & schemas[kind[0].upper() + kind[1:]]["properties"].keys() - {"id", "kind"}
        )

    likely = [kind for kind in _RESOURCES if kind.endswith("Object") == ("classId" in document)]
    best = max(likely, key=known)
    return best if known(best) else None


def lint_save_link(link: str) -> list[Finding]:
    """Of the whole address of a save link: its length, its head and its payload. The signature is Google's to check."""
    findings = []
    if len(link) > MOST_LINK_CHARACTERS:
        sentence = _(
            "The link has %(number)s characters; beyond %(most)s it is cut. Insert the pass and link its id."
        )
        facts = {"number": len(link), "most": MOST_LINK_CHARACTERS}
        findings.append(error("save_link_long", "", sentence % facts))
    try:
        head, claims, _signature = link.removeprefix(SAVE_LINK).split(".")
        header, content = (read_object(_unbase64url(part)).document for part in (head, claims))
    except (ValueError, binascii.Error):
        return [*findings, error("save_link_unreadable", "", _("This is no save link: it holds no JWT."))]
    if header.get("alg") != "RS256":
        sentence = _("A save link is signed with RS256.")
        findings.append(error("save_link_algorithm", "alg", sentence))
    return [*findings, *_claim_findings(content)]


def _unbase64url(text: str) -> bytes:
    return base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)


def _claim_findings(claims: Document) -> Iterator[Finding]:
    wanted = {"aud": "google", "typ": "savetowallet"}
    for claim, value in wanted.items():
        if claims.get(claim) != value:
            sentence = _("%(claim)s must be %(value)s.") % {"claim": claim, "value": value}
            yield error("save_link_claim", claim, sentence)
    if not isinstance(claims.get("iss"), str) or "@" not in claims["iss"]:
        sentence = _("iss must be the address of the service account.")
        yield error("save_link_claim", "iss", sentence)
    if not isinstance(claims.get("iat"), int):
        yield error("save_link_claim", "iat", _("iat must be the time of signing in whole seconds."))
    if "exp" in claims:
        sentence = _("The link will expire. Links in mails are opened years later: leave exp out.")
        yield warning("save_link_ends", "exp", sentence)
    origins = claims.get("origins", [])
    if not isinstance(origins, list) or not all(isinstance(o, str) and _ORIGIN.fullmatch(o) for o in origins):
        sentence = _("origins must be a list of https addresses without a path.")
        yield error("save_link_origins", "origins", sentence)
    for claim in claims.keys() - _CLAIMS - {"exp"}:
        yield warning("save_link_unknown_claim", claim, _("Google does not read this claim."))
    payload = claims.get("payload")
    if isinstance(payload, Mapping):
        yield from _payload_findings(payload, "payload")
    else:
        yield error("save_link_empty", "payload", _("The link brings no pass."))


def _payload_findings(payload: Document, where: str) -> Iterator[Finding]:
    count = 0
    for key, documents in payload.items():
        kind, path = _PLURALS.get(key), inside(where, key)
        if kind is None:
            sentence = _("%(key)s is no list of passes that we know.") % {"key": short(key)}
            yield warning("save_link_unknown_list", path, sentence)
            continue
        if not isinstance(documents, list):
            yield error("google_wrong_type", path, _("This must be a list."))
            continue
        for place, document in enumerate(documents):
            count += kind.endswith("Object")
            for finding in _member_findings(kind, document):
                yield msgspec.structs.replace(finding, where=joined(f"{path}[{place}]", finding.where))
    if not count:
        yield error("save_link_empty", where, _("The link brings no pass."))


def _member_findings(kind: Kind, document: Any) -> list[Finding]:
    """A whole pass, or only the ids of one that was inserted before."""
    if isinstance(document, Mapping) and document.keys() <= {"id", "classId"} and "id" in document:
        return [one for one in check(kind, document) if one.code != "google_required_field"]
    if not isinstance(document, Mapping):
        return [error("google_not_a_pass", "", _("This is not a pass: it is no JSON object."))]
    return lint_resource(kind, document)
