"""What a program refuses. In a scan these are stored outcomes; their sentences are read by staff at the counter."""

from datetime import datetime, timedelta

from cardamom.kit.errors import Conflict, Malformed
from cardamom.kit.i18n import _, ngettext, say_datetime, say_money, say_number, say_time


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
        return _("The amount must be in %(currency)s.") % self.facts


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
