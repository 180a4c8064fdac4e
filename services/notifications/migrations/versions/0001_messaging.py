"""Outbox, inbox and dead letters."""

from shared.runtime.migrations import run_messaging_sql

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create what publishing and consuming need."""
    run_messaging_sql()
