"""What the pages of programs have in common: who may do what, and where the choices of their forms come from."""

from typing import Any, Final

from litestar import Request

from cardamom.access.permissions import Permission
from cardamom.db.database import Database
from cardamom.kit.actor import Actor
from cardamom.kit.errors import Refused
from cardamom.kit.i18n import current
from cardamom.kit.languages import language
from cardamom.merchants.frame import dashboard_frame
from cardamom.merchants.queries import locations_of
from cardamom.merchants.schemas import Merchant
from cardamom.programs.editor import Surroundings
from cardamom.programs.queries import rewards_of
from cardamom.programs.showcase import Showcase
from cardamom.programs.wording import address_words

MAY_READ: Final = {"permission": Permission.PROGRAMS_READ}
MAY_WRITE: Final = {"permission": Permission.PROGRAMS_WRITE}

_AT_THE_FORM: Final = frozenset({409, 422})

AnyRequest = Request[Any, Any, Any]


def frame(merchant: Merchant, actor: Actor) -> dict[str, Any]:
    """What the dashboard's frame and every template of this package need."""
    return {
        **dashboard_frame(actor, merchant),
        "merchant": merchant,
        "calendar": current().calendar,
        "language_name": lambda code: language(code).name,
        "say_address": address_words,
        "may_write": Permission.PROGRAMS_WRITE in actor.permissions,
    }


async def surroundings(database: Database, merchant: Merchant, showcase: Showcase) -> Surroundings:
    """What the forms offer."""
    async with database.reading(merchant.id) as tx:
        return Surroundings(
            merchant=merchant,
            rewards=await rewards_of(tx, merchant.id),
            places=await locations_of(tx, merchant.id),
            pools=await showcase.pools(tx, merchant.id),
            stamps=showcase.stamp_pictures(),
        )


def require_form_matter(refusal: Refused) -> None:
    """Raise a refusal that is no matter of a form, so that it gets a page of its own."""
    if refusal.status not in _AT_THE_FORM:
        raise refusal
