"""Whether an actor may do something for a merchant: the one answer, for packages below `access` too.

`access` names the permissions and gives them to people and keys; here they are only texts.
"""

from cardamom.kit.actor import Actor, ActorKind
from cardamom.kit.errors import NotFound, NotPermitted, NotSignedIn, Refused


def refusal_of(actor: Actor, permission: str, merchant_id: str) -> Refused | None:
    """Why the actor may not do this for this merchant, or None when it may.

    NotFound for somebody else's merchant, so that a stranger cannot tell what exists; NotPermitted within one's own;
    NotSignedIn for nobody. The software itself may do everything for the merchants it acts for.
    """
    if actor.merchant_id != merchant_id:
        if actor.merchant_id is not None:
            return NotFound()
        return None if actor.kind is ActorKind.SYSTEM else NotSignedIn()
    if permission in actor.permissions or actor.kind is ActorKind.SYSTEM:
        return None
    return NotPermitted(permission=str(permission))


def require(actor: Actor, permission: str, merchant_id: str) -> None:
    """Return when the actor may do this for this merchant; else raise what `refusal_of` answers."""
    refusal = refusal_of(actor, permission, merchant_id)
    if refusal is not None:
        raise refusal
