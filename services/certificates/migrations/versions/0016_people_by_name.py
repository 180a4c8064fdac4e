"""People of a workshop in the order of their names, and trainers in the order in which they were named."""

from shared.runtime.migrations import run_sql

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Make the indexes."""
    run_sql(__file__)
