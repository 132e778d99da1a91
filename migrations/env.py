"""What Alembic runs: the migrations, over the connection that `upgrade` hands in."""

from alembic import context

from workflows.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
)
context.run_migrations()
