"""A customer's card: who holds it, by which codes it is found, and where its page lives."""

import sqlalchemy as sa

from cardamom.db.metadata import Id, Instant, tenant_table

#: The stamps are the balance of the account with the card's id. `code` is scanned, `number` is typed by staff.
#: The page's token is derived from the instance key, the id and `token_epoch`; a new epoch revokes the old link.
cards = tenant_table(
    "card",
    sa.Column("program_id", Id, nullable=False),
    sa.Column("customer_id", Id),
    sa.Column("code", sa.Text, nullable=False),
    sa.Column("number", sa.Text, nullable=False),
    sa.Column("external_id", sa.Text),
    sa.Column("language", sa.Text),
    sa.Column("token_hash", sa.LargeBinary, nullable=False),
    sa.Column("token_epoch", sa.Integer, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("closed_at", Instant),
    sa.ForeignKeyConstraint(["merchant_id", "program_id"], ["program.merchant_id", "program.id"]),
    sa.ForeignKeyConstraint(["merchant_id", "customer_id"], ["customer.merchant_id", "customer.id"]),
    sa.UniqueConstraint("merchant_id", "code"),
    sa.UniqueConstraint("merchant_id", "number"),
    sa.UniqueConstraint("merchant_id", "token_hash"),
    sa.UniqueConstraint("merchant_id", "program_id", "external_id"),
    sa.Index(None, "merchant_id", "customer_id"),
)
