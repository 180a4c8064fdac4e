"""A completion waits for the facts told before it, and its receipt is told again when its counts change."""

from shared.runtime.migrations import run_sql

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Run the SQL file beside this one."""
    run_sql(__file__)
