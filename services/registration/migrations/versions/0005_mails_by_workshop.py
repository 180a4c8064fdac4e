"""Count a workshop's mails without reading those of all others."""

from shared.runtime.migrations import run_sql

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Make the index."""
    run_sql(__file__)
