"""Keep why organisers revoked a certificate, and what they did."""

from shared.runtime.migrations import run_sql

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Make tables and columns."""
    run_sql(__file__)
