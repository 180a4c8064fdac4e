"""A workshop keeps the trace context of the command that completed it."""

from shared.runtime.migrations import run_sql

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Run the SQL file beside this one."""
    run_sql(__file__)
