"""What people, passwords and keys have to be like."""

import pytest

from cardamom.access import rules
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
from cardamom.access.permissions import Permission


@pytest.mark.parametrize(
    ("typed", "login"),
    [
        (" Leila@Cafe.Example ", "leila@cafe.example"),
        ("DARIUS", "darius"),
        ("sara۱۲", "sara12"),
        ("سارا", "سارا"),
        ("ＳＡＲＡ", "sara"),
        ("Straße", "strasse"),
    ],
)
def test_a_login_is_the_same_however_it_is_typed(typed: str, login: str):
    assert rules.checked_login(typed) == login


@pytest.mark.parametrize(
    "typed", ["", "ab", "with space", "@", "a@b@c", "x" * 255, "\x00\x00\x00", "a\u202eb@"]
)
def test_what_cannot_be_a_login_is_refused(typed: str):
    with pytest.raises(LoginMalformed):
        rules.checked_login(typed)


@pytest.mark.parametrize("typed", ["", "   ", "\u200f\u202e", "x" * 201])
def test_a_person_needs_a_name_that_can_be_shown(typed: str):
    with pytest.raises(PersonNameMissing):
        rules.checked_person_name(typed)


def test_a_name_is_kept_as_it_was_typed():
    assert rules.checked_person_name("  می‌نا\u200f ") == "می‌نا"


@pytest.mark.parametrize(
    "password",
    ["correct horse battery", "گربه‌ای روی دیوار", "זהב כסף נחושת", "قهوة الصباح الباكر", "vX9-kQ2-mM7"],
)
def test_a_good_password_passes_in_every_script(password: str):
    rules.checked_password(password, known_words=())


@pytest.mark.parametrize(
    "password",
    [
        "1234567890",
        "۱۲۳۴۵۶۷۸۹۰",
        "password123",
        "qwertyuiop",
        "aaaaaaaaaaaa",
        "iloveyou2024",
        "ضصثقفغعهخحجچ",
        "leila@cafe.example",
        "leila12345",
    ],
)
def test_what_an_attacker_tries_first_is_refused(password: str):
    with pytest.raises(PasswordTooCommon):
        rules.checked_password(password, known_words=["leila@cafe.example", "Leila"])


def test_length_has_two_ends():
    with pytest.raises(PasswordTooShort) as refused:
        rules.checked_password("vX9-kQ2-m", known_words=())
    assert refused.value.facts == {"minimum": 10}
    with pytest.raises(PasswordTooLong):
        rules.checked_password("x9" * 200, known_words=())


def test_a_password_is_the_same_on_every_keyboard():
    assert rules.folded_password("گل۱۲۳") == rules.folded_password("گل123") == rules.folded_password("گل١٢٣")


def test_roles_and_permissions_are_those_that_exist():
    assert rules.checked_role("manager") == "manager"
    with pytest.raises(RoleUnknown):
        rules.checked_role("root")
    assert rules.checked_permissions(["cards.read"]) == {Permission.CARDS_READ}
    with pytest.raises(PermissionUnknown) as refused:
        rules.checked_permissions(["cards.read", "everything"])
    assert refused.value.facts == {"permission": "everything"}
    with pytest.raises(KeyWithoutPermissions):
        rules.checked_permissions([])


@pytest.mark.parametrize("name", ["", " \u200e ", "x" * 101])
def test_a_key_needs_a_name(name: str):
    with pytest.raises(KeyNameMissing):
        rules.checked_key_name(name)
