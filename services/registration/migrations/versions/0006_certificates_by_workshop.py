"""Count a workshop's certificates without reading those of all others."""

from shared.runtime.migrations import run_sql

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Make the index."""
    run_sql(__file__)
