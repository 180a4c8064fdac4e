"""Keep why a certificate was revoked, for the mail about it."""

from shared.runtime.migrations import run_sql

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Run the SQL file beside this one."""
    run_sql(__file__)
