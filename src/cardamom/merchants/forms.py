"""The forms of the settings: the business, its look, its digits and calendar, its locations."""

from typing import Self

import wtforms
from babel.dates import get_day_names
from wtforms.validators import InputRequired
from wtforms.widgets import CheckboxInput, ColorInput, ListWidget

from cardamom.kit.forms import Form
from cardamom.kit.i18n import N_, _, current
from cardamom.kit.languages import SUPPORTED, language, parse_locale
from cardamom.kit.localised import Localised
from cardamom.merchants.places import currency_choices, language_choices, region_choices, time_zone_choices
from cardamom.merchants.positions import as_typed, parse_position
from cardamom.merchants.schemas import (
    Brand,
    Location,
    LocationPatch,
    Merchant,
    MerchantPatch,
    NewLocation,
    Preferences,
)

_REQUIRED = InputRequired(N_("Fill in this field."))
_CHOOSE = InputRequired(N_("Choose one."))


class NamesForm(Form):
    """A name in every language that we speak: the fields name_en, name_ar, name_fa and name_he."""

    def expect(self, language: str) -> Self:
        """Mark the name in the shop's own language as the one that is expected; any one will do."""
        self[f"name_{language}"].flags.required = True
        return self

    def names(self, stored: Localised) -> Localised:
        """The name as it will be stored. stored: what it is now, for languages that have no field here."""
        others = {tag: text for tag, text in stored.items() if tag not in SUPPORTED}
        return {
            **others,
            **{code: self.text(f"name_{code}") for code in SUPPORTED if self.text(f"name_{code}")},
        }


for _code in SUPPORTED:
    setattr(NamesForm, f"name_{_code}", wtforms.StringField(language(_code).name))


def _named(name: Localised) -> dict[str, str]:
    return {f"name_{code}": name.get(code, "") for code in SUPPORTED}


class BusinessForm(NamesForm):
    language = wtforms.SelectField(N_("Own language"), [_CHOOSE])
    languages = wtforms.SelectMultipleField(
        N_("Languages of your texts"),
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
        description=N_("Customers read your texts in their language where you wrote it, else in your own."),
    )
    region = wtforms.SelectField(N_("Country"), [_CHOOSE])
    time_zone = wtforms.SelectField(
        N_("Time zone"),
        [_CHOOSE],
        description=N_("Days, limits and opening hours follow the clock of the shop."),
    )
    currency = wtforms.SelectField(N_("Currency"), [_CHOOSE])

    @classmethod
    def of(cls, merchant: Merchant) -> Self:
        """With what is stored."""
        return cls(
            data={
                **_named(merchant.name),
                "language": merchant.language,
                "languages": merchant.languages,
                "region": merchant.region,
                "time_zone": merchant.time_zone,
                "currency": merchant.currency,
            }
        )

    def fill_choices(self) -> Self:
        self.language.choices = language_choices()
        self.languages.choices = language_choices()
        self.region.choices = region_choices()
        self.time_zone.choices = time_zone_choices("")
        self.currency.choices = currency_choices()
        return self

    def patch(self, merchant: Merchant) -> MerchantPatch:
        return MerchantPatch(
            name=self.names(merchant.name),
            language=self.text("language"),
            languages=list(self.languages.data or []),
            region=self.text("region"),
            time_zone=self.text("time_zone"),
            currency=self.text("currency"),
        )


class BrandForm(Form):
    colour = wtforms.StringField(
        N_("Colour"), [_REQUIRED], widget=ColorInput(), description=N_("The colour of your cards.")
    )
    has_background = wtforms.BooleanField(N_("A colour of its own behind the stamps"))
    background = wtforms.StringField(N_("Behind the stamps"), [_REQUIRED], widget=ColorInput())

    @classmethod
    def of(cls, merchant: Merchant) -> Self:
        """With what is stored."""
        brand = merchant.brand
        return cls(
            data={
                "colour": brand.colour,
                "has_background": brand.background is not None,
                "background": brand.background or "#ffffff",
            }
        )

    def patch(self) -> MerchantPatch:
        background = self.text("background") if self.has_background.data else None
        return MerchantPatch(brand=Brand(colour=self.text("colour"), background=background))


class PreferencesForm(Form):
    """An empty choice keeps what the language and the country suggest."""

    numbering = wtforms.SelectField(N_("Digits"))
    calendar = wtforms.SelectField(N_("Calendar"))
    first_weekday = wtforms.SelectField(N_("The week begins on"))
    weekend = wtforms.SelectMultipleField(
        N_("Days off"),
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
        description=N_("No day chosen: as usual in the country."),
    )

    @classmethod
    def of(cls, merchant: Merchant) -> Self:
        """With what is stored."""
        preferences = merchant.preferences
        return cls(
            data={
                "numbering": preferences.numbering or "",
                "calendar": preferences.calendar or "",
                "first_weekday": str(preferences.first_weekday or ""),
                "weekend": [str(day) for day in preferences.weekend or []],
            }
        )

    def fill_choices(self) -> Self:
        usual = {"": _("As usual in the country")}
        names = get_day_names("wide", locale=parse_locale(current().default_locale))
        days = {str(day + 1): names[day] for day in range(7)}
        self.numbering.choices = {
            **usual,
            "latn": "0123456789",
            "arab": "٠١٢٣٤٥٦٧٨٩",
            "arabext": "۰۱۲۳۴۵۶۷۸۹",
        }
        self.calendar.choices = {
            **usual,
            "gregorian": _("Gregorian"),
            "jalali": _("Persian (Solar Hijri)"),
            "hijri": _("Islamic (Umm al-Qura)"),
        }
        self.first_weekday.choices = {**usual, **days}
        self.weekend.choices = days
        return self

    def patch(self) -> MerchantPatch:
        """Call it for a form that was found valid: the choices are then those of `fill_choices`."""
        first = self.text("first_weekday")
        return MerchantPatch(
            preferences=Preferences(
                numbering=self.numbering.data or None,
                calendar=self.calendar.data or None,
                first_weekday=int(first) if first else None,
                weekend=[int(day) for day in self.weekend.data or []] or None,
            )
        )


class LocationForm(NamesForm):
    address = wtforms.StringField(N_("Address"))
    position = wtforms.StringField(
        N_("Place on the map"),
        description=N_(
            "Copy it from any map: two numbers as in 24.7136, 46.6753, or the link to the place. Phones show the card"
            " when its holder is near."
        ),
    )

    @classmethod
    def of(cls, location: Location) -> Self:
        """With what is stored."""
        return cls(
            data={
                **_named(location.name),
                "address": location.address or "",
                "position": as_typed(location.latitude, location.longitude),
            }
        )

    def location(self) -> NewLocation:
        """What was typed. Raises PositionMalformed."""
        latitude, longitude = self._position()
        return NewLocation(
            name=self.names({}), address=self.text("address"), latitude=latitude, longitude=longitude
        )

    def patch(self, stored: Location) -> LocationPatch:
        """The same as a change of what is stored. Raises PositionMalformed."""
        latitude, longitude = self._position()
        return LocationPatch(
            name=self.names(stored.name),
            address=self.text("address"),
            latitude=latitude,
            longitude=longitude,
        )

    def _position(self) -> tuple[float, float] | tuple[None, None]:
        typed = self.text("position")
        if not typed.strip():
            return None, None
        position = parse_position(typed)
        return position.latitude, position.longitude


class ActForm(Form):
    """A button: nothing but the key that makes pressing it twice one act."""
