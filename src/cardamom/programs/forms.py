"""The fields in which an owner lays down a program. How they become rules and a design is in `editor`."""

from __future__ import annotations

from typing import Any

import wtforms
from wtforms.validators import ValidationError
from wtforms.widgets import CheckboxInput, ListWidget, TimeInput

from cardamom.kit.colour import ColourMalformed, parse_colour
from cardamom.kit.fields import (
    AmountField,
    Filled,
    NotLonger,
    WholeNumberField,
    Within,
    with_texts,
)
from cardamom.kit.forms import Form
from cardamom.kit.i18n import N_
from cardamom.programs import checks
from cardamom.programs.definition import COOLDOWN_SECONDS, DAILY_CAP, STAMPS_CAP

#: A card that begins with two of ten stamps is filled more often than one of eight.
FIRST_GOAL = 10
FIRST_WELCOME_STAMPS = 2

_MOST_MINUTES = checks.MAX_COOLDOWN_SECONDS // 60
_WISHES = [("off", N_("Not asked")), ("optional", N_("Optional")), ("required", N_("Required"))]


class ActForm(Form):
    """A button: nothing but the key that makes pressing it twice one act."""


def boxes(label: str, description: str = "") -> Any:
    """Several of a few, as boxes to tick; the choices are set later."""
    return wtforms.SelectMultipleField(
        label,
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
        description=description,
        validate_choice=False,
    )


class IsColour:
    """Refuses what is no colour."""

    def __call__(self, _form: Any, field: Any) -> None:
        try:
            parse_colour(field.data or "")
        except ColourMalformed as refusal:
            raise ValidationError(refusal.sentence()) from refusal


@with_texts(
    name=lambda: wtforms.StringField(validators=[NotLonger(checks.NAME_LIMIT)]),
    headline=lambda: wtforms.StringField(validators=[NotLonger(checks.HEADLINE_LIMIT)]),
    how_to=lambda: wtforms.TextAreaField(validators=[NotLonger(checks.TEXT_LIMIT)]),
    terms=lambda: wtforms.TextAreaField(validators=[NotLonger(checks.TEXT_LIMIT)]),
)
class ProgramForm(Form):
    """Everything about a program that is not a row of something."""

    slug = wtforms.StringField(
        N_("Address of the join page"), description=N_("Small Latin letters, digits and hyphens.")
    )

    goal = WholeNumberField(
        N_("Stamps on a full card"), [Filled(), Within(1, checks.MAX_GOAL)], default=FIRST_GOAL
    )
    reward_from = wtforms.RadioField(
        N_("What a full card gives"),
        choices=[
            ("new", N_("A new reward")),
            ("chosen", N_("A reward you have")),
            ("none", N_("No further reward")),
        ],
        default="new",
    )
    reward = wtforms.SelectField(N_("Reward"), validate_choice=False)

    per = wtforms.RadioField(
        N_("What earns stamps"),
        choices=[("visit", N_("A visit")), ("amount", N_("An amount that is spent"))],
        default="visit",
    )
    visit_stamps = WholeNumberField(N_("Stamps for a visit"), [Within(1, checks.MAX_STAMPS)], default=1)
    amount = AmountField(N_("For every"))
    amount_stamps = WholeNumberField(N_("Stamps for that amount"), [Within(1, checks.MAX_STAMPS)], default=1)
    minimum = AmountField(N_("Smallest purchase"))
    welcome_stamps = WholeNumberField(
        N_("Welcome stamps"), [Within(0, checks.MAX_GOAL)], default=FIRST_WELCOME_STAMPS
    )
    cooldown_minutes = WholeNumberField(
        N_("Pause between two visits"), [Within(0, _MOST_MINUTES)], default=COOLDOWN_SECONDS // 60
    )
    daily_cap = WholeNumberField(N_("Visits a day"), [Within(1, checks.MAX_DAILY_CAP)], default=DAILY_CAP)
    stamps_cap = WholeNumberField(
        N_("Most stamps for one visit"), [Within(1, checks.MAX_STAMPS)], default=STAMPS_CAP
    )
    inactive_days = WholeNumberField(N_("Stamps expire after"), [Within(1, checks.MAX_INACTIVE_DAYS)])
    locations = boxes(N_("Where it runs"), N_("None chosen: everywhere."))

    background = wtforms.ColorField(N_("Card"), [Filled(), IsColour()])
    ink = wtforms.ColorField(N_("Text colour"), [Filled(), IsColour()])
    accent = wtforms.ColorField(N_("Stamps"), [Filled(), IsColour()])
    icon = wtforms.RadioField(N_("Stamp"), validate_choice=False)
    pattern = wtforms.RadioField(N_("Pattern"), validate_choice=False)

    # Hashes of uploaded pictures; the files come beside them (pages.uploading).
    logo = wtforms.HiddenField(N_("Logo"))
    cover = wtforms.HiddenField(N_("Picture behind the stamps"))
    stamp = wtforms.HiddenField(N_("A stamp of your own"))

    code = wtforms.RadioField(
        N_("Code on the card"),
        choices=[("fixed", N_("Always the same")), ("rotating", N_("Changes every half minute"))],
        default="fixed",
    )
    sharing = wtforms.RadioField(
        N_("Sharing"),
        choices=[
            ("allowed", N_("Customers may share the card from their wallet")),
            ("discouraged", N_("Wallets do not offer to share it")),
        ],
        default="allowed",
    )

    ask_name = wtforms.SelectField(N_("Name"), choices=_WISHES, default="optional")
    ask_phone = wtforms.SelectField(N_("Phone"), choices=_WISHES, default="optional")
    ask_email = wtforms.SelectField(N_("E-mail"), choices=_WISHES, default="optional")
    ask_birthday = wtforms.SelectField(N_("Birthday"), choices=_WISHES, default="off")


class HappyHourRow(Form):
    """A time of the week that gives more stamps; without days and hours it is an empty row."""

    weekdays = boxes(N_("Days"))
    start = wtforms.StringField(N_("From"), widget=TimeInput())
    end = wtforms.StringField(N_("To"), widget=TimeInput())
    multiplier = wtforms.SelectField(
        N_("Stamps"), choices=[(str(n), f"× {n}") for n in range(2, 11)], default="2"
    )

    @property
    def is_empty(self) -> bool:
        return not (self.weekdays.data or self.text("start") or self.text("end"))


class MilestoneRow(Form):
    """A reward on the way; without a number it is an empty row."""

    at = WholeNumberField(N_("At stamp"), [Within(1, checks.MAX_GOAL)])
    reward = wtforms.SelectField(N_("Reward"), validate_choice=False)

    @property
    def is_empty(self) -> bool:
        return self.at.data is None and not self.at.process_errors


@with_texts(wording=lambda: wtforms.TextAreaField(validators=[NotLonger(checks.TEXT_LIMIT)]))
class ConsentRow(Form):
    """A box on the join page; without a wording it is an empty row."""

    channel = wtforms.SelectField(N_("Channel"), validate_choice=False)
    purpose = wtforms.SelectField(N_("For"), validate_choice=False)

    @property
    def is_empty(self) -> bool:
        return not any(str(field.data or "").strip() for field in self if "wording_" in field.short_name)
