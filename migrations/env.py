"""Runs the migrations on the engine that `labeling.database` hands over."""

from alembic import context

from labeling.tables import Base

with context.config.attributes["engine"].begin() as connection:
    context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True)
    context.run_migrations()
