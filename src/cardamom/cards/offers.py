"""What a join page offers: a program with its business and what can be earned there."""

from __future__ import annotations

import msgspec
from markupsafe import Markup

from cardamom.cards.errors import ProgramClosed
from cardamom.cards.picture import card_picture
from cardamom.cards.view_queries import reward_titles
from cardamom.cards.words import picture_label
from cardamom.db.database import Database
from cardamom.kit.errors import NotFound
from cardamom.kit.localised import Localised
from cardamom.merchants.queries import MerchantCache
from cardamom.merchants.schemas import Merchant
from cardamom.merchants.speech import text_for_reader
from cardamom.programs.queries import program_by_slug
from cardamom.programs.schemas import Program
from cardamom.programs.wording import promise


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """A program that can be joined, or could be. title: of the reward at its final goal."""

    merchant: Merchant
    program: Program
    title: Localised | None

    @property
    def promise(self) -> str:
        """What one gets for coming back, in one sentence in the language in force."""
        return promise(goal=self.program.rules.goal, title=self._title)

    @property
    def picture(self) -> Markup:
        """The card as it will be on the first day."""
        rules = self.program.rules
        return card_picture(
            self.merchant,
            name=self.program.name,
            design=self.program.design,
            rules=rules,
            balance=rules.welcome_stamps,
            label=picture_label(balance=rules.welcome_stamps, goal=rules.goal, title=self._title),
        )

    @property
    def _title(self) -> str:
        return "" if self.title is None else text_for_reader(self.merchant, self.title)

    def require_open(self) -> None:
        """Raises ProgramClosed for a program that has ended."""
        if self.program.status != "live":
            raise ProgramClosed


async def offer_by_slug(database: Database, merchants: MerchantCache, slug: str) -> Offer:
    """What a public name leads to; live, or over. Raises NotFound, also for a draft: nobody has announced it yet."""
    merchant_id, program = await program_by_slug(database, slug)
    if program.status == "draft":
        raise NotFound
    reward = program.rules.reward
    async with database.reading(merchant_id) as tx:
        titles = await reward_titles(tx, merchant_id, [] if reward is None else [reward])
    return Offer(
        merchant=await merchants.merchant(merchant_id), program=program, title=titles.get(reward or "")
    )
