"""The one question every service asks first: may this actor do this for this merchant?

It is asked in services and not in handlers, so that API, pages and jobs get the same answer.
"""

from typing import Final

from cardamom.access.permissions import Permission
from cardamom.kit import authority
from cardamom.kit.actor import Actor, ActorKind
from cardamom.kit.errors import NotPermitted
from cardamom.kit.i18n import _

#: Somebody who has not said who they are.
ANONYMOUS: Final = Actor(kind=ActorKind.CUSTOMER, id=None, merchant_id=None, permissions=frozenset())


def require(actor: Actor, permission: Permission, merchant_id: str) -> None:
    """Return when the actor may do this for this merchant.

    Raises NotFound for somebody else's merchant, so that a stranger cannot tell what exists; NotPermitted within one's
    own; NotSignedIn for nobody. The software itself may do everything for the merchants it acts for.
    """
    authority.require(actor, permission, merchant_id)


def require_all(actor: Actor, permissions: frozenset[Permission], merchant_id: str) -> None:
    """Return when the actor holds every one of these: nobody gives away what they do not have themselves."""
    for permission in sorted(permissions):
        require(actor, permission, merchant_id)


def why(actor: Actor, permission: Permission, merchant_id: str) -> str:
    """Say in one sentence, in the language in force, why `require` would let this pass or not."""
    refusal = authority.refusal_of(actor, permission, merchant_id)
    if refusal is None:
        if actor.kind is ActorKind.SYSTEM:
            return _("Done by the system itself.")
        return _("Allowed: %(permission)s was granted.") % {"permission": permission.value}
    if isinstance(refusal, NotPermitted):
        return _("Not allowed: %(permission)s was not granted.") % {"permission": permission.value}
    return refusal.sentence()
