"""What is refused about a business's own data."""

from cardamom.kit.errors import Conflict, Refused
from cardamom.kit.i18n import _


class TimeZoneUnknown(Refused):
    """Not the name of an IANA time zone, such as Asia/Tehran."""

    code = "time_zone_unknown"
    status = 422

    def sentence(self) -> str:
        return _("There is no such time zone. Write it as in Asia/Tehran.")


class TimeZoneNeeded(Refused):
    """The country has several time zones. Facts: region."""

    code = "time_zone_needed"
    status = 422

    def sentence(self) -> str:
        return _("This country has several time zones. Choose one.")


class CurrencyUnknown(Refused):
    """Not the ISO 4217 code of a currency in use."""

    code = "currency_unknown"
    status = 422

    def sentence(self) -> str:
        return _("There is no such currency. Write its three letters, as in EUR.")


class RegionUnknown(Refused):
    """Not the ISO 3166 code of a country."""

    code = "region_unknown"
    status = 422

    def sentence(self) -> str:
        return _("There is no such country. Write its two letters, as in EG.")


class LanguageUnsupported(Refused):
    """A language that the pages are not translated into, or a list of languages without the business's own."""

    code = "language_unsupported"
    status = 422

    def sentence(self) -> str:
        return _("This language is not available.")


class PreferencesMalformed(Refused):
    """A weekday outside 1 (Monday) to 7 (Sunday), or a digit set or calendar that we do not write."""

    code = "preferences_malformed"
    status = 422

    def sentence(self) -> str:
        return _("These digits, calendar or weekdays are not available.")


class SlugMalformed(Refused):
    """A slug has 2 to 60 small Latin letters, digits and single hyphens."""

    code = "slug_malformed"
    status = 422

    def sentence(self) -> str:
        return _("An address has 2 to 60 small Latin letters, digits and single hyphens.")


class SlugTaken(Conflict):
    """Somebody on this server has the slug."""

    code = "slug_taken"

    def sentence(self) -> str:
        return _("This address is taken. Choose another one.")


class PositionMalformed(Refused):
    """Not a place on the map. Facts: why (text, link without a position, or range)."""

    code = "position_malformed"
    status = 422

    def sentence(self) -> str:
        match self.facts.get("why"):
            case "link":
                return _(
                    "This link does not say where the place is. Copy the two numbers from the map instead."
                )
            case "range":
                return _(
                    "There is no such place: the first number goes from -90 to 90, the second from -180 to 180."
                )
            case _:
                return _("Write two numbers as in 24.7136, 46.6753, or paste a link to the place on a map.")


class PictureUnknown(Refused):
    """A design or a reward names a picture that nobody uploaded. Facts: field."""

    code = "picture_unknown"
    status = 422

    def sentence(self) -> str:
        return _("This picture is not there. Upload it first.")


class LastLocation(Conflict):
    """A business keeps at least one open location."""

    code = "last_location"

    def sentence(self) -> str:
        return _("A business needs at least one open location. Add another one first.")
