"""A card as a pass: a store card, and beside it a poster for phones that know those (iOS 27).

Pure: a `CardFace` and who the pass is make `pass.json` and its translations. PassKit, "Pass" and "PassFields".
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from cardamom.kit.digits import to_script
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
    is_secure,
    link_field,
    nearby,
)
from cardamom.wallet.apple.strings import Texts
from cardamom.wallet.face import CardFace, VoucherFace, Wording

#: The keys of the poster's fields begin with it: keys are unique in the whole pass, across both styles.
_POSTER: Final = "poster-"
#: What a person reads on the back of a pass; the card's page has them all.
_MOST_VOUCHERS_ON_BACK: Final = 8
#: A phone would take a card's number for one that can be called.
_NOT_TO_CALL: Final[Field] = {"dataDetectorTypes": []}


def to_apple(face: CardFace, *, identity: PassIdentity, art: Iterable[str]) -> ApplePass:
    """art: the names of the pictures that the bundle will have ("strip@2x.png"); there is no poster without one."""
    texts = Texts(face.wordings, language=face.language)
    document = {
        **head(identity),
        "organizationName": texts.text(lambda wording: wording.shop),
        "description": texts.text(lambda wording: wording.description),
        **_sign(face, texts),
        **pass_colours(face.design.colours),
        "storeCard": _store_card(face, texts),
    }
    if any(name.startswith("background") for name in art):
        document["posterGeneric"] = _poster(face, texts, beside=document["storeCard"])
    document |= codes(face.code, number=face.wording.number, identity=identity)
    document |= nearby(texts, face.places, lambda wording: wording.nearby)
    document |= _life(face)
    return ApplePass(document, texts.files())


def _sign(face: CardFace, texts: Texts[Wording]) -> Document:
    """The name beside the sign; a sign that the shop uploaded mostly is its name."""
    semantics = {"membershipProgramName": face.wording.program}
    if face.view.card.number:
        semantics["membershipProgramNumber"] = face.view.card.number
    if face.design.logo is not None:
        return {"semantics": semantics}
    return {"logoText": texts.text(lambda wording: wording.shop), "semantics": semantics}


def _store_card(face: CardFace, texts: Texts[Wording]) -> Document:
    """No primary field: it would be drawn over the stamps. The watch shows no strip, so the count is a field."""
    style: Document = {"headerFields": [_stamps(texts)]}
    if face.is_over:
        style["secondaryFields"] = [field(texts, "over", lambda wording: wording.ended_in_short)]
    else:
        style["secondaryFields"] = [_next_reward(texts)]
        style["auxiliaryFields"] = [_rewards(texts)]
    style["backFields"] = _back(face, texts)
    return style


def _stamps(texts: Texts[Wording]) -> Field:
    return field(
        texts,
        "stamps",
        lambda wording: wording.progress,
        label=lambda wording: wording.progress_label,
        news=lambda wording: wording.progress_news,
    )


def _next_reward(texts: Texts[Wording]) -> Field:
    """What is next; for a goal that is its own reward, how far it is."""
    return field(
        texts,
        "next",
        lambda wording: wording.next_reward or wording.to_go,
        label=lambda wording: wording.next_reward_label,
    )


def _rewards(texts: Texts[Wording]) -> Field:
    """Also with none, as 0: only a field that a pass had before can be told as changed."""
    return field(
        texts,
        "rewards",
        _ready,
        label=lambda wording: wording.rewards_ready_label,
        news=lambda wording: wording.rewards_ready_news,
    )


def _ready(wording: Wording) -> str:
    return wording.rewards_ready or to_script("0", wording.numbering)


def _poster(face: CardFace, texts: Texts[Wording], *, beside: Document) -> Document:
    """The same card over a picture of its own. It tells no news: the store card beside it does."""
    title = field(texts, _POSTER + "title", lambda wording: wording.headline or wording.program)
    style: Document = {"headerFields": _repeated(beside["headerFields"])}
    if face.is_over:
        style["primaryFields"] = [title]
        style["footerFields"] = _repeated(beside["secondaryFields"])
    else:
        style["primaryFields"] = [title, *_repeated(beside["auxiliaryFields"])]
        style["footerFields"] = [field(texts, _POSTER + "to-go", lambda wording: wording.to_go)]
    style["backFields"] = _repeated(beside["backFields"])
    return style


def _repeated(fields: Iterable[Field]) -> list[Field]:
    """Under keys of their own and without news: a change is told once."""
    found = [{**each, "key": _POSTER + each["key"]} for each in fields]
    for each in found:
        each.pop("changeMessage", None)
    return found


def _back(face: CardFace, texts: Texts[Wording]) -> list[Field]:
    """Everything that has no room in front, what helps most first."""
    found = [field(texts, "ended", lambda wording: wording.ended)]
    if not face.is_over:
        found.append(field(texts, "far", lambda wording: wording.to_go))
    found += [_voucher(each, texts) for each in face.vouchers[:_MOST_VOUCHERS_ON_BACK] if not each.is_over]
    if face.page and not face.is_over:
        found.append(link_field(texts, "page", face.page, lambda wording: wording.page_label))
    found += [
        field(texts, "kept", lambda wording: wording.kept),
        field(
            texts,
            "how",
            lambda wording: wording.how_to,
            label=lambda wording: wording.how_to_label,
        ),
        field(
            texts,
            "terms",
            lambda wording: wording.terms,
            label=lambda wording: wording.terms_label,
        ),
        field(
            texts,
            "holder",
            lambda wording: wording.holder,
            label=lambda wording: wording.holder_label,
        ),
        field(
            texts,
            "number",
            lambda wording: wording.number,
            label=lambda wording: wording.number_label,
        )
        | _NOT_TO_CALL,
    ]
    return filled(found)


def _voucher(each: VoucherFace, texts: Texts[Wording]) -> Field:
    """One that can be used, or from the next visit on, with the way to its page."""
    return link_field(
        texts,
        f"voucher-{each.id}",
        each.page,
        lambda wording: each.wordings[wording.language].note,
        label=lambda wording: each.wordings[wording.language].title,
    )


def _life(face: CardFace) -> Document:
    document: Document = {}
    if face.is_over:
        document["voided"] = True
    elif is_secure(face.page):
        document["featuredActions"] = [
            {"identifier": "rewards", "type": "viewOffersRewards", "url": face.page}
        ]
    if face.design.sharing == "discouraged":
        document["sharingProhibited"] = True
    return document
