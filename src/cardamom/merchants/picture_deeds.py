"""The upload of a picture, performed inside the ledger's transaction."""

from typing import ClassVar

from sqlalchemy.dialects.postgresql import insert

from cardamom.kit.pictures import MediaType
from cardamom.ledger.commands import Command
from cardamom.ledger.decisions import Decision, Occasion
from cardamom.ledger.handlers import Tx
from cardamom.ledger.writer import Ledger
from cardamom.merchants import events
from cardamom.merchants.tables import pictures


class UploadPicture(Command, frozen=True, kw_only=True):
    """A picture as it is kept (`kit.pictures`). hash: of its content; source: sha256 of the file that was sent."""

    kind: ClassVar[str] = "picture.upload"

    source: str
    hash: str
    media_type: MediaType
    width: int
    height: int
    content: bytes

    def fingerprint(self) -> bytes:
        """The file that was sent says what was asked for; another release may write it down differently."""
        return bytes.fromhex(self.source)


class UploadPictureDeed:
    async def perform(self, tx: Tx, command: UploadPicture, occasion: Occasion) -> Decision:
        row = insert(pictures).values(
            hash=command.hash,
            merchant_id=command.merchant_id,
            media_type=command.media_type,
            width=command.width,
            height=command.height,
            content=command.content,
            created_at=occasion.now,
        )
        await tx.sql.execute(row.on_conflict_do_nothing())
        facts = {
            "picture": command.hash,
            "media_type": command.media_type,
            "width": command.width,
            "height": command.height,
        }
        return Decision(
            facts=facts, events=[events.picture_uploaded(command.merchant_id, picture=command.hash)]
        )


def register(ledger: Ledger) -> None:
    """Tell the ledger who keeps pictures."""
    ledger.register(UploadPicture, UploadPictureDeed())
