"""Forget that somebody taught when the person is erased, whoever erases."""

from shared.runtime.migrations import run_sql

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Make the trigger; in a transaction of its own, since others hold these rows while they want those of 0011."""
    run_sql(__file__)
