"""What Google Wallet keeps of an issuer, and how it answers: schema, states, reviews, links, notices.

No HTTP. An answer that is not 200 is a raised `Refusal`, in the shape that Google's API has.
"""

from __future__ import annotations

import copy
import itertools
import json
import time
from collections.abc import Callable
from typing import Any

from cardamom.wallet.google.schema import Kind, check
from cardamom.wallet.lint.findings import has_error

Document = dict[str, Any]

NOTICES_PER_DAY = 3
_DAY_SECONDS = 86_400
_MOST_LINKED = 50
#: Changes of these are told to the holder when `notifyPreference` asks for it (the pages name two "and others").
NOTIFYING = {
    "loyaltyObject": (("loyaltyPoints", "balance"), ("secondaryLoyaltyPoints", "balance")),
    "loyaltyClass": (("rewardsTier",),),
}
_PAGE = 100


class Refusal(Exception):
    """An answer with an error. `body` is Google's JSON."""

    def __init__(self, status: int, reason: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.body = {
            "error": {
                "code": status,
                "message": message,
                "errors": [{"message": message, "domain": "walletobjects", "reason": reason}],
            }
        }


class Store:
    """One issuer's classes and objects. now: Unix seconds; give another one to make a day pass."""

    def __init__(self, issuer: str, *, now: Callable[[], float] = time.time) -> None:
        self.issuer = issuer
        self.now = now
        #: By kind ("loyaltyObject") and id.
        self.documents: dict[str, dict[str, Document]] = {}
        #: When notices were sent, by id of what they are about.
        self.notices: dict[str, list[float]] = {}

    def get(self, kind: Kind, identity: str) -> Document:
        """Raises Refusal 404."""
        try:
            return self.documents[kind][identity]
        except KeyError:
            reason = "classNotFound" if is_class(kind) else "resourceNotFound"
            raise Refusal(404, reason, f"{_spoken(kind)} {identity} not found.") from None

    def insert(self, kind: Kind, document: Document) -> Document:
        """Raises Refusal 400, 403, 404, 409."""
        _refuse_faults(check(kind, document))
        identity = document["id"]
        self._refuse_other_issuers(identity)
        if any(identity in kept for name, kept in self.documents.items() if is_class(name) == is_class(kind)):
            raise Refusal(409, "existingResource", f"{_spoken(kind)} {identity} already exists.")
        made = self._accepted(kind, {}, document)
        self.documents.setdefault(kind, {})[identity] = made
        return made

    def patch(self, kind: Kind, identity: str, change: Document) -> Document:
        """Merge objects, replace lists, remove what is null. Raises Refusal 400, 403, 404."""
        before = self.get(kind, identity)
        merged = _merged(before, change)
        _refuse_faults(check(kind, merged))
        # An approved class is refused as it is: each change says UNDER_REVIEW again.
        return self._keep(kind, before, merged)

    def update(self, kind: Kind, identity: str, document: Document) -> Document:
        """Replace the whole. Raises Refusal 400, 403, 404."""
        before = self.get(kind, identity)
        _refuse_faults(check(kind, document))
        kept = {key: before[key] for key in ("hasUsers", "messages") if key in before and key not in document}
        return self._keep(kind, before, {**document, **kept})

    def add_message(self, kind: Kind, identity: str, request: Document) -> Document:
        """Raises Refusal 400, 403 (too many notices), 404."""
        before = self.get(kind, identity)
        _refuse_faults(check("addMessageRequest", request))
        message = request["message"]
        if message.get("messageType") == "TEXT_AND_NOTIFY":
            self._notify(kind, identity, "adding TEXT_AND_NOTIFY message to")
        before["messages"] = [*before.get("messages", ()), message][-10:]
        return before

    def link_offers(self, kind: Kind, identity: str, request: Document) -> Document:
        """modifyLinkedOfferObjects. Raises Refusal 400, 404."""
        before = self.get(kind, identity)
        _refuse_faults(check("modifyLinkedOfferObjectsRequest", request))
        change = request.get("linkedOfferObjectIds", {})
        for offer in change.get("addLinkedOfferObjectIds", ()):
            self.get("offerObject", offer)
        linked = [*before.get("linkedOfferIds", ()), *change.get("addLinkedOfferObjectIds", ())]
        gone = set(change.get("removeLinkedOfferObjectIds", ()))
        before["linkedOfferIds"] = [one for one in dict.fromkeys(linked) if one not in gone]
        return before

    def list(self, kind: Kind, query: dict[str, str]) -> Document:
        """Objects of a class, or classes of the issuer, in pages. Raises Refusal 404."""
        kept = self.documents.get(kind, {})
        if not is_class(kind):
            class_id = query.get("classId", "")
            self.get(class_kind(kind), class_id)
            kept = {identity: one for identity, one in kept.items() if one["classId"] == class_id}
        start = int(query.get("token") or 0)
        size = int(query.get("maxResults") or _PAGE)
        page = list(itertools.islice(kept.values(), start, start + size))
        pagination: Document = {"resultsPerPage": len(page)}
        if start + size < len(kept):
            pagination["nextPageToken"] = str(start + size)
        return {"resources": page, "pagination": pagination}

    def _keep(self, kind: Kind, before: Document, document: Document) -> Document:
        if document["id"] != before["id"]:
            raise Refusal(400, "invalidResource", "The id of a resource cannot change.")
        made = self._accepted(kind, before, document)
        if made.pop("notifyPreference", None) == "NOTIFY_ON_UPDATE":
            paths = NOTIFYING.get(kind, ())
            if any(_at(before, path) != _at(made, path) for path in paths):
                self._notify(kind, before["id"], "updating")
        self.documents[kind][made["id"]] = made
        return made

    def _accepted(self, kind: Kind, before: Document, document: Document) -> Document:
        made = copy.deepcopy(document)
        if not before:
            made.pop("notifyPreference", None)
        if is_class(kind):
            if kind != "genericClass":
                made["reviewStatus"] = _reviewed(before, document)
            return made
        made["hasUsers"] = before.get("hasUsers", False)
        parent = self.get(class_kind(kind), made["classId"])
        if parent.get("reviewStatus") == "DRAFT":
            raise Refusal(400, "invalidResource", f"Class {made['classId']} is not approved.")
        for linked in made.get("linkedObjectIds", ()):
            self._refuse_other_issuers(linked)
            if not any(linked in kept for name, kept in self.documents.items() if not is_class(name)):
                raise Refusal(404, "resourceNotFound", f"Linked object {linked} not found.")
        # Once linked, always linked; what is over the limit is ignored without a word.
        both = dict.fromkeys([*before.get("linkedObjectIds", ()), *made.get("linkedObjectIds", ())])
        if both:
            made["linkedObjectIds"] = list(both)[:_MOST_LINKED]
        return made

    def _notify(self, kind: Kind, identity: str, doing: str) -> None:
        now = self.now()
        sent = [at for at in self.notices.get(identity, ()) if at > now - _DAY_SECONDS]
        if len(sent) >= NOTICES_PER_DAY:
            what = "class" if is_class(kind) else "object"
            message = f"Quota exceeded for issuer {self.issuer} when {doing} {what} {identity}."
            raise Refusal(403, "quotaExceeded", message)
        self.notices[identity] = [*sent, now]

    def _refuse_other_issuers(self, identity: str) -> None:
        if identity.partition(".")[0] != self.issuer:
            raise Refusal(403, "permissionDenied", f"Permission denied on {identity}.")


def is_class(kind: str) -> bool:
    """Whether it is what objects share, and not something in a wallet."""
    return kind.endswith("Class")


def class_kind(kind: Kind) -> Kind:
    """The kind of class of an object's kind."""
    made: Kind = kind.replace("Object", "Class")  # type: ignore[assignment]
    return made


def _reviewed(before: Document, document: Document) -> str:
    wanted = document.get("reviewStatus", "")
    if wanted == "UNDER_REVIEW":
        return "APPROVED"
    if wanted == "DRAFT" and before.get("reviewStatus", "DRAFT") == "DRAFT":
        return "DRAFT"
    raise Refusal(400, "invalidResource", f"Invalid review status Optional.of({wanted})")


def _refuse_faults(findings: list[Any]) -> None:
    if has_error(findings):
        wrong = "; ".join(f"{one.where}: {one.sentence}" for one in findings if one.severity == "error")
        raise Refusal(400, "invalidResource", wrong)


def _merged(before: Any, change: Any) -> Any:
    if not isinstance(before, dict) or not isinstance(change, dict):
        return copy.deepcopy(change)
    merged = dict(before)
    for key, value in change.items():
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = _merged(before.get(key), value)
    return merged


def _at(document: Any, path: tuple[str, ...]) -> Any:
    for key in path:
        document = document.get(key) if isinstance(document, dict) else None
    return json.dumps(document, sort_keys=True)


def _spoken(kind: str) -> str:
    family = kind.removesuffix("Class").removesuffix("Object").capitalize()
    return f"{family} {'class' if is_class(kind) else 'object'}"
