"""A voucher as a pass: a coupon that is greyed out when it was used, and by the phone itself when its time is over.

Pure. PassKit, "Pass" and "PassFields".
"""

from __future__ import annotations

from collections.abc import Iterable

from cardamom.wallet.apple.colours import pass_colours
from cardamom.wallet.apple.document import (
    ApplePass,
    Document,
    Field,
    PassIdentity,
    codes,
    field,
    filled,
    head,
    instant,
    is_secure,
    link_field,
    nearby,
)
from cardamom.wallet.apple.strings import Texts
from cardamom.wallet.face import CardFace, VoucherFace, VoucherWording


def voucher_to_apple(
    card: CardFace, voucher: VoucherFace, *, identity: PassIdentity, art: Iterable[str]
) -> ApplePass:
    """card: the one that holds it, for colours and language. art: the names of the pictures of the bundle."""
    texts = Texts(voucher.wordings, language=card.language)
    has_strip = any(name.startswith("strip") for name in art)
    document = {
        **head(identity),
        "organizationName": texts.text(lambda wording: wording.shop),
        "description": texts.text(lambda wording: wording.description),
        **pass_colours(card.design.colours),
        "coupon": _coupon(voucher, texts, has_strip=has_strip),
        **codes(voucher.code, number="", identity=identity),
        **nearby(texts, voucher.places, lambda wording: wording.nearby),
        **_life(card, voucher),
    }
    if card.design.logo is None:
        document["logoText"] = texts.text(lambda wording: wording.shop)
    return ApplePass(document, texts.files())


def _coupon(voucher: VoucherFace, texts: Texts[VoucherWording], *, has_strip: bool) -> Document:
    """The title stands large where no picture is behind it, and below the picture where one is."""
    title = field(texts, "title", lambda wording: wording.title)
    status = field(
        texts,
        "status",
        lambda wording: wording.status,
        label=lambda wording: wording.status_label,
        news=lambda wording: wording.status_news,
    )
    validity = field(
        texts,
        "validity",
        lambda wording: wording.note,
        label=lambda wording: wording.validity_label,
    )
    uses = field(
        texts,
        "uses",
        lambda wording: wording.uses,
        label=lambda wording: wording.uses_label,
    )
    hint = field(texts, "hint", lambda wording: wording.hint)
    style: Document = {"headerFields": [status]}
    if has_strip:
        style["secondaryFields"] = [title]
    else:
        style["primaryFields"] = [title]
    style["auxiliaryFields"] = filled([validity, uses, hint])
    style["backFields"] = _back(voucher, texts)
    return style


def _back(voucher: VoucherFace, texts: Texts[VoucherWording]) -> list[Field]:
    details = field(
        texts,
        "details",
        lambda wording: wording.details,
        label=lambda wording: wording.details_label,
    )
    found = filled([details])
    if voucher.page:
        found.append(link_field(texts, "page", voucher.page, lambda wording: wording.page_label))
    return found


def _life(card: CardFace, voucher: VoucherFace) -> Document:
    document: Document = {}
    if voucher.expires_at is not None:
        document["expirationDate"] = instant(voucher.expires_at)
    if voucher.is_over:
        document["voided"] = True
    elif is_secure(voucher.page):
        document["featuredActions"] = [
            {"identifier": "voucher", "type": "viewOffersRewards", "url": voucher.page}
        ]
    if card.design.sharing == "discouraged":
        document["sharingProhibited"] = True
    return document
