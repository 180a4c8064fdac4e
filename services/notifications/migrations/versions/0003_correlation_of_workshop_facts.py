"""Facts of a workshop keep the correlation id of the command they come from."""

from shared.runtime.migrations import run_sql

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Run the SQL file beside this one."""
    run_sql(__file__)
