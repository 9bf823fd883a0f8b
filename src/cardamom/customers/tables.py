"""Card holders and the ledger of their consents."""

import sqlalchemy as sa

from cardamom.db.metadata import Id, Instant, tenant_table

#: `birthday` is "YYYY-MM-DD", or "--MM-DD" where the year is not known. `name_folded` serves the search,
#: `name_sort` the lists (the database has no collations of its own).
customers = tenant_table(
    "customer",
    sa.Column("name", sa.Text),
    sa.Column("name_folded", sa.Text),
    sa.Column("name_sort", sa.Text),
    sa.Column("phone", sa.Text),
    sa.Column("email", sa.Text),
    sa.Column("birthday", sa.Text),
    sa.Column("language", sa.Text),
    sa.Column("external_id", sa.Text),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("updated_at", Instant, nullable=False),
    sa.ForeignKeyConstraint(["merchant_id"], ["merchant.merchant_id"]),
    sa.UniqueConstraint("merchant_id", "external_id"),
    sa.Index(None, "merchant_id", "phone"),
    sa.Index(None, "merchant_id", "email"),
)

#: Every giving and withdrawing, with the wording the person saw. The latest row per channel and purpose is in force.
consents = tenant_table(
    "consent",
    sa.Column("customer_id", Id, nullable=False),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("purpose", sa.Text, nullable=False),
    sa.Column("granted", sa.Boolean, nullable=False),
    sa.Column("wording", sa.Text, nullable=False),
    sa.Column("language", sa.Text, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("recorded_at", Instant, nullable=False),
    sa.ForeignKeyConstraint(["merchant_id", "customer_id"], ["customer.merchant_id", "customer.id"]),
    sa.Index(None, "merchant_id", "customer_id"),
    append_only=True,
)
