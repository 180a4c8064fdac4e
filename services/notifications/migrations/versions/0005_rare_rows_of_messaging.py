"""Find tombstones and letters that wait without looking through all rows."""

from shared.runtime.migrations import run_messaging_sql

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Make the indexes."""
    run_messaging_sql("rare_rows")
