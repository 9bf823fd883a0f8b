"""What was promised to wallets and what they were told: bindings, devices, rollouts, credentials, drawings."""

import sqlalchemy as sa

from cardamom.db.metadata import Id, Instant, Jsonb, directory_table, tenant_table

#: One thing in one wallet, driven from `sent` to `wanted` (docs/plans/0002-wallets.md). kind: card and voucher are
#: passes; program and reward are Google's classes. issuer: a pass type identifier or an issuer id; it never changes.
#: epoch: of the card's link; a renewed link gets a new pass and voids the old one.
#: wanted, sent, fetched: positions in the merchant's feed. modified_at grows by at least a second with each `wanted`.
#: next_try: null when there is nothing to do. shown: what Google was last told. notices: instants of its last notices.
bindings = tenant_table(
    "wallet_binding",
    sa.Column("wallet", sa.Text, nullable=False),
    sa.Column("issuer", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("subject_id", Id, nullable=False),
    sa.Column("card_id", Id),
    sa.Column("epoch", sa.Integer, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("wanted", sa.BigInteger, nullable=False),
    sa.Column("sent", sa.BigInteger, nullable=False),
    sa.Column("fetched", sa.BigInteger, nullable=False),
    sa.Column("urgency", sa.SmallInteger, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("modified_at", Instant, nullable=False),
    sa.Column("sent_at", Instant),
    sa.Column("fetched_at", Instant),
    sa.Column("next_try", Instant),
    sa.Column("tries", sa.SmallInteger, nullable=False),
    sa.Column("error", sa.Text),
    sa.Column("shown", Jsonb),
    sa.Column("notices", Jsonb, nullable=False),
    sa.ForeignKeyConstraint(["merchant_id"], ["merchant.merchant_id"]),
    sa.UniqueConstraint("merchant_id", "wallet", "issuer", "kind", "subject_id", "epoch"),
    sa.Index(None, "merchant_id", "card_id"),
    sa.Index(None, "merchant_id", "subject_id"),
    sa.Index(
        "wallet_binding_due_idx",
        "wallet",
        "urgency",
        "next_try",
        postgresql_where=sa.text("next_try is not null"),
    ),
    sa.CheckConstraint("wallet in ('apple', 'google')", name="wallet"),
    sa.CheckConstraint("kind in ('card', 'voucher', 'program', 'reward')", name="kind"),
    sa.CheckConstraint("state in ('issued', 'saved', 'removed', 'void')", name="state"),
    web="write",
)

#: device: sha256 of the device's library identifier, which is a secret. A push token may appear under several devices.
registrations = tenant_table(
    "wallet_registration",
    sa.Column("binding_id", Id, nullable=False),
    sa.Column("device", sa.LargeBinary, nullable=False),
    sa.Column("push_token", sa.Text, nullable=False),
    sa.Column("registered_at", Instant, nullable=False),
    sa.ForeignKeyConstraint(
        ["merchant_id", "binding_id"], ["wallet_binding.merchant_id", "wallet_binding.id"], ondelete="CASCADE"
    ),
    sa.Index(None, "merchant_id", "device"),
    key=("merchant_id", "binding_id", "device"),
)

#: Which merchants a device holds passes of: it asks for its passes without saying whose they are.
devices = directory_table(
    "wallet_device",
    sa.Column("device", sa.LargeBinary, primary_key=True),
    sa.Column("issuer", sa.Text, primary_key=True),
    sa.Column("merchant_id", Id, primary_key=True),
    ledger="write",
)

#: A change that reaches many passes, spread over time. through: the id of the last binding that it has reached.
rollouts = tenant_table(
    "wallet_rollout",
    sa.Column("program_id", Id),
    sa.Column("revision", sa.BigInteger, nullable=False),
    sa.Column("total", sa.Integer, nullable=False),
    sa.Column("done", sa.Integer, nullable=False),
    sa.Column("through", Id),
    sa.Column("started_at", Instant, nullable=False),
    sa.Column("finished_at", Instant),
    sa.ForeignKeyConstraint(["merchant_id"], ["merchant.merchant_id"]),
    sa.UniqueConstraint("merchant_id", "revision", "program_id"),
)

#: A merchant's own certificate or service account, sealed with the instance's key. summary: what may be shown of it.
credentials = tenant_table(
    "wallet_credential",
    sa.Column("wallet", sa.Text, nullable=False),
    sa.Column("issuer", sa.Text, nullable=False),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    sa.Column("summary", Jsonb, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("retired_at", Instant),
    sa.ForeignKeyConstraint(["merchant_id"], ["merchant.merchant_id"]),
    sa.CheckConstraint("wallet in ('apple', 'google')", name="wallet"),
)

#: What a drawing is made of, by the hash that its addresses carry: an address that was given once is drawn for ever.
drawings = directory_table(
    "drawing",
    sa.Column("hash", sa.Text, primary_key=True),
    sa.Column("spec", Jsonb, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    web="write",
    ledger="write",
    append_only=True,
)
