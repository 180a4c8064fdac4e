"""Find valid certificates of a workshop by the moment of their issue."""

from shared.runtime.migrations import run_sql

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Make the indexes."""
    run_sql(__file__)
