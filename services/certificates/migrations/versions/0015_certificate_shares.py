"""Keep by which token holders share their certificate, until they switch it off or are erased, whoever erases."""

from shared.runtime.migrations import run_sql

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Make the table and the trigger."""
    run_sql(__file__)
