"""The drawing of a card with a shop's own words and colours, in the language in force."""

from __future__ import annotations

from markupsafe import Markup

from cardamom.cards.art import CardArt, Milestone, stamp_card_svg
from cardamom.cards.view import CardView
from cardamom.cards.words import next_title, picture_label
from cardamom.kit.i18n import current
from cardamom.kit.localised import Localised
from cardamom.merchants.pictures import shaped_path
from cardamom.merchants.schemas import Merchant
from cardamom.merchants.speech import text_for_reader
from cardamom.programs.rules import Rules
from cardamom.programs.schemas import Design


def picture_of(view: CardView) -> Markup:
    """A card as it stands."""
    goal = view.card.rules.goal
    return card_picture(
        view.merchant,
        name=view.program.name,
        design=view.program.design,
        rules=view.card.rules,
        balance=view.balance,
        label=picture_label(balance=view.balance, goal=goal, title=next_title(view)),
    )


def card_picture(
    merchant: Merchant, *, name: Localised, design: Design, rules: Rules, balance: int, label: str
) -> Markup:
    """An inline SVG. name: of the program. label: the card for those who do not see it."""
    chosen = current()
    art = CardArt(
        label=label,
        shop_name=text_for_reader(merchant, merchant.name),
        program_name=text_for_reader(merchant, design.headline) or text_for_reader(merchant, name),
        goal=rules.goal,
        balance=balance,
        milestones=tuple(Milestone(goal.at) for goal in rules.milestones),
        icon=design.icon,
        background=design.colours.background,
        ink=design.colours.ink,
        accent=design.colours.accent,
        direction=chosen.direction,
        numbering=chosen.numbering,
        pattern=design.pattern,
        logo=None if design.logo is None else shaped_path(design.logo, "small"),
        stamp=None if design.stamp is None else shaped_path(design.stamp, "round"),
    )
    return Markup(stamp_card_svg(art))  # noqa: S704 - art.py escapes what the shop wrote
