"""A card and its vouchers in the words of every language of the shop: from a `CardView` to a `CardFace`.

Pure. Each language is spoken in a context of its own, so that nothing here changes the language of a request.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextvars import copy_context
from datetime import datetime, timedelta
from typing import Final, TypeVar

import msgspec

from cardamom.cards import words
from cardamom.cards.errors import CardClosed, ProgramClosed
from cardamom.cards.view import CardView
from cardamom.kit.codes import grouped
from cardamom.kit.i18n import _, current, pgettext, say_number
from cardamom.kit.languages import SUPPORTED
from cardamom.kit.text import isolate
from cardamom.merchants.schemas import Merchant
from cardamom.merchants.speech import speak, text_for_reader
from cardamom.programs.rules import Progress
from cardamom.vouchers.rules import Status, VoucherNow
from cardamom.wallet.face import CardFace, Place, VoucherFace, VoucherWording, Wording

#: A face carries so many vouchers: the open ones, and of the past ones the newest. Google links no more (Google Wallet
#: REST reference, linkedObjectIds).
MOST_VOUCHERS: Final = 50
#: A reward that became ready so shortly before the latest visit came with it: clocks of tills differ, and two scans in
#: a row are told as one.
_SAME_VISIT: Final = timedelta(minutes=10)
#: What a wallet replaces with the new value of a field (Apple, `changeMessage`).
_NEW_VALUE: Final = "%@"

W = TypeVar("W")


def card_face(
    view: CardView,
    *,
    handle: str,
    page: str,
    places: tuple[Place, ...],
    rotating_key: str | None,
    replaced: bool = False,
) -> CardFace:
    """The card as every wallet shows it.

    handle: of the merchant. page: the address of the card's own page. places: every open one of the shop.
    replaced: for a pass of an earlier link, whose phone may be in other hands: nothing of what became of the card.
    """
    if replaced:
        view, page, rotating_key = _forgotten(view), "", None
    ended = _ending(view, replaced=replaced)
    is_over = replaced or view.card.closed_at is not None or _is_finished(view)
    return CardFace(
        view=view,
        handle=handle,
        design=view.program.design,
        language=pass_language(view),
        code="" if replaced or view.card.closed_at is not None else view.card.code,
        page=page,
        is_over=is_over,
        rotating_key=None if is_over else rotating_key,
        places=() if is_over else _among(places, view.card.rules.locations),
        vouchers=tuple(voucher_face(view, each, page=page, places=places) for each in _shown_vouchers(view)),
        wordings=_in_every_language(view.merchant, lambda: _card_wording(view, ended, is_over=is_over)),
    )


def voucher_face(view: CardView, each: VoucherNow, *, page: str, places: tuple[Place, ...]) -> VoucherFace:
    """One of the card's vouchers as every wallet shows it. page, places: as for `card_face`."""
    voucher, status = each.voucher, view.status(each)
    is_scanned = status is Status.ACTIVE and voucher.terms.redemption == "staff"
    return VoucherFace(
        id=voucher.id,
        reward_id=voucher.reward_id,
        status=status,
        code=voucher.code if is_scanned else "",
        page=f"{page}/vouchers/{voucher.id}" if page else "",
        expires_at=voucher.expires_at,
        is_over=status not in {Status.ACTIVE, Status.ISSUED},
        picture=voucher.terms.image,
        places=_among(places, voucher.terms.locations) if status is Status.ACTIVE else (),
        wordings=_in_every_language(view.merchant, lambda: _voucher_wording(view, each)),
    )


def languages_of(merchant: Merchant) -> list[str]:
    """The languages of a pass: what the shop writes and we speak, its own first."""
    return [code for code in merchant.languages if code in SUPPORTED] or [SUPPORTED[0]]


def pass_language(view: CardView) -> str:
    """The language that a pass is written in: the holder's where the shop writes it, else the shop's."""
    offered = languages_of(view.merchant)
    return view.card.language if view.card.language in offered else offered[0]


def _in_every_language(merchant: Merchant, words_of: Callable[[], W]) -> Mapping[str, W]:
    return {code: copy_context().run(_said, merchant, code, words_of) for code in languages_of(merchant)}


def _said(merchant: Merchant, code: str, words_of: Callable[[], W]) -> W:
    speak(merchant, code)
    return words_of()


def _forgotten(view: CardView) -> CardView:
    """The view without a holder, stamps, vouchers, or a number that staff would find the card by."""
    progress = Progress(version=view.card.progress.version)
    card = msgspec.structs.replace(
        view.card, code="", number="", customer_name=None, balance=0, progress=progress
    )
    return msgspec.structs.replace(view, card=card, vouchers=())


def _is_finished(view: CardView) -> bool:
    """Vouchers outlive the program that issued them, and the card is how they are shown."""
    return view.program.status == "archived" and not view.open_vouchers


def _among(places: tuple[Place, ...], named: list[str] | None) -> tuple[Place, ...]:
    """Those that are named; None names all."""
    return places if named is None else tuple(place for place in places if place.id in named)


class _Ending(msgspec.Struct, frozen=True):
    """How to say, in the language in force, that it is over: in full and in a word or two."""

    in_full: Callable[[], str]
    in_short: Callable[[], str]


def _ending(view: CardView, *, replaced: bool) -> _Ending | None:
    """What there is to say about the end of a card, where it has come."""
    if replaced:
        return _Ending(
            lambda: _("This pass was replaced. Your stamps are safe: they are on your new card."),
            lambda: _("Card replaced"),
        )
    if view.card.closed_at is not None:
        return _Ending(CardClosed().sentence, lambda: _("Card closed"))
    if view.program.status == "archived":
        return _Ending(ProgramClosed().sentence, lambda: _("Program ended"))
    return None


def _shown_vouchers(view: CardView) -> list[VoucherNow]:
    return [*view.open_vouchers, *view.past_vouchers][:MOST_VOUCHERS]


def _card_wording(view: CardView, ended: _Ending | None, *, is_over: bool) -> Wording:
    """In the language in force."""
    chosen, card, merchant, design = current(), view.card, view.merchant, view.program.design
    ready = [each for each in view.open_vouchers if view.status(each) is Status.ACTIVE]
    progress_news, rewards_news = ("", "") if is_over else _news(view, ready)
    title = words.next_title(view)
    return Wording(
        language=chosen.code,
        direction=chosen.direction,
        numbering=chosen.numbering,
        shop=text_for_reader(merchant, merchant.name),
        program=text_for_reader(merchant, view.program.name),
        headline=text_for_reader(merchant, design.headline),
        description=_description(view, title, ended if is_over else None),
        progress_label=_("Stamps"),
        progress=_progress(view),
        progress_news=progress_news,
        next_reward_label=_("Next reward") if title else "",
        next_reward=title,
        to_go=words.progress_sentence(view),
        rewards_label=_("Rewards"),
        rewards_ready_label=_("Rewards ready"),
        rewards_ready=say_number(len(ready)) if ready else "",
        rewards_ready_news=rewards_news,
        holder_label=_("Name"),
        holder=card.customer_name or "",
        number_label=_("Card number"),
        number=grouped(card.number),
        kept="" if is_over else words.kept_sentence(view),
        how_to_label=_("How it works"),
        how_to=text_for_reader(merchant, design.how_to),
        terms_label=_("Terms"),
        terms=text_for_reader(merchant, design.terms),
        page_label=_("Open my card"),
        nearby="" if is_over else _nearby(view, ready),
        ended="" if ended is None else ended.in_full(),
        ended_in_short="" if ended is None else ended.in_short(),
    )


def _description(view: CardView, title: str, ended: _Ending | None) -> str:
    if ended is None:
        state = words.picture_label(balance=view.balance, goal=view.card.rules.goal, title=title)
    else:
        state = ended.in_short()
    return _("%(program)s, %(state)s") % {
        "program": isolate(text_for_reader(view.merchant, view.program.name)),
        "state": state,
    }


def _progress(view: CardView) -> str:
    return pgettext("stamps on a pass, at most 7 characters", "%(balance)s/%(goal)s") % {
        "balance": say_number(view.balance),
        "goal": say_number(view.card.rules.goal),
    }


def _news(view: CardView, ready: list[VoucherNow]) -> tuple[str, str]:
    """What the lock screen says of the stamps, and of the rewards: one of the two, never both.

    Two changed fields that both have something to say are told as "the pass was changed" (PassKit, `changeMessage`).
    A card that became empty says nothing: its stamps turned into a reward or ran out.
    """
    if _has_new_reward(view, ready):
        return "", _("Your reward is ready. Rewards to use: %(count)s") % {"count": _NEW_VALUE}
    if view.balance:
        return _("Stamps on your card: %(progress)s") % {"progress": _NEW_VALUE}, ""
    return "", ""


def _has_new_reward(view: CardView, ready: list[VoucherNow]) -> bool:
    """Whether the latest thing that happened to the card's vouchers is that one became ready, at the latest visit."""
    newest = max((at for each in ready if (at := each.voucher.active_at) is not None), default=None)
    if newest is None:
        return False
    last_at = view.card.progress.last_at
    came_with_visit = last_at is None or newest >= last_at - _SAME_VISIT
    # Fewer rewards are another value of the same field, and nobody wants to hear "ready" when one was used.
    return came_with_visit and not any(at >= newest for at in _endings(view))


def _endings(view: CardView) -> Iterator[datetime]:
    """When vouchers were used or ran out. One that was withdrawn counts from when it was issued, which is known."""
    for each in view.vouchers:
        voucher, status = each.voucher, view.status(each)
        if voucher.redeemed_at is not None:
            yield voucher.redeemed_at
        elif status is Status.EXPIRED and voucher.expires_at is not None:
            yield voucher.expires_at
        elif status is Status.CANCELLED:
            yield voucher.issued_at


def _nearby(view: CardView, ready: list[VoucherNow]) -> str:
    return _("Your reward is ready.") if ready else words.progress_sentence(view)


def _voucher_wording(view: CardView, each: VoucherNow) -> VoucherWording:
    """In the language in force."""
    chosen, merchant, terms, status = current(), view.merchant, each.voucher.terms, view.status(each)
    title, note = text_for_reader(merchant, terms.title), words.voucher_note(view, each)
    is_ready = status is Status.ACTIVE
    return VoucherWording(
        language=chosen.code,
        direction=chosen.direction,
        numbering=chosen.numbering,
        shop=text_for_reader(merchant, merchant.name),
        title=title,
        description=_("Voucher: %(title)s. %(note)s") % {"title": isolate(title), "note": note},
        details_label=_("What it is good for"),
        details=text_for_reader(merchant, terms.description),
        validity_label=_("Validity"),
        note=note,
        status_label=_("Status"),
        status=words.status_word(status),
        # Its holder used it, and a wallet says itself that something expired: only "ready" is news.
        status_news=_("Your voucher: %(status)s") % {"status": _NEW_VALUE} if is_ready else "",
        hint=_hint(each) if is_ready else "",
        uses_label=_("Uses left"),
        uses=say_number(each.uses_left) if terms.uses > 1 else "",
        page_label=_("Open the voucher"),
        nearby=_("Ready to use here: %(title)s") % {"title": isolate(title)} if is_ready else "",
    )


def _hint(each: VoucherNow) -> str:
    """How a voucher is used that is not scanned: its page has the way, and the pass leads there."""
    if each.voucher.terms.redemption == "staff":
        return ""
    return pgettext("on a pass, at most 34 characters", "Use it with the link on the back")
