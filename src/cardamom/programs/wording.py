"""What programs and rewards are in words, in the language in force."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from babel.dates import get_day_names

from cardamom.kit.digits import to_script
from cardamom.kit.i18n import LazyText, _, current, lazy, ngettext, say_date, say_money, say_number
from cardamom.kit.languages import parse_locale
from cardamom.kit.text import isolate
from cardamom.merchants.schemas import Merchant
from cardamom.merchants.speech import text_for_reader
from cardamom.programs.definition import HappyHour, Rules
from cardamom.programs.schemas import (
    Channel,
    Pattern,
    Program,
    Purpose,
    Reward,
    RewardTerms,
    Status,
    Validity,
    Wish,
)
from cardamom.programs.wallet_limits import CutText, Spot, Wallet, Written

STATUS_WORDS: Final[Mapping[Status, LazyText]] = MappingProxyType(
    {"draft": lazy("Draft"), "live": lazy("Live"), "archived": lazy("Archived")}
)
PATTERN_WORDS: Final[Mapping[Pattern, LazyText]] = MappingProxyType(
    {
        "plain": lazy("Plain"),
        "emblem": lazy("Large emblem"),
        "dots": lazy("Dots"),
        "rays": lazy("Rings"),
    }
)
WISH_WORDS: Final[Mapping[Wish, LazyText]] = MappingProxyType(
    {"off": lazy("Not asked"), "optional": lazy("Optional"), "required": lazy("Required")}
)
CHANNEL_WORDS: Final[Mapping[Channel, LazyText]] = MappingProxyType(
    {
        "email": lazy("E-mail"),
        "sms": lazy("Text message"),
        "whatsapp": lazy("WhatsApp"),
        "telegram": lazy("Telegram"),
        "push": lazy("Notification"),
        "wallet": lazy("Wallet pass"),
    }
)
PURPOSE_WORDS: Final[Mapping[Purpose, LazyText]] = MappingProxyType(
    {"marketing": lazy("Offers and news"), "profiling": lazy("Personal suggestions")}
)
#: Texts that a wallet may cut, as the form calls them.
WRITTEN_WORDS: Final[Mapping[Written, LazyText]] = MappingProxyType(
    {
        "shop": lazy("Name of your business"),
        "name": lazy("Name of the card"),
        "headline": lazy("A line on the card"),
        "reward": lazy("What they get"),
        "how_to": lazy("How to collect stamps"),
        "terms": lazy("Terms"),
    }
)
#: Where a wallet cuts it.
CUT_WORDS: Final[Mapping[tuple[Wallet, Spot], LazyText]] = MappingProxyType(
    {
        ("apple", "card"): lazy("Apple Wallet shows about %(count)s characters:"),
        ("google", "card"): lazy("Google Wallet shows %(count)s characters:"),
        ("google", "voucher"): lazy("Google Wallet shows %(count)s characters on a voucher:"),
        ("google", "details"): lazy("Google Wallet shows %(count)s characters; it ends with:"),
    }
)
#: What a customer agrees to until the owner writes it better.
CONSENT_WORDING: Final = lazy(
    "I would like to receive offers and news by e-mail. I can change my mind at any time."
)
KIND_WORDS: Final[Mapping[str, LazyText]] = MappingProxyType(
    {"award": lazy("Handed over at once"), "voucher": lazy("Voucher"), "lottery": lazy("Lottery")}
)


def promise(*, goal: int, title: str) -> str:
    """What a program offers, in one sentence. title: of the reward, "" where the goal is its own reward."""
    places = {"count": say_number(goal)}
    if not title:
        return ngettext("Collect %(count)s stamp", "Collect %(count)s stamps", goal) % places
    return ngettext("Collect %(count)s stamp: %(reward)s", "Collect %(count)s stamps: %(reward)s", goal) % {
        **places,
        "reward": isolate(title),
    }


def address_words(url: str) -> str:
    """A link as people read it and type it: without the part that browsers add."""
    return url.partition("://")[2]


def final_title(merchant: Merchant, program: Program, rewards: Mapping[str, Reward]) -> str:
    """The title of what the goal gives; "" where it is its own reward."""
    reward = rewards.get(program.rules.reward or "")
    return "" if reward is None else text_for_reader(merchant, reward.title)


def rule_lines(merchant: Merchant, rules: Rules, rewards: Mapping[str, Reward]) -> list[str]:
    """The rules of a program as an owner would tell them, a sentence each."""
    return [
        _earning(merchant, rules),
        *_beginnings(rules),
        *_milestones(merchant, rules, rewards),
        *_limits(merchant, rules),
        *(_happy_hour(hours) for hours in rules.happy_hours),
        *_losses(rules),
    ]


def _earning(merchant: Merchant, rules: Rules) -> str:
    earn = rules.earn
    places = {"count": say_number(earn.stamps)}
    if earn.per == "visit" or earn.minor is None:
        return ngettext("%(count)s stamp for a visit", "%(count)s stamps for a visit", earn.stamps) % places
    return ngettext(
        "%(count)s stamp for every %(amount)s", "%(count)s stamps for every %(amount)s", earn.stamps
    ) % {**places, "amount": say_money(earn.minor, merchant.currency)}


def _beginnings(rules: Rules) -> Iterator[str]:
    count = rules.welcome_stamps
    if count:
        yield (
            ngettext(
                "A new card begins with %(count)s stamp", "A new card begins with %(count)s stamps", count
            )
            % {"count": say_number(count)}
        )


def _milestones(merchant: Merchant, rules: Rules, rewards: Mapping[str, Reward]) -> Iterator[str]:
    for milestone in rules.milestones:
        reward = rewards.get(milestone.reward)
        title = "" if reward is None else text_for_reader(merchant, reward.title)
        yield _("At %(count)s: %(reward)s") % {
            "count": say_number(milestone.at),
            "reward": isolate(title),
        }


def _limits(merchant: Merchant, rules: Rules) -> Iterator[str]:
    if rules.earn.minimum_minor is not None:
        amount = say_money(rules.earn.minimum_minor, merchant.currency)
        yield _("From a purchase of %(amount)s") % {"amount": amount}
    if rules.cooldown_seconds:
        minutes = -(-rules.cooldown_seconds // 60)
        yield (
            ngettext(
                "At least %(count)s minute between two visits",
                "At least %(count)s minutes between two visits",
                minutes,
            )
            % {"count": say_number(minutes)}
        )
    if rules.daily_cap is not None:
        cap = rules.daily_cap
        yield (
            ngettext("At most %(count)s visit a day", "At most %(count)s visits a day", cap)
            % {"count": say_number(cap)}
        )


def _happy_hour(hours: HappyHour) -> str:
    names = weekday_names()
    days = [names[day] for day in hours.weekdays]
    numbering = current().numbering
    return _("%(days)s from %(start)s to %(end)s: %(multiplier)s times the stamps") % {
        "days": isolate(" · ".join(days)),  # CLDR has no lists of this style for Hebrew
        "start": to_script(hours.start, numbering),
        "end": to_script(hours.end, numbering),
        "multiplier": say_number(hours.multiplier),
    }


def _losses(rules: Rules) -> Iterator[str]:
    if rules.expiry is not None:
        days = rules.expiry.inactive_days
        yield (
            ngettext(
                "Stamps expire after %(count)s day without a visit",
                "Stamps expire after %(count)s days without a visit",
                days,
            )
            % {"count": say_number(days)}
        )


def weekday_names() -> dict[int, str]:
    """The days of the week by their ISO number, short."""
    names = get_day_names("abbreviated", locale=parse_locale(current().default_locale))
    return {day + 1: str(names[day]) for day in range(7)}


def week_of(merchant: Merchant) -> list[tuple[str, str]]:
    """(ISO number, name) of the days, beginning where the week of this business begins."""
    first = merchant.preferences.first_weekday or current().first_weekday + 1
    names = weekday_names()
    return [(str(day), names[day]) for day in ((first - 1 + step) % 7 + 1 for step in range(7))]


def term_lines(terms: RewardTerms) -> list[str]:
    """What a voucher of a reward promises, a few words each."""
    return [_redemption(terms), validity_words(terms.validity), *_further_terms(terms)]


def _redemption(terms: RewardTerms) -> str:
    match terms.redemption:
        case "self":
            return _("The customer taps to use it")
        case "code":
            return _("Shows a code for the till")
        case _:
            return _("Staff scan it")


def validity_words(validity: Validity) -> str:
    """For how long a voucher is valid."""
    n = validity.n or 0
    match validity.kind:
        case "days":
            return ngettext("%(count)s day valid", "%(count)s days valid", n) % {"count": say_number(n)}
        case "months":
            return ngettext("%(count)s month valid", "%(count)s months valid", n) % {"count": say_number(n)}
        case "fixed" if validity.date is not None:
            return _("Until %(day)s") % {"day": isolate(say_date(validity.date.isoformat()))}
        case _:
            return _("No end date")


def _further_terms(terms: RewardTerms) -> Iterator[str]:
    if terms.active_from == "next_visit":
        yield _("From the next visit on")
    if terms.uses > 1:
        yield (
            ngettext("Good for %(count)s use", "Good for %(count)s uses", terms.uses)
            % {"count": say_number(terms.uses)}
        )
    if terms.value is not None:
        amount = say_money(terms.value.minor, terms.value.currency)
        yield _("Worth %(amount)s") % {"amount": amount}


def cut_sentence(cut: CutText) -> str:
    """How much of a text a wallet shows; what it shows follows."""
    return str(CUT_WORDS[cut.limit.wallet, cut.limit.spot]) % {"count": say_number(cut.limit.characters)}
