"""Messages and facts of a workshop keep the trace context of what caused them."""

from shared.runtime.migrations import run_sql

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Run the SQL file beside this one."""
    run_sql(__file__)
