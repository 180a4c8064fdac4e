"""Settings of certificates."""

from pathlib import Path

from pydantic import Field, SecretStr

from shared.runtime.settings import ServiceSettings


class CertificatesSettings(ServiceSettings):
    """What certificates need besides what every process has."""

    font_directory: Path | None = Field(
        default=None, description="Folder with the files of the certificates' typeface; needed by the worker, which sets in nothing else"
    )
    keys_directory: Path | None = Field(
        default=None,
        description="Folder with the keys that certificates are sealed and credentials signed with, as `atelier keys create` makes them; "
        "the web process reads public ones alone",
    )
    render_processes: int = Field(default=2, ge=1, le=64, description="Processes that render certificates, beside the worker's own")
    render_lease_seconds: float = Field(
        default=120.0, gt=0, description="How long a worker may keep certificates it renders before another takes them over"
    )
    render_retry_seconds: float = Field(
        default=600.0, gt=0, description="After how long a certificate that could not be set is tried again, if nothing about it changes"
    )
    facts_patience_seconds: float = Field(
        default=180.0,
        gt=0,
        description="How long a completed workshop waits for facts that Kafka has and this service does not get on reading; longer than "
        "the 60 seconds after which consumers that read nothing are started anew",
    )
    time_stamp_authority: str = Field(
        default="",
        pattern=r"^(https?://\S+)?$",
        description="Address of a time-stamp authority (RFC 3161) that certificates are augmented with in the background; empty for none",
    )
    time_stamp_user: str = Field(default="", description="Name to give to the time-stamp authority; empty where it asks for none")
    time_stamp_password: SecretStr = Field(default=SecretStr(""), description="Password to give with it")
    verification_limit: str = Field(
        default="300/minute",
        description=(
            "Verification pages and documents that one address (of IPv6: one network of 64 bits) may open in each web process, "
            "as «number/period»"
        ),
    )
    checking_limit: str = Field(
        default="6/minute",
        description="Files that one address may send to be looked at, as «number/period»; fewer than wait for their turn, so that nobody "
        "takes all places",
    )
