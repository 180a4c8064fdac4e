"""Keep how certificates of a workshop look, who teaches there, and what is to be issued again."""

from shared.runtime.migrations import run_sql

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Make tables and columns."""
    run_sql(__file__)
