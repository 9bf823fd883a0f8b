"""Issued rewards and the pools of codes that other systems gave us."""

import sqlalchemy as sa

from cardamom.db.metadata import Id, Instant, Jsonb, tenant_table

#: `terms` are the terms at issue and never change. `status` is what was last recorded: validity is decided at
#: redemption from `expires_at`, whatever the expiry job did. `drawn_code` is the generated code, or the pool's once
#: a redemption drew it; it stays with the voucher when that redemption is undone.
#: `cycle` and `goal_at` say which goal of which cycle issued it (null: by hand, campaign).
vouchers = tenant_table(
    "voucher",
    sa.Column("code", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("card_id", Id),
    sa.Column("customer_id", Id),
    sa.Column("program_id", Id),
    sa.Column("reward_id", Id),
    sa.Column("cycle", sa.Integer),
    sa.Column("goal_at", sa.Integer),
    sa.Column("terms", Jsonb, nullable=False),
    sa.Column("operation_id", Id, nullable=False),
    sa.Column("issued_at", Instant, nullable=False),
    sa.Column("active_at", Instant),
    sa.Column("expires_at", Instant),
    sa.Column("redeemed_at", Instant),
    sa.Column("redeemed_via", sa.Text),
    sa.Column("redemption_id", Id),
    sa.Column("drawn_code", sa.Text),
    sa.Column("ended_at", Instant),
    sa.ForeignKeyConstraint(["merchant_id"], ["merchant.merchant_id"]),
    sa.ForeignKeyConstraint(["merchant_id", "customer_id"], ["customer.merchant_id", "customer.id"]),
    sa.UniqueConstraint("merchant_id", "code"),
    sa.CheckConstraint("status in ('issued', 'active', 'redeemed', 'expired', 'cancelled')", name="status"),
    sa.Index(None, "merchant_id", "card_id"),
    sa.Index(None, "merchant_id", "customer_id"),
    sa.Index(None, "merchant_id", "operation_id"),
    sa.Index(
        "voucher_expiring_idx",
        "merchant_id",
        "expires_at",
        postgresql_where=sa.text("status in ('issued', 'active') and expires_at is not null"),
    ),
)

pools = tenant_table(
    "pool",
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.ForeignKeyConstraint(["merchant_id"], ["merchant.merchant_id"]),
)

pool_codes = tenant_table(
    "pool_code",
    sa.Column("pool_id", Id, nullable=False),
    sa.Column("code", sa.Text, nullable=False),
    sa.Column("voucher_id", Id),
    sa.Column("drawn_at", Instant),
    sa.ForeignKeyConstraint(["merchant_id", "pool_id"], ["pool.merchant_id", "pool.id"]),
    sa.UniqueConstraint("merchant_id", "pool_id", "code"),
    sa.Index(
        "pool_code_left_idx", "merchant_id", "pool_id", "id", postgresql_where=sa.text("voucher_id is null")
    ),
)
