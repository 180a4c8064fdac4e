"""Workshops, registrations, what people answered, who came, who organises, and what other services reported."""

from shared.runtime.migrations import run_sql

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Create the tables of registration."""
    run_sql(__file__)
