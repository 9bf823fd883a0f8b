"""What a stored program looks like in its form, and what a filled form means."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import msgspec

from cardamom.kit.colour import INK, PAPER, parse_colour
from cardamom.kit.digits import to_ascii
from cardamom.kit.errors import Refused
from cardamom.kit.fields import amount_as_typed, texts_as_typed, texts_of
from cardamom.kit.forms import Form
from cardamom.kit.localised import Localised
from cardamom.kit.money import Money
from cardamom.merchants.pictures import is_hash
from cardamom.merchants.schemas import DEFAULT_COLOUR, Merchant
from cardamom.programs.checks import MAX_GOAL
from cardamom.programs.definition import STAMPS_CAP, Earn, Expiry, HappyHour, Milestone, Rules
from cardamom.programs.forms import ConsentRow, HappyHourRow, MilestoneRow, ProgramForm
from cardamom.programs.schemas import Colours, ConsentBox, Design, DesignIn, JoinForm, Program

_ASKED: Final = ("name", "phone", "email", "birthday")
#: The parts of a design that are uploaded pictures.
DESIGN_PICTURES: Final = ("logo", "cover", "stamp")
_MIDNIGHT: Final = "00:00"
#: What the form shows before anything sensible was typed.
_SKETCHED_GOAL: Final = 10


def as_typed(program: Program, merchant: Merchant) -> dict[str, Any]:
    """The data of a form for a stored program."""
    design = program.design
    return {
        **texts_as_typed("name", program.name),
        **texts_as_typed("headline", design.headline),
        **texts_as_typed("how_to", design.how_to),
        **texts_as_typed("terms", design.terms),
        "slug": program.slug,
        **_rules_as_typed(program.rules, merchant.currency),
        **msgspec.structs.asdict(design.colours),
        "icon": design.icon,
        "pattern": design.pattern,
        **{name: getattr(design, name) or "" for name in DESIGN_PICTURES},
        "code": design.code,
        "sharing": design.sharing,
        **{f"ask_{field}": getattr(program.join_form, field) for field in _ASKED},
    }


def _rules_as_typed(rules: Rules, currency: str) -> dict[str, Any]:
    earn = rules.earn
    return {
        "goal": rules.goal,
        "reward_from": "none" if rules.reward is None else "chosen",
        "reward": rules.reward,
        "per": earn.per,
        "visit_stamps": earn.stamps if earn.per == "visit" else 1,
        "amount_stamps": earn.stamps if earn.per == "amount" else 1,
        "amount": amount_as_typed(_money(earn.minor, currency)),
        "minimum": amount_as_typed(_money(earn.minimum_minor, currency)),
        "welcome_stamps": rules.welcome_stamps,
        "cooldown_minutes": minutes(rules.cooldown_seconds),
        "daily_cap": rules.daily_cap,
        "stamps_cap": rules.stamps_cap,
        "inactive_days": None if rules.expiry is None else rules.expiry.inactive_days,
        "locations": rules.locations or [],
    }


def _money(minor: int | None, currency: str) -> Money | None:
    return None if minor is None else Money(minor, currency)


def minutes(seconds: int) -> int:
    """Full minutes, rounded up: a form has no seconds."""
    return -(-seconds // 60)


def hours_as_typed(hours: HappyHour) -> dict[str, Any]:
    """The data of a row. The end of the day is 00:00 to an input for times."""
    return {
        "weekdays": [str(day) for day in hours.weekdays],
        "start": hours.start,
        "end": _MIDNIGHT if hours.end == "24:00" else hours.end,
        "multiplier": str(hours.multiplier),
    }


def box_as_typed(box: ConsentBox) -> dict[str, Any]:
    """The data of a row."""
    return {
        "channel": box.channel,
        "purpose": box.purpose,
        **texts_as_typed("wording", box.wording),
    }


def rules_in(
    form: ProgramForm,
    *,
    reward_id: str | None,
    goals: Iterable[MilestoneRow],
    hours: Iterable[HappyHourRow],
    stored: Rules | None,
) -> Rules:
    """The rules of a form that was found complete. stored: those that it began with."""
    typed = (form.cooldown_minutes.data or 0) * 60
    is_untouched = stored is not None and minutes(stored.cooldown_seconds) * 60 == typed
    return Rules(
        goal=form.goal.data or 0,
        earn=_earn_in(form),
        reward=reward_id,
        milestones=sorted(
            (Milestone(at=row.at.data or 0, reward=row.text("reward")) for row in goals if not row.is_empty),
            key=lambda goal: goal.at,
        ),
        welcome_stamps=form.welcome_stamps.data or 0,
        cooldown_seconds=stored.cooldown_seconds if stored is not None and is_untouched else typed,
        daily_cap=form.daily_cap.data,
        stamps_cap=form.stamps_cap.data or STAMPS_CAP,
        happy_hours=[_hours_in(row) for row in hours if not row.is_empty],
        expiry=None if form.inactive_days.data is None else Expiry(form.inactive_days.data),
        locations=form.locations.data or None,
    )


def _earn_in(form: ProgramForm) -> Earn:
    minimum = form.minimum.money()
    least = None if minimum is None else minimum.minor
    if form.text("per") != "amount":
        return Earn(stamps=form.visit_stamps.data or 1, minimum_minor=least)
    amount = form.amount.money()
    return Earn(
        per="amount",
        stamps=form.amount_stamps.data or 1,
        minor=None if amount is None else amount.minor,
        minimum_minor=least,
    )


def _hours_in(row: HappyHourRow) -> HappyHour:
    end = to_ascii(row.text("end")).strip()
    return HappyHour(
        weekdays=[int(day) for day in row.weekdays.data or [] if day in "1234567"],
        start=to_ascii(row.text("start")).strip(),
        end="24:00" if end == _MIDNIGHT else end,
        multiplier=int(row.text("multiplier")),
    )


def design_in(form: ProgramForm, *, stored: DesignIn) -> DesignIn:
    """How the card is to look. stored: for what has no field here, such as texts in other languages.

    Raises msgspec.ValidationError for a form that is not ours.
    """
    return msgspec.convert(
        {
            **msgspec.structs.asdict(stored),
            "colours": {name: form.text(name) for name in ("background", "ink", "accent")},
            "icon": form.text("icon"),
            "pattern": form.text("pattern"),
            **{name: picture_in(form, name) for name in DESIGN_PICTURES},
            "code": form.text("code"),
            "sharing": form.text("sharing"),
            **{
                name: texts_of(form, name, stored=getattr(stored, name))
                for name in ("headline", "how_to", "terms")
            },
        },
        DesignIn,
    )


def join_form_in(form: ProgramForm, *, boxes: Iterable[ConsentRow], stored: JoinForm) -> JoinForm:
    """What the join page is to ask for. Raises msgspec.ValidationError for a form that is not ours."""
    others: dict[tuple[str, str], Localised] = {
        (box.channel, box.purpose): box.wording for box in stored.consents
    }
    consents = [
        {
            "channel": box.text("channel"),
            "purpose": box.text("purpose"),
            "wording": texts_of(
                box, "wording", stored=others.get((box.text("channel"), box.text("purpose")), {})
            ),
        }
        for box in boxes
        if not box.is_empty
    ]
    return msgspec.convert(
        {**{field: form.text(f"ask_{field}") for field in _ASKED}, "consents": consents}, JoinForm
    )


def sketched_rules(form: ProgramForm, *, goals: Iterable[MilestoneRow]) -> Rules:
    """Rules that can be drawn, whatever was typed so far."""
    goal = min(max(form.goal.data or _SKETCHED_GOAL, 1), MAX_GOAL)
    on_the_way = sorted({row.at.data for row in goals if row.at.data and 0 < row.at.data < goal})
    return Rules(
        goal=goal,
        milestones=[Milestone(at=at, reward="") for at in on_the_way],
        welcome_stamps=min(form.welcome_stamps.data or 0, goal - 1),
    )


def sketched_design(form: ProgramForm) -> Design:
    """A design that can be drawn, whatever was typed so far."""
    colours = {
        "background": _colour(form.text("background"), PAPER),
        "ink": _colour(form.text("ink"), INK),
        "accent": _colour(form.text("accent"), DEFAULT_COLOUR),
    }
    headline = texts_of(form, "headline", stored={})
    chosen = {"icon": form.text("icon"), "pattern": form.text("pattern"), "headline": headline}
    try:
        design = msgspec.convert(chosen, DesignIn)
    except msgspec.ValidationError:
        design = DesignIn(headline=headline)
    return Design(
        colours=Colours(**colours),
        icon=design.icon,
        pattern=design.pattern,
        headline=design.headline,
        logo=picture_in(form, "logo"),
        cover=picture_in(form, "cover"),
        stamp=picture_in(form, "stamp"),
    )


def picture_in(form: Form, name: str) -> str | None:
    """The uploaded picture that a form names; None for none, and for what is no picture's name."""
    given = form.text(name)
    return given if is_hash(given) else None


def _colour(text: str, otherwise: str) -> str:
    try:
        return parse_colour(text)
    except Refused:
        return otherwise
