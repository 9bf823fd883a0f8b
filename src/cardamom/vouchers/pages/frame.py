"""What the pages about vouchers have in common."""

from typing import Any, Final

from litestar import Request

from cardamom.access.permissions import Permission
from cardamom.kit.actor import Actor
from cardamom.kit.errors import Refused
from cardamom.kit.i18n import current
from cardamom.kit.languages import language
from cardamom.kit.phone import display_phone
from cardamom.merchants.frame import dashboard_frame
from cardamom.merchants.schemas import Merchant

MAY_READ: Final = {"permission": Permission.VOUCHERS_READ}
MAY_ISSUE: Final = {"permission": Permission.VOUCHERS_ISSUE}

_AT_THE_FORM: Final = frozenset({409, 410, 422})

AnyRequest = Request[Any, Any, Any]


def frame(merchant: Merchant, actor: Actor) -> dict[str, Any]:
    """What the dashboard's frame and every template of this package need."""
    return {
        **dashboard_frame(actor, merchant),
        "merchant": merchant,
        "calendar": current().calendar,
        "language_name": lambda code: language(code).name,
        "say_phone": lambda phone: display_phone(phone, region=merchant.region),
        "may_issue": Permission.VOUCHERS_ISSUE in actor.permissions,
        "may_see_customers": Permission.CUSTOMERS_READ in actor.permissions,
        "may_see_journal": Permission.JOURNAL_READ in actor.permissions,
    }


def require_form_matter(refusal: Refused) -> None:
    """Raise a refusal that is no matter of a form, so that it gets a page of its own."""
    if refusal.status not in _AT_THE_FORM:
        raise refusal
