"""Who may come in: people, their roles and passwords, API keys.

Every function checks the actor first, then the words, then asks the ledger. It answers with the stored outcome and
raises the refusal when there is one: NotFound, NotPermitted and those in `errors`.
"""

from collections.abc import Iterable

from cardamom.access import queries, rules
from cardamom.access.errors import PasswordWrong
from cardamom.access.keys import KEY_PREFIX, CreateKey, RevokeKey, shown_prefix
from cardamom.access.passwords import Passwords
from cardamom.access.people import (
    AddPerson,
    ChangeOwnPassword,
    ChangeRole,
    PersonDraft,
    RemovePerson,
    ResetPassword,
    SetUp,
)
from cardamom.access.permissions import ROLES, Permission
from cardamom.access.require import require, require_all
from cardamom.access.schemas import NewApiKey, NewPerson
from cardamom.db.database import Database
from cardamom.kit.actor import SYSTEM, Actor
from cardamom.kit.errors import NotFound, NotPermitted
from cardamom.kit.ids import is_id, new_id
from cardamom.kit.languages import SUPPORTED
from cardamom.kit.signing import hash_secret, new_secret
from cardamom.ledger.commands import Outcome
from cardamom.ledger.writer import Ledger
from cardamom.merchants.errors import LanguageUnsupported
from cardamom.merchants.schemas import NewMerchant
from cardamom.merchants.service import draft_merchant


async def set_up(ledger: Ledger, *, passwords: Passwords, merchant: NewMerchant, owner: NewPerson) -> Outcome:
    """Begin the first business of this server together with its owner, both or neither.

    Facts: merchant_id, person_id, slug, handle, location_id. Raises AlreadySetUp for all but one.
    """
    draft = draft_merchant(merchant)
    person = await _drafted(owner, passwords=passwords, known_words=list(merchant.name.values()))
    command = SetUp(merchant_id=new_id(), actor=SYSTEM, merchant=draft, owner=person)
    return (await ledger.submit(command)).or_raise()


async def create_owner(
    ledger: Ledger, *, actor: Actor, merchant_id: str, passwords: Passwords, new: NewPerson, key: str
) -> Outcome:
    """Give a business another owner. Facts: person_id, role. Raises LoginTaken."""
    return await add_staff(
        ledger, actor=actor, merchant_id=merchant_id, passwords=passwords, new=new, role="owner", key=key
    )


async def add_staff(
    ledger: Ledger,
    *,
    actor: Actor,
    merchant_id: str,
    passwords: Passwords,
    new: NewPerson,
    role: str,
    location_id: str | None = None,
    key: str,
) -> Outcome:
    """Add somebody who signs in with a password that is told to them. Facts: person_id, role.

    location_id: where a member of staff works, when that is one place only. Raises LoginTaken.
    """
    require(actor, Permission.ACCESS_MANAGE, merchant_id)
    checked = rules.checked_role(role)
    require_all(actor, ROLES[checked], merchant_id)
    command = AddPerson(
        merchant_id=merchant_id,
        actor=actor,
        key=key,
        person=await _drafted(new, passwords=passwords, known_words=()),
        role=checked,
        bound_to=_checked_location(location_id),
    )
    return (await ledger.submit(command)).or_raise()


async def change_role(
    ledger: Ledger, *, actor: Actor, merchant_id: str, person_id: str, role: str, key: str
) -> Outcome:
    """Facts: person_id, role. Raises LastOwner."""
    _require_person(actor, merchant_id, person_id)
    checked = rules.checked_role(role)
    require_all(actor, ROLES[checked], merchant_id)
    command = ChangeRole(merchant_id=merchant_id, actor=actor, key=key, person_id=person_id, role=checked)
    return (await ledger.submit(command)).or_raise()


async def reset_password(
    ledger: Ledger,
    *,
    actor: Actor,
    merchant_id: str,
    passwords: Passwords,
    person_id: str,
    password: str,
    key: str,
) -> Outcome:
    """Set a new password for somebody and end their sessions. Facts: person_id. Raises PasswordSetElsewhere."""
    _require_person(actor, merchant_id, person_id)
    checked = rules.checked_password(password, known_words=())
    command = ResetPassword(
        merchant_id=merchant_id,
        actor=actor,
        key=key,
        person_id=person_id,
        password_hash=await passwords.hash(checked),
    )
    return (await ledger.submit(command)).or_raise()


async def change_own_password(
    ledger: Ledger,
    database: Database,
    *,
    actor: Actor,
    merchant_id: str,
    passwords: Passwords,
    current: str,
    password: str,
    key: str,
) -> Outcome:
    """Set one's own password and end all of one's sessions. Facts: person_id. Raises PasswordWrong.

    The caller limits how often it may be tried (`limits.SignInLimits`).
    """
    if actor.id is None or actor.merchant_id != merchant_id:
        raise NotPermitted
    async with database.unscoped_reading_of_the_directory() as tx:
        person = await queries.person_by_id(tx, actor.id)
    if person is None:
        raise NotPermitted
    if not await passwords.matches(current, person.password_hash):
        raise PasswordWrong
    checked = rules.checked_password(password, known_words=[person.name])
    command = ChangeOwnPassword(
        merchant_id=merchant_id,
        actor=actor,
        key=key,
        person_id=actor.id,
        password_hash=await passwords.hash(checked),
    )
    return (await ledger.submit(command)).or_raise()


async def remove_staff(
    ledger: Ledger, *, actor: Actor, merchant_id: str, person_id: str, key: str
) -> Outcome:
    """End a membership and its sessions. Facts: person_id. Raises LastOwner."""
    _require_person(actor, merchant_id, person_id)
    command = RemovePerson(merchant_id=merchant_id, actor=actor, key=key, person_id=person_id)
    return (await ledger.submit(command)).or_raise()


async def create_key(
    ledger: Ledger, *, actor: Actor, merchant_id: str, handle: str, new: NewApiKey, key: str
) -> tuple[Outcome, str | None]:
    """Make an API key and answer with its secret, this once: a replay answers with the same key and None.

    handle: the merchant's, which stands in the key. Facts: key_id.
    """
    require(actor, Permission.ACCESS_MANAGE, merchant_id)
    permissions = rules.checked_permissions(new.permissions)
    require_all(actor, permissions, merchant_id)
    secret = new_secret(f"{KEY_PREFIX}_{handle}")
    command = CreateKey(
        merchant_id=merchant_id,
        actor=actor,
        key=key,
        name=rules.checked_key_name(new.name),
        permissions=sorted(permissions),
        bound_to=_checked_location(new.location_id),
        prefix=shown_prefix(secret),
        secret_hash=hash_secret(secret),
    )
    outcome = (await ledger.submit(command)).or_raise()
    return outcome, None if outcome.replayed else secret


async def revoke_key(ledger: Ledger, *, actor: Actor, merchant_id: str, key_id: str, key: str) -> Outcome:
    """Stop a key for ever; other processes may honour it for `keyring.CACHE_SECONDS` more. Facts: key_id."""
    require(actor, Permission.ACCESS_MANAGE, merchant_id)
    if not is_id(key_id):
        raise NotFound
    command = RevokeKey(merchant_id=merchant_id, actor=actor, key=key, key_id=key_id)
    return (await ledger.submit(command)).or_raise()


async def _drafted(new: NewPerson, *, passwords: Passwords, known_words: Iterable[str]) -> PersonDraft:
    """Check somebody new and hash the password, cheap checks first."""
    login = rules.checked_login(new.login)
    name = rules.checked_person_name(new.name)
    if new.language not in SUPPORTED:
        raise LanguageUnsupported
    password = rules.checked_password(new.password, known_words=[login, name, *known_words])
    return PersonDraft(
        name=name, login=login, password_hash=await passwords.hash(password), language=new.language
    )


def _require_person(actor: Actor, merchant_id: str, person_id: str) -> None:
    require(actor, Permission.ACCESS_MANAGE, merchant_id)
    if not is_id(person_id):
        raise NotFound


def _checked_location(location_id: str | None) -> str | None:
    if location_id is not None and not is_id(location_id):
        raise NotFound
    return location_id
