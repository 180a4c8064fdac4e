"""Let PostgreSQL know how few messages wait that facts caused."""

from shared.runtime.migrations import run_sql

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Ask for the statistics."""
    run_sql(__file__)
