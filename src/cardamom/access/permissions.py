"""What somebody may be allowed to do, and which of it a role brings along.

A permission is `noun.verb`; its text is stored with API keys, so a name that is in use never changes its meaning.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final, Literal, get_args


class Permission(StrEnum):
    """One thing that may be done within one merchant."""

    #: Look at cards, their balance and their entries.
    CARDS_READ = "cards.read"
    #: Give somebody a card.
    CARDS_JOIN = "cards.join"
    #: Scan a card: add stamps to it.
    CARDS_STAMP = "cards.stamp"
    #: Take back one's own act within a few seconds.
    OPERATIONS_UNDO = "operations.undo"
    #: Take back anybody's act at any time, with a reason.
    OPERATIONS_REVERSE = "operations.reverse"
    VOUCHERS_READ = "vouchers.read"
    #: Issue a voucher by hand.
    VOUCHERS_ISSUE = "vouchers.issue"
    VOUCHERS_REDEEM = "vouchers.redeem"
    PROGRAMS_READ = "programs.read"
    PROGRAMS_WRITE = "programs.write"
    CUSTOMERS_READ = "customers.read"
    CUSTOMERS_WRITE = "customers.write"
    MERCHANTS_READ = "merchants.read"
    #: Change the business's settings and locations.
    MERCHANTS_WRITE = "merchants.write"
    #: Add and remove people and API keys.
    ACCESS_MANAGE = "access.manage"
    #: Give the certificates and accounts that passes are signed and written with, and take them away.
    WALLETS_MANAGE = "wallets.manage"
    #: Read the journal and the feed of events.
    JOURNAL_READ = "journal.read"


class Everyone(StrEnum):
    """What a route declares in place of a permission."""

    #: No identity is asked for.
    PUBLIC = "public"
    #: Anybody who is known, whatever they may do.
    SIGNED_IN = "signed_in"


PUBLIC: Final = Everyone.PUBLIC
SIGNED_IN: Final = Everyone.SIGNED_IN

Role = Literal["owner", "manager", "staff"]
ROLE_NAMES: Final[tuple[Role, ...]] = get_args(Role)

_ALL = frozenset(Permission)
_STAFF = frozenset(
    {
        Permission.CARDS_READ,
        Permission.CARDS_JOIN,
        Permission.CARDS_STAMP,
        Permission.OPERATIONS_UNDO,
        Permission.VOUCHERS_READ,
        Permission.VOUCHERS_REDEEM,
        Permission.PROGRAMS_READ,
        Permission.CUSTOMERS_READ,
        Permission.MERCHANTS_READ,
    }
)

#: What speaks for the business itself: who has access, and in whose name passes are signed.
_OWNERS = frozenset({Permission.ACCESS_MANAGE, Permission.WALLETS_MANAGE})

#: Staff serve at the counter; a manager runs the shop; only an owner decides who has access.
ROLES: Final[Mapping[str, frozenset[Permission]]] = MappingProxyType(
    {"owner": _ALL, "manager": _ALL - _OWNERS, "staff": _STAFF}
)
