"""Turn the pages of a workshop's certificates without sorting them all for each."""

from shared.runtime.migrations import run_sql

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Make the index."""
    run_sql(__file__)
