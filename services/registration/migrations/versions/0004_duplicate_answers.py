"""Remember what somebody was told who submitted an address that is registered already."""

from shared.runtime.migrations import run_sql

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Create the table."""
    run_sql(__file__)
