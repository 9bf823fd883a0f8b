"""What a merchant offers: programs, their versions, and rewards."""

import sqlalchemy as sa

from cardamom.db.metadata import Id, Instant, Jsonb, tenant_table

#: status: draft (nobody can join), live, archived (no joins, no stamps; vouchers stay valid to their date).
programs = tenant_table(
    "program",
    sa.Column("slug", sa.Text, nullable=False),
    sa.Column("name", Jsonb, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("updated_at", Instant, nullable=False),
    sa.ForeignKeyConstraint(["merchant_id"], ["merchant.merchant_id"]),
    sa.UniqueConstraint("merchant_id", "slug"),
    sa.CheckConstraint("status in ('draft', 'live', 'archived')", name="status"),
)

#: A version never changes: a running cycle ends under the rules it began with. The newest design is every card's.
program_versions = tenant_table(
    "program_version",
    sa.Column("program_id", Id, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("design", Jsonb, nullable=False),
    sa.Column("rules", Jsonb, nullable=False),
    sa.Column("join_form", Jsonb, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.ForeignKeyConstraint(["merchant_id", "program_id"], ["program.merchant_id", "program.id"]),
    key=("merchant_id", "program_id", "version"),
    append_only=True,
)

#: kind: award (handed over on the spot), voucher, lottery (later). An issued voucher copies `terms`, title and texts.
rewards = tenant_table(
    "reward",
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("title", Jsonb, nullable=False),
    sa.Column("description", Jsonb, nullable=False),
    sa.Column("image", sa.Text),
    sa.Column("terms", Jsonb, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("updated_at", Instant, nullable=False),
    sa.Column("archived_at", Instant),
    sa.ForeignKeyConstraint(["merchant_id"], ["merchant.merchant_id"]),
    sa.CheckConstraint("kind in ('award', 'voucher', 'lottery')", name="kind"),
)
