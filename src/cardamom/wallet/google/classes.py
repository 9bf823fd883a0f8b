"""What passes share: a LoyaltyClass for each program, an OfferClass for each wording of a reward.

Pure. In the shop's own language with the others as translations, so that it does not matter by whose card the class
was made. Google Wallet REST reference: LoyaltyClass, OfferClass.
"""

from __future__ import annotations

from typing import Final

import msgspec

from cardamom.wallet.face import CardFace, VoucherFace
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

_ISSUER: Final = 20
_PROGRAM: Final = 20
_ACCOUNT_LABEL: Final = 15
_OFFER_TITLE: Final = 60
_OFFER_SHORT_TITLE: Final = 20
_PROVIDER: Final = 12
_DETAILS: Final = 500

_HOLDERS: Final = {"allowed": "MULTIPLE_HOLDERS", "discouraged": "ONE_USER_ALL_DEVICES"}


class ClassAddresses(msgspec.Struct, frozen=True, kw_only=True):
    """Addresses that a class carries. callback: where Google tells of saves; None where ours is not https.

    wide_logo: shown instead of the round one, and so only of a shop that has a logo of its own.
    """

    logo: str
    wide_logo: str | None = None
    home: str
    callback: str | None = None


def program_class(face: CardFace, *, id: str, addresses: ClassAddresses) -> Document:
    """The LoyaltyClass of a program, from any of its cards."""
    language = face.view.merchant.language

    def texts(field: str) -> Texts:
        return card_texts(face.wordings, lambda words: str(getattr(words, field)))

    def said(name: str, field: str, limit: int) -> Document:
        return both(name, texts(field), language=language, limit=limit)

    return {
        "id": id,
        **said("issuerName", "shop", _ISSUER),
        **said("programName", "program", _PROGRAM),
        "programLogo": image(addresses.logo, described=texts("shop"), language=language),
        **(
            {}
            if addresses.wide_logo is None
            else {"wideProgramLogo": image(addresses.wide_logo, described=texts("shop"), language=language)}
        ),
        **said("accountIdLabel", "number_label", _ACCOUNT_LABEL),
        **said("accountNameLabel", "holder_label", _ACCOUNT_LABEL),
        "multipleDevicesAndHoldersAllowedStatus": _HOLDERS[face.design.sharing],
        "classTemplateInfo": _CARD_TEMPLATE,
        **text_modules(
            text_module("headline", header={}, body=texts("headline"), language=language),
            text_module("how_to", header=texts("how_to_label"), body=texts("how_to"), language=language),
            text_module("terms", header=texts("terms_label"), body=texts("terms"), language=language),
        ),
        **_shared(face, addresses),
    }


def reward_class(voucher: VoucherFace, *, card: CardFace, id: str, addresses: ClassAddresses) -> Document:
    """The OfferClass for vouchers with the words of this one.

    A voucher keeps the terms that it was issued with: the same reward under other words is another class.
    """
    language = card.view.merchant.language
    title = voucher_texts(voucher.wordings, lambda words: words.title)
    shop = card_texts(card.wordings, lambda words: words.shop)
    details = voucher_texts(voucher.wordings, lambda words: words.details)
    return {
        "id": id,
        **both("issuerName", shop, language=language, limit=_ISSUER),
        **both("provider", shop, language=language, limit=_PROVIDER),
        **both("title", title, language=language, limit=_OFFER_TITLE),
        **both("shortTitle", title, language=language, limit=_OFFER_SHORT_TITLE),
        **both("details", details, language=language, limit=_DETAILS),
        "titleImage": image(addresses.logo, described=shop, language=language),
        "redemptionChannel": "INSTORE",
        "multipleDevicesAndHoldersAllowedStatus": "ONE_USER_ALL_DEVICES",
        "classTemplateInfo": _OFFER_TEMPLATE,
        **_shared(card, addresses),
    }


def _shared(face: CardFace, addresses: ClassAddresses) -> Document:
    """What classes of both kinds say. UNDER_REVIEW is approved at once and asked for again with every change."""
    merchant = face.view.merchant
    shop = card_texts(face.wordings, lambda words: words.shop)
    return {
        "hexBackgroundColor": face.design.colours.background,
        "countryCode": merchant.region,
        "homepageUri": link("home", addresses.home, title=shop, language=merchant.language),
        "reviewStatus": "UNDER_REVIEW",
        **({} if addresses.callback is None else {"callbackOptions": {"url": addresses.callback}}),
    }


def _field(path: str) -> Document:
    return {"firstValue": {"fields": [{"fieldPath": path}]}}


#: Stamps and rewards side by side, the next reward beneath them.
_CARD_TEMPLATE: Final[Document] = {
    "cardTemplateOverride": {
        "cardRowTemplateInfos": [
            {
                "twoItems": {
                    "startItem": _field("object.loyaltyPoints.balance"),
                    "endItem": _field("object.secondaryLoyaltyPoints.balance"),
                }
            },
            {"oneItem": {"item": _field("object.textModulesData['next']")}},
        ]
    }
}

#: Until when it is good, which the default does not show for a voucher without an end.
_OFFER_TEMPLATE: Final[Document] = {
    "cardTemplateOverride": {
        "cardRowTemplateInfos": [{"oneItem": {"item": _field("object.textModulesData['validity']")}}]
    }
}
