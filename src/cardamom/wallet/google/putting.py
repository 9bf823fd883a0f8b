"""A document at Google, made or changed into what it should be with as few words as possible."""

from __future__ import annotations

from typing import Final

import structlog

from cardamom.wallet.google.client import GoogleClient, Kind
from cardamom.wallet.google.difference import difference
from cardamom.wallet.google.errors import (
    GoogleExists,
    GoogleNoticesUsedUp,
    GoogleRefusedDocument,
    GoogleUnknown,
)
from cardamom.wallet.google.schema import check
from cardamom.wallet.google.texts import Document
from cardamom.wallet.lint.findings import has_error

log = structlog.get_logger(__name__)

#: What Google adds to a document, and what is added by other calls: none of it is ours to take away.
_NOT_OURS: Final = frozenset(
    {"kind", "classReference", "hasUsers", "hasLinkedDevice", "messages", "review", "reviewStatus", "version"}
)


async def put(
    client: GoogleClient, kind: Kind, wanted: Document, *, shown: Document | None, urgency: int
) -> bool:
    """Make Google show a document; whether anything had to be said.

    shown: what it was last told; None when it is not known whether it was. Raises what the client raises, and
    GoogleRefusedDocument for a document that Google would not take: that one does not leave the process.
    """
    _check(kind, wanted)
    if shown is None:
        await _insert(client, kind, wanted, urgency)
        return True
    changes = difference(shown, wanted)
    if not changes:
        return False
    await patch(client, kind, wanted, changes, urgency=urgency)
    return True


async def put_aloud(
    client: GoogleClient, kind: Kind, wanted: Document, *, shown: Document, urgency: int
) -> bool:
    """As `put`, and the holder is notified of it (notifyPreference); whether they could be."""
    _check(kind, wanted)
    changes = difference(shown, wanted)
    try:
        await client.patch(
            kind, wanted["id"], {**changes, "notifyPreference": "NOTIFY_ON_UPDATE"}, urgency=urgency
        )
    except (GoogleNoticesUsedUp, GoogleUnknown):
        # Notices of somebody else count too, such as a message to the whole class. What is lost is made again.
        await patch(client, kind, wanted, changes, urgency=urgency)
        return False
    return True


async def patch(
    client: GoogleClient, kind: Kind, wanted: Document, changes: Document, *, urgency: int
) -> None:
    """Only the changes. An approved class wants to be reviewed with each of them; what is lost is made again."""
    if "reviewStatus" in wanted:
        changes = {**changes, "reviewStatus": wanted["reviewStatus"]}
    try:
        await client.patch(kind, wanted["id"], changes, urgency=urgency)
    except GoogleUnknown:
        await client.insert(kind, wanted, urgency=urgency)


async def _insert(client: GoogleClient, kind: Kind, wanted: Document, urgency: int) -> None:
    """What exists already is changed: an answer to an earlier try may have been lost on the way."""
    try:
        await client.insert(kind, wanted, urgency=urgency)
    except GoogleExists:
        found = await client.get(kind, wanted["id"], urgency=urgency)
        ours = {name: value for name, value in found.items() if name not in _NOT_OURS}
        changes = difference(ours, wanted)
        if changes:
            await patch(client, kind, wanted, changes, urgency=urgency)


def _check(kind: Kind, document: Document) -> None:
    findings = check(kind, document)
    if has_error(findings):
        places = [finding.where for finding in findings if finding.severity == "error"]
        log.error("google.document_refused_here", kind=kind, places=places)
        raise GoogleRefusedDocument(message=", ".join(places))
