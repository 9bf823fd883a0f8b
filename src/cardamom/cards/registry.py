"""What cards bring to the ledger."""

from __future__ import annotations

from cardamom.cards.expiring import ExpireStamps, ExpireStampsDeed
from cardamom.cards.joining import JoinCard, JoinHandler
from cardamom.cards.links import LinkMaker
from cardamom.cards.recovering import RenewLink, RenewLinkDeed
from cardamom.cards.rulebook import Rulebook
from cardamom.cards.stamping import StampCard, StampHandler
from cardamom.cards.undoing import UndoStamp, UndoStampDeed
from cardamom.ledger.writer import Ledger


def register(ledger: Ledger, links: LinkMaker) -> None:
    """Register the handlers of this package; one rulebook serves them all."""
    rulebook = Rulebook()
    ledger.register(StampCard, StampHandler(rulebook, links.rotating))
    ledger.register(JoinCard, JoinHandler(rulebook, links))
    ledger.register(UndoStamp, UndoStampDeed(rulebook))
    ledger.register(RenewLink, RenewLinkDeed(links))
    ledger.register(ExpireStamps, ExpireStampsDeed(rulebook))
