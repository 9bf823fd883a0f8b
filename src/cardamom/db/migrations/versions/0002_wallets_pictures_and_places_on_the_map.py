"""Wallets, pictures and places on the map."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Wallets, pictures and places on the map."""
    op.create_table(
        "drawing",
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("spec", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("drawing_pkey")),
    )
    op.create_table(
        "picture",
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("merchant_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("picture_pkey")),
    )
    op.create_table(
        "wallet_device",
        sa.Column("device", sa.LargeBinary(), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("merchant_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.PrimaryKeyConstraint("device", "issuer", "merchant_id", name=op.f("wallet_device_pkey")),
    )
    op.create_table(
        "wallet_binding",
        sa.Column("merchant_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("wallet", sa.Text(), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("card_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("wanted", sa.BigInteger(), nullable=False),
        sa.Column("sent", sa.BigInteger(), nullable=False),
        sa.Column("fetched", sa.BigInteger(), nullable=False),
        sa.Column("urgency", sa.SmallInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("modified_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_try", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tries", sa.SmallInteger(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("shown", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("notices", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint(
            "kind in ('card', 'voucher', 'program', 'reward')", name=op.f("wallet_binding_kind_check")
        ),
        sa.CheckConstraint(
            "state in ('issued', 'saved', 'removed', 'void')", name=op.f("wallet_binding_state_check")
        ),
        sa.CheckConstraint("wallet in ('apple', 'google')", name=op.f("wallet_binding_wallet_check")),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["merchant.merchant_id"], name=op.f("wallet_binding_merchant_id_fkey")
        ),
        sa.PrimaryKeyConstraint("merchant_id", "id", name=op.f("wallet_binding_pkey")),
        sa.UniqueConstraint(
            "merchant_id",
            "wallet",
            "issuer",
            "kind",
            "subject_id",
            "epoch",
            name=op.f("wallet_binding_merchant_id_wallet_issuer_kind_subject_id_epoch_key"),
        ),
    )
    op.create_index(
        "wallet_binding_due_idx",
        "wallet_binding",
        ["wallet", "urgency", "next_try"],
        unique=False,
        postgresql_where=sa.text("next_try is not null"),
    )
    op.create_index(
        op.f("wallet_binding_merchant_id_card_id_idx"),
        "wallet_binding",
        ["merchant_id", "card_id"],
        unique=False,
    )
    op.create_index(
        op.f("wallet_binding_merchant_id_subject_id_idx"),
        "wallet_binding",
        ["merchant_id", "subject_id"],
        unique=False,
    )
    op.create_table(
        "wallet_credential",
        sa.Column("merchant_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("wallet", sa.Text(), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("summary", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("wallet in ('apple', 'google')", name=op.f("wallet_credential_wallet_check")),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["merchant.merchant_id"], name=op.f("wallet_credential_merchant_id_fkey")
        ),
        sa.PrimaryKeyConstraint("merchant_id", "id", name=op.f("wallet_credential_pkey")),
    )
    op.create_table(
        "wallet_rollout",
        sa.Column("merchant_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("program_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("through", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["merchant.merchant_id"], name=op.f("wallet_rollout_merchant_id_fkey")
        ),
        sa.PrimaryKeyConstraint("merchant_id", "id", name=op.f("wallet_rollout_pkey")),
        sa.UniqueConstraint(
            "merchant_id",
            "revision",
            "program_id",
            name=op.f("wallet_rollout_merchant_id_revision_program_id_key"),
        ),
    )
    op.create_table(
        "wallet_registration",
        sa.Column("merchant_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("binding_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("device", sa.LargeBinary(), nullable=False),
        sa.Column("push_token", sa.Text(), nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["merchant_id", "binding_id"],
            ["wallet_binding.merchant_id", "wallet_binding.id"],
            name=op.f("wallet_registration_merchant_id_binding_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("merchant_id", "binding_id", "device", name=op.f("wallet_registration_pkey")),
    )
    op.create_index(
        op.f("wallet_registration_merchant_id_device_idx"),
        "wallet_registration",
        ["merchant_id", "device"],
        unique=False,
    )
    op.add_column("location", sa.Column("latitude", sa.Double(), nullable=True))
    op.add_column("location", sa.Column("longitude", sa.Double(), nullable=True))
