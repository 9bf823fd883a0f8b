"""Who asks."""

import pytest

from cardamom.kit.actor import SYSTEM, Actor, ActorKind, reference, system_actor


@pytest.mark.parametrize("kind", [kind for kind in ActorKind if kind is not ActorKind.SYSTEM])
def test_an_operation_remembers_kind_and_id(kind: ActorKind):
    actor = Actor(kind=kind, id="0195", merchant_id="m", permissions=frozenset(), name="Dana")
    assert reference(actor) == f"{kind.value}:0195"


def test_the_software_acts_for_one_merchant_or_for_none():
    assert reference(SYSTEM) == reference(system_actor("m")) == "system"
    assert (SYSTEM.merchant_id, system_actor("m").merchant_id) == (None, "m")


def test_an_actor_cannot_be_changed():
    with pytest.raises(AttributeError):
        SYSTEM.permissions = frozenset({"everything"})
