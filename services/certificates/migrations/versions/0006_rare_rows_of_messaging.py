"""Find tombstones and letters that wait without looking through all rows."""

from shared.runtime.migrations import run_messaging_sql

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Make the indexes."""
    run_messaging_sql("rare_rows")
