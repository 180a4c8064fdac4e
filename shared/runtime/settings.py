"""Settings that every process has. They come from the environment, prefix `ATELIER_`; one process, one environment."""

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class ServiceSettings(BaseSettings):
    """The base that each service's own settings extend."""

    model_config = SettingsConfigDict(env_prefix="ATELIER_", frozen=True, extra="ignore", hide_input_in_errors=True)

    environment: Literal["development", "production"] = Field(
        default="production", description="production refuses what only tests and demonstrations may use"
    )
    database_url: SecretStr = Field(description="The service's own database, as postgresql://user:password@host:port/name")
    database_connections: int = Field(default=10, ge=2, le=200, description="Most connections the process's pool opens")
    database_command_timeout: float = Field(default=30.0, gt=0, description="Seconds after which a statement is given up")
    kafka_bootstrap: str = Field(default="localhost:9092", description="Kafka's bootstrap servers, as host:port, comma-separated")
    consumer_session_seconds: float = Field(
        default=10.0,
        ge=1,
        le=300,
        description="A worker that Kafka has not heard of for so long loses its partitions to others; within the broker's own bounds",
    )
    topic_prefix: str = Field(
        default="",
        pattern=r"^[a-zA-Z0-9._-]*$",
        max_length=100,
        description="Put before the names of topics and consumer groups, so that several systems share one Kafka cluster",
    )
    erasure_bound_seconds: int = Field(
        default=86_400, ge=8, description="Personal data is gone from Kafka's files this many seconds after its erasure, at the latest"
    )
    public_url: str = Field(default="http://localhost:8000", description="The address people see, without a slash at the end")
    host: str = Field(default="127.0.0.1", description="Address that the process listens on")
    port: int = Field(default=8000, ge=0, le=65535, description="HTTP port: pages and API of a web process, health of a worker")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(default="INFO", description="Least severe level that is logged")
    log_format: Literal["json", "console"] = Field(default="json", description="json for machines, console for people")
    traces_endpoint: str = Field(
        default="",
        pattern=r"^(https?://\S+)?$",
        description="Receiver of spans over OTLP/HTTP, as http://collector:4318/v1/traces; needs the extra `traces`; empty for none",
    )
    traces_file: Path | None = Field(default=None, description="File that spans are appended to, a line of JSON each; for development")
    traces_ratio: float = Field(default=1.0, ge=0, le=1, description="Part of the traces that is recorded, decided where one begins")
    test_clock_file: Path | None = Field(
        default=None, description="File with the seconds that business time is ahead of real time; refused in production"
    )
    session_public_key_file: Path | None = Field(
        default=None, description="PEM file of the Ed25519 key that organisers' sessions are verified with"
    )
    grace_seconds: float = Field(default=12.0, gt=0, description="How long a stopping process may finish what it has begun")
    outbox_retention_days: int = Field(default=30, ge=1, description="Published outbox rows, which have no payload, are kept this long")
    inbox_retention_days: int = Field(
        default=90, ge=1, description="Ids of processed events are kept this long; repeats after it meet business keys"
    )
    dead_letter_retention_days: int = Field(default=30, ge=1, description="Dead letters are kept this long")

    @field_validator("public_url")
    @classmethod
    def _without_slash(cls, value: str) -> str:
        return value.rstrip("/")

    @model_validator(mode="after")
    def _no_test_clock_in_production(self) -> Self:
        if self.environment == "production" and self.test_clock_file is not None:
            raise ValueError("test_clock_file: a test clock is refused in production")
        return self

    @property
    def dsn(self) -> str:
        """The database's address in clear, for drivers only."""
        return self.database_url.get_secret_value()

    def topic_name(self, topic: str) -> str:
        """The name that a topic of the table has on this cluster."""
        return f"{self.topic_prefix}{topic}"
