"""Say with each presence at which workshop it was."""

from shared.runtime.migrations import run_sql

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add the column, and what fills it for the version before."""
    run_sql(__file__)
