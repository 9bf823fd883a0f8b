"""What the till's page is told: how to write numbers and days, what may be done, and every text that its script says.

Texts are finished here or have named places, so that all wording is in the catalogs; the script joins nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from cardamom.access.permissions import Permission
from cardamom.kit.actor import Actor
from cardamom.kit.i18n import _, current, current_language
from cardamom.kit.languages import Calendar
from cardamom.kit.money import MAX_MINOR, exponent
from cardamom.merchants.schemas import Merchant
from cardamom.merchants.speech import text_for_reader
from cardamom.programs.schemas import Program

#: How long the till shows "Undo"; the server grants a little more for the way.
UNDO_SECONDS: Final = 10

#: The names of our calendars in a locale tag of browsers (BCP 47, extension u).
_BROWSER_CALENDARS: Final[Mapping[Calendar, str]] = {
    "gregorian": "gregory",
    "jalali": "persian",
    "hijri": "islamic-umalqura",
}


class CameraWords(msgspec.Struct, frozen=True, kw_only=True):
    """Why there is no picture, and what to do."""

    insecure: str
    denied: str
    absent: str
    busy: str


class TillWords(msgspec.Struct, frozen=True, kw_only=True):
    """The texts of the script. Places are named: "%(balance)s of %(goal)s"."""

    progress: str
    card_number: str
    reward_ready: str
    already: str
    not_stamped: str
    not_redeemed: str
    not_known: str
    not_accepted: str
    not_done: str
    redeemed: str
    undone: str
    not_undone: str
    not_answered: str
    not_answered_reason: str
    until: str
    no_end: str
    from_next_visit: str
    till_name: str
    camera: CameraWords


class TillSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that the script knows besides the answers to its scans.

    locale: a tag with calendar and digits. programs: names by id. asks_amount: every live program counts what was paid.
    most_stamps: that one visit may give; 1 hides the choice. most_minor: the largest amount that is taken.
    """

    language: str
    own_language: str
    locale: str
    time_zone: str
    currency: str
    decimals: int
    programs: dict[str, str]
    asks_amount: bool
    most_stamps: int
    most_minor: int
    may_redeem: bool
    may_undo: bool
    undo_seconds: int
    csrf_token: str
    words: TillWords


def till_settings(
    merchant: Merchant, programs: Sequence[Program], actor: Actor, *, csrf_token: str
) -> TillSettings:
    """The settings for whoever stands at this till, in the language in force."""
    chosen = current()
    live = [program.rules for program in programs if program.status == "live"]
    by_visit = [rules.stamps_cap for rules in live if rules.earn.per == "visit"]
    return TillSettings(
        language=current_language(),
        own_language=merchant.language,
        locale=f"{chosen.default_locale}-u-ca-{_BROWSER_CALENDARS[chosen.calendar]}-nu-{chosen.numbering}",
        time_zone=merchant.time_zone,
        currency=merchant.currency,
        decimals=exponent(merchant.currency),
        programs={program.id: text_for_reader(merchant, program.name) for program in programs},
        asks_amount=bool(live)
        and all(rules.earn.per == "amount" or rules.earn.minimum_minor is not None for rules in live),
        most_stamps=max(by_visit, default=1),
        most_minor=MAX_MINOR,
        may_redeem=Permission.VOUCHERS_REDEEM in actor.permissions,
        may_undo=not actor.permissions.isdisjoint(
            {Permission.OPERATIONS_UNDO, Permission.OPERATIONS_REVERSE}
        ),
        undo_seconds=UNDO_SECONDS,
        csrf_token=csrf_token,
        words=till_words(),
    )


def till_words() -> TillWords:
    """In the language in force."""
    return TillWords(
        progress=_("%(balance)s of %(goal)s"),
        card_number=_("Card %(number)s"),
        reward_ready=_("Rewards are ready"),
        already=_("Already stamped"),
        not_stamped=_("Not stamped"),
        not_redeemed=_("Not redeemed"),
        not_known=_("Not found"),
        not_accepted=_("Not accepted"),
        not_done=_("Not done"),
        redeemed=_("Redeemed"),
        undone=_("Undone"),
        not_undone=_("Not undone"),
        not_answered=_("No answer"),
        not_answered_reason=_(
            "It may have been recorded all the same. Scan the card again when the connection is back, and you will see."
        ),
        until=_("Until %(day)s"),
        no_end=_("No end date"),
        from_next_visit=_("From the next visit"),
        till_name=_("Till %(suffix)s"),
        camera=CameraWords(
            insecure=_("Browsers give the camera only to pages that come over https. Scan or type instead."),
            denied=_(
                "This browser may not use the camera. Allow it in the settings of the page, beside its address, and"
                " try again."
            ),
            absent=_("This device has no camera. Scan or type instead."),
            busy=_("The camera does not start. Another program may be using it."),
        ),
    )
