"""Receipts remember the number of the fact that brought them."""

from shared.runtime.migrations import run_sql

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the column."""
    run_sql(__file__)
