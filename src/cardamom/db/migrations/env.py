"""Alembic runs this file to run the revisions, over the connection that the caller opened."""

from alembic import context
from alembic.operations.ops import CreateTableOp, MigrationScript

from cardamom.db.catalogue import all_tables
from cardamom.db.migrations import is_ours


def leave_out_the_grants(_context: object, _revision: object, directives: list[MigrationScript]) -> None:
    """What a table says about who may touch it is applied after the revisions and is no part of them."""
    for directive in directives:
        for operation in directive.upgrade_ops.ops if directive.upgrade_ops else ():
            if isinstance(operation, CreateTableOp):
                operation.info = {}


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=all_tables(),
    include_name=is_ours,
    compare_type=True,
    compare_server_default=True,
    process_revision_directives=leave_out_the_grants,
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
