"""Signing in: limits first, then the password, then a new session."""

from cardamom.access.errors import LoginMalformed, SignInFailed
from cardamom.access.limits import SignInLimits
from cardamom.access.passwords import Passwords
from cardamom.access.queries import Person, first_membership_of, person_by_login
from cardamom.access.rules import checked_login
from cardamom.access.schemas import Membership
from cardamom.access.sessions import SessionStore
from cardamom.db.database import Database


async def sign_in(
    database: Database,
    *,
    sessions: SessionStore,
    passwords: Passwords,
    limits: SignInLimits,
    login: str,
    password: str,
    address: str,
    user_agent: str,
) -> str:
    """Open a session and return the secret for its cookie.

    A person of several businesses comes in to the one they have belonged to longest.
    Raises SignInFailed, which does not tell why, TooManySignIns, and Unavailable when too many passwords wait.
    """
    try:
        known_as = checked_login(login)
    except LoginMalformed:
        # Counted and compared like a login that nobody has.
        known_as = ""
    await limits.take(address=address, login=known_as)
    person = None
    if known_as:
        async with database.unscoped_reading_of_the_directory() as tx:
            person = await person_by_login(tx, known_as)
    is_right = await passwords.matches(password, person.password_hash if person else None)
    membership = await _membership(database, person) if person and is_right else None
    if membership is None:
        raise SignInFailed
    await limits.give_back(login=known_as)
    return await sessions.begin(membership, user_agent=user_agent)


async def _membership(database: Database, person: Person) -> Membership | None:
    async with database.unscoped_reading_of_the_directory() as tx:
        return await first_membership_of(tx, person.id)
