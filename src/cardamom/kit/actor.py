"""Who asks for something.

An actor is known before a service is called and is stored with every operation. What it may do is decided by
`access`, which fills in the permissions.
"""

from enum import StrEnum

import msgspec


class ActorKind(StrEnum):
    PERSON = "person"
    DEVICE = "device"
    API_KEY = "api_key"
    CUSTOMER = "customer"
    SYSTEM = "system"


class Actor(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody or something that acts, for one merchant or (before one is chosen) for none."""

    kind: ActorKind
    id: str | None
    merchant_id: str | None
    permissions: frozenset[str]
    #: Where a device or a member of staff stands; None where that is not bound to a location.
    location_id: str | None = None
    #: The paired device that a person uses.
    device_id: str | None = None
    #: For the journal and the audit trail; never used to decide anything.
    name: str | None = None


def system_actor(merchant_id: str | None) -> Actor:
    """The software itself: jobs, automations and the command line. What it may do is decided in the code."""
    return Actor(kind=ActorKind.SYSTEM, id=None, merchant_id=merchant_id, permissions=frozenset())


SYSTEM = system_actor(None)


def reference(actor: Actor) -> str:
    """How an operation remembers its actor: "person:0190…", or "system"."""
    if actor.id is None:
        return actor.kind.value
    return f"{actor.kind.value}:{actor.id}"
