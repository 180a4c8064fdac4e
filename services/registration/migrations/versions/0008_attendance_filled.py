"""Say so of those recorded before."""

from shared.runtime.migrations import run_sql

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Fill the column."""
    run_sql(__file__)
