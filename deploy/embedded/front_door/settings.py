"""Settings of the front door, from the environment, prefix `ATELIER_`."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class FrontDoorSettings(BaseSettings):
    """Where it listens, and where the processes behind it are (http://host:port, without a slash at the end)."""

    model_config = SettingsConfigDict(env_prefix="ATELIER_", frozen=True, extra="ignore")

    host: str = Field(default="127.0.0.1", description="Address that it listens on")
    port: int = Field(default=8000, description="Port that it listens on")
    public_url: str = Field(default="http://localhost:8000", description="The address people see, without a slash at the end")
    log_level: str = Field(default="INFO", description="Least severe level that is logged")
    registration_web: str = Field(default="http://localhost:8101", description="Registration's pages and API")
    registration_worker: str = Field(default="http://localhost:8201", description="Registration's worker, for its health")
    notifications_web: str = Field(default="http://localhost:8102", description="Pages of notifications")
    notifications_worker: str = Field(default="http://localhost:8202", description="The worker of notifications, for its health")
    certificates_web: str = Field(default="http://localhost:8103", description="Certificates and their verification")
    certificates_worker: str = Field(default="http://localhost:8203", description="The worker of certificates, for its health")
    mailbox_web: str = Field(default="http://localhost:8025", description="The mailbox's pages")
    organiser_command: str = Field(default="", description="Shown on the start page: how to create the first organiser")
