"""How roles and permissions are called in front of people."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from cardamom.access.permissions import Permission
from cardamom.kit.i18n import LazyText, lazy

ROLE_WORDS: Final[Mapping[str, LazyText]] = MappingProxyType(
    {"owner": lazy("Owner"), "manager": lazy("Manager"), "staff": lazy("Staff member")}
)

ROLE_EXPLANATIONS: Final[Mapping[str, LazyText]] = MappingProxyType(
    {
        "owner": lazy("Everything, and decides who has access."),
        "manager": lazy(
            "Everything except access and wallet certificates: programs, customers, corrections, settings."
        ),
        "staff": lazy(
            "Serves at the counter: gives out cards, stamps, redeems, and undoes a slip of the hand."
        ),
    }
)

PERMISSION_WORDS: Final[Mapping[Permission, LazyText]] = MappingProxyType(
    {
        Permission.CARDS_READ: lazy("Look at cards"),
        Permission.CARDS_JOIN: lazy("Give out cards"),
        Permission.CARDS_STAMP: lazy("Stamp cards"),
        Permission.OPERATIONS_UNDO: lazy("Undo within seconds"),
        Permission.OPERATIONS_REVERSE: lazy("Correct later"),
        Permission.VOUCHERS_READ: lazy("Look at vouchers"),
        Permission.VOUCHERS_ISSUE: lazy("Issue vouchers by hand"),
        Permission.VOUCHERS_REDEEM: lazy("Redeem vouchers"),
        Permission.PROGRAMS_READ: lazy("Look at programs and rewards"),
        Permission.PROGRAMS_WRITE: lazy("Change programs and rewards"),
        Permission.CUSTOMERS_READ: lazy("Look at customers"),
        Permission.CUSTOMERS_WRITE: lazy("Change customers"),
        Permission.MERCHANTS_READ: lazy("Look at the settings"),
        Permission.MERCHANTS_WRITE: lazy("Change the settings"),
        Permission.ACCESS_MANAGE: lazy("Manage people and keys"),
        Permission.WALLETS_MANAGE: lazy("Manage certificates of wallets"),
        Permission.JOURNAL_READ: lazy("Read the journal"),
    }
)
