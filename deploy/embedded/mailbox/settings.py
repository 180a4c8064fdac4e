"""Settings of the mailbox process, from the environment, prefix `ATELIER_`."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class MailboxSettings(BaseSettings):
    """Where mails come in, where they are kept, where they are shown."""

    model_config = SettingsConfigDict(env_prefix="ATELIER_", frozen=True, extra="ignore")

    mailbox_directory: Path = Field(description="Every accepted mail lies here as one .eml file, with an index beside them")
    smtp_host: str = Field(default="127.0.0.1", description="Address that mails come in at")
    smtp_port: int = Field(default=2525, description="Port that mails come in at; 0 takes a free one")
    host: str = Field(default="127.0.0.1", description="Address of the pages")
    port: int = Field(default=8025, description="Port of the pages")
    public_url: str = Field(default="http://localhost:8000", description="The address people see, without a slash at the end")
    log_level: str = Field(default="INFO", description="Least severe level that is logged")
