"""Alembic's environment: it runs on the connection that `models.database.upgrade` hands it."""

from alembic import context
from sqlmodel import SQLModel

import models.tables  # noqa: F401 - every table, so that a new revision can be compared with them

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=SQLModel.metadata, transaction_per_migration=False)
context.run_migrations()
