"""What a program refuses.

At the counter these are stored outcomes, and staff read the sentences:

    Conflict                   409
      LocationNotIncluded      409  location_not_included
      AmountRequired           409  amount_required
      CurrencyMismatch         409  currency_mismatch      facts: currency, given
      BelowMinimum             409  below_minimum          facts: minimum_minor, currency
      StampsTooMany            409  stamps_too_many        facts: cap
      StampsByAmount           409  stamps_by_amount
      Cooldown                 409  cooldown               facts: next_at, time_zone, on_another_day
      DailyCap                 409  daily_cap              facts: cap, next_at, time_zone
      StampsExpired            409  stamps_expired
    Malformed                  422
      StampsMalformed          422  stamps_malformed

Owners read these:

    Conflict                   409
      ProgramNotDraft          409  program_not_draft
      RewardInUse              409  reward_in_use          facts: programs
    DefinitionMalformed        422  (no code)
      RulesMalformed           422  rules_malformed        facts: field, why, least?, most?
      TermsMalformed           422  terms_malformed        facts: field, why, least?, most?
      JoinFormMalformed        422  join_form_malformed    facts: field, why, most?
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final, Literal, TypedDict, Unpack

from cardamom.kit.errors import Conflict, Malformed, Refused
from cardamom.kit.i18n import LazyText, _, lazy, ngettext, say_datetime, say_money, say_number, say_time
from cardamom.kit.text import isolate


class LocationNotIncluded(Conflict):
    """The program does not run at this location."""

    code = "location_not_included"

    def sentence(self) -> str:
        return _("This card does not collect stamps at this location.")


class AmountRequired(Conflict):
    """The program needs the amount of the purchase."""

    code = "amount_required"

    def sentence(self) -> str:
        return _("Enter the amount of the purchase.")


class CurrencyMismatch(Conflict):
    """The amount is in another currency than the merchant's. Facts: currency, given."""

    code = "currency_mismatch"

    def sentence(self) -> str:
        return _("The amount must be in %(currency)s.") % {"currency": isolate(self.facts["currency"])}


class BelowMinimum(Conflict):
    """The purchase is too small to earn. Facts: minimum_minor, currency."""

    code = "below_minimum"

    def sentence(self) -> str:
        minimum = say_money(self.facts["minimum_minor"], self.facts["currency"])
        return _("A stamp needs a purchase of at least %(minimum)s.") % {"minimum": minimum}


class StampsMalformed(Malformed):
    """A number of stamps below 1."""

    code = "stamps_malformed"

    def sentence(self) -> str:
        return _("The number of stamps must be at least 1.")


class StampsTooMany(Conflict):
    """More stamps than one visit may give. Facts: cap."""

    code = "stamps_too_many"

    def sentence(self) -> str:
        cap = self.facts["cap"]
        sentence = ngettext(
            "At most %(cap)s stamp can be given at once.", "At most %(cap)s stamps can be given at once.", cap
        )
        return sentence % {"cap": say_number(cap)}


class StampsByAmount(Conflict):
    """A number of stamps was named, but this program counts the amount."""

    code = "stamps_by_amount"

    def sentence(self) -> str:
        return _("This card counts the amount of the purchase, so the number of stamps cannot be chosen.")


class Cooldown(Conflict):
    """The last stamp is too recent. Facts: next_at (ISO), time_zone, on_another_day."""

    code = "cooldown"

    def sentence(self) -> str:
        next_at, time_zone = _full_minute(self.facts["next_at"]), self.facts["time_zone"]
        if self.facts.get("on_another_day"):
            return _("Next stamp from %(date_and_time)s.") % {
                "date_and_time": say_datetime(next_at, time_zone=time_zone)
            }
        return _("Next stamp from %(time)s.") % {"time": say_time(next_at, time_zone=time_zone)}


def _full_minute(iso: str) -> str:
    """The end of a minute that has begun: at 14:20:00 a card that is ready at 14:20:35 would still be refused."""
    at = datetime.fromisoformat(iso)
    whole = at.replace(second=0, microsecond=0)
    return (whole if whole == at else whole + timedelta(minutes=1)).isoformat()


class DailyCap(Conflict):
    """The card has had its visits of this day. Facts: cap, next_at (ISO, the shop's next midnight), time_zone."""

    code = "daily_cap"

    def sentence(self) -> str:
        cap = self.facts["cap"]
        sentence = ngettext(
            "This card can be stamped %(cap)s time a day. Next stamp tomorrow.",
            "This card can be stamped %(cap)s times a day. Next stamp tomorrow.",
            cap,
        )
        return sentence % {"cap": say_number(cap)}


class StampsExpired(Conflict):
    """What is to be undone has expired since."""

    code = "stamps_expired"

    def sentence(self) -> str:
        return _("These stamps have expired since and cannot be taken back.")


class ProgramNotDraft(Conflict):
    """A program that was live may already have cards: it can be archived, but is never a draft again."""

    code = "program_not_draft"

    def sentence(self) -> str:
        return _("A program that was published cannot become a draft again. Archive it instead.")


class RewardInUse(Conflict):
    """A program gives this reward. Facts: programs (ids)."""

    code = "reward_in_use"

    def sentence(self) -> str:
        return _("A program gives this reward. Choose another reward there first.")


#: What can be wrong about a definition.
Why = Literal[
    "range",
    "too_many",
    "empty",
    "duplicate",
    "order",
    "welcome",
    "amount_missing",
    "amount_unexpected",
    "cap",
    "time",
    "weekdays",
    "unknown_reward",
    "unknown_location",
    "unknown_pool",
    "code_missing",
    "code_text",
    "code_pool",
    "validity_missing",
    "validity_unexpected",
    "validity_past",
    "validity_far",
    "contact_off",
]

_SENTENCES: Final[Mapping[str, LazyText]] = MappingProxyType(
    {
        "range": lazy("%(field)s: choose a number from %(least)s to %(most)s."),
        "too_many": lazy("%(field)s: there can be at most %(most)s."),
        "empty": lazy("%(field)s: choose at least one."),
        "duplicate": lazy("%(field)s: something is listed twice."),
        "order": lazy("Milestones must rise and stay below the goal."),
        "welcome": lazy("The welcome stamps must be fewer than the goal."),
        "amount_missing": lazy("Enter the amount that earns a stamp."),
        "amount_unexpected": lazy("Only a program that counts amounts has an amount for a stamp."),
        "cap": lazy(
            "The most stamps for one visit must be at least what a visit earns, happy hours included."
        ),
        "time": lazy("Write the time with four digits, as in 09:30."),
        "weekdays": lazy("Choose at least one day of the week, as a number from 1 (Monday) to 7 (Sunday)."),
        "unknown_reward": lazy("There is no such reward, or it is archived."),
        "unknown_location": lazy("There is no such location."),
        "unknown_pool": lazy("There is no such pool of codes."),
        "code_missing": lazy("Say which code is shown at the till."),
        "code_text": lazy("A code has 1 to 48 letters, digits and signs of the Latin alphabet."),
        "code_pool": lazy("Choose the pool that the codes are drawn from."),
        "validity_missing": lazy("Say how long the voucher is valid."),
        "validity_unexpected": lazy(
            "A voucher is valid for a number of days or months, or to a fixed date, not both."
        ),
        "validity_past": lazy("The last day of validity has passed."),
        "validity_far": lazy("Choose an earlier last day."),
        "contact_off": lazy("Messages need a phone number or an e-mail address: ask for it in the form."),
    }
)

#: How owners know the fields that a sentence names.
_FIELDS: Final[Mapping[str, LazyText]] = MappingProxyType(
    {
        "goal": lazy("Goal"),
        "earn.stamps": lazy("Stamps per visit"),
        "earn.minor": lazy("Amount for a stamp"),
        "earn.minimum_minor": lazy("Smallest purchase"),
        "milestones": lazy("Milestones"),
        "welcome_stamps": lazy("Welcome stamps"),
        "cooldown_seconds": lazy("Seconds between two visits"),
        "daily_cap": lazy("Visits a day"),
        "stamps_cap": lazy("Most stamps for one visit"),
        "happy_hours": lazy("Happy hours"),
        "happy_hours.multiplier": lazy("Multiplier of a happy hour"),
        "expiry.inactive_days": lazy("Days without a visit"),
        "locations": lazy("Locations"),
        "validity.n": lazy("Length of validity"),
        "uses": lazy("Number of uses"),
        "value.minor": lazy("Value"),
        "cost.minor": lazy("Cost"),
        "consents": lazy("Consents"),
    }
)


class Bounds(TypedDict, total=False):
    """The smallest and the largest value, or number of things, that is taken."""

    least: int
    most: int


class DefinitionMalformed(Refused):
    """Something that an owner defined makes no sense. Facts: field, why, and for numbers least and most."""

    status = 422

    def __init__(self, *, field: str, why: Why, **bounds: Unpack[Bounds]) -> None:
        super().__init__(field=field, why=why, **bounds)

    def sentence(self) -> str:
        facts = self.facts
        places: dict[str, object] = {
            name: say_number(facts[name]) for name in ("least", "most") if name in facts
        }
        if facts["field"] in _FIELDS:
            places["field"] = str(_FIELDS[facts["field"]])
        return _SENTENCES[facts["why"]] % places


class RulesMalformed(DefinitionMalformed):
    """The rules of a program make no sense."""

    code = "rules_malformed"


class TermsMalformed(DefinitionMalformed):
    """The terms of a reward make no sense."""

    code = "terms_malformed"


class JoinFormMalformed(DefinitionMalformed):
    """The join form makes no sense."""

    code = "join_form_malformed"
