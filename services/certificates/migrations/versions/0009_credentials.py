"""Keep credentials, and the signed lists of certificates that are not valid any more."""

from shared.runtime.migrations import run_sql

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Make tables and columns."""
    run_sql(__file__)
