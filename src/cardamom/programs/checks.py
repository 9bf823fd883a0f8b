"""Whether what an owner defines makes sense. Pure: raises the refusal that fits, returns what is stored.

What only the database knows (whether a reward or a location exists, the merchant's currency) is checked by the deeds.
"""

import re
from collections.abc import Collection, Sequence
from datetime import date
from typing import Final

import msgspec

from cardamom.kit.colour import parse_colour
from cardamom.kit.ids import is_id
from cardamom.kit.localised import Localised, validate_localised
from cardamom.kit.money import MAX_MINOR
from cardamom.programs.definition import Earn, HappyHour, Milestone, Rules
from cardamom.programs.earning import minute_of
from cardamom.programs.errors import JoinFormMalformed, RulesMalformed, TermsMalformed
from cardamom.programs.schemas import (
    Colours,
    ConsentBox,
    DesignIn,
    JoinForm,
    RedeemCode,
    RewardTerms,
    Validity,
)

NAME_LIMIT: Final = 60
HEADLINE_LIMIT: Final = 80
TITLE_LIMIT: Final = 80
TEXT_LIMIT: Final = 2_000

MAX_GOAL: Final = 100
MAX_MILESTONES: Final = 20
MAX_STAMPS: Final = 100
MAX_COOLDOWN_SECONDS: Final = 31 * 24 * 3600
MAX_DAILY_CAP: Final = 1_000
MAX_HAPPY_HOURS: Final = 50
MAX_LOCATIONS: Final = 1_000
MAX_INACTIVE_DAYS: Final = 3_650
MAX_CONSENTS: Final = 12
MAX_USES: Final = 1_000
#: The longest validity, in its own unit: ten years.
MAX_VALIDITY: Final = {"days": 3_650, "months": 120}
LAST_DAY: Final = date(2199, 12, 31)

#: What a barcode carries and a till can be given by hand.
REDEEM_CODE: Final = re.compile(r"[!-~](?:[ -~]{0,46}[!-~])?")

#: Where a message over a channel would go; a wallet or a browser brings its own address.
_CONTACT_OF = {"email": "email", "sms": "phone", "whatsapp": "phone", "telegram": "phone"}


def check_name(name: Localised) -> Localised:
    """Raises LocalisedMalformed, TextTooLong."""
    return validate_localised(name, limit=NAME_LIMIT)


def check_title(title: Localised) -> Localised:
    """Raises LocalisedMalformed, TextTooLong."""
    return validate_localised(title, limit=TITLE_LIMIT)


def check_text(text: Localised, *, limit: int = TEXT_LIMIT) -> Localised:
    """A text that may be missing in every language. Raises LocalisedMalformed, TextTooLong."""
    if not any(written.strip() for written in text.values()):
        return {}
    return validate_localised(text, limit=limit)


def check_rules(rules: Rules) -> Rules:
    """Rules that a card can live by, with happy hours in one form. Raises RulesMalformed, which names the field."""
    _in_range("goal", rules.goal, 1, MAX_GOAL)
    _check_earn(rules.earn)
    _check_milestones(rules.milestones, rules.goal)
    if not 0 <= rules.welcome_stamps < rules.goal:
        raise RulesMalformed(field="welcome_stamps", why="welcome")
    _in_range("cooldown_seconds", rules.cooldown_seconds, 0, MAX_COOLDOWN_SECONDS)
    if rules.daily_cap is not None:
        _in_range("daily_cap", rules.daily_cap, 1, MAX_DAILY_CAP)
    _in_range("stamps_cap", rules.stamps_cap, 1, MAX_STAMPS)
    happy_hours = _checked_happy_hours(rules.happy_hours)
    best = max((hours.multiplier for hours in happy_hours), default=1)
    if rules.earn.stamps * best > rules.stamps_cap:
        raise RulesMalformed(field="stamps_cap", why="cap")
    if rules.expiry is not None:
        _in_range("expiry.inactive_days", rules.expiry.inactive_days, 1, MAX_INACTIVE_DAYS)
    return msgspec.structs.replace(
        rules, happy_hours=happy_hours, locations=_checked_locations(rules.locations, RulesMalformed)
    )


def _in_range(field: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise RulesMalformed(field=field, why="range", least=least, most=most)


def _check_earn(earn: Earn) -> None:
    _in_range("earn.stamps", earn.stamps, 1, MAX_STAMPS)
    if earn.per == "amount" and earn.minor is None:
        raise RulesMalformed(field="earn.minor", why="amount_missing")
    if earn.per == "visit" and earn.minor is not None:
        raise RulesMalformed(field="earn.minor", why="amount_unexpected")
    if earn.minor is not None:
        _in_range("earn.minor", earn.minor, 1, MAX_MINOR)
    if earn.minimum_minor is not None:
        _in_range("earn.minimum_minor", earn.minimum_minor, 1, MAX_MINOR)


def _check_milestones(milestones: Sequence[Milestone], goal: int) -> None:
    if len(milestones) > MAX_MILESTONES:
        raise RulesMalformed(field="milestones", why="too_many", most=MAX_MILESTONES)
    previous = 0
    for milestone in milestones:
        if not previous < milestone.at < goal:
            raise RulesMalformed(field="milestones", why="order")
        previous = milestone.at


def _checked_happy_hours(happy_hours: Sequence[HappyHour]) -> list[HappyHour]:
    if len(happy_hours) > MAX_HAPPY_HOURS:
        raise RulesMalformed(field="happy_hours", why="too_many", most=MAX_HAPPY_HOURS)
    return [_checked_hours(hours) for hours in happy_hours]


def _checked_hours(hours: HappyHour) -> HappyHour:
    weekdays = sorted(set(hours.weekdays))
    if not weekdays or weekdays[0] < 1 or weekdays[-1] > 7:
        raise RulesMalformed(field="happy_hours", why="weekdays")
    try:
        start, end = minute_of(hours.start), minute_of(hours.end)
    except ValueError as error:
        raise RulesMalformed(field="happy_hours", why="time") from error
    # The same time twice could mean a whole day or nothing; a whole day is 00:00 to 24:00.
    if start == end or start == minute_of("24:00"):
        raise RulesMalformed(field="happy_hours", why="time")
    _in_range("happy_hours.multiplier", hours.multiplier, 2, 10)
    return msgspec.structs.replace(hours, weekdays=weekdays)


def _checked_locations(
    locations: Collection[str] | None, malformed: type[RulesMalformed | TermsMalformed]
) -> list[str] | None:
    if locations is None:
        return None
    if not locations:
        raise malformed(field="locations", why="empty")
    if len(locations) > MAX_LOCATIONS:
        raise malformed(field="locations", why="too_many", most=MAX_LOCATIONS)
    return sorted(set(locations))


def check_terms(terms: RewardTerms) -> RewardTerms:
    """Terms that a voucher can keep. Raises TermsMalformed, which names the field."""
    _check_validity(terms.validity)
    if terms.redemption == "code" and terms.code is None:
        raise TermsMalformed(field="code", why="code_missing")
    if not 1 <= terms.uses <= MAX_USES:
        raise TermsMalformed(field="uses", why="range", least=1, most=MAX_USES)
    for name, money in (("value", terms.value), ("cost", terms.cost)):
        if money is not None and not 0 <= money.minor <= MAX_MINOR:
            raise TermsMalformed(field=f"{name}.minor", why="range", least=0, most=MAX_MINOR)
    return msgspec.structs.replace(
        terms,
        code=None if terms.code is None else _checked_code(terms.code),
        locations=_checked_locations(terms.locations, TermsMalformed),
    )


def _check_validity(validity: Validity) -> None:
    most = MAX_VALIDITY.get(validity.kind)
    wants_date = validity.kind == "fixed"
    if (most is not None and validity.n is None) or (wants_date and validity.date is None):
        raise TermsMalformed(field="validity", why="validity_missing")
    if (most is None and validity.n is not None) or (not wants_date and validity.date is not None):
        raise TermsMalformed(field="validity", why="validity_unexpected")
    if most is not None and validity.n is not None and not 1 <= validity.n <= most:
        raise TermsMalformed(field="validity.n", why="range", least=1, most=most)
    if validity.date is not None and validity.date > LAST_DAY:
        raise TermsMalformed(field="validity", why="validity_far")


def check_validity_ahead(validity: Validity, *, today: date) -> None:
    """Raises TermsMalformed for a last day that has passed. today: the shop's calendar day."""
    if validity.date is not None and validity.date < today:
        raise TermsMalformed(field="validity", why="validity_past")


def _checked_code(code: RedeemCode) -> RedeemCode:
    """The code with what its kind needs and nothing else."""
    match code.kind:
        case "shared":
            text = (code.text or "").strip()
            if REDEEM_CODE.fullmatch(text) is None:
                raise TermsMalformed(field="code", why="code_text")
            return RedeemCode(kind="shared", text=text)
        case "pool":
            if code.pool is None or not is_id(code.pool):
                raise TermsMalformed(field="code", why="code_pool")
            return RedeemCode(kind="pool", pool=code.pool)
        case "generated":
            return RedeemCode(kind="generated")


def check_design(design: DesignIn) -> DesignIn:
    """A design with its colours and texts in one form. Raises ColourMalformed, LocalisedMalformed, TextTooLong."""
    return msgspec.structs.replace(
        design,
        colours=None if design.colours is None else _checked_colours(design.colours),
        headline=check_text(design.headline, limit=HEADLINE_LIMIT),
        terms=check_text(design.terms),
        how_to=check_text(design.how_to),
    )


def _checked_colours(colours: Colours) -> Colours:
    return Colours(
        background=parse_colour(colours.background),
        ink=parse_colour(colours.ink),
        accent=parse_colour(colours.accent),
    )


def check_join_form(form: JoinForm) -> JoinForm:
    """A form that can be filled in. Raises JoinFormMalformed, LocalisedMalformed, TextTooLong."""
    if len(form.consents) > MAX_CONSENTS:
        raise JoinFormMalformed(field="consents", why="too_many", most=MAX_CONSENTS)
    if len({(box.channel, box.purpose) for box in form.consents}) < len(form.consents):
        raise JoinFormMalformed(field="consents", why="duplicate")
    for box in form.consents:
        contact = _CONTACT_OF.get(box.channel)
        if contact is not None and getattr(form, contact) == "off":
            raise JoinFormMalformed(field="consents", why="contact_off")
    return msgspec.structs.replace(form, consents=[_checked_box(box) for box in form.consents])


def _checked_box(box: ConsentBox) -> ConsentBox:
    return msgspec.structs.replace(box, wording=validate_localised(box.wording, limit=TEXT_LIMIT))
