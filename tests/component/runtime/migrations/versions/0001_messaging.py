from shared.runtime.migrations import run_messaging_sql, run_sql

revision = "0001"
down_revision = None


def upgrade() -> None:
    run_messaging_sql()
    run_sql(__file__)
