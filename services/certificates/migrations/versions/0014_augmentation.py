"""Keep what is appended to sealed documents so that they can be proven for longer."""

from shared.runtime.migrations import run_sql

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Make columns and indexes."""
    run_sql(__file__)
