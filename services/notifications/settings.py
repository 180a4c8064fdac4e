"""Settings of notifications."""

from pydantic import Field, SecretStr

from shared.runtime.settings import ServiceSettings


class NotificationsSettings(ServiceSettings):
    """What the web and worker processes of notifications need."""

    smtp_host: str = Field(default="localhost", description="The mail server that takes our messages")
    smtp_port: int = Field(default=25, ge=1, le=65535, description="Its port")
    smtp_username: str = Field(default="", description="User name at the mail server; empty for none")
    smtp_password: SecretStr = Field(default=SecretStr(""), description="Password at the mail server")
    smtp_starttls: bool = Field(default=False, description="Insist on STARTTLS, with the server's certificate verified")
    smtp_timeout: float = Field(default=30.0, gt=0, le=300, description="Seconds to wait for any answer of the mail server")
    smtp_connections: int = Field(
        default=16,
        ge=1,
        le=100,
        description="Connections to the mail server of one worker; each carries one message at a time. Some servers allow fewer",
    )
    mail_from: str = Field(default="atelier@localhost", description="Address that messages come from; its domain names them too")
    mail_from_name: str = Field(default="Atelier", description="Name beside that address")
    claim_seconds: float = Field(default=60.0, gt=0, description="Real time after which a claimed message may be claimed by another worker")
    sending_seconds: float = Field(
        default=120.0,
        gt=0,
        description="Real time after which a message whose worker fell silent is uncertain; more than twice smtp_timeout",
    )
    retry_first_seconds: float = Field(default=30.0, gt=0, description="Wait after the first temporary refusal; doubles each time")
    retry_longest_seconds: float = Field(default=3600.0, gt=0, description="Longest wait between two attempts")
    retry_attempts: int = Field(default=24, ge=1, description="After this many temporary refusals a message has failed")
    plan_chunk: int = Field(default=2000, ge=1, description="Registrations planned in one transaction")
