"""What a card says to its holder, in the language in force: progress, the state of a voucher, what happened.

Pure. Whole sentences with named places, because a reward's title is a text of the shop and fits no grammar.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import msgspec

from cardamom.cards.schemas import EntryOut
from cardamom.cards.view import CardView
from cardamom.kit.clock import local_day
from cardamom.kit.i18n import _, ngettext, say_date, say_datetime, say_number
from cardamom.kit.text import isolate
from cardamom.merchants.schemas import Merchant
from cardamom.merchants.speech import text_for_reader
from cardamom.vouchers.rules import Status, VoucherNow


class HistoryLine(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that happened. icon: a name of the interface's icons. operation: its id, for staff."""

    at: datetime
    words: str
    icon: str
    operation: str | None = None


class VoucherLine(msgspec.Struct, frozen=True, kw_only=True):
    """A voucher in a list. word: its state in a word or two; note: the same with its day."""

    url: str
    title: str
    note: str
    word: str
    is_ready: bool


def progress_sentence(view: CardView) -> str:
    """How far the next reward is: "3 more stamps: a free coffee"."""
    places = {"count": say_number(view.left)}
    title = next_title(view)
    if not title:
        return (
            ngettext("%(count)s more stamp to a full card", "%(count)s more stamps to a full card", view.left)
            % places
        )
    return ngettext("%(count)s more stamp: %(reward)s", "%(count)s more stamps: %(reward)s", view.left) % {
        **places,
        "reward": isolate(title),
    }


def next_title(view: CardView) -> str:
    """What is given next, in words; "" where the goal is its own reward."""
    return "" if view.next_title is None else text_for_reader(view.merchant, view.next_title)


def picture_label(*, balance: int, goal: int, title: str) -> str:
    """The card for those who do not see it. title: of the next reward, or ""."""
    places = {"balance": say_number(balance), "goal": say_number(goal)}
    if not title:
        return _("%(balance)s of %(goal)s stamps") % places
    return _("%(balance)s of %(goal)s stamps, next reward: %(reward)s") % {**places, "reward": title}


def owed_sentence(view: CardView) -> str:
    """Why a card is further from its goal than it looks; "" when nothing is owed."""
    owed = view.card.progress.owed
    if not owed:
        return ""
    return ngettext(
        "%(count)s stamp was taken back after its reward had been used. The next stamp makes up for it.",
        "%(count)s stamps were taken back after their reward had been used. The next stamps make up for them.",
        owed,
    ) % {"count": say_number(owed)}


def kept_sentence(view: CardView) -> str:
    """Until when the stamps stay without a visit; "" when they do not expire."""
    until = view.kept_until
    if until is None:
        return ""
    return _("These stamps stay until %(day)s. Every visit keeps them longer.") % {
        "day": _day(until, view.merchant)
    }


def welcome_sentence(count: int) -> str:
    """The stamps that a new card begins with; "" for none."""
    if not count:
        return ""
    return ngettext(
        "Your card begins with %(count)s stamp.", "Your card begins with %(count)s stamps.", count
    ) % {"count": say_number(count)}


def voucher_note(view: CardView, each: VoucherNow) -> str:
    """The state of a voucher in one line."""
    voucher, zone = each.voucher, view.merchant.time_zone
    match view.status(each):
        case Status.ISSUED:
            return _("From your next visit")
        case Status.ACTIVE if voucher.expires_at is None:
            return _("No end date")
        case Status.ACTIVE:
            return _("Until %(day)s") % {"day": _last_day(voucher.expires_at, view.merchant)}
        case Status.REDEEMED if voucher.redeemed_at is not None:
            at = say_datetime(voucher.redeemed_at.isoformat(), time_zone=zone)
            return _("Used on %(at)s") % {"at": isolate(at)}
        case Status.EXPIRED:
            return _("Was valid until %(day)s") % {"day": _last_day(voucher.expires_at, view.merchant)}
        case _:
            return _("Cancelled")


def voucher_line(view: CardView, each: VoucherNow, *, url: str) -> VoucherLine:
    status = view.status(each)
    return VoucherLine(
        url=url,
        title=text_for_reader(view.merchant, each.voucher.terms.title),
        note=voucher_note(view, each),
        word=status_word(status),
        is_ready=status is Status.ACTIVE,
    )


def status_word(status: Status) -> str:
    """The state of a voucher in one word or two."""
    return {
        Status.ISSUED: _("Waiting"),
        Status.ACTIVE: _("Ready"),
        Status.REDEEMED: _("Used"),
        Status.EXPIRED: _("Expired"),
        Status.CANCELLED: _("Cancelled"),
    }[status]


def news_sentence(entries: Sequence[EntryOut]) -> str:
    """What landed on the card while somebody looked at it; "" when it was nothing to be glad of."""
    added = sum(entry.delta for entry in entries if entry.unit == "stamp")
    if added < 1:
        return ""
    stamped = ngettext("%(count)s stamp added", "%(count)s stamps added", added) % {
        "count": say_number(added)
    }
    if any(entry.unit == "goal" and entry.delta < 0 for entry in entries):
        return _("Your reward is ready.")
    return stamped


def history(
    view: CardView, entries: Sequence[EntryOut], *, since: datetime | None, until: datetime | None = None
) -> list[HistoryLine]:
    """What happened to a card and its vouchers, newest first.

    entries: the movements of the card's stamps between the two instants; None stands for the beginning and for now.
    """
    lines = [_entry_line(entry) for entry in entries]
    lines += [line for each in view.vouchers for line in _voucher_lines(view, each)]
    if since is None:
        lines.append(HistoryLine(at=view.card.created_at, words=_("Card received"), icon="wallet-cards"))
    shown = [
        line for line in lines if (since is None or line.at >= since) and (until is None or line.at <= until)
    ]
    return sorted(shown, key=lambda line: line.at, reverse=True)


def entry_words(entry: EntryOut) -> str:
    """One movement of a card's stamps in words."""
    count = abs(entry.delta)
    return _entry_sentence(entry, count) % {"count": say_number(count)}


def _entry_sentence(entry: EntryOut, count: int) -> str:
    match entry.unit:
        case "stamp":
            return ngettext("%(count)s stamp added", "%(count)s stamps added", count)
        case "welcome":
            return ngettext("%(count)s stamp to begin with", "%(count)s stamps to begin with", count)
        case "goal" if entry.delta < 0:
            return ngettext(
                "Full card: %(count)s stamp became a reward",
                "Full card: %(count)s stamps became a reward",
                count,
            )
        case "goal":
            return ngettext(
                "%(count)s stamp of a withdrawn reward came back",
                "%(count)s stamps of a withdrawn reward came back",
                count,
            )
        case "owed":
            return ngettext(
                "%(count)s stamp made up for one taken back",
                "%(count)s stamps made up for ones taken back",
                count,
            )
        case "expired":
            return ngettext("%(count)s stamp expired", "%(count)s stamps expired", count)
        case _:
            return ngettext("%(count)s stamp taken back", "%(count)s stamps taken back", count)


_ENTRY_ICONS = {
    "stamp": "stamp",
    "welcome": "stamp",
    "goal": "gift",
    "expired": "hourglass",
    "owed": "minus",
    "undone": "undo-2",
}


def _entry_line(entry: EntryOut) -> HistoryLine:
    return HistoryLine(
        at=entry.recorded_at,
        words=entry_words(entry),
        icon=_ENTRY_ICONS.get(entry.unit, "history"),
        operation=entry.operation,
    )


def _voucher_lines(view: CardView, each: VoucherNow) -> Iterator[HistoryLine]:
    voucher = each.voucher
    title = isolate(text_for_reader(view.merchant, voucher.terms.title))
    # The goal's own entry has the same instant; the reward is told after it, and so stands above it.
    yield HistoryLine(
        at=voucher.issued_at + timedelta(microseconds=1),
        words=_("Reward: %(title)s") % {"title": title},
        icon="ticket",
    )
    if voucher.redeemed_at is not None:
        yield HistoryLine(
            at=voucher.redeemed_at, words=_("Used: %(title)s") % {"title": title}, icon="ticket-check"
        )
    if voucher.expires_at is not None and view.status(each) is Status.EXPIRED:
        yield HistoryLine(
            at=voucher.expires_at, words=_("Expired: %(title)s") % {"title": title}, icon="ticket-x"
        )


def _day(at: datetime, merchant: Merchant) -> str:
    return isolate(say_date(local_day(at, time_zone=merchant.time_zone).isoformat()))


def _last_day(expires_at: datetime | None, merchant: Merchant) -> str:
    """The last valid day: the end is the first instant that is no longer valid."""
    if expires_at is None:
        raise ValueError("a voucher without an end has no last day")
    return _day(expires_at - timedelta(microseconds=1), merchant)


def uses_sentence(each: VoucherNow) -> str:
    """How often a voucher for several uses is still good; "" for the usual one."""
    uses = each.voucher.terms.uses
    if uses < 2:
        return ""
    return ngettext("%(left)s of %(count)s use left", "%(left)s of %(count)s uses left", uses) % {
        "left": say_number(each.uses_left),
        "count": say_number(uses),
    }
