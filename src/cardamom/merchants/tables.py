"""A business, its locations, the notices to its owner, and the directory that leads from public names to it."""

import sqlalchemy as sa

from cardamom.db.metadata import Id, Instant, Jsonb, directory_table, tenant_table

#: `name` is Localised. `languages` lists what the shop writes, its own language first. `brand` holds colours and logo;
#: `preferences` what the locale only suggests: numbering, calendar, weekend, first weekday.
merchants = tenant_table(
    "merchant",
    sa.Column("slug", sa.Text, nullable=False),
    sa.Column("handle", sa.Text, nullable=False),
    sa.Column("name", Jsonb, nullable=False),
    sa.Column("language", sa.Text, nullable=False),
    sa.Column("languages", Jsonb, nullable=False),
    sa.Column("time_zone", sa.Text, nullable=False),
    sa.Column("currency", sa.Text, nullable=False),
    sa.Column("region", sa.Text, nullable=False),
    sa.Column("brand", Jsonb, nullable=False),
    sa.Column("preferences", Jsonb, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    key=("merchant_id",),
)

locations = tenant_table(
    "location",
    sa.Column("name", Jsonb, nullable=False),
    sa.Column("address", sa.Text),
    sa.Column("latitude", sa.Double),
    sa.Column("longitude", sa.Double),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("closed_at", Instant),
    sa.ForeignKeyConstraint(["merchant_id"], ["merchant.merchant_id"]),
)

#: What the owner should know and did not ask for; written by the jobs that follow events.
notices = tenant_table(
    "notice",
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("facts", Jsonb, nullable=False),
    sa.Column("event_id", Id, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("read_at", Instant),
    sa.ForeignKeyConstraint(["merchant_id"], ["merchant.merchant_id"]),
    sa.UniqueConstraint("merchant_id", "event_id", "kind"),
)

#: Which merchant a public name belongs to. kind: merchant_slug, program_slug, handle, person; instance for set-up.
#: Holds no secret; a row is never reused for another merchant.
directory = directory_table(
    "directory",
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("merchant_id", Id, nullable=False),
    sa.Column("subject_id", Id, nullable=False),
    ledger="write",
)

#: Pictures that a business uploaded, re-encoded, by the hash of what they are now. Public, and kept for ever: wallets
#: and mails have their addresses. merchant_id: who uploaded it first.
pictures = directory_table(
    "picture",
    sa.Column("hash", sa.Text, primary_key=True),
    sa.Column("merchant_id", Id, nullable=False),
    sa.Column("media_type", sa.Text, nullable=False),
    sa.Column("width", sa.Integer, nullable=False),
    sa.Column("height", sa.Integer, nullable=False),
    sa.Column("content", sa.LargeBinary, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    ledger="write",
    append_only=True,
)
