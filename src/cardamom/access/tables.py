"""People, what they may do for which merchant, their sessions, and the keys of programs."""

import sqlalchemy as sa

from cardamom.db.metadata import Id, Instant, Jsonb, directory_table, tenant_table

#: A person signs in once and may belong to several merchants; `login` is stored folded to lower case.
people = directory_table(
    "person",
    sa.Column("id", Id, primary_key=True),
    sa.Column("login", sa.Text, nullable=False, unique=True),
    sa.Column("password_hash", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("language", sa.Text, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("disabled_at", Instant),
    ledger="write",
)

#: role: owner, manager, staff. A member of staff may be bound to one location.
memberships = tenant_table(
    "membership",
    sa.Column("person_id", Id, nullable=False),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("location_id", Id),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("removed_at", Instant),
    sa.ForeignKeyConstraint(["person_id"], ["person.id"]),
    sa.ForeignKeyConstraint(["merchant_id"], ["merchant.merchant_id"]),
    sa.ForeignKeyConstraint(["merchant_id", "location_id"], ["location.merchant_id", "location.id"]),
    sa.CheckConstraint("role in ('owner', 'manager', 'staff')", name="role"),
    key=("merchant_id", "person_id"),
)

#: The cookie holds a secret, the row its sha256.
sessions = directory_table(
    "session",
    sa.Column("secret_hash", sa.LargeBinary, primary_key=True),
    sa.Column("person_id", Id, nullable=False, index=True),
    sa.Column("merchant_id", Id, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("seen_at", Instant, nullable=False),
    sa.Column("expires_at", Instant, nullable=False, index=True),
    sa.Column("user_agent", sa.Text, nullable=False),
    web="write",
    ledger="write",
)

#: Token buckets of sign-in attempts; `key` is a hash of what is limited (address, login).
buckets = directory_table(
    "bucket",
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("tokens", sa.Float, nullable=False),
    sa.Column("filled_at", Instant, nullable=False),
    web="write",
)

#: `prefix` is what people recognise a key by; the secret itself is only kept as its sha256.
api_keys = tenant_table(
    "api_key",
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("prefix", sa.Text, nullable=False),
    sa.Column("secret_hash", sa.LargeBinary, nullable=False),
    sa.Column("permissions", Jsonb, nullable=False),
    sa.Column("location_id", Id),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("revoked_at", Instant),
    sa.UniqueConstraint("merchant_id", "secret_hash"),
    sa.ForeignKeyConstraint(["merchant_id"], ["merchant.merchant_id"]),
    sa.ForeignKeyConstraint(["merchant_id", "location_id"], ["location.merchant_id", "location.id"]),
)
