"""Hand out certificates in their order without sorting all that wait."""

from shared.runtime.migrations import run_sql

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Make the index."""
    run_sql(__file__)
