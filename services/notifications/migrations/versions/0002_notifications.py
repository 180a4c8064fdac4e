"""Everything that notifications owns."""

from shared.runtime.migrations import run_sql

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Run the SQL file beside this one."""
    run_sql(__file__)
