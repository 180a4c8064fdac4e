"""Outbox, inbox, dead letters: the tables of the runtime."""

from shared.runtime.migrations import run_messaging_sql

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create the tables that carry events out and in."""
    run_messaging_sql()
