"""A card as a LoyaltyObject and its vouchers as OfferObjects: what differs from one holder to the next.

Pure. What all cards of a program share is in their class (`google.classes`), because one PATCH of a class reaches
every phone and a hundred thousand objects take hours. Google Wallet REST reference: LoyaltyObject, OfferObject.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

import msgspec

from cardamom.cards.rotating import PERIOD_SECONDS
from cardamom.kit.codes import ONE_TIME_DIGITS, grouped, rotating_text
from cardamom.kit.text import shorten
from cardamom.vouchers.rules import Status
from cardamom.wallet.face import CardFace, Place, VoucherFace, Wording
from cardamom.wallet.google.texts import (
    Document,
    Texts,
    both,
    card_texts,
    image,
    link,
    text_module,
    text_modules,
    voucher_texts,
)

#: More are ignored, without a word about which (LoyaltyObject.linkedObjectIds).
MOST_LINKED: Final = 50
_ACCOUNT: Final = 20
_POINTS_LABEL: Final = 9
_POINTS: Final = 7

#: More are rejected (LoyaltyObject.merchantLocations).
MOST_PLACES: Final = 10
#: What the phone replaces by the one-time digits (RotatingBarcode.valuePattern).
_ONE_TIME: Final = "{totp_value_0}"

_VOUCHER_STATES: Final = {
    Status.ISSUED: "ACTIVE",
    Status.ACTIVE: "ACTIVE",
    Status.REDEEMED: "COMPLETED",
    Status.EXPIRED: "EXPIRED",
    Status.CANCELLED: "INACTIVE",
}


class ObjectNames(msgspec.Struct, frozen=True, kw_only=True):
    """Under which ids Google knows a card: its object, its class, and the objects of its vouchers.

    linked: those that were linked before come first and stay for ever: a link cannot be taken back, and it counts.
    """

    id: str
    class_id: str
    linked: tuple[str, ...] = ()


def to_google(face: CardFace, *, names: ObjectNames, hero_url: str) -> Document:
    """The LoyaltyObject of a card, in the holder's language with the others as translations.

    hero_url: of the stamps as they stand, drawn for the direction of the holder's language.
    """
    language = face.language
    return {
        "id": names.id,
        "classId": names.class_id,
        "state": "INACTIVE" if face.is_over else "ACTIVE",
        **_whose(face.wording),
        "loyaltyPoints": _points(
            face.wording.progress, card_texts(face.wordings, lambda words: words.progress_label), language
        ),
        **_rewards_ready(face),
        "heroImage": image(
            hero_url, described=card_texts(face.wordings, lambda words: words.description), language=language
        ),
        **_scanned(face),
        **_said_below(face),
        **_page(face.page, card_texts(face.wordings, lambda words: words.page_label), language),
        **_located(face.places),
        **_linked(names.linked),
    }


def voucher_to_google(
    voucher: VoucherFace, *, language: str, id: str, class_id: str, hero_url: str
) -> Document:
    """The OfferObject of a voucher. language: the holder's, as on the card. hero_url: what the reward looks like."""
    words = voucher.wordings
    return {
        "id": id,
        "classId": class_id,
        "state": _VOUCHER_STATES[voucher.status],
        "heroImage": image(
            hero_url, described=voucher_texts(words, lambda said: said.title), language=language
        ),
        **_scanned_voucher(voucher),
        **({} if voucher.expires_at is None else {"validTimeInterval": _until(voucher.expires_at)}),
        **_located(voucher.places),
        **text_modules(
            text_module(
                "validity",
                header=voucher_texts(words, lambda said: said.validity_label),
                body=voucher_texts(words, lambda said: said.note),
                language=language,
            ),
            text_module(
                "uses",
                header=voucher_texts(words, lambda said: said.uses_label),
                body=voucher_texts(words, lambda said: said.uses),
                language=language,
            ),
        ),
        **_page(voucher.page, voucher_texts(words, lambda said: said.page_label), language),
    }


def _whose(wording: Wording) -> Document:
    """Number and name of the holder; a card needs no name."""
    said = {"accountId": wording.number, "accountName": wording.holder}
    return {name: shorten(text, _ACCOUNT) for name, text in said.items() if text}


def _points(balance: str, label: Texts, language: str) -> Document:
    """LoyaltyPoints. The balance is a text ("7/10" in the shop's digits): exactly one kind of balance is allowed."""
    return {
        **both("label", label, language=language, limit=_POINTS_LABEL),
        "balance": {"string": shorten(balance, _POINTS)},
    }


def _rewards_ready(face: CardFace) -> Document:
    if not face.wording.rewards_ready:
        return {}
    label = card_texts(face.wordings, lambda words: words.rewards_label)
    return {"secondaryLoyaltyPoints": _points(face.wording.rewards_ready, label, face.language)}


def _scanned(face: CardFace) -> Document:
    """What the till reads. A card that is over shows nothing to scan.

    A static barcode beside a rotating one would defeat it, and so would a screenshot.
    """
    if face.is_over:
        return {}
    if face.rotating_key is None:
        return {"barcode": _barcode(face.code, below=face.wording.number)}
    return {
        "rotatingBarcode": {
            "type": "QR_CODE",
            "valuePattern": rotating_text(face.code, _ONE_TIME),
            "alternateText": face.wording.number,
            "totpDetails": {
                "algorithm": "TOTP_SHA1",
                # An int64, which JSON of Google's APIs carries as a string.
                "periodMillis": str(PERIOD_SECONDS * 1_000),
                "parameters": [{"key": face.rotating_key, "valueLength": ONE_TIME_DIGITS}],
            },
        },
        "passConstraints": {"screenshotEligibility": "INELIGIBLE"},
    }


def _scanned_voucher(voucher: VoucherFace) -> Document:
    if voucher.is_over or not voucher.code:
        return {}
    return {"barcode": _barcode(voucher.code, below=grouped(voucher.code))}


def _barcode(code: str, *, below: str) -> Document:
    """below: what staff type where nothing can be scanned; of a card its number, which is the shorter."""
    return {"type": "QR_CODE", "value": code, "alternateText": below}


def _said_below(face: CardFace) -> Document:
    """What comes next and until when, below the card. What the program promises is in the class."""

    def texts(field: str) -> Texts:
        return card_texts(face.wordings, lambda words: str(getattr(words, field)))

    language = face.language
    if face.is_over:
        return text_modules(
            text_module("ended", header=texts("program"), body=texts("ended"), language=language)
        )
    return text_modules(
        text_module("next", header=texts("next_reward_label"), body=texts("next_reward"), language=language),
        text_module("way", header=texts("progress_label"), body=texts("to_go"), language=language),
        text_module("kept", header={}, body=texts("kept"), language=language),
    )


def _page(address: str, title: Texts, language: str) -> Document:
    """The link to the page; a pass that was replaced has none."""
    return (
        {"linksModuleData": {"uris": [link("page", address, title=title, language=language)]}}
        if address
        else {}
    )


def _located(places: tuple[Place, ...]) -> Document:
    """Where the phone shows the pass by itself. Not in the class: a card that is over is shown nowhere any more."""
    if not places:
        return {}
    spots = [{"latitude": place.latitude, "longitude": place.longitude} for place in places[:MOST_PLACES]]
    return {"merchantLocations": spots}


def _linked(ids: tuple[str, ...]) -> Document:
    """Vouchers come into the wallet with the card. What is too much for that is at least listed on it."""
    linked, listed = list(ids[:MOST_LINKED]), list(ids[MOST_LINKED:])
    return {
        **({"linkedObjectIds": linked} if linked else {}),
        **({"linkedOfferIds": listed} if listed else {}),
    }


def _until(end: datetime) -> Document:
    """A TimeInterval: Google moves the pass to the expired ones by itself when it is over."""
    return {"end": {"date": end.astimezone(UTC).isoformat().replace("+00:00", "Z")}}
