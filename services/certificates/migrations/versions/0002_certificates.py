"""What is known of workshops and registrations, and the certificates that follow from it."""

from shared.runtime.migrations import run_sql

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Create the tables."""
    run_sql(__file__)
