"""Registration's settings, beside those every process has. Prefix `ATELIER_`."""

from pathlib import Path

from pydantic import Field, SecretStr

from shared.runtime.settings import ServiceSettings


class RegistrationSettings(ServiceSettings):
    """What registration needs to know about where it runs."""

    session_private_key_file: Path | None = Field(
        default=None, description="PEM file of the Ed25519 key that signs organisers' sessions; needed by the web process"
    )
    link_secret: SecretStr = Field(
        min_length=32, description="Secret that signs personal links and answer pages; whoever changes it makes all links invalid"
    )
    link_interval_seconds: int = Field(
        default=600, ge=0, description="An address that is submitted again is mailed its link at most once in this time (real time)"
    )
    admission_group: int = Field(default=256, ge=1, le=2000, description="Most submissions for one workshop decided in one transaction")
    admission_queue: int = Field(
        default=10_000,
        ge=1,
        description="Submissions that may wait for one workshop in this process; beyond it people are asked to come back",
    )
    admission_timeout_seconds: float = Field(
        default=15.0, gt=0, description="How long a person waits before being told that the outcome is pending"
    )
    form_rate_limit: str = Field(
        default="",
        description="Submissions per client address, such as `200/minute`; empty for no limit, as behind a proxy that has its own",
    )
    login_rate_limit: str = Field(
        default="10/minute", description="Attempts to sign in per account and per client address; empty for no limit"
    )
