"""What the pages of programs show of cards and of codes: they stand below, and are handed this."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from markupsafe import Markup
from sqlalchemy.ext.asyncio import AsyncConnection

from cardamom.cards.links import LinkMaker
from cardamom.cards.picture import card_picture
from cardamom.cards.stamp_icons import ICON_LABELS, STAMP_ICONS
from cardamom.cards.words import picture_label
from cardamom.kit.localised import Localised
from cardamom.merchants.schemas import Merchant
from cardamom.programs.rules import Rules
from cardamom.programs.schemas import Design
from cardamom.programs.showcase import PassPicture, StampPicture
from cardamom.vouchers.queries import pools_of

#: So much of a card is filled where it is shown as an example: enough to see both sorts of places.
_FILLED = 0.4

_OUTLINE = Markup(
    '<svg class="icon" aria-hidden="true" viewBox="0 0 24 24" width="24" height="24" fill="none" stroke="currentColor"'
    ' stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round">{}</svg>'
)


#: Asked with a design, its rules and how many stamps are on the card.
DrawPasses = Callable[[Design, Rules, int], Awaitable[list[PassPicture]]]


def _filled(rules: Rules) -> int:
    return min(max(rules.welcome_stamps, round(rules.goal * _FILLED)), rules.goal - 1)


class ProgramShowcase:
    """Answers `cardamom.programs.showcase.Showcase`. draw_passes: of wallets, which stand above and are handed in."""

    def __init__(self, links: LinkMaker, draw_passes: DrawPasses) -> None:
        self._links = links
        self._draw_passes = draw_passes
        self._outlines = {
            name: _OUTLINE.format(Markup(outline))  # noqa: S704 - ours, not a merchant's
            for name, outline in STAMP_ICONS.items()
        }

    def picture(
        self, merchant: Merchant, *, name: Localised, design: Design, rules: Rules, reward: str
    ) -> Markup:
        """A card of a program with a few stamps on it, as an inline SVG. reward: the title at its goal, or ""."""
        balance = _filled(rules)
        label = picture_label(balance=balance, goal=rules.goal, title=reward)
        return card_picture(merchant, name=name, design=design, rules=rules, balance=balance, label=label)

    async def pass_pictures(self, *, design: Design, rules: Rules) -> list[PassPicture]:
        """The same stamps on a pass of each wallet."""
        return await self._draw_passes(design, rules, _filled(rules))

    def stamp_pictures(self) -> list[StampPicture]:
        """What a stamp can be, in the order in which it is offered."""
        return [
            StampPicture(name=name, label=str(label), outline=self._outlines[name])
            for name, label in ICON_LABELS.items()
        ]

    def join_url(self, slug: str) -> str:
        """The address of a program's join page."""
        return self._links.join_url(slug)

    async def pools(self, tx: AsyncConnection, merchant_id: str) -> list[tuple[str, str]]:
        """(id, name) of the pools that codes can be drawn from."""
        return [(pool.id, pool.name) for pool in await pools_of(tx, merchant_id)]
