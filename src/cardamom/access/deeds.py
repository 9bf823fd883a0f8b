"""Who performs the commands of this package."""

from cardamom.access.keys import CreateKey, CreateKeyDeed, RevokeKey, RevokeKeyDeed
from cardamom.access.people import (
    AddPerson,
    AddPersonDeed,
    ChangeOwnPassword,
    ChangeOwnPasswordDeed,
    ChangeRole,
    ChangeRoleDeed,
    RemovePerson,
    RemovePersonDeed,
    ResetPassword,
    ResetPasswordDeed,
    SetUp,
    SetUpDeed,
)
from cardamom.ledger.writer import Ledger


def register(ledger: Ledger) -> None:
    """Tell the ledger who performs the commands of this package."""
    ledger.register(SetUp, SetUpDeed())
    ledger.register(AddPerson, AddPersonDeed())
    ledger.register(ChangeRole, ChangeRoleDeed())
    ledger.register(ResetPassword, ResetPasswordDeed())
    ledger.register(ChangeOwnPassword, ChangeOwnPasswordDeed())
    ledger.register(RemovePerson, RemovePersonDeed())
    ledger.register(CreateKey, CreateKeyDeed())
    ledger.register(RevokeKey, RevokeKeyDeed())
