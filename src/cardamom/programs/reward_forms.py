"""The form of a reward: what it is, how it is redeemed, for how long it is valid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import wtforms
from wtforms.widgets import CheckboxInput, ListWidget

from cardamom.kit.errors import Refused
from cardamom.kit.fields import (
    AmountField,
    DayField,
    NotLonger,
    WholeNumberField,
    Within,
    amount_as_typed,
    day_as_typed,
    priced_in,
    require_one_text,
    texts_as_typed,
    texts_of,
    with_texts,
)
from cardamom.kit.forms import Form
from cardamom.kit.i18n import N_, _
from cardamom.merchants.pictures import is_hash
from cardamom.merchants.schemas import Location, Merchant
from cardamom.merchants.speech import text_for_reader
from cardamom.programs.checks import MAX_USES, MAX_VALIDITY, TEXT_LIMIT, TITLE_LIMIT
from cardamom.programs.schemas import RedeemCode, Reward, RewardIn, RewardTerms, Validity

#: (id, name)
Pools = Sequence[tuple[str, str]]

_FIELD_OF_REFUSAL: Final[Mapping[str, str]] = {
    "uses": "uses",
    "value.minor": "value",
    "cost.minor": "cost",
    "locations": "locations",
}
_FIELD_OF_VALIDITY: Final[Mapping[str, str]] = {"days": "days", "months": "months", "fixed": "last_day"}
_FIELD_OF_CODE: Final[Mapping[str, str]] = {"code_text": "code_text", "code_pool": "pool"}


@with_texts(
    title=lambda: wtforms.StringField(validators=[NotLonger(TITLE_LIMIT)]),
    description=lambda: wtforms.TextAreaField(validators=[NotLonger(TEXT_LIMIT)]),
)
class RewardForm(Form):
    """Begins as a voucher that staff scan, without an end."""

    #: Hash of an uploaded picture; the file comes beside it (pages.uploading).
    image = wtforms.HiddenField(N_("Picture"))
    kind = wtforms.RadioField(
        N_("Kind of reward"),
        choices=[("voucher", N_("A voucher")), ("award", N_("Handed over at once"))],
        default="voucher",
    )
    redemption = wtforms.RadioField(
        N_("How it is redeemed"),
        choices=[
            ("staff", N_("Staff scan it")),
            ("self", N_("The customer taps")),
            ("code", N_("A code for the till")),
        ],
        default="staff",
    )
    code_kind = wtforms.RadioField(
        N_("Which code"),
        choices=[
            ("shared", N_("One code for everybody")),
            ("pool", N_("From a pool of imported codes")),
            ("generated", N_("A new code for every voucher")),
        ],
        default="shared",
    )
    code_text = wtforms.StringField(N_("The code"))
    pool = wtforms.SelectField(N_("Pool"), validate_choice=False)
    validity = wtforms.RadioField(
        N_("How long it is valid"),
        choices=[
            ("unlimited", N_("No end date")),
            ("days", N_("A number of days")),
            ("months", N_("A number of months")),
            ("fixed", N_("Until a day")),
        ],
        default="unlimited",
    )
    days = WholeNumberField(N_("Days"), [Within(1, MAX_VALIDITY["days"])], default=30)
    months = WholeNumberField(N_("Months"), [Within(1, MAX_VALIDITY["months"])], default=3)
    last_day = DayField(N_("Last day"))
    active_from = wtforms.RadioField(
        N_("From when"),
        choices=[("now", N_("At once")), ("next_visit", N_("From the next visit on"))],
        default="now",
    )
    uses = WholeNumberField(N_("How often it can be used"), [Within(1, MAX_USES)], default=1)
    value = AmountField(N_("What it is worth to the customer"))
    cost = AmountField(N_("What it costs you"))
    locations = wtforms.SelectMultipleField(
        N_("Where it is accepted"),
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
        description=N_("None chosen: everywhere."),
        validate_choice=False,
    )

    merchant: Merchant

    def at(self, merchant: Merchant, *, pools: Pools, places: Sequence[Location]) -> RewardForm:
        """The form within a business, ready to be shown and validated."""
        self.merchant = merchant
        priced_in(self, merchant.currency)
        self.pool.choices = list(pools)
        self.locations.choices = [
            (place.id, text_for_reader(merchant, place.name))
            for place in places
            if place.closed_at is None or place.id in (self.locations.data or [])
        ]
        return self

    def is_complete(self) -> bool:
        """Whether everything is filled in that the choices ask for; says what is wrong at its field."""
        is_sound = self.validate()
        has_title = require_one_text(
            self, "title", languages=self.merchant.languages, own=self.merchant.language
        )
        return self._has_what_was_chosen() and is_sound and has_title

    def _has_what_was_chosen(self) -> bool:
        needed = _FIELD_OF_VALIDITY.get(self.text("validity"))
        missing = [self[needed]] if needed is not None and not self[needed].data else []
        if self.text("redemption") == "code":
            if self.text("code_kind") == "shared" and not self.text("code_text").strip():
                missing.append(self.code_text)
            if self.text("code_kind") == "pool" and not self.text("pool"):
                missing.append(self.pool)
        for field in missing:
            field.errors = list(field.errors) or [_("Fill in this field.")]
        return not missing

    def reward(self) -> RewardIn:
        """Call it for a form that was found complete."""
        award = self.text("kind") == "award"
        return RewardIn(
            kind="award" if award else "voucher",
            title=texts_of(self, "title", stored={}),
            description=texts_of(self, "description", stored={}),
            image=self.picture(),
            terms=self.terms(),
        )

    def picture(self) -> str | None:
        """The uploaded picture that the form names."""
        given = self.text("image")
        return given if is_hash(given) else None

    def terms(self) -> RewardTerms:
        """Call it for a form that was found complete: the choices are then those that are offered."""
        redemption: Any = self.text("redemption")
        active_from: Any = self.text("active_from")
        return RewardTerms(
            redemption=redemption,
            validity=self._validity(),
            code=self._code() if redemption == "code" else None,
            active_from=active_from,
            locations=self.locations.data or None,
            value=self.value.money(),
            cost=self.cost.money(),
            uses=self.uses.data or 1,
        )

    def _validity(self) -> Validity:
        match self.text("validity"):
            case "days":
                return Validity(kind="days", n=self.days.data)
            case "months":
                return Validity(kind="months", n=self.months.data)
            case "fixed":
                return Validity(kind="fixed", date=self.last_day.day())
            case _:
                return Validity()

    def _code(self) -> RedeemCode:
        match self.text("code_kind"):
            case "pool":
                return RedeemCode(kind="pool", pool=self.text("pool"))
            case "generated":
                return RedeemCode(kind="generated")
            case _:
                return RedeemCode(kind="shared", text=self.text("code_text").strip())

    def tell(self, refusal: Refused) -> bool:
        """Show a refusal at the field that it is about. False where it is about none of these."""
        name = self._field_of(refusal)
        if name is None:
            return False
        self[name].errors = [*self[name].errors, refusal.sentence()]
        return True

    def _field_of(self, refusal: Refused) -> str | None:
        own = self.merchant.language
        match refusal.code:
            case "terms_malformed":
                return self._field_of_terms(str(refusal.facts["field"]), str(refusal.facts["why"]))
            case "pool_unknown":
                return "pool"
            case "currency_mismatch":
                return "value"
            case "localised_malformed" | "text_too_long":
                return f"title_{own}"
            case _:
                return None

    def _field_of_terms(self, field: str, why: str) -> str:
        if field.startswith("validity"):
            return _FIELD_OF_VALIDITY.get(self.text("validity"), "validity")
        if field == "code":
            return _FIELD_OF_CODE.get(why, "redemption")
        return _FIELD_OF_REFUSAL.get(field, "redemption")


def reward_as_typed(reward: Reward) -> dict[str, Any]:
    """The data of a form for a stored reward."""
    terms = reward.terms
    code = terms.code or RedeemCode(kind="shared")
    return {
        "kind": reward.kind,
        "image": reward.image or "",
        **texts_as_typed("title", reward.title),
        **texts_as_typed("description", reward.description),
        "redemption": terms.redemption,
        "code_kind": code.kind,
        "code_text": code.text or "",
        "pool": code.pool,
        "validity": terms.validity.kind,
        "days": terms.validity.n if terms.validity.kind == "days" else 30,
        "months": terms.validity.n if terms.validity.kind == "months" else 3,
        "last_day": day_as_typed(terms.validity.date),
        "active_from": terms.active_from,
        "uses": terms.uses,
        "value": amount_as_typed(terms.value),
        "cost": amount_as_typed(terms.cost),
        "locations": terms.locations or [],
    }
