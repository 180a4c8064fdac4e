"""Keep how many mails and certificates a workshop has, so that its page need not count them."""

from shared.runtime.migrations import run_sql

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Make the table, have it kept, and fill it."""
    run_sql(__file__)
