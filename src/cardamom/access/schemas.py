"""People and API keys as they are read and written from outside."""

from datetime import datetime

import msgspec

from cardamom.access.permissions import Role


class StaffMember(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who belongs to the business. The login is shown to those who may manage access."""

    id: str
    name: str
    login: str
    role: Role
    location_id: str | None
    created_at: datetime


class Staff(msgspec.Struct, frozen=True, kw_only=True):
    """A page of people; `next` is the cursor of the following page."""

    items: list[StaffMember]
    next: str | None


class ApiKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key of the API without its secret. `prefix` is how people recognise it."""

    id: str
    name: str
    prefix: str
    permissions: list[str]
    location_id: str | None
    created_at: datetime
    revoked_at: datetime | None


class ApiKeys(msgspec.Struct, frozen=True, kw_only=True):
    """A page of keys; `next` is the cursor of the following page."""

    items: list[ApiKey]
    next: str | None


class NewApiKey(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """permissions: what the key may do; never more than whoever creates it."""

    name: str
    permissions: list[str]
    location_id: str | None = None


class CreatedApiKey(msgspec.Struct, frozen=True, kw_only=True):
    """A new key. `secret` is there this once; when the creation is repeated it is null and `note` says why."""

    key: ApiKey
    secret: str | None
    note: str | None


class NewPerson(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who will sign in. language: that of their pages."""

    name: str
    login: str
    password: str
    language: str

    def __repr__(self) -> str:
        """Without the password: values end up in logs."""
        return "NewPerson(...)"


class Membership(msgspec.Struct, frozen=True, kw_only=True):
    """What a person is for one merchant."""

    merchant_id: str
    person_id: str
    role: Role
    location_id: str | None
