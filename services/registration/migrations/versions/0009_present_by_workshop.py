"""Count who is present without reading who was elsewhere."""

from shared.runtime.migrations import run_sql

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Make the index."""
    run_sql(__file__)
