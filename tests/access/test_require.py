"""Who may do what for whom."""

import pytest

from cardamom.access.permissions import ROLE_NAMES, ROLES, Permission
from cardamom.access.require import ANONYMOUS, require, require_all, why
from cardamom.kit.actor import SYSTEM, Actor, ActorKind, system_actor
from cardamom.kit.errors import NotFound, NotPermitted, NotSignedIn
from cardamom.kit.ids import new_id

OURS = new_id()
THEIRS = new_id()


def a_person(role: str, merchant_id: str = OURS) -> Actor:
    return Actor(
        kind=ActorKind.PERSON, id=new_id(), merchant_id=merchant_id, permissions=frozenset(ROLES[role])
    )


def test_a_granted_permission_lets_pass():
    require(a_person("staff"), Permission.CARDS_STAMP, OURS)


def test_a_missing_permission_is_named():
    with pytest.raises(NotPermitted) as refused:
        require(a_person("staff"), Permission.OPERATIONS_REVERSE, OURS)
    assert refused.value.facts == {"permission": "operations.reverse"}


@pytest.mark.parametrize("permission", list(Permission))
def test_another_merchant_does_not_exist_whatever_one_may_do(permission: Permission):
    with pytest.raises(NotFound):
        require(a_person("owner"), permission, THEIRS)


def test_nobody_is_asked_to_sign_in():
    with pytest.raises(NotSignedIn):
        require(ANONYMOUS, Permission.CARDS_READ, OURS)


def test_the_software_passes_for_its_merchant_only():
    require(SYSTEM, Permission.ACCESS_MANAGE, OURS)
    require(system_actor(OURS), Permission.ACCESS_MANAGE, OURS)
    with pytest.raises(NotFound):
        require(system_actor(OURS), Permission.ACCESS_MANAGE, THEIRS)


def test_nobody_gives_away_what_they_do_not_have():
    require_all(a_person("owner"), ROLES["manager"], OURS)
    with pytest.raises(NotPermitted):
        require_all(a_person("manager"), ROLES["owner"], OURS)


def test_each_role_may_do_what_the_next_one_may_and_more():
    assert ROLES["staff"] < ROLES["manager"] < ROLES["owner"] == frozenset(Permission)
    assert set(ROLES) == set(ROLE_NAMES)


@pytest.mark.parametrize(
    ("actor", "words"),
    [
        (a_person("staff"), "Not allowed: access.manage was not granted."),
        (a_person("owner"), "Allowed: access.manage was granted."),
        (SYSTEM, "Done by the system itself."),
        (a_person("owner", THEIRS), "This could not be found."),
        (ANONYMOUS, "Sign in first."),
    ],
)
def test_why_says_the_same_in_words(actor: Actor, words: str):
    assert why(actor, Permission.ACCESS_MANAGE, OURS) == words
