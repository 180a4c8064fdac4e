"""Find tombstones and letters that wait without looking through all rows."""

from shared.runtime.migrations import run_messaging_sql

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Make the indexes."""
    run_messaging_sql("rare_rows")
