"""The facts that this package announces. None holds a login, a password, a key or its hash."""

from cardamom.access.permissions import Role
from cardamom.ledger.decisions import Event


def person_added(person_id: str, role: Role) -> Event:
    return Event("person.added", person_id, {"role": role})


def person_role_changed(person_id: str, *, before: Role, after: Role) -> Event:
    return Event("person.role_changed", person_id, {"before": before, "after": after})


def person_removed(person_id: str) -> Event:
    return Event("person.removed", person_id)


def password_reset(person_id: str) -> Event:
    """Somebody else set a new password for this person."""
    return Event("password.reset", person_id)


def password_changed(person_id: str) -> Event:
    """The person set a new one."""
    return Event("password.changed", person_id)


def api_key_created(key_id: str, *, permissions: list[str]) -> Event:
    return Event("api_key.created", key_id, {"permissions": permissions})


def api_key_revoked(key_id: str) -> Event:
    return Event("api_key.revoked", key_id)
