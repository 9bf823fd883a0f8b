"""What people, passwords and keys have to be like. Pure: raises the refusal that fits, returns what is stored."""

import secrets
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Final

from cardamom.access.errors import (
    KeyNameMissing,
    KeyWithoutPermissions,
    LoginMalformed,
    PasswordTooCommon,
    PasswordTooLong,
    PasswordTooShort,
    PermissionUnknown,
    PersonNameMissing,
    RoleUnknown,
)
from cardamom.access.permissions import ROLE_NAMES, Permission, Role
from cardamom.kit.digits import to_ascii
from cardamom.kit.email import EmailMalformed, normalise_email
from cardamom.kit.text import TextTooLong, clean
from cardamom.merchants.rules import HANDLE_ALPHABET

PASSWORD_MINIMUM: Final = 10
PASSWORD_MAXIMUM: Final = 256
LOGIN_MINIMUM: Final = 3
LOGIN_MAXIMUM: Final = 254
PERSON_NAME_LIMIT: Final = 200
KEY_NAME_LIMIT: Final = 100

#: zxcvbn's scale: 2 stands against guessing over the network even when nothing slows it down.
_LEAST_SCORE = 2
#: It is quadratic in the length; what it has not found in 72 characters is not a common password.
_SCORED_LENGTH = 72
#: Rows of keyboards that its graphs do not have: Persian, Arabic, Hebrew.
_KEYBOARD_ROWS = (
    "ضصثقفغعهخحجچ",
    "شسیبلاتنمکگ",
    "ضصثقفغعهخحجد",
    "شسيبلاتنمكط",
    "קראטוןםפ",
    "שדגכעיחלךף",
    "זסבהנמצתץ",
)


def checked_login(text: str) -> str:
    """A login as it is stored and looked up: folded to one case, digits of every script as ASCII.

    An e-mail address, or a name without an @. Raises LoginMalformed.
    """
    try:
        login = to_ascii(unicodedata.normalize("NFKC", clean(text, limit=LOGIN_MAXIMUM))).casefold()
        if "@" in login:
            return normalise_email(login)
    except (TextTooLong, EmailMalformed) as error:
        raise LoginMalformed from error
    if not LOGIN_MINIMUM <= len(login) <= LOGIN_MAXIMUM or " " in login:
        raise LoginMalformed
    return login


def checked_person_name(text: str) -> str:
    """Raises PersonNameMissing."""
    try:
        name = clean(text, limit=PERSON_NAME_LIMIT)
    except TextTooLong as error:
        raise PersonNameMissing from error
    if not name:
        raise PersonNameMissing
    return name


def folded_password(password: str) -> str:
    """What is hashed: the same for every keyboard that can type it (NFKC, digits of every script as ASCII)."""
    return to_ascii(unicodedata.normalize("NFKC", password))


def checked_password(password: str, *, known_words: Sequence[str]) -> str:
    """A new password in the form in which it is hashed.

    known_words: the person's own login and names, which an attacker tries first.
    Raises PasswordTooShort, PasswordTooLong and PasswordTooCommon. Asks no network.
    """
    folded = folded_password(password)
    if len(folded) < PASSWORD_MINIMUM:
        raise PasswordTooShort(minimum=PASSWORD_MINIMUM)
    if len(folded) > PASSWORD_MAXIMUM:
        raise PasswordTooLong
    # Its word lists take 14 MB, which only a process that sets passwords should pay.
    from zxcvbn import zxcvbn

    words = [*_KEYBOARD_ROWS, *(part for word in known_words for part in _parts(word))]
    if zxcvbn(folded[:_SCORED_LENGTH], user_inputs=words)["score"] < _LEAST_SCORE:
        raise PasswordTooCommon
    return folded


def _parts(word: str) -> Iterable[str]:
    """A login or name and its pieces: "sara@example.org" is also "sara" and "example"."""
    folded = folded_password(word).casefold()
    pieces = folded.replace("@", " ").replace(".", " ").split()
    return (folded, *(piece for piece in pieces if len(piece) >= 3))


def checked_role(role: str) -> Role:
    """Raises RoleUnknown."""
    if role not in ROLE_NAMES:
        raise RoleUnknown
    return role


def checked_permissions(names: Iterable[str]) -> frozenset[Permission]:
    """What a key may do. Raises PermissionUnknown and KeyWithoutPermissions."""
    known = {permission.value: permission for permission in Permission}
    wanted = set(names)
    unknown = wanted - known.keys()
    if unknown:
        raise PermissionUnknown(permission=min(unknown)[:KEY_NAME_LIMIT])
    if not wanted:
        raise KeyWithoutPermissions
    return frozenset(known[name] for name in wanted)


def checked_key_name(text: str) -> str:
    """Raises KeyNameMissing."""
    try:
        name = clean(text, limit=KEY_NAME_LIMIT)
    except TextTooLong as error:
        raise KeyNameMissing from error
    if not name:
        raise KeyNameMissing
    return name


def made_password() -> str:
    """A password that we make for somebody: 79 random bits that can be read aloud and typed on any keyboard."""
    groups = ("".join(secrets.choice(HANDLE_ALPHABET) for _letter in range(4)) for _group in range(4))
    return "-".join(groups)
