"""The books: accounts, operations, entries, events and each merchant's feed counter (DESIGN section 4)."""

import sqlalchemy as sa

from cardamom.db.metadata import Id, Instant, Jsonb, tenant_table

accounts = tenant_table(
    "account",
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("subject_id", Id, nullable=False),
    sa.Column("balance", sa.BigInteger, nullable=False),
    sa.Column("floor", sa.BigInteger, nullable=False),
    sa.Column("state", Jsonb, nullable=False),
    sa.Column("seq", sa.BigInteger, nullable=False),
    sa.Column("head", sa.LargeBinary, nullable=False),
    sa.Column("revision", sa.BigInteger, nullable=False),
    sa.Column("opened_at", Instant, nullable=False),
    sa.CheckConstraint("balance >= floor", name="floor"),
)

operations = tenant_table(
    "operation",
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("fingerprint", sa.LargeBinary, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("location_id", Id),
    sa.Column("device", sa.Text),
    sa.Column("occurred_at", Instant),
    sa.Column("recorded_at", Instant, nullable=False),
    sa.Column("outcome", sa.Text, nullable=False),
    sa.Column("reason", sa.Text),
    sa.Column("facts", Jsonb, nullable=False),
    sa.Column("reverses", Id),
    sa.UniqueConstraint("merchant_id", "key"),
    sa.UniqueConstraint("merchant_id", "reverses"),
    sa.ForeignKeyConstraint(["merchant_id", "reverses"], ["operation.merchant_id", "operation.id"]),
    sa.CheckConstraint("outcome in ('accepted', 'refused')", name="outcome"),
    sa.CheckConstraint("(outcome = 'refused') = (reason is not null) or outcome = 'accepted'", name="reason"),
    append_only=True,
)

entries = tenant_table(
    "entry",
    sa.Column("account_id", Id, nullable=False),
    sa.Column("seq", sa.BigInteger, nullable=False),
    sa.Column("operation_id", Id, nullable=False),
    sa.Column("unit", sa.Text, nullable=False),
    sa.Column("delta", sa.BigInteger, nullable=False),
    sa.Column("balance", sa.BigInteger, nullable=False),
    sa.Column("recorded_at", Instant, nullable=False),
    sa.Column("hash", sa.LargeBinary, nullable=False),
    sa.ForeignKeyConstraint(["merchant_id", "account_id"], ["account.merchant_id", "account.id"]),
    sa.ForeignKeyConstraint(["merchant_id", "operation_id"], ["operation.merchant_id", "operation.id"]),
    key=("merchant_id", "account_id", "seq"),
    append_only=True,
)

events = tenant_table(
    "event",
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("subject_id", Id, nullable=False),
    sa.Column("payload", Jsonb, nullable=False),
    sa.Column("operation_id", Id, nullable=False),
    sa.Column("recorded_at", Instant, nullable=False),
    sa.Column("position", sa.BigInteger),
    sa.Index("event_undispatched_idx", "id", postgresql_where=sa.text("position is null")),
    sa.Index(
        "event_position_idx",
        "merchant_id",
        "position",
        unique=True,
        postgresql_where=sa.text("position is not null"),
    ),
    append_only=True,
    ledger_columns=("position",),
)

feeds = tenant_table(
    "feed",
    sa.Column("position", sa.BigInteger, nullable=False),
    key=("merchant_id",),
)
